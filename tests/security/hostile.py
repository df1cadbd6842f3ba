"""Both platforms in the hands of somebody hostile: tokens are given, all else is refused in words
of the attacker's choice."""

from __future__ import annotations

import json

from portal import jobs
from portal.extensions import db
from portal.models import Member
from tests.raw_servers import Script, answer
from tests.settings.cards import CARDS, PATH

TOKEN_PATHS = {
    "/v1.0/oauth2/accessToken": ("accessToken", "expireIn"),
    "/open-apis/auth/v3/tenant_access_token/internal": ("tenant_access_token", "expire"),
}


def refuses(said: str, code: str = "", token: str = "t-1", gives_tokens: bool = True) -> Script:
    """Quotes `said` wherever a refusal has room for it. code: else each platform's own code of a
    missing permission."""

    def script(sock, request):
        path = request.split(b" ")[1].decode().partition("?")[0]
        if path in TOKEN_PATHS and gives_tokens:
            name, seconds = TOKEN_PATHS[path]
            body = {"code": 0, name: token, seconds: 7200}
            sock.sendall(answer(json.dumps(body).encode()))
            return
        status, body = _refusal(path, said, code)
        sock.sendall(answer(json.dumps(body).encode(), status))

    return script


def _refusal(path: str, said: str, code: str) -> tuple[str, dict]:
    if path.startswith("/open-apis/"):
        return "400 Bad Request", {
            "code": code or 99991672,
            "msg": f"denied [{said}]",
            "error": {
                "message": said,
                "log_id": said,
                "field_violations": [{"field": said, "value": said, "description": said}],
                "permission_violations": [{"type": said, "subject": said}],
                "helps": [{"url": f"https://open.feishu.cn/app/{said}", "description": said}],
            },
        }
    if path.startswith("/topapi/"):
        return "200 OK", {"errcode": code or 60011, "errmsg": f"{said} requiredScopes=[{said}]"}
    return "403 Forbidden", {
        "code": code or "Forbidden.AccessDenied.AccessTokenPermissionDenied",
        "message": f"{said} https://open-dev.dingtalk.com/appscope/apply?content={said}",
        "requestid": said,
        "accessdenieddetail": {"requiredScopes": [said]},
    }


def is_a_page(title: str) -> Script:
    """A web page in the place of every answer but the tokens'."""
    page = f"<html><head><title>{title}</title></head><body>{title}</body></html>".encode()
    other = refuses("")

    def script(sock, request):
        path = request.split(b" ")[1].decode().partition("?")[0]
        if path in TOKEN_PATHS:
            other(sock, request)
        else:
            sock.sendall(answer(page, "403 Forbidden").replace(b"application/json", b"text/html"))

    return script


def live_through(app, shop, visitor, address: str, secret: str) -> list:
    """All that an admin and the clock do against this address; every page that shows of it."""
    names = [name for card in CARDS.values() for name in card.address]
    app.config.update(dict.fromkeys(names, address))
    with app.app_context():
        for number, member in enumerate(db.session.scalars(db.select(Member)), 1):
            member.phone, member.email = f"+861390000{number:04}", f"{member.username}@pay.example"
        db.session.commit()
    pages = []
    for card in CARDS.values():
        form = visitor.get(PATH).form(action=card.path)
        fields = {"enabled": True, "key": "hostile1", "app_secret": secret} | card.look_up
        form.fill(**card.fields(**fields))
        pages.append(form.send(200, button="测试联通性"))
        pages.append(form.send(302, button="提交"))
        pages.append(form.send(200, button="测试联通性"))  # judged the stored values: it is kept
    tick(app)
    number = shop.file()
    for card in CARDS.values():
        visitor.post(f"{card.path}/send-sample", {}, 302)
    tick(app)
    paths = [
        "/", PATH, "/settings/deliveries", "/settings/mapping", "/settings/records",
        f"/projects/pay/tickets/{number}", "/projects/pay/tickets",
    ]  # fmt: skip
    return pages + [visitor.get(path) for path in paths]


def tick(app) -> None:
    """What the clock does, once."""
    with app.app_context():
        jobs.deliver()
        jobs.match()
        jobs.sweep()
