"""Headers and cookies that a stranger chooses: they are judged, and never break a page."""

import pytest

BROKEN = ["http://[", "http://[::1", "//[", "http://\u2100.example"]


@pytest.mark.parametrize("value", BROKEN)
def test_a_broken_referer_is_no_error(visitor, value):
    with visitor.client as client:
        token = visitor.csrf_token()
        answer = client.post(
            "/account",
            data={"csrf_token": token},
            headers={"Referer": value.encode().decode("latin-1")},
        )
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login"


@pytest.mark.parametrize("value", BROKEN)
def test_a_broken_origin_is_another_site(admin, value):
    headers = {"Origin": value.encode().decode("latin-1")}
    answer = admin.client.post("/logout", data={"csrf_token": admin.csrf_token()}, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("value", ["[", "a b", "\x7f", "evil.example", "x" * 5000, "a:b:c"])
def test_an_odd_host_is_no_error(admin, value):
    assert admin.client.get("/account", headers={"Host": value}).status_code in {200, 302, 400}


@pytest.mark.parametrize("value", ["", "x", ".eJw.", "a" * 4000, "%00", "\x7f\x80"])
def test_an_odd_cookie_is_nobody(app, value):
    client = app.test_client()
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], value)
    assert client.get("/account").status_code == 302


def test_a_refused_method_names_those_allowed(admin):
    answer = admin.client.get("/logout")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
