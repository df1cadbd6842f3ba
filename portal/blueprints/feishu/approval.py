"""Feishu's approvals in our own words: the adapter behind domain.provider.ApprovalProvider."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.blueprints.feishu import card, checks, codes, moves, people, preparing
from portal.blueprints.feishu.client import Act, FeishuClient
from portal.blueprints.feishu.codes import PROVIDER
from portal.blueprints.feishu.decisions import PENDING, decision_of, is_final, running_task
from portal.blueprints.feishu.shapes import Instance
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
from portal.kit.changes import Over, changes_nothing, look_and_act, unless_gone
from portal.kit.errors import Kind, ProviderError
from portal.kit.fields import unreadable
from portal.kit.http import Deadline

log = logging.getLogger(__name__)


class FeishuApproval:
    """One app's approvals, for one piece of work. People are known by their open_id."""

    name = PROVIDER
    title = _l("飞书")
    finds_by = ("phone", "email")
    finds_templates = False
    remembers_keys = True  # as the uuid
    list_size = None  # its search lags: each card is read by itself

    def __init__(self, client: FeishuClient) -> None:
        self._client = client

    def prepare_template(self, known_code: str | None) -> str:
        """See preparing.prepare. known_code: one that this very app made."""
        return preparing.prepare(self._client, known_code)

    def start(self, request: ApprovalRequest) -> str:
        """Our key is the uuid: a card that is there already is answered, not made again.

        A start refused because its definition or a person is gone is REFUSED: ask for them anew.
        """
        approvers = list(dict.fromkeys(one for one in request.approvers if one))
        if not approvers or not request.originator:
            message = _("没有可以在飞书审批的人，或没有发起人")
            raise ProviderError(PROVIDER, "no_approver", message, Kind.REFUSED)
        try:
            return self._client.create_instance(card.instance(request, approvers))
        except ProviderError as error:
            if codes.is_one_of(error, codes.KEY_TAKEN):
                there = self._under_key(request.key)
                if there is not None:
                    return there
                error.kind = Kind.UNKNOWN_OUTCOME  # it is there, and is not shown yet
            if error.kind is Kind.NOT_FOUND:
                error.kind = Kind.REFUSED
            raise

    def find(self, request: ApprovalRequest) -> str | None:
        """Without first_try_at nothing can have left: None, and no call."""
        if request.first_try_at is None:
            return None
        found = self._under_key(request.key)
        return None if found in request.known_ids else found

    def strays(self, requests: Sequence[ApprovalRequest]) -> dict[str, str]:
        """None, and no call: Feishu opens one card under a uuid."""
        return {}

    def fetch(self, external_id: str) -> Decision:
        """By the table of decisions; an instance that is gone counts as withdrawn."""
        try:
            return decision_of(self._client.instance(external_id))
        except ProviderError as error:
            if codes.is_instance_gone(error):
                return Decision(Outcome.WITHDRAWN, raw_state=error.code)
            raise

    def changed(self, cards: Sequence[CardRef]) -> Iterator[str]:
        """Every due card, and of the others those that a search shows to have ended.

        The search lags, and hides revoked instances: it brings a card forward, no more.
        """
        yield from (one.external_id for one in cards if one.is_due)
        yield from moves.ended(self._client, [one for one in cards if not one.is_due])

    def decide(self, external_id: str, actor: str, agreed: bool, remark: str) -> Ended:
        """The actor's own running task, looked up now: tasks come, go and change hands."""
        verb = "approve" if agreed else "reject"
        said = card.remark(remark) if remark.strip() else ""

        def look() -> Act | Over[Ended]:
            instance = self._instance(external_id)
            if instance is None or is_final(instance):
                return Over(Ended.BEFORE)
            if not instance.tasks:
                message = _("飞书还没有为该审批生成任务")
                raise ProviderError(PROVIDER, "no_task_yet", message, Kind.RETRY, retry_after=3)
            task_id = running_task(instance, actor)
            if task_id is None:
                return Over(Ended.NO_TASK)
            return Act(instance.approval_code, external_id, task_id, actor)

        def act(task: Act) -> None:
            self._client.finish_task(task, verb, said)

        return look_and_act(look, act, _was_refused, Ended.DONE)

    def withdraw(self, external_id: str, originator: str, reason: str) -> Ended:
        """Only a pending card: to cancel an approved one would open it again over there.

        Feishu takes no reason: it stays on the card as a comment, left once.
        """
        said = card.remark(reason)

        def look() -> Instance | Over[Ended]:
            instance = self._instance(external_id)
            if instance is None or is_final(instance):
                return Over(Ended.BEFORE)
            if instance.status != PENDING:
                raise ProviderError(PROVIDER, "unknown_state", instance.status, Kind.REFUSED)
            return instance

        def act(instance: Instance) -> None:
            self._say_why(instance, external_id, originator, said)
            self._client.cancel(instance.approval_code, external_id, originator)

        return look_and_act(look, act, _was_refused, Ended.DONE)

    def comment(self, external_id: str, author: str, text: str) -> None:
        """What is too long is cut with a note."""
        self._client.comment(external_id, author, card.remark(text))

    def commented(self, external_id: str, text: str) -> bool:
        """By the card's list of comments."""
        instance = self._instance(external_id)
        said = [one.text for one in instance.comments] if instance else []
        return is_said(card.remark(text), said)

    def account(self, contact: Contact) -> Account:
        """See people.find."""
        return people.find(self._client, contact)

    def check(self, probe: Probe) -> list[Check]:
        """See checks.run."""
        return checks.run(self._client, probe.contact, probe.template_code)

    def explain(self, error: ProviderError) -> tuple[str, str]:
        """A plain sentence and the cure."""
        return codes.explain(error)

    def _instance(self, external_id: str) -> Instance | None:
        return unless_gone(lambda: self._client.instance(external_id), codes.is_instance_gone)

    def _under_key(self, key: str) -> str | None:
        """The code of the instance that was started with this uuid (compared as Feishu does)."""
        instance = self._instance(key)
        if instance is None or instance.uuid.lower() not in {"", key.lower()}:
            return None
        if not instance.code:
            raise unreadable(PROVIDER)
        return instance.code

    def _say_why(self, instance: Instance, external_id: str, author: str, said: str) -> None:
        if any(one.open_id == author and said in one.text for one in instance.comments):
            return
        try:
            with changes_nothing():  # the card is still there, whatever became of the comment
                self._client.comment(external_id, author, said)
        except ProviderError as error:
            if error.throttled or error.kind in {Kind.QUOTA, Kind.CREDENTIALS}:
                raise
            log.warning("card %s: withdrawn without its reason: %s", external_id, error.code)


def _was_refused(error: ProviderError) -> bool:
    """Refused for its state: somebody may have been faster."""
    return error.kind in {Kind.REFUSED, Kind.NOT_FOUND}


def make(
    credentials: AppCredentials, deadline_seconds: float, count: Callable[[str], None]
) -> FeishuApproval:
    """An adapter for one piece of work, to be over within the deadline; needs an app context."""
    config = current_app.config
    client = FeishuClient(
        credentials.app_key,
        credentials.app_secret,
        address=config["FEISHU_API_URL"],
        deadline=Deadline(deadline_seconds),
        timeout=config["HTTP_TIMEOUT"],
        count=count,
    )
    return FeishuApproval(client)
