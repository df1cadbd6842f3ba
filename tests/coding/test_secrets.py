"""The token is found nowhere: on no page, in no log, in no error, in no file of the database."""

from __future__ import annotations

import json
import traceback

import pytest

from portal.blueprints.coding.issues import make
from portal.domain.tracker import AppCredentials, Contact, ProviderError
from tests.coding.conftest import order
from tests.coding.test_card import PATH, SAVE
from tests.raw_servers import RawServer, answer
from tests.security.test_canaries import files_of, forms_of, log, shown

__all__ = ["log"]

TOKEN = "CANARY-token-of-coding-Vd8/4+w&Lq2"
PAGE = f"<html><title>{TOKEN}</title><body>{TOKEN}</body></html>".encode()


@pytest.fixture
def environment():
    return {"LOG_LEVEL": "DEBUG", "HTTP_TIMEOUT": "2"}


def quotes(shape: str):
    """Somebody who repeats the token wherever there is room for it."""
    refusal = {"Error": {"Code": f"x{TOKEN}", "Message": f"token {TOKEN} Bearer {TOKEN}"}}
    success = {
        "User": {"Id": 1, "Name": TOKEN},
        "Project": {"Id": 2, "Name": TOKEN, "DisplayName": TOKEN},
        "IssueTypes": [{"IssueType": TOKEN}],
        "IssueList": [],
        "ProjectIssueFieldList": [{"Required": True, "IssueField": {"Name": TOKEN}}],
        "Data": {"ProjectMembers": [], "List": [], "TeamHost": TOKEN},
    }
    shapes = {
        "refusal": answer(json.dumps({"Response": refusal}).encode()),
        "escaped": answer(
            json.dumps({"Response": refusal}).replace("CANARY", "\\u0043ANARY").encode()
        ),
        "success": answer(json.dumps({"Response": success}).encode()),
        "page": answer(PAGE, "403 Forbidden"),
        "page of 200": answer(PAGE),
        "no json": answer(TOKEN.encode()),
        "5xx": answer(json.dumps({"Response": refusal}).encode(), "502 Bad Gateway"),
        "redirect": answer(b"", "302 Found", f"Location: https://x/?token={TOKEN}"),
        "half": answer(PAGE)[:-20],
    }
    return lambda sock, _request: sock.sendall(shapes[shape])


SHAPES = ["refusal", "escaped", "success", "page", "page of 200", "no json", "5xx", "redirect",
          "half"]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_whoever_quotes_the_token_gives_nothing_away(app, admin, log, shape):
    with RawServer(quotes(shape)) as server:
        fields = {"enabled": True, "service_url": server.url, "token": TOKEN}
        form = admin.get(PATH).form(action=SAVE)
        pages = [form.fill(**fields).send(button="提交")]
        for token in (TOKEN, ""):
            form = admin.get(PATH).form(action=SAVE).fill(project_name="shop", token=token)
            pages.append(form.send(200, button="测试联通性"))
        form = admin.get(PATH).form(action=SAVE)
        pages.append(form.fill(**fields | {"service_url": "x"}).send(422, button="提交"))
        pages += [admin.get(PATH), admin.get("/settings/records")]
        assert TOKEN.encode() in b"\n".join(server.requests)
    files, said = files_of(app), [shown(page.answer) for page in pages]
    for canary in forms_of(TOKEN):
        assert not [name for name, content in files.items() if canary.encode() in content]
        assert canary not in log.getvalue()
        assert not [one for one in said if canary in one]
    assert "/open-api" in log.getvalue()


@pytest.mark.parametrize("shape", [one for one in SHAPES if one != "success"])
def test_no_exception_holds_the_token(app, shape):
    """Neither its text, nor its values, nor what it was raised from."""
    with RawServer(quotes(shape)) as server, app.test_request_context():
        credentials = AppCredentials(server.url, f"token {TOKEN}")
        adapter = make(credentials, 60)
        with pytest.raises(ProviderError) as caught:
            adapter.create(order(assignee=Contact("+8613900000001")))
        explained = adapter.explain(caught.value)
    error = caught.value
    said = [
        *traceback.format_exception(error), repr(error), repr(vars(error)), repr(credentials),
        repr(adapter), repr(vars(adapter)), *explained,
    ]  # fmt: skip
    context = error.__context__
    while context is not None:
        said += [repr(context), repr(vars(context)), str(context.args)]
        context = context.__context__
    assert not [one for one in said if TOKEN in one]
