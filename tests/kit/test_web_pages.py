"""A web page where an interface's answer was expected is known as one, and named."""

import pytest

from portal.kit.http import Answer
from portal.kit.web_pages import is_page, title_of


def said(body, **headers):
    return Answer("feishu", 200, headers, body)


@pytest.mark.parametrize("body", [b"<html>", b" \n<!DOCTYPE html>", b"<"])
def test_a_page_is_known_by_its_first_letter(body):
    assert is_page(said(body))


def test_a_page_is_known_by_its_type():
    assert is_page(said(b"busy", **{"Content-Type": "Text/HTML; charset=utf-8"}))
    assert not is_page(said(b'{"code":0}', **{"Content-Type": "application/json"}))
    assert not is_page(said(b""))


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("<title>上网\n  认证</title>".encode(), "上网   认证"),
        (b"<TITLE lang=x>Login</TITLE>", "Login"),
        (b"<title></title>", "-"),
        (b"<html>", "-"),
        (b"<title>\xff\0</title>", "\ufffd\ufffd"),
    ],
)
def test_its_title_is_one_short_line(body, title):
    assert title_of(said(body)) == title


@pytest.mark.usefixtures("context")
def test_a_long_title_is_cut():
    assert len(title_of(said(b"<title>" + b"x" * 400 + b"</title>"))) <= 100
