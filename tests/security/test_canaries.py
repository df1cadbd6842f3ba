"""What is secret is found nowhere: not in the database's files, on a page, in a log or an error."""

import base64
import io
import logging
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import select

from portal import providers
from portal.domain import settings
from portal.domain.provider import AppCredentials, Contact, ProviderError
from portal.extensions import db
from portal.models import ProviderSetting
from tests.conftest import PASSWORD
from tests.raw_servers import RawServer
from tests.security.hostile import live_through, refuses
from tests.settings.cards import CARDS, PATH

APP_SECRETS = {
    "dingtalk": "CANARY-appsecret-Xq7/4=Lw0Pz+81",
    "feishu": "CANARY-secret-of-feishu-Kd3+/9=&m",
}
TOKEN = "t-CANARY-token-8Hq2vK5zR1"
SOURCE_PASSWORD = "CANARY-source-9f2b&7d1c%e0"
NEW_PASSWORD = "CANARY-password-55aa'77bb"


@pytest.fixture
def environment():
    addresses = [name for card in CARDS.values() for name in card.address]
    return dict.fromkeys(addresses, "http://127.0.0.1:9") | {"LOG_LEVEL": "DEBUG"}


@pytest.fixture
def log(app):
    """Everything that the portal's loggers write, as the operator reads it."""
    stream = io.StringIO()
    for handler in logging.getLogger("portal").handlers:
        handler.setStream(stream)
    return stream


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


def files_of(app) -> dict[str, bytes]:
    """The database's files, those that are being written among them."""
    folder = Path(app.config["INSTANCE_DIR"])
    files = {one.name: one.read_bytes() for one in folder.glob("portal.db*")}
    assert {"portal.db", "portal.db-wal"} <= set(files)
    return files


def test_secrets_stay_where_they_belong(app, shop, visitor, log):
    pages = []

    def keep(page):
        pages.append(shown(page.answer))
        return page

    visitor.get("/login").form(has="username").fill(username="boss", password=PASSWORD).send()
    form = visitor.get("/account").form(has="current_password")
    keep(form.fill(current_password=PASSWORD, new_password="short").send(422))
    form = visitor.get("/account").form(has="current_password")
    keep(form.fill(current_password=PASSWORD, new_password=NEW_PASSWORD).send())
    for card in CARDS.values():
        form = visitor.get(PATH).form(action=card.path)
        form.fill(**card.fields(enabled=True, key="app1", app_secret=APP_SECRETS[card.name]))
        keep(form.send(200, button="测试联通性"))
        keep(form.fill(**card.fields(key="a b")).send(422, button="提交"))
        keep(form.fill(**card.fields(key="app1")).send(button="提交"))
    form = visitor.get("/projects/pay/datasources/1").form(has="password")
    form.fill(username="app", password=SOURCE_PASSWORD, port="99999")
    keep(form.send(422))
    keep(form.fill(port="3306").send())
    for path in (PATH, "/projects/pay/datasources/1", "/settings/records", "/settings/deliveries",
                 "/settings/mapping", "/settings/status-of-nothing", "/account"):  # fmt: skip
        pages.append(shown(visitor.client.get(path)))
    with visitor.client.session_transaction() as cookie:
        session_id = cookie["id"]
    files = files_of(app)
    keys = app.config["ENCRYPTION_KEYS"] + [app.config["SECRET_KEY"]]
    typed = (*APP_SECRETS.values(), SOURCE_PASSWORD, NEW_PASSWORD, session_id)
    for secret in (*typed, *keys):
        for shape in forms_of(secret):
            assert not [name for name, content in files.items() if shape.encode() in content]
            assert shape not in log.getvalue()
            assert not [page for page in pages if shape in page]
    assert "POST /login" in log.getvalue()
    with app.app_context():
        rows = db.session.scalars(select(ProviderSetting))
        assert {row.provider: settings.secret_of(row) for row in rows} == APP_SECRETS


def quoted(secret: str, gives_tokens: bool) -> str:
    """All that a platform knows of us."""
    return f"{TOKEN} {secret}" if gives_tokens else secret


@pytest.mark.parametrize("code", ["", "quoted"])
@pytest.mark.parametrize("gives_tokens", [True, False])
def test_a_platform_that_quotes_what_we_sent_gives_nothing_away(
    app, shop, log, code, gives_tokens
):
    """In its refusals, in their codes and their links: whatever of it is kept or shown."""
    secret = APP_SECRETS["feishu"]
    script = refuses(quoted(secret, gives_tokens), code and quoted(secret, gives_tokens), TOKEN,
                     gives_tokens)  # fmt: skip
    with RawServer(script) as server:
        pages = live_through(app, shop, shop.sign_in("boss"), server.url, secret)
        sent = b"\n".join(server.requests)
    assert secret.encode() in sent
    assert (TOKEN.encode() in sent) is gives_tokens
    files, shown_pages = files_of(app), [shown(page.answer) for page in pages]
    assert "***" in "".join(shown_pages), "what was quoted is shown, but for the secrets"
    for canary in (secret, TOKEN):
        for shape in forms_of(canary):
            assert not [name for name, content in files.items() if shape.encode() in content]
            assert shape not in log.getvalue()
            assert not [one for one in shown_pages if shape in one]
    assert "/open-apis/" in log.getvalue()


@pytest.mark.parametrize("provider", sorted(CARDS))
@pytest.mark.parametrize("gives_tokens", [True, False])
def test_no_exception_holds_a_secret(app, provider, gives_tokens):
    """Neither its text, nor its values, nor what it was raised from."""
    secret = APP_SECRETS[provider]
    with (
        RawServer(refuses(quoted(secret, gives_tokens), "", TOKEN, gives_tokens)) as server,
        app.test_request_context(),
    ):
        names = [name for card in CARDS.values() for name in card.address]
        app.config.update(dict.fromkeys(names, server.url))
        credentials = AppCredentials("app1", secret)
        adapter = providers.make(provider, credentials, 60, lambda _call: None)
        with pytest.raises(ProviderError) as caught:
            adapter.account(Contact(phone="+8613900000001"))
    error = caught.value
    said = [
        *traceback.format_exception(error), str(error), repr(error), repr(vars(error)),
        repr(credentials), repr(adapter), repr(vars(adapter)),
    ]  # fmt: skip
    assert "***" in str(error)
    for canary in (secret, TOKEN):
        assert not [one for one in said if canary in one]
