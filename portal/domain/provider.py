"""What an approval provider is to us: the interface every adapter keeps (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from portal.kit.errors import Kind, ProviderError

__all__ = [
    "Account",
    "AppCredentials",
    "ApprovalProvider",
    "ApprovalRequest",
    "CardRef",
    "CardRow",
    "Check",
    "CheckResult",
    "Contact",
    "Decision",
    "Ended",
    "Kind",
    "Outcome",
    "Probe",
    "ProviderError",
]


@dataclass(frozen=True)
class AppCredentials:
    """One app of one provider. The secret never shows in a repr."""

    app_key: str
    app_secret: str = field(repr=False)


@dataclass(frozen=True)
class Contact:
    """How a member can be found over there. phone: E.164 ("+8613800000001") or empty."""

    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class Account:
    """A person's account over there. found_by: the phone or the e-mail that led to it."""

    external_id: str
    found_by: str


@dataclass(frozen=True)
class CardRow:
    """One data source's line in the card's table: texts as shown, e.g. "66.7%"."""

    datasource: str
    score: str
    pass_rate: str


@dataclass(frozen=True)
class ApprovalRequest:
    """One card to be opened, in our own words.

    key          ours, unique per card: P<installation>-<ticket id>-R<rev>-S<step>-I<issue>
    originator   external user id of who files it over there
    approvers    external user ids, 1-3, anyone of them decides
    action       「审核」 or 「上线」
    link         absolute URL of the ticket's page, or a sentence saying that none is configured
    first_try_at UTC; when the first attempt may have left, the earliest time `find` must look at
    known_ids    external ids that are already other cards of ours: `find` skips them
    template_code what prepare_template answered
    """

    key: str
    template_code: str
    originator: str
    approvers: Sequence[str]
    project: str
    subject: str
    description: str
    link: str
    action: str
    rows: Sequence[CardRow]
    sql: str
    first_try_at: datetime | None = None
    known_ids: frozenset[str] = frozenset()


class Outcome(StrEnum):
    """What the platform says about a card, in our words."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # withdrawn, terminated, cancelled, deleted or reverted over there
    UNKNOWN = "unknown"  # a state we have no row for: changes nothing, shown loudly


@dataclass(frozen=True)
class Decision:
    """What became of a card.

    actor      external user id of the record that decided; None when there is none
    automatic  decided by a machine (auto-pass), which is never a decision of ours
    raw_state  the platform's own words, kept verbatim, e.g. "COMPLETED/agree"
    """

    outcome: Outcome
    actor: str | None = None
    remark: str = ""
    raw_state: str = ""
    automatic: bool = False


class Ended(StrEnum):
    """How an attempt to finish a person's task, or to withdraw a card, ended.

    DONE     this call did it
    NO_TASK  that person has no task that runs: nothing was changed
    BEFORE   the card had ended already, or is gone: nothing was changed
    """

    DONE = "done"
    NO_TASK = "no_task"
    BEFORE = "before"


@dataclass(frozen=True)
class CardRef:
    """A pending card for `changed`: its id over there, its template, and when it was started.

    is_due  its own time to be asked for has come; the others are named because one list call
            may answer for all
    """

    external_id: str
    template_code: str
    started_at: datetime
    is_due: bool = True


class CheckResult(StrEnum):
    """How a line of the test button ended."""

    OK = "ok"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One line of the test button.

    name    "address", "credentials", then the permission's scope code, "template", "url_prefix"
    title   as the console shows it, e.g. 「工作流实例写权限」
    detail  one plain sentence: what was established and by which means, or why not
    cure    what to do, empty when fine
    is_warning  it failed, but everything works as it is
    """

    name: str
    result: CheckResult
    title: str
    detail: str = ""
    cure: str = ""
    code: str = ""
    apply_url: str | None = None
    is_warning: bool = False


@dataclass(frozen=True)
class Probe:
    """What the tester typed beside the credentials, and what the adapter may look at.

    contact       empty: the person look-ups are skipped, or use what needs no person
    template_code the stored one for this app, or None
    """

    contact: Contact = Contact()
    template_code: str | None = None


class ApprovalProvider(Protocol):
    """One app of one platform on which people approve. Every method may raise ProviderError.

    An adapter is made for one piece of work (a delivery, a sweep, a press of the test button)
    with the app's credentials, a deadline in seconds for the whole of it, and
    `count(call_name)` to be called once per exchange that the platform counts against the
    organisation's monthly quota.
    """

    name: str  # as it is stored, e.g. "dingtalk"
    title: str  # as people read it; may be a lazy text
    finds_by: tuple[str, ...]  # the fields of a Contact by which it finds people
    finds_templates: bool  # a template that was made, though its answer was lost, is found again
    remembers_keys: bool  # no second card is opened under one key, and its look never lags
    list_size: int | None  # for how many cards one call answers; None: each is read by itself

    def prepare_template(self, known_code: str | None) -> str:
        """Create, adopt by name, or repair the approval template; answers its code."""

    def start(self, request: ApprovalRequest) -> str:
        """Open the card; answers its external id. Not idempotent: see `find`."""

    def find(self, request: ApprovalRequest) -> str | None:
        """The external id of a card already opened under request.key, or None."""

    def strays(self, requests: Sequence[ApprovalRequest]) -> dict[str, str]:
        """Cards under these keys that are not among the known ids: external id → key.

        Those that wait for somebody, and those that somebody has decided; no withdrawn ones.
        """

    def fetch(self, external_id: str) -> Decision:
        """What became of this card."""

    def changed(self, cards: Sequence[CardRef]) -> Iterable[str]:
        """The ids of those pending cards that are worth a `fetch`, learnt the cheapest way."""

    def decide(self, external_id: str, actor: str, agreed: bool, remark: str) -> Ended:
        """Finish this person's running task over there; with NO_TASK the caller withdraws."""

    def withdraw(self, external_id: str, originator: str, reason: str) -> Ended:
        """End the card without a decision: DONE or BEFORE."""

    def comment(self, external_id: str, author: str, text: str) -> None:
        """Leave a comment on the card, running or ended. Not idempotent: see `commented`."""

    def commented(self, external_id: str, text: str) -> bool:
        """Whether a comment with this very text is on the card; False too when it is gone."""

    def account(self, contact: Contact) -> Account:
        """The one current employee with this phone or e-mail. Raises ProviderError(not_found)."""

    def explain(self, error: ProviderError) -> tuple[str, str]:
        """A plain sentence for people, and what to do about it (may be empty)."""

    def check(self, probe: Probe) -> list[Check]:
        """The test button: one line a permission. Leaves nothing behind."""


ProviderFactory = Callable[[AppCredentials, float, Callable[[str], None]], ApprovalProvider]
