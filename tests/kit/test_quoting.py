"""What a far side quotes of our secrets is taken out before anything is read from its answer."""

import json

import pytest

from portal.kit.http import Answer
from portal.kit.quoting import without

SECRET = "s3cret/&<名>-of-an-app"


def body_of(body: bytes, *secrets: str) -> bytes:
    return without(Answer("feishu", 400, {}, body), secrets).body


@pytest.mark.parametrize("ascii_only", [True, False])
def test_it_is_hidden_in_every_text_and_name(ascii_only):
    said = {"code": 7, "msg": f"no {SECRET}{SECRET}!", "a": [{SECRET: None, "b": [SECRET, 1.5]}]}
    hidden = json.loads(body_of(json.dumps(said, ensure_ascii=ascii_only).encode(), SECRET))
    assert hidden == {"code": 7, "msg": "no ******!", "a": [{"***": None, "b": ["***", 1.5]}]}


def test_however_json_writes_it():
    """Go writes \\u0026 for &, PHP \\/ for a slash."""
    written = "".join(f"\\u{ord(char):04x}" for char in SECRET)
    assert json.loads(body_of(f'{{"msg": "{written}"}}'.encode(), SECRET)) == {"msg": "***"}
    written = SECRET.replace("/", "\\/")
    assert json.loads(body_of(f'{{"msg": "{written}"}}'.encode(), SECRET)) == {"msg": "***"}


def test_what_is_no_json_keeps_its_bytes():
    page = "<title>登录</title>".encode("gbk") + b" t-very-secret"
    assert body_of(page, "t-very-secret", "") == "<title>登录</title>".encode("gbk") + b" ***"


def test_what_is_no_secret_changes_nothing():
    said = b'{"code": "invalidClientIdOrSecret"}'
    assert json.loads(body_of(said, "", "a", "Secret")) == json.loads(said)


def test_depth_is_no_trouble():
    deep = b"[" * 900 + b'"t-very-secret"' + b"]" * 900
    assert b"very-secret" not in body_of(deep, "t-very-secret")
