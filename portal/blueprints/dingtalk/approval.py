"""DingTalk's approvals in our own words: the adapter behind domain.provider.ApprovalProvider."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import phonenumbers
from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.blueprints.dingtalk import card, checks, codes, template
from portal.blueprints.dingtalk.card_keys import PROCESS_KEYS, CardKeys
from portal.blueprints.dingtalk.client import PAGE, DingTalkClient
from portal.blueprints.dingtalk.codes import PROVIDER
from portal.blueprints.dingtalk.decisions import decision_of, is_final, remarks, running_task
from portal.blueprints.dingtalk.shapes import Instance
from portal.domain import call_rate
from portal.domain.provider import (
    Account,
    AppCredentials,
    ApprovalRequest,
    CardRef,
    Check,
    Contact,
    Decision,
    Ended,
    Outcome,
    Probe,
)
from portal.kit.card_texts import is_said
from portal.kit.changes import Over, look_and_act, unless_gone
from portal.kit.errors import Kind, ProviderError
from portal.kit.http import Deadline

MARGIN = timedelta(minutes=5)  # between our clock and theirs
LIST_REACH = timedelta(days=119)  # a list may not begin more than 120 days ago


class DingTalkApproval:
    """One app's approvals, for one piece of work."""

    name = PROVIDER
    title = _l("钉钉")
    finds_by = ("phone",)
    finds_templates = True  # by its name
    remembers_keys = False
    list_size = PAGE

    def __init__(
        self, client: DingTalkClient, withdraw_seconds: float, keys: CardKeys = PROCESS_KEYS
    ) -> None:
        self._client = client
        self._withdraw_seconds = withdraw_seconds
        self._keys = keys

    def prepare_template(self, known_code: str | None) -> str:
        """See template.prepare. known_code: one that this very app made or adopted."""
        return template.prepare(self._client, known_code)

    def start(self, request: ApprovalRequest) -> str:
        """A start refused because its template is gone is REFUSED: prepare it, then again."""
        approvers = list(dict.fromkeys(one for one in request.approvers if one))
        if not approvers or not request.originator:
            message = _("没有可以在钉钉审批的人，或没有发起人")
            raise ProviderError(PROVIDER, "no_approver", message, Kind.REFUSED)
        try:
            return self._client.start_instance(
                request.template_code, request.originator, approvers, card.values(request)
            )
        except ProviderError as error:
            if codes.is_one_of(error, codes.TEMPLATE_GONE):
                error.kind = Kind.REFUSED
            raise

    def find(self, request: ApprovalRequest) -> str | None:
        """Without first_try_at nothing can have left: None, and no call."""
        if request.first_try_at is None or not request.template_code:
            return None
        ids = self._client.list_instance_ids(
            request.template_code,
            _list_start(request.first_try_at),
            user_ids=[request.originator] if request.originator else [],
        )
        for external_id in ids:
            if external_id not in request.known_ids and self._key(external_id, {request.key}):
                return external_id
        return None

    def strays(self, requests: Sequence[ApprovalRequest]) -> dict[str, str]:
        """One list of what runs or was decided answers for all of a template's requests."""
        by_template: dict[str, list[ApprovalRequest]] = defaultdict(list)
        for one in requests:
            by_template[one.template_code].append(one)
        found: dict[str, str] = {}
        for code, group in by_template.items():
            keys = {one.key for one in group}
            known = frozenset().union(*(one.known_ids for one in group))
            since = min(one.first_try_at for one in group)
            there = self._listed(code, since, ["RUNNING", "COMPLETED"])
            for external_id in sorted(there - known):
                key = self._key(external_id, keys)
                if key is not None:
                    found[external_id] = key
        return found

    def fetch(self, external_id: str) -> Decision:
        """By the table above; an instance that was deleted counts as withdrawn."""
        try:
            return decision_of(self._client.instance(external_id))
        except ProviderError as error:
            if codes.is_instance_gone(error):
                return Decision(Outcome.WITHDRAWN, raw_state=error.code)
            raise

    def changed(self, cards: Sequence[CardRef]) -> Iterator[str]:
        """The cards that the list of running ids does not name any more.

        A single card is fetched directly: one call either way. One that is older than a list
        may reach is fetched, too; absence from a list is never a decision by itself.
        """
        oldest = datetime.now(UTC) - LIST_REACH
        by_template: dict[str, list[CardRef]] = defaultdict(list)
        for one in cards:
            if _aware(one.started_at) - MARGIN < oldest:
                yield one.external_id
            else:
                by_template[one.template_code].append(one)
        for code, group in by_template.items():
            oldest = min(one.started_at for one in group)
            running = self._listed(code, oldest, ["RUNNING"]) if len(group) > 1 else set()
            yield from (one.external_id for one in group if one.external_id not in running)

    def decide(self, external_id: str, actor: str, agreed: bool, remark: str) -> Ended:
        """The actor's own running task, looked up now: tasks come, go and change hands."""
        result = "agree" if agreed else "refuse"
        said = card.remark(remark) if remark.strip() else ""

        def look() -> int | Over[Ended]:
            instance = self._instance(external_id)
            if instance is None or is_final(instance):
                return Over(Ended.BEFORE)
            if not instance.tasks:
                message = _("钉钉还没有为该审批生成任务")
                raise ProviderError(PROVIDER, "no_task_yet", message, Kind.RETRY, retry_after=3)
            task_id = running_task(instance, actor)
            return Over(Ended.NO_TASK) if task_id is None else task_id

        def act(task_id: int) -> None:
            self._client.execute_task(external_id, task_id, actor, result, said)

        return look_and_act(look, act, _was_refused, Ended.DONE)

    def withdraw(self, external_id: str, originator: str, reason: str) -> Ended:
        """A refusal within the first seconds is RETRY with the time to wait."""
        try:
            self._client.terminate(external_id, originator, card.remark(reason))
        except ProviderError as error:
            if codes.is_instance_gone(error):
                return Ended.BEFORE
            if not _was_refused(error):
                raise
            instance = self._instance(external_id)
            if instance is None or is_final(instance):
                return Ended.BEFORE
            raise self._why_not_withdrawn(error) from None
        return Ended.DONE

    def comment(self, external_id: str, author: str, text: str) -> None:
        """At most 1,024 characters; the rest is cut with a note."""
        self._client.comment(external_id, author, card.remark(text))

    def commented(self, external_id: str, text: str) -> bool:
        """By the remarks among the card's records."""
        instance = self._instance(external_id)
        return instance is not None and is_said(card.remark(text), remarks(instance))

    def account(self, contact: Contact) -> Account:
        """By phone only: DingTalk knows no look-up by e-mail. An empty phone makes no call."""
        found = self._client.user_ids_by_mobile(mobile_of(contact))
        if len(found) > 1:
            message = _("该手机号在钉钉中对应多个账号")
            raise ProviderError(PROVIDER, "ambiguous_phone", message, Kind.NOT_FOUND)
        return Account(found[0], contact.phone)

    def check(self, probe: Probe) -> list[Check]:
        """See checks.run."""
        mobile = mobile_of(probe.contact) if probe.contact.phone else ""
        return checks.run(self._client, mobile, probe.template_code)

    def explain(self, error: ProviderError) -> tuple[str, str]:
        """A plain sentence and the cure."""
        return codes.explain(error)

    def _instance(self, external_id: str) -> Instance | None:
        return unless_gone(lambda: self._client.instance(external_id), codes.is_instance_gone)

    def _key(self, external_id: str, wanted: Container[str]) -> str | None:
        """The card's key if it is there and is one of these. Others' are read once a process."""
        if self._keys.is_of_others(external_id, wanted):
            return None
        instance = self._instance(external_id)
        key = instance.values.get(card.KEY_LABEL) if instance else None
        if key:
            self._keys.keep(external_id, key)
        return key if key in wanted else None

    def _listed(self, code: str, since: datetime, statuses: Sequence[str]) -> set[str]:
        start = _list_start(since)
        try:
            return set(self._client.list_instance_ids(code, start, statuses=statuses))
        except ProviderError as error:
            if error.kind in {Kind.NOT_FOUND, Kind.REFUSED}:
                return set()  # the template was deleted: each card is asked for by itself
            raise

    def _why_not_withdrawn(self, error: ProviderError) -> ProviderError:
        code = error.code.lower()
        if code == "aflowprocessinststatusexception":
            return replace(error, kind=Kind.RETRY, retry_after=self._withdraw_seconds)
        if "820008" in error.code + error.message or "权限" in error.message:
            return replace(error, code="820008", kind=Kind.REFUSED)
        return error


