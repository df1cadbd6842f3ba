"""Logs: one line of JSON each, without secrets, which nobody can forge."""

import json
import logging

import pytest

from portal.kit.logs import JsonFormatter, redact

SECRET = "CANARY-secret-0123456789"


@pytest.mark.parametrize(
    "text",
    [
        f"GET /gettoken?appkey=ding1&appsecret={SECRET}",
        f"POST /topapi/v2/user/get?access_token={SECRET}&x=1",
        f'{{"appSecret": "{SECRET}"}}',
        f"{{'access_token': '{SECRET}'}}",
        f"x-acs-dingtalk-access-token: {SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"Cookie: portal={SECRET}; a=b",
        f"postgresql+psycopg://portal:{SECRET}@db/portal",
        f"password={SECRET}",
        f"new_password={SECRET}&username=a",
    ],
)
def test_secrets_are_taken_out(text):
    assert SECRET not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize("text", ["GET /account 200 12 ms", "ticket:default/12", "a=b&c=d"])
def test_the_rest_stays(text):
    assert redact(text) == text


def record(message, *args, **extra):
    made = logging.LogRecord("portal", logging.INFO, "", 0, message, args, None)
    made.__dict__.update(extra)
    return JsonFormatter().format(made)


def test_a_line_cannot_be_forged():
    line = record("user %s", 'a\n{"level": "INFO"}\r\n\x1b[31m')
    assert "\n" not in line
    assert "\x1b" not in line
    assert json.loads(line)["message"].startswith("user a\n")


def test_facts_stand_beside_the_message_redacted():
    line = json.loads(record("sent", status=200, url=f"/x?access_token={SECRET}"))
    assert line["status"] == 200
    assert SECRET not in line["url"]
