"""Lines of the test button."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import gettext as _

from portal.blueprints.coding import codes
from portal.domain.tracker import Check, CheckResult, ProviderError


def failed(name: str, error: ProviderError) -> Check:
    """Refused: what that means, CODING's own words, and the cure."""
    sentence, cure = codes.explain(error)
    detail = sentence if error.message in sentence else f"{sentence}：{error.message}"
    return Check(name, CheckResult.FAIL, _title(name), detail, cure, error.code)


def warned(check: Check) -> Check:
    """Issues are pushed all the same."""
    return replace(check, is_warning=True)


def fine(name: str, detail: str) -> Check:
    """Established: by which means."""
    return Check(name, CheckResult.OK, _title(name), detail)


def skipped(name: str, why: str, code: str = "") -> Check:
    """Not established: why not."""
    return Check(name, CheckResult.SKIPPED, _title(name), why, code=code)


def wrong(name: str, detail: str, cure: str, code: str = "") -> Check:
    """Established, and not as it must be."""
    return Check(name, CheckResult.FAIL, _title(name), detail, cure, code)


def _title(name: str) -> str:
    ours = {
        "address": _("服务地址"),
        "credentials": _("访问令牌"),
        "project": _("项目"),
        "collaboration": _("项目协同"),
        "fields": _("必填属性"),
    }
    return ours.get(name) or str(codes.SCOPES[name])