def mobile_of(contact: Contact) -> str:
    """The phone as DingTalk wants it: bare for the mainland, else +xx-xxxx (unconfirmed).

    Raises ProviderError(not_found): "no_phone" or "bad_phone".
    """
    if not contact.phone:
        raise ProviderError(PROVIDER, "no_phone", _("没有填写手机号"), Kind.NOT_FOUND)
    try:
        number = phonenumbers.parse(contact.phone)
    except phonenumbers.NumberParseException:
        number = None
    if number is None:
        raise ProviderError(PROVIDER, "bad_phone", _("手机号不是有效的号码"), Kind.NOT_FOUND)
    national = phonenumbers.national_significant_number(number)
    return national if number.country_code == 86 else f"+{number.country_code}-{national}"


def _was_refused(error: ProviderError) -> bool:
    """A 400: its state may have changed meanwhile. DingTalk says internalError for that, too."""
    return error.http_status == 400 and error.kind in {
        Kind.REFUSED,
        Kind.NOT_FOUND,
        Kind.UNKNOWN_OUTCOME,
    }


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _list_start(moment: datetime) -> int:
    """Milliseconds of a list's start: a little earlier, but never out of its reach."""
    start = max(_aware(moment) - MARGIN, datetime.now(UTC) - LIST_REACH)
    return int(start.timestamp() * 1000)


def make(
    credentials: AppCredentials, deadline_seconds: float, count: Callable[[str], None]
) -> DingTalkApproval:
    """An adapter for one piece of work, to be over within the deadline; needs an app context."""
    config = current_app.config
    client = DingTalkClient(
        credentials.app_key,
        credentials.app_secret,
        api_url=config["DINGTALK_API_URL"],
        oapi_url=config["DINGTALK_OAPI_URL"],
        deadline=Deadline(deadline_seconds),
        timeout=config["HTTP_TIMEOUT"],
        count=count,
        wait=call_rate.turns(PROVIDER),
    )
    return DingTalkApproval(client, config["DINGTALK_WITHDRAW_SECONDS"])
