"""Lines of the test button."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.blueprints.feishu import codes, definition
from portal.blueprints.feishu.shapes import Definition
from portal.domain.provider import Check, CheckResult
from portal.kit.errors import Kind, ProviderError


def state_of(found: Definition) -> Check:
    """The definition's own line."""
    if found.status != definition.ACTIVE:
        deleted = found.status == definition.DELETED
        code = "1390016" if deleted else "template_disabled"
        message = definition.obstacle(found)
        return failed("template", ProviderError(codes.PROVIDER, code, message, Kind.REFUSED))
    wrong = definition.difference(found)
    if wrong:
        return fine("template", _("%(wrong)s；下次核对时自动修复", wrong=wrong))
    return fine("template", _("审批定义「%(name)s」已启用，控件完整", name=found.name))


def failed(name: str, error: ProviderError) -> Check:
    """Refused: what that means, the platform's own words, and the cure."""
    sentence, cure = codes.explain(error)
    detail = sentence if error.message in sentence else f"{sentence}：{error.message}"
    return Check(name, CheckResult.FAIL, _title(name), detail, cure, error.code, error.apply_url)


def fine(name: str, detail: str) -> Check:
    """Established: by which means."""
    return line(name, CheckResult.OK, detail)


def skipped(name: str, why: str, code: str = "") -> Check:
    """Not established: why not."""
    return line(name, CheckResult.SKIPPED, why, code)


def line(name: str, result: CheckResult, detail: str, code: str = "") -> Check:
    """A line under the name that people know."""
    return Check(name, result, _title(name), detail, code=code)


def _title(name: str) -> str:
    ours = {
        "address": _("飞书接口地址"),
        "credentials": _("App ID 和 App Secret"),
        "account": _("测试账号"),
        "template": _("审批定义"),
    }
    return ours.get(name) or codes.SCOPES[name]
