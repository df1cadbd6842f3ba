"""The test button: one line a permission, each by a call that changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.blueprints.dingtalk import codes, template
from portal.blueprints.dingtalk.answers import apply_url
from portal.blueprints.dingtalk.client import DingTalkClient
from portal.blueprints.dingtalk.shapes import User
from portal.domain.provider import Check, CheckResult
from portal.kit.errors import Kind, ProviderError
from portal.kit.probing import NOT_REACHED, Finding, Prober, hurry

NOBODY = "portal-permission-check"
NO_MOBILE = "10000000000"
NO_INSTANCE = "00000000-0000-0000-0000-000000000000"
NO_TEMPLATE = "PROC-00000000-0000-0000-0000-000000000000"

_NOT_REACHED = NOT_REACHED | {"ip_banned"}
_PROBER = Prober(
    _l("钉钉"), codes.explain, frozenset({"404", "22", "http_404", "http_405"})
)


def run(client: DingTalkClient, mobile: str, template_code: str | None) -> list[Check]:
    """All lines, in the order they are shown. mobile: of an employee, or empty."""
    client.deadline, client.timeout = hurry(client.deadline.remaining(), client.timeout)
    entry = _enter(client)
    if any(line.result is not CheckResult.OK for line in entry):
        why = _("地址或凭证未通过，未继续检查")
        rest = [_skipped(scope, why) for scope in _ORDER]
        return [*entry, *rest, _line("template", CheckResult.SKIPPED, why)]
    permissions = _Permissions(client, mobile, template_code)
    lines = [getattr(permissions, method)() for method in _ORDER.values()]
    return [*entry, *lines, permissions.template()]


def _enter(client: DingTalkClient) -> list[Check]:
    refusal: ProviderError | None = None
    try:
        client.renew_token()
    except ProviderError as error:
        refusal = error
    unreached = refusal if refusal and refusal.code in _NOT_REACHED else None
    if unreached is None:
        try:
            client.reach_old_api()
        except ProviderError as error:
            unreached = error
    if unreached is not None:
        why = _("地址不可达，未检查")
        return [_failed("address", unreached), _line("credentials", CheckResult.SKIPPED, why)]
    address = _line("address", CheckResult.OK, _("两个接口地址（api 和 oapi）都可以访问"))
    if refusal is not None:
        return [address, _failed("credentials", refusal)]
    return [address, _line("credentials", CheckResult.OK, _("已用 AppKey 和 AppSecret 取得凭证"))]


_ORDER = {
    "Workflow.Form.Write": "form_write",
    "Workflow.Form.Read": "form_read",
    "Workflow.Instance.Write": "instance_write",
    "Workflow.Instance.Read": "instance_read",
    "qyapi_get_member_by_mobile": "by_mobile",
    "qyapi_get_member": "member",
    "fieldMobile": "field_mobile",
}


@dataclass
class _Permissions:
    """One method a line; what one look-up learns, the next lines use."""

    client: DingTalkClient
    mobile: str
    template_code: str | None
    user_id: str = ""
    user: User | None = None
    template_line: Check | None = None

    def form_write(self) -> Check:
        """Refused for sure: no such template, and a form without fields."""
        form = {"name": template.NAME, "formComponents": []}
        return self._by_refusal(
            "Workflow.Form.Write",
            lambda: self.client.create_or_update_form(form, NO_TEMPLATE),
            _("更新一个不存在的模板"),
        )

    def form_read(self) -> Check:
        """Reads our template, or looks it up by its name."""

        def look() -> None:
            self.template_line = self._template_state()

        return self._by_call("Workflow.Form.Read", look, _("已读取审批模板的信息"))

    def instance_write(self) -> Check:
        """Refused for sure: there is no such instance to end."""
        return self._by_refusal(
            "Workflow.Instance.Write",
            lambda: self.client.terminate(NO_INSTANCE, NOBODY, "-"),
            _("撤销一个不存在的审批"),
        )

    def instance_read(self) -> Check:
        return self._by_refusal(
            "Workflow.Instance.Read",
            lambda: self.client.instance(NO_INSTANCE),
            _("读取一个不存在的审批"),
        )

    def by_mobile(self) -> Check:
        scope = "qyapi_get_member_by_mobile"
        if not self.mobile:
            return self._by_refusal(
                scope,
                lambda: self.client.user_ids_by_mobile(NO_MOBILE),
                _("查询一个不存在的手机号"),
            )

        def look() -> None:
            self.user_id = self.client.user_ids_by_mobile(self.mobile)[0]

        return self._by_call(
            scope,
            look,
            _("已按填写的手机号找到员工"),
            _("权限已开通，但企业中没有这个手机号的在职员工"),
        )

    def member(self) -> Check:
        scope = "qyapi_get_member"
        if not self.user_id:
            return self._by_refusal(
                scope, lambda: self.client.user(NOBODY), _("读取一个不存在的员工")
            )

        def look() -> None:
            self.user = self.client.user(self.user_id)

        return self._by_call(scope, look, _("已读取该员工的信息"))

    def field_mobile(self) -> Check:
        """Without this field permission the call succeeds, and the field simply is not there."""
        if self.user is None and self.mobile:
            return _skipped("fieldMobile", _("没有读到该员工的信息，未检查"))
        if self.user is None:
            return _skipped("fieldMobile", _("填写一位员工的手机号后才能检查这一项"))
        if self.user.mobile:
            return _line("fieldMobile", CheckResult.OK, _("员工信息中带有手机号"))
        return Check(
            "fieldMobile",
            CheckResult.FAIL,
            codes.SCOPES["fieldMobile"],
            _("读到了该员工的信息，但其中没有手机号"),
            _("在钉钉开发者后台 > 该应用 > 权限管理 中搜索并开通「企业员工手机号信息」，立即生效"),
        )

    def template(self) -> Check:
        if self.template_line is not None:
            return self.template_line
        return _line("template", CheckResult.SKIPPED, _("读不到审批模板的信息，未检查"))

    def _template_state(self) -> Check:
        try:
            if self.template_code is None:
                self.client.form_code_by_name(template.NAME)
                detail = _("企业中已有同名模板，首次发送审批时核对后沿用")
                return _line("template", CheckResult.OK, detail)
            schema = self.client.form_schema(self.template_code)
        except ProviderError as error:
            if not codes.is_one_of(error, codes.TEMPLATE_GONE):
                raise
            if self.template_code is None:
                detail = _("审批模板尚未建立，首次发送审批时自动建立")
                return _line("template", CheckResult.OK, detail)
            return _failed("template", error)
        if schema.status != template.PUBLISHED:
            message = template.difference(schema)
            error = ProviderError(codes.PROVIDER, "template_disabled", message, Kind.REFUSED)
            return _failed("template", error)
        wrong = template.difference(schema)
        if wrong:
            detail = _("%(wrong)s；下次核对时自动修复", wrong=wrong)
            return _line("template", CheckResult.OK, detail)
        return _line("template", CheckResult.OK, _("模板「%(name)s」已启用，字段完整",
                                                   name=schema.name))  # fmt: skip

    def _by_call(
        self, scope: str, call: Callable[[], object], fine: str, nobody: str = ""
    ) -> Check:
        return _told(self.client, scope, _PROBER.by_call(call, fine, nobody))

    def _by_refusal(self, scope: str, call: Callable[[], object], tried: str) -> Check:
        return _told(self.client, scope, _PROBER.by_refusal(call, tried))


def _told(client: DingTalkClient, scope: str, found: Finding) -> Check:
    error = found.error
    if found.is_granted is not False:
        result = CheckResult.OK if found.is_granted else CheckResult.SKIPPED
        return _line(scope, result, found.detail, error.code if error else "")
    if error.kind is Kind.PERMISSION and codes.row_of(error.code) is codes.row_of("60011"):
        error.scopes = error.scopes or (scope,)
        error.apply_url = error.apply_url or apply_url(client.app_key, *error.scopes)
    return _failed(scope, error)


def _failed(name: str, error: ProviderError) -> Check:
    sentence, cure = codes.explain(error)
    detail = sentence if error.message in sentence else f"{sentence}：{error.message}"
    return Check(
        name, CheckResult.FAIL, _title(name), detail, cure, error.code, error.apply_url
    )


def _skipped(scope: str, why: str) -> Check:
    return _line(scope, CheckResult.SKIPPED, why)


def _line(name: str, result: CheckResult, detail: str, code: str = "") -> Check:
    return Check(name, result, _title(name), detail, code=code)


def _title(name: str) -> str:
    ours = {
        "address": _("钉钉接口地址"),
        "credentials": _("AppKey 和 AppSecret"),
        "template": _("审批模板"),
    }
    return ours.get(name) or codes.SCOPES[name]
