"""What is secret is found nowhere: not in the database's files, on a page, or in a log."""

import base64
import io
import logging
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import select

from portal.domain import settings
from portal.extensions import db
from portal.models import ProviderSetting
from tests.conftest import PASSWORD

APP_SECRET = "CANARY-appsecret-Xq7/4=Lw0Pz+81"
SOURCE_PASSWORD = "CANARY-source-9f2b&7d1c%e0"
NEW_PASSWORD = "CANARY-password-55aa'77bb"


@pytest.fixture
def environment():
    return {"LOG_LEVEL": "DEBUG", "DINGTALK_API_URL": "http://127.0.0.1:9",
            "DINGTALK_OAPI_URL": "http://127.0.0.1:9"}  # fmt: skip


def shown(answer) -> str:
    """The whole answer but for the cookie, which is where a session's id belongs."""
    headers = [f"{name}: {value}" for name, value in answer.headers if name != "Set-Cookie"]
    return "\n".join([*headers, answer.text])


def forms_of(secret: str) -> list[str]:
    whole = secret.encode()
    return [
        secret,
        secret[: len(secret) // 2 + 2],
        quote(secret, safe=""),
        base64.b64encode(whole).decode().rstrip("=")[:-2],
        whole.hex(),
        secret.replace("&", "&amp;").replace("'", "&#39;"),
    ]


def test_secrets_stay_where_they_belong(app, shop, visitor):
    log = io.StringIO()
    for handler in logging.getLogger("portal").handlers:
        handler.setStream(log)
    pages = []

    def keep(page):
        pages.append(shown(page.answer))
        return page

    visitor.get("/login").form(has="username").fill(username="boss", password=PASSWORD).send()
    form = visitor.get("/account").form(has="current_password")
    keep(form.fill(current_password=PASSWORD, new_password="short").send(422))
    form = visitor.get("/account").form(has="current_password")
    keep(form.fill(current_password=PASSWORD, new_password=NEW_PASSWORD).send())
    form = visitor.get("/settings/integrations").form(has="app_secret")
    form.fill(enabled=True, app_key="ding1", app_secret=APP_SECRET)
    keep(form.send(200, button="测试联通性"))
    keep(form.fill(app_key="a b").send(422, button="提交"))
    keep(form.fill(app_key="ding1").send(button="提交"))
    form = visitor.get("/projects/pay/datasources/1").form(has="password")
    form.fill(username="app", password=SOURCE_PASSWORD, port="99999")
    keep(form.send(422))
    keep(form.fill(port="3306").send())
    for path in ("/settings/integrations", "/projects/pay/datasources/1", "/settings/records",
                 "/settings/status-of-nothing", "/account"):  # fmt: skip
        pages.append(shown(visitor.client.get(path)))
    with visitor.client.session_transaction() as cookie:
        session_id = cookie["id"]
    folder = Path(app.config["INSTANCE_DIR"])
    files = {one.name: one.read_bytes() for one in folder.glob("portal.db*")}
    assert {"portal.db", "portal.db-wal"} <= set(files)
    keys = app.config["ENCRYPTION_KEYS"] + [app.config["SECRET_KEY"]]
    for secret in (APP_SECRET, SOURCE_PASSWORD, NEW_PASSWORD, session_id, *keys):
        for shape in forms_of(secret):
            assert not [name for name, content in files.items() if shape.encode() in content]
            assert shape not in log.getvalue()
            assert not [page for page in pages if shape in page]
    assert "POST /login" in log.getvalue()
    with app.app_context():
        assert settings.secret_of(db.session.scalars(select(ProviderSetting)).one()) == APP_SECRET
