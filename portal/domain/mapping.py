"""Who a member is over there: by a stored id, or by one exact phone or e-mail; never by chance."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from portal.domain.provider import ApprovalProvider, Contact, Kind, ProviderError
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import Member, ProviderAccount

# A stored id is asked for again after this long: people leave, and phones change hands.
TRUSTED_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Person:
    """A member to be found over there. Plain values, usable while no transaction is open.

    known_id: the stored external id, if any; is_fresh: recent enough to be used unasked.
    problem: why they must not even be looked for.
    """

    member_id: int
    name: str
    contact: Contact
    known_id: str | None
    is_fresh: bool
    problem: str = ""


@dataclass(frozen=True)
class Finding:
    """What became of looking for a person: an external id, or why there is none."""

    person: Person
    external_id: str | None
    problem: str = ""
    looked: bool = False


def person(member: Member, provider: str, app_key: str) -> Person:
    """What is known about this member before anybody is asked."""
    account = _account(member.id, provider, app_key)
    found_by = member.phone or member.email
    known = account.external_id if account and account.found_by == found_by else None
    now = database_now(db.session)
    return Person(
        member_id=member.id,
        name=member.shown_name,
        contact=Contact(phone=member.phone, email=member.email),
        known_id=known,
        is_fresh=bool(known and account.found_at and account.found_at > now - TRUSTED_FOR),
        problem=problems([member])[member.id],
    )


def problems(members: Collection[Member]) -> dict[int, str]:
    """Member id → why they must not even be looked for over there; empty when they may."""
    phones = {one.phone for one in members if one.is_enabled and one.phone}
    shared = set(
        db.session.scalars(
            db.select(Member.phone)
            .where(Member.phone.in_(phones))
            .group_by(Member.phone)
            .having(db.func.count() > 1)
        )
    )
    return {one.id: _problem_of(one, shared) for one in members}


def _problem_of(member: Member, shared: set[str]) -> str:
    if not member.is_enabled:
        return _("账号已禁用")
    if not member.phone:
        return _("没有填写手机号")
    if member.phone in shared:
        return _("手机号 %(phone)s 被多个成员共用", phone=member.phone)
    return ""


def look_up(people: list[Person], provider: ApprovalProvider) -> list[Finding]:
    """Ask the platform for those not known well enough. Network only: no transaction is open.

    Raises ProviderError where the trouble is not about the person (no connection, no permission).
    """
    findings = []
    for one in people:
        if one.problem:
            findings.append(Finding(one, None, one.problem))
        elif one.is_fresh:
            findings.append(Finding(one, one.known_id))
        else:
            findings.append(_ask(one, provider))
    return findings


def _ask(one: Person, provider: ApprovalProvider) -> Finding:
    try:
        return Finding(one, provider.user_id(one.contact), looked=True)
    except ProviderError as error:
        if error.kind in {Kind.NOT_FOUND, Kind.REFUSED}:
            problem = f"{provider.explain(error)[0]}（{error.code}）"
            return Finding(one, None, problem, looked=True)
        raise


def remember(findings: list[Finding], provider: str, app_key: str) -> list[Finding]:
    """Keep what was learnt; answers the findings, less those whose account is another member's."""
    now = database_now(db.session)
    return [_keep(finding, provider, app_key, now) for finding in findings]


def _keep(finding: Finding, provider: str, app_key: str, now: datetime) -> Finding:
    one = finding.person
    if finding.external_id and _is_somebody_elses(finding, provider, app_key):
        problem = _("与另一位成员对应到同一个账号，请核对两人的手机号")
        finding = Finding(one, None, problem, looked=True)
    if finding.external_id and finding.looked:
        _release(finding, provider, app_key)
    account = _account(one.member_id, provider, app_key)
    if account is None:
        account = ProviderAccount(member_id=one.member_id, provider=provider, app_key=app_key)
        db.session.add(account)
    if finding.looked or finding.external_id is None:
        account.external_id = finding.external_id
        account.found_by = one.contact.phone or one.contact.email
        account.found_at = now if finding.looked else None
        account.problem = finding.problem[:500]
    db.session.flush()
    return finding


def _is_somebody_elses(finding: Finding, provider: str, app_key: str) -> bool:
    holder = db.session.scalar(
        db.select(ProviderAccount.member_id)
        .join(Member, Member.id == ProviderAccount.member_id)
        .where(
            ProviderAccount.provider == provider,
            ProviderAccount.app_key == app_key,
            ProviderAccount.external_id == finding.external_id,
            ProviderAccount.member_id != finding.person.member_id,
            Member.phone != "",
            Member.phone == ProviderAccount.found_by,
        )
    )
    return holder is not None


def _release(finding: Finding, provider: str, app_key: str) -> None:
    """The account's phone is another member's now: whoever had it before has it no longer."""
    db.session.execute(
        db.update(ProviderAccount)
        .where(
            ProviderAccount.provider == provider,
            ProviderAccount.app_key == app_key,
            ProviderAccount.external_id == finding.external_id,
            ProviderAccount.member_id != finding.person.member_id,
        )
        .values(external_id=None, found_at=None)
    )


def member_of(external_id: str | None, provider: str, app_key: str) -> Member | None:
    """The one member with this account; None for nobody, for an empty id, and for two."""
    if not external_id:
        return None
    members = db.session.scalars(
        db.select(Member)
        .join(ProviderAccount, ProviderAccount.member_id == Member.id)
        .where(
            ProviderAccount.provider == provider,
            ProviderAccount.app_key == app_key,
            ProviderAccount.external_id == external_id,
        )
    ).all()
    return members[0] if len(members) == 1 else None


def any_older(member_ids: list[int], provider: str, app_key: str, moment: datetime) -> bool:
    """Whether one of these accounts was last asked for before this moment."""
    return db.session.scalar(
        db.select(
            db.exists().where(
                ProviderAccount.member_id.in_(member_ids),
                ProviderAccount.provider == provider,
                ProviderAccount.app_key == app_key,
                ProviderAccount.external_id.is_not(None),
                ProviderAccount.found_at < moment,
            )
        )
    )


def forget_freshness(member_ids: list[int], provider: str, app_key: str) -> None:
    """The platform did not like these accounts: ask again before the next use."""
    db.session.execute(
        db.update(ProviderAccount)
        .where(
            ProviderAccount.member_id.in_(member_ids),
            ProviderAccount.provider == provider,
            ProviderAccount.app_key == app_key,
        )
        .values(found_at=None)
    )


def _account(member_id: int, provider: str, app_key: str) -> ProviderAccount | None:
    return db.session.scalar(
        db.select(ProviderAccount).filter_by(
            member_id=member_id, provider=provider, app_key=app_key
        )
    )
