"""Looking codes up: what kind of failure one is, and how it is shown to people."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.blueprints.dingtalk.code_table import ROWS
from portal.kit.code_rows import Row, by_code
from portal.kit.errors import Kind, ProviderError

PROVIDER = "dingtalk"

# Scope code → the name the developer console shows (权限管理).
SCOPES = {
    "Workflow.Form.Write": "工作流模板写权限",
    "Workflow.Form.Read": "工作流模板读权限",
    "Workflow.Instance.Write": "工作流实例写权限",
    "Workflow.Instance.Read": "工作流实例读权限",
    "qyapi_get_member_by_mobile": "根据手机号姓名获取成员信息的接口访问权限",
    "qyapi_get_member": "成员信息读权限",
    "fieldMobile": "企业员工手机号信息",
    "qyapi_base": "调用企业API时需要具备的基本权限",
}

TOKEN_REFUSALS = frozenset({
    "invalidauthentication", "authenticationfailed.missingparameter",
    "40014", "42001", "40001", "41001", "40000",
})  # fmt: skip
TEMPLATE_GONE = frozenset({
    "processcode.error", "process.error", "formnotexist", "aflowprocesscodeiserror",
    "invalidprocesscode", "processcodeerror",
})  # fmt: skip
INSTANCE_GONE = frozenset({
    "processinstanceiderror", "processinstancenotexist", "aflowprocessinstnotexist",
})  # fmt: skip

_BY_CODE = {code.lower(): row for code, row in by_code(ROWS).items()}


def row_of(code: str, message: str = "") -> Row | None:
    """The table's row of a code in any case; throttling is known by its words too."""
    # Throttling before permission: both begin with "Forbidden.AccessDenied.".
    lowered = code.lower()
    if "qps流控" in message.lower():
        return _BY_CODE["90018"]
    if lowered in _BY_CODE:
        return _BY_CODE[lowered]
    if "qpslimit" in lowered or "qpmlimit" in lowered:
        return _BY_CODE["90018"]
    if "apicountlimit" in lowered:
        return _BY_CODE["90020"]
    if lowered.startswith("forbidden.accessdenied."):
        return _BY_CODE["60011"]
    return None


def is_instance_gone(error: ProviderError) -> bool:
    """Whether the answer surely says that there is no such instance."""
    return is_one_of(error, INSTANCE_GONE)


def is_one_of(error: ProviderError, codes: frozenset[str]) -> bool:
    """Whether this is a sure refusal with one of these (lower-case) codes."""
    return error.kind is not Kind.UNKNOWN_OUTCOME and error.code.lower() in codes


def scope_title(scope: str) -> str:
    """「工作流实例写权限」(Workflow.Instance.Write), or the bare code of a scope we do not know."""
    title = SCOPES.get(scope)
    return f"「{title}」({scope})" if title else scope


def explain(error: ProviderError) -> tuple[str, str]:
    """A plain sentence about the error and its cure, in the reader's language."""
    row = row_of(error.code, error.message)
    if error.kind is Kind.PERMISSION and error.scopes:
        titles = "、".join(scope_title(scope) for scope in error.scopes)
        return (
            _("应用尚未开通权限：%(titles)s", titles=titles),
            _(
                "在钉钉开发者后台 > 该应用 > 权限管理 中开通 %(titles)s，"
                "开通后立即生效，再点击重试",
                titles=titles,
            ),
        )
    if row is not None:
        return str(row.sentence), str(row.cure)
    return (
        _("钉钉返回错误码 %(code)s：%(message)s", code=error.code, message=error.message),
        _cure_by_kind(error.kind),
    )


def _cure_by_kind(kind: Kind) -> str:
    if kind in {Kind.RETRY, Kind.UNKNOWN_OUTCOME}:
        return _("系统会先核对结果再自动重试，无需处理；持续出现时联系钉钉开放平台支持")
    return _("按钉钉的原文处理后点击重试；仍不明白时，把错误码交给钉钉开放平台支持")
