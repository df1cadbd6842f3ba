"""Looking codes up: what kind of failure one is, and how it is shown to people."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.blueprints.feishu.code_table import ROWS
from portal.kit.code_rows import Row, by_code
from portal.kit.errors import Kind, ProviderError

PROVIDER = "feishu"

# Scope code → the name the developer console shows (权限管理).
SCOPES = {
    "approval:approval": "查看、创建、更新审批应用相关信息",
    "approval:approval:readonly": "访问审批应用",
    "approval:definition": "查看、创建、更新、删除原生审批定义相关信息",
    "approval:instance": "查看、创建、更新、删除原生审批实例相关信息",
    "approval:task": "同意、拒绝、退回、加签等原生审批任务操作",
    "approval:instance.comment": "查看、创建、更新、删除原生审批评论相关信息",
    "approval:approval.list:readonly": "查询审批列表",
    "contact:contact.base:readonly": "获取通讯录基本信息",
    "contact:user.base:readonly": "获取用户基本信息",
    "contact:user.email:readonly": "获取用户邮箱信息",
    "contact:user.employee:readonly": "获取用户受雇信息",
    "contact:user.employee_id:readonly": "获取用户 UserID",
    "contact:user.id:readonly": "通过手机号或邮箱获取用户 ID",
    "contact:user.phone:readonly": "获取用户手机号",
}

MISSING_SCOPE = "99991672"
THROTTLED = "99991400"
TOKEN_REFUSALS = frozenset({"99991661", "99991663", "99991664", "99991668", "99991671"})
TEMPLATE_GONE = frozenset({"60002", "1390002", "1390016"})
INSTANCE_GONE = frozenset({"60003", "1390003"})
KEY_TAKEN = frozenset({"60012"})
NO_SUCH_PATH = frozenset({"99991201", "99991301", "http_404", "http_405"})

_BY_CODE = by_code(ROWS)


def row_of(code: str) -> Row | None:
    """The table's row of a code."""
    return _BY_CODE.get(code)


def is_instance_gone(error: ProviderError) -> bool:
    """Whether the answer surely says that there is no such instance."""
    return is_one_of(error, INSTANCE_GONE)


def is_one_of(error: ProviderError, codes: frozenset[str]) -> bool:
    """Whether this is a sure refusal with one of these codes."""
    return error.kind is not Kind.UNKNOWN_OUTCOME and error.code in codes


def scope_title(scope: str) -> str:
    """「访问审批应用」(approval:approval:readonly), or the bare code of a scope we do not know."""
    title = SCOPES.get(scope)
    return f"「{title}」({scope})" if title else scope


def explain(error: ProviderError) -> tuple[str, str]:
    """A plain sentence about the error and its cure, in the reader's language."""
    row = row_of(error.code)
    if error.code == MISSING_SCOPE and error.scopes:
        # Feishu names every scope that would do: one of them is enough.
        titles = _(" 或 ").join(scope_title(scope) for scope in error.scopes)
        sentence = _("应用尚未开通权限（或开通后尚未发布版本）：%(titles)s", titles=titles)
        return sentence, _("所缺的权限：%(titles)s。%(cure)s", titles=titles, cure=row.cure)
    if row is not None:
        return str(row.sentence), str(row.cure)
    return (
        _("飞书返回错误码 %(code)s：%(message)s", code=error.code, message=error.message),
        _cure_by_kind(error.kind),
    )


def _cure_by_kind(kind: Kind) -> str:
    if kind in {Kind.RETRY, Kind.UNKNOWN_OUTCOME}:
        return _("系统会先核对结果再自动重试，无需处理；持续出现时联系飞书开放平台支持")
    return _("按飞书的原文处理后点击重试；仍不明白时，把错误码交给飞书开放平台支持")
