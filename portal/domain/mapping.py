"""Who a member is over there: by a stored id, or by one exact phone or e-mail; never by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from portal.domain import accounts, contacts
from portal.domain.provider import Account, ApprovalProvider, Contact, Kind, ProviderError
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import Member, ProviderAccount

# A stored id is asked for again after this long: people leave, and phones change hands.
TRUSTED_FOR = timedelta(days=1)
LONGEST_SENTENCE = 500


@dataclass(frozen=True)
class Person:
    """A member to be found over there. Plain values, usable while no transaction is open.

    known: the stored account, if any; is_fresh: recent enough to be used unasked.
    problem, cure: why they must not even be looked for.
    """

    member_id: int
    name: str
    contact: Contact
    known: Account | None
    is_fresh: bool
    problem: str = ""
    cure: str = ""


@dataclass(frozen=True)
class Finding:
    """What became of looking for a person: an account, or why there is none and the cure."""

    person: Person
    account: Account | None
    problem: str = ""
    cure: str = ""
    looked: bool = False

    @property
    def external_id(self) -> str | None:
        return self.account.external_id if self.account else None


def person(member: Member, provider: str, app_key: str, finds_by: Sequence[str]) -> Person:
    """What is known about this member before anybody is asked."""
    return people([member], provider, app_key, finds_by)[0]


def people(
    members: Sequence[Member], provider: str, app_key: str, finds_by: Sequence[str]
) -> list[Person]:
    """The same for several, in their order."""
    reaches = contacts.reaches(members, finds_by)
    rows = accounts.of([one.id for one in members], provider, app_key)
    now = database_now(db.session)
    return [_person(one, reaches[one.id], rows.get(one.id), now) for one in members]


def _person(
    member: Member, reach: contacts.Reach, account: ProviderAccount | None, now: datetime
) -> Person:
    contact = reach.contact
    known = None
    ways = {contact.phone, contact.email} - {""}
    if account and account.external_id and account.found_by in ways:
        known = Account(account.external_id, account.found_by)
    return Person(
        member_id=member.id,
        name=member.shown_name,
        contact=contact,
        known=known,
        is_fresh=bool(known and account.found_at and account.found_at > now - TRUSTED_FOR),
        problem=reach.problem,
        cure=reach.cure,
    )


def obstacles(
    members: Sequence[Member], provider: str, app_key: str, finds_by: Sequence[str]
) -> dict[int, str]:
    """Member id → why no card would reach them, by all that is known; empty when one may."""
    reaches = contacts.reaches(members, finds_by)
    rows = accounts.of([one.id for one in members], provider, app_key)
    return {id: _obstacle(reach, rows.get(id)) for id, reach in reaches.items()}


def _obstacle(reach: contacts.Reach, account: ProviderAccount | None) -> str:
    if reach.problem or account is None or account.external_id is not None:
        return reach.problem
    return account.problem if account.found_by == tried(reach.contact) else ""


def tried(contact: Contact) -> str:
    """What a look that led nowhere is remembered by."""
    return contact.phone or contact.email


def look_up(people: list[Person], provider: ApprovalProvider) -> list[Finding]:
    """Ask the platform for those not known well enough. Network only: no transaction is open.

    Raises ProviderError where the trouble is not about the person (no connection, no permission).
    """
    return [_known(one) if one.problem or one.is_fresh else ask(one, provider) for one in people]


def _known(one: Person) -> Finding:
    if one.problem:
        return Finding(one, None, one.problem, one.cure)
    return Finding(one, one.known)


def ask(one: Person, provider: ApprovalProvider) -> Finding:
    """Ask the platform for this person. Raises ProviderError as look_up does."""
    try:
        return Finding(one, provider.account(one.contact), looked=True)
    except ProviderError as error:
        if error.kind in {Kind.NOT_FOUND, Kind.REFUSED}:
            sentence, cure = provider.explain(error)
            return Finding(one, None, f"{sentence}（{error.code}）", cure, looked=True)
        raise


def remember(findings: list[Finding], provider: str, app_key: str) -> list[Finding]:
    """Keep what was learnt; answers the findings, less those whose account is another member's."""
    now = database_now(db.session)
    return [_keep(finding, provider, app_key, now) for finding in findings]


def _keep(finding: Finding, provider: str, app_key: str, now: datetime) -> Finding:
    one = finding.person
    if finding.account and not finding.looked:
        return finding  # nothing was learnt: it is what we had kept
    if finding.account and _is_somebody_elses(finding, provider, app_key):
        problem = _("与另一位成员对应到同一个账号")
        cure = _("请在「用户中心」核对两人的手机号和邮箱。")
        finding = Finding(one, None, problem, cure, looked=True)
    if finding.account:
        _release(finding, provider, app_key)
    accounts.add_rows(db.select(Member.id).where(Member.id == one.member_id), provider, app_key)
    account = accounts.of([one.member_id], provider, app_key)[one.member_id]
    if account.external_id != finding.external_id or account.matched_at is None:
        account.matched_at = now if finding.account else None
    account.external_id = finding.external_id
    account.found_by = finding.account.found_by if finding.account else tried(one.contact)
    account.found_at = now if finding.looked else None
    account.problem = finding.problem[:LONGEST_SENTENCE]
    account.cure = finding.cure[:LONGEST_SENTENCE]
    db.session.flush()
    return finding


def _is_somebody_elses(finding: Finding, provider: str, app_key: str) -> bool:
    """Whether another member holds this account by a phone or an e-mail that is still theirs."""
    holder = db.session.scalar(
        db.select(ProviderAccount.member_id)
        .join(Member, Member.id == ProviderAccount.member_id)
        .where(
            ProviderAccount.provider == provider,
            ProviderAccount.app_key == app_key,
            ProviderAccount.external_id == finding.external_id,
            ProviderAccount.member_id != finding.person.member_id,
            ProviderAccount.found_by != "",
            db.or_(
                Member.phone == ProviderAccount.found_by,
                Member.email == ProviderAccount.found_by,
            ),
        )
    )
    return holder is not None


def _release(finding: Finding, provider: str, app_key: str) -> None:
    """The phone or e-mail is another member's now: who had the account before has it no more."""
    db.session.execute(
        db.update(ProviderAccount)
        .where(
            ProviderAccount.provider == provider,
            ProviderAccount.app_key == app_key,
            ProviderAccount.external_id == finding.external_id,
            ProviderAccount.member_id != finding.person.member_id,
        )
        .values(external_id=None, found_at=None, matched_at=None)
    )
