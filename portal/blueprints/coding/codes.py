"""Looking codes and message keys up: what kind of failure one is, and how it is shown."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.blueprints.coding.code_table import ROWS
from portal.kit.code_rows import Row, by_code
from portal.kit.errors import Kind, ProviderError

PROVIDER = "coding"

# Scope code → the name that the token's page shows (fact sheet §2).
SCOPES = {
    "user:profile:ro": _l("用户信息（只读）"),
    "team:profile:ro": _l("团队信息（只读）"),
    "project:profile:ro": _l("项目信息（只读）"),
    "project:member:ro": _l("项目成员（只读）"),
    "collaboration:issue:ro": _l("项目协同（只读）"),
    "collaboration:issue:rw": _l("项目协同（读写）"),
}

WORKING_HOURS_REQUIRED = frozenset({"working_hour_required", "issue_working_hours_required"})
ASSIGNEE_REFUSED = frozenset({"issue_assignee_not_exist", "issue_assignee_no_access"})
ISSUE_GONE = frozenset({"issue_not_exist"})
NO_SUCH_PATH = frozenset({"http_404", "http_405"})

# Whose token it is was not found out: seen under several codes.
_NO_SUCH_TOKEN = "authorization invalid"  # noqa: S105  a sentence, not a token
_KEY = re.compile(r"[a-z]+(?:_[a-z]+)+")
_SCOPE = re.compile(r"[a-z-]+:[a-z-]+:r[ow]")
_BY_CODE = by_code(ROWS)
_FAMILIES = {Kind.CREDENTIALS: "AuthFailure", Kind.PERMISSION: "UnauthorizedOperation"}


def scopes_in(message: str) -> tuple[str, ...]:
    """The permissions that a refusal names, where it does."""
    return tuple(dict.fromkeys(_SCOPE.findall(message)))


def keys_in(message: str) -> list[str]:
    """CODING's internal message keys that stand in a message, e.g. issue_not_exist."""
    return _KEY.findall(message)


def row_for(code: str, message: str) -> Row | None:
    """The row of a refusal: by the key in its message, its code, or the code's family.

    The keys are the more exact: one code (FailedOperation) is used for many things.
    """
    if _NO_SUCH_TOKEN in message.lower():
        return _BY_CODE["AuthFailure"]
    family = code.split(".", maxsplit=1)[0]
    if family in {"AuthFailure", "UnauthorizedOperation", "RequestLimitExceeded"}:
        return _BY_CODE[family]
    for name in (*keys_in(message), code, family):
        if name in _BY_CODE:
            return _BY_CODE[name]
    return None


def says(error: ProviderError, keys: frozenset[str]) -> bool:
    """Whether this is a sure refusal with one of these message keys."""
    is_sure = error.kind not in {Kind.UNKNOWN_OUTCOME, Kind.RETRY}
    return is_sure and bool(keys & {error.code, *keys_in(error.message)})


def scope_title(scope: str) -> str:
    """「项目协同（读写）」(collaboration:issue:rw), or the bare code of one we do not know."""
    title = SCOPES.get(scope)
    return f"「{title}」({scope})" if title else scope


def explain(error: ProviderError) -> tuple[str, str]:
    """A plain sentence about the error and its cure, in the reader's language."""
    row = row_for(error.code, error.message)
    if row is None or _is_no_answer(error, row):
        said = _("CODING 返回 %(code)s：%(message)s", code=error.code, message=error.message)
        return said, _cure_by_kind(error.kind)
    sentence = str(row.sentence)
    if error.kind is Kind.PERMISSION and error.scopes:
        titles = "、".join(scope_title(scope) for scope in error.scopes)
        sentence = _("%(sentence)s：%(titles)s", sentence=sentence, titles=titles)
    return sentence, str(row.cure)


def _is_no_answer(error: ProviderError, row: Row) -> bool:
    """A refusal inside of a 5xx refuses nothing; what was stopped on the way may have any kind."""
    is_unknown = error.kind is Kind.UNKNOWN_OUTCOME and row.kind is not Kind.UNKNOWN_OUTCOME
    return is_unknown and error.code != "blocked"


def _cure_by_kind(kind: Kind) -> str:
    if kind in {Kind.RETRY, Kind.UNKNOWN_OUTCOME}:
        return _("系统会自动处理；持续出现时请联系 CODING 的管理员")
    if kind in {Kind.CREDENTIALS, Kind.PERMISSION}:
        return str(_BY_CODE[_FAMILIES[kind]].cure)
    return _("请按 CODING 的提示处理后重试；看不懂时把错误码和这句话交给 CODING 的管理员")
