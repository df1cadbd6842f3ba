"""The test button: one line a permission, each by a call that changes nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.blueprints.feishu import codes, people
from portal.blueprints.feishu.answers import apply_url
from portal.blueprints.feishu.check_lines import failed, fine, line, skipped, state_of
from portal.blueprints.feishu.client import FeishuClient
from portal.blueprints.feishu.shapes import User
from portal.domain.provider import Account, Check, CheckResult, Contact
from portal.kit.errors import Kind, ProviderError
from portal.kit.probing import NOT_REACHED, Finding, Prober, hurry

NOBODY = "ou_00000000000000000000000000000000"
NO_MOBILE = "10000000000"
NO_DEFINITION = "00000000-0000-0000-0000-000000000000"
HOUR_MS = 60 * 60 * 1000

_NOT_REACHED = NOT_REACHED | {"html_page"}
_PROBER = Prober(_l("飞书"), codes.explain, codes.NO_SUCH_PATH)
PERMISSIONS = (
    "approval:approval",
    "approval:approval:readonly",
    "contact:contact.base:readonly",
    "contact:user.email:readonly",
    "contact:user.employee_id:readonly",
    "contact:user.id:readonly",
    "contact:user.phone:readonly",
)


def run(client: FeishuClient, contact: Contact, template_code: str | None) -> list[Check]:
    """All lines, in the order they are shown. contact: of a colleague; may be empty."""
    client.deadline, client.timeout = hurry(client.deadline.remaining(), client.timeout)
    entry = _enter(client)
    if any(one.result is not CheckResult.OK for one in entry):
        why = _("地址或凭证未通过，未继续检查")
        return entry + [skipped(name, why) for name in (*PERMISSIONS, "account", "template")]
    look = _Look(client, contact, template_code)
    return entry + look.lines()


def _enter(client: FeishuClient) -> list[Check]:
    try:
        client.renew_token()
    except ProviderError as error:
        if error.code in _NOT_REACHED or error.code in codes.NO_SUCH_PATH:
            why = _("地址不可达，未检查")
            return [failed("address", error), skipped("credentials", why)]
        return [fine("address", _("接口地址可以访问")), failed("credentials", error)]
    return [
        fine("address", _("接口地址可以访问")),
        fine("credentials", _("已用 App ID 和 App Secret 取得凭证")),
    ]


@dataclass
class _Look:
    """One method a permission; what one look-up learns, the next lines use."""

    client: FeishuClient
    contact: Contact
    template_code: str | None
    account: Account | None = None
    user: User | None = None
    account_line: Check | None = None
    found: dict[str, Finding] = field(default_factory=dict)

    def lines(self) -> list[Check]:
        """In the order of need: who the person is comes before what can be read of them."""
        self.found = {
            "approval:approval": self._approval(),
            "approval:approval:readonly": self._reading(),
            "contact:user.id:readonly": self._ids(),
            "contact:user.employee_id:readonly": self._employee_ids(),
            "contact:contact.base:readonly": self._base(),
        }
        self.found["contact:user.email:readonly"] = self._email()
        self.found["contact:user.phone:readonly"] = self._phone()
        permissions = [self._told(scope) for scope in PERMISSIONS]
        return [*permissions, self._account(), self._template()]

    def _told(self, scope: str) -> Check:
        finding = self.found[scope]
        error = finding.error
        if finding.is_granted is not False:
            result = CheckResult.OK if finding.is_granted else CheckResult.SKIPPED
            return line(scope, result, finding.detail, error.code if error else "")
        if error.code == codes.MISSING_SCOPE:
            error.scopes = error.scopes or (scope,)
            if scope not in error.scopes:  # another one stands before it
                return skipped(scope, _("无法确认：%(why)s", why=codes.explain(error)[0]))
            error.apply_url = error.apply_url or self._apply_url(*error.scopes)
        return failed(scope, error)

    def _apply_url(self, *scopes: str) -> str:
        return apply_url(self.client.address, self.client.app_key, *scopes)

    def _approval(self) -> Finding:
        """Instances and definitions may be granted apart: both are tried."""
        instance = {"approval_code": NO_DEFINITION, "open_id": NOBODY, "form": "[]"}
        findings = [
            _PROBER.by_refusal(
                lambda: self.client.create_instance(instance), _("用不存在的审批定义发起审批")
            ),
            _PROBER.by_refusal(
                lambda: self.client.subscribe(NO_DEFINITION), _("订阅一个不存在的审批定义")
            ),
        ]
        worst = min(findings, key=lambda one: (one.is_granted is not False, one.is_granted is True))
        if worst.is_granted:
            return Finding(True, "；".join(one.detail for one in findings))
        return worst

    def _reading(self) -> Finding:
        """The very search that the sweep makes."""
        now = int(time.time() * 1000)
        code = self.template_code or NO_DEFINITION
        return _PROBER.by_refusal(
            lambda: self.client.search_tasks(code, now - HOUR_MS, now),
            _("查询一个不存在的审批定义的任务"),
            fine=_("已查询审批任务"),
        )

    def _ids(self) -> Finding:
        if not self.contact.phone and not self.contact.email:
            self.account_line = skipped("account", _("没有填写测试账号（手机号或邮箱）"))
            return _PROBER.by_call(
                lambda: self.client.ids_of([NO_MOBILE]), _("已查询一个不存在的手机号，未被拒绝")
            )
        try:
            self.account = people.find(self.client, self.contact)
        except ProviderError as error:
            if error.kind is not Kind.NOT_FOUND:
                self.account_line = skipped("account", _("查询账号的接口没有成功，未检查"))
                return _PROBER.doubt(error)
            self.account_line = failed("account", error)
        return Finding(True, _("已查询填写的账号，未被拒绝"))

    def _employee_ids(self) -> Finding:
        """The same look-up, answered with another kind of id, is refused without it."""
        return _PROBER.by_call(
            lambda: self.client.ids_of([NO_MOBILE], id_type="user_id"),
            _("已按 user_id 查询一个不存在的手机号，未被拒绝"),
        )

    def _base(self) -> Finding:
        if self.account is None:
            return _PROBER.by_refusal(
                lambda: self.client.user(NOBODY), _("读取一个不存在的用户")
            )

        def look() -> None:
            self.user = self.client.user(self.account.external_id)

        return _PROBER.by_call(
            look, _("已读取该成员的信息"), _("权限已开通，但该成员不在通讯录权限范围内")
        )

    def _email(self) -> Finding:
        value = self.user.email if self.user else None
        return self._field("contact:user.email:readonly", value, _("邮箱"), self.contact.email)

    def _phone(self) -> Finding:
        value = self.user.mobile if self.user else None
        return self._field("contact:user.phone:readonly", value, _("手机号"), self.contact.phone)

    def _field(self, scope: str, value: str | None, title: str, typed: str) -> Finding:
        """Without its permission a field is left out without a word."""
        if self.user is None:
            why = _("没有读到任何成员的信息，未检查；填写一位成员的手机号或邮箱后再测试")
            return Finding(None, why)
        if value is not None:
            return Finding(True, _("读到的成员信息中带有%(title)s", title=title))
        if typed and self.account.found_by == typed:
            message = _("按%(title)s找到了该成员，但读到的信息中没有%(title)s", title=title)
            error = ProviderError(codes.PROVIDER, codes.MISSING_SCOPE, message, Kind.PERMISSION)
            return Finding(False, error=error)
        why = _(
            "读到的成员信息中没有%(title)s：没有开通此权限，或该成员没有登记%(title)s；"
            "用一位成员的%(title)s再测试一次即可区分",
            title=title,
        )
        return Finding(None, why)

    def _account(self) -> Check:
        if self.account_line is not None:
            return self.account_line
        name = self.user.name if self.user else ""
        by = self.account.found_by
        if name:
            return fine("account", _("已按 %(by)s 找到 %(name)s", by=by, name=name))
        return fine("account", _("已按 %(by)s 找到该成员的账号", by=by))

    def _template(self) -> Check:
        if not self.template_code:
            return fine("template", _("审批定义尚未建立，首次发送审批时自动建立"))
        try:
            found = self.client.definition(self.template_code)
        except ProviderError as error:
            finding = _PROBER.doubt(error)
            if finding.is_granted is None or error.kind is Kind.PERMISSION:
                return skipped("template", _("读不到审批定义的信息，未检查"), error.code)
            return failed("template", error)
        return state_of(found)
