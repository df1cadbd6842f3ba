"""The test button: one line a thing that must be right, each by a call that changes nothing."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.blueprints.coding import codes
from portal.blueprints.coding.check_lines import failed, fine, skipped, warned
from portal.blueprints.coding.client import TEAM_SCOPE, USER_SCOPE, CodingClient
from portal.blueprints.coding.issue_pages import needs_team
from portal.blueprints.coding.project_checks import NAMES, ProjectLook
from portal.domain.tracker import Check, CheckResult, Kind, ProviderError
from portal.kit.probing import NOT_REACHED, hurry

_NOT_CODING = NOT_REACHED | codes.NO_SUCH_PATH | {"blocked"}


def run(client: CodingClient, project: str) -> list[Check]:
    """All lines, in the order they are shown. project: its identifier; may be empty."""
    client.deadline, client.timeout = hurry(client.deadline.remaining(), client.timeout)
    entry = _enter(client)
    passed = {one.name: one.result for one in entry}
    later = [TEAM_SCOPE] if needs_team(client.address) else []
    if passed["credentials"] is not CheckResult.OK:
        why = _("地址或令牌未通过，未继续检查")
        return entry + [skipped(name, why) for name in (USER_SCOPE, *later, *NAMES)]
    lines = entry + [_team(client) for _name in later]
    if not project:
        why = _("没有填写项目名称，未检查；填写要推送到的项目再测试一次")
        return lines + [skipped(name, why) for name in NAMES]
    return lines + ProjectLook(client, project).lines()


def _enter(client: CodingClient) -> list[Check]:
    """Address and token, by asking whose token it is."""
    reached = fine("address", _("接口地址可以访问"))
    try:
        user = client.current_user()
    except ProviderError as error:
        if error.code in _NOT_CODING or (error.http_status or 0) >= 500:
            return [failed("address", error), skipped("credentials", _("地址不可达，未检查"))]
        if error.kind is Kind.PERMISSION:
            known = _("CODING 认得这个令牌，只是没有给它读取用户信息的权限")
            # Nothing but the name on this very line needs it.
            return [reached, fine("credentials", known), warned(failed(USER_SCOPE, error))]
        if error.kind is Kind.NOT_FOUND:  # seen where the token's owner is not known
            error.code, error.kind = "AuthFailure", Kind.CREDENTIALS
        if error.kind in {Kind.RETRY, Kind.UNKNOWN_OUTCOME}:
            why = _("无法确认：%(why)s", why=codes.explain(error)[0])
            return [reached, skipped("credentials", why, error.code)]
        return [reached, failed("credentials", error)]
    accepted = _("CODING 接受了这个令牌（Authorization: %(scheme)s）", scheme=client.scheme)
    owner = _("令牌属于 %(name)s", name=user.name or "-")
    return [reached, fine("credentials", accepted), fine(USER_SCOPE, owner)]


def _team(client: CodingClient) -> Check:
    """Only where the address is not the team's own: without it issues have no link."""
    try:
        host = client.team_host()
    except ProviderError as error:
        return warned(failed(TEAM_SCOPE, error))
    return fine(TEAM_SCOPE, _("事项的链接以 https://%(host)s 开头", host=host))
