"""The adapter's people, and its making from the app's settings."""

import pytest

from portal.blueprints.dingtalk.approval import make, mobile_of
from portal.domain.provider import Account, AppCredentials, Contact
from portal.kit.errors import Kind
from portal.sandbox.seed import DEFAULT_APP_KEY, DEFAULT_APP_SECRET
from tests.far_side import Sandbox, refused

# People


def test_a_phone_finds_the_employee(adapter):
    contact = Contact("+8613800000002", "someone.else@example.com")
    assert adapter().account(contact) == Account("lisi", "+8613800000002")


def test_an_empty_phone_makes_no_call(sandbox, adapter):
    """Pitfall 5: empty never matches."""
    error = refused(adapter().account, Contact(email="lisi@example.com"))
    assert (error.code, error.kind) == ("no_phone", Kind.NOT_FOUND)
    assert sandbox.get("/calls")["total"] == 0


@pytest.mark.parametrize("phone", ["138", "+", "abc", "13800000002"])
def test_what_is_no_e164_number_makes_no_call(phone):
    """Pitfall 18: short values crashed the server."""
    assert refused(mobile_of, Contact(phone=phone)).code == "bad_phone"


@pytest.mark.parametrize(
    ("phone", "mobile"),
    [
        ("+8613800000002", "13800000002"),
        ("+12025550123", "+1-2025550123"),
        ("+85251234567", "+852-51234567"),
    ],
)
def test_the_country_is_cut_by_a_library(phone, mobile):
    """Pitfall 18: not by [3:]."""
    assert mobile_of(Contact(phone=phone)) == mobile


def test_a_leaver_is_not_found(sandbox, adapter):
    sandbox.post("/people", people=[{"userid": "lisi", "active": False}])
    error = refused(adapter().account, Contact(phone="+8613800000002"))
    assert error.kind is Kind.NOT_FOUND


# The making


@pytest.fixture(scope="module")
def shared_sandbox():
    made = Sandbox()
    yield made
    made.close()


@pytest.fixture
def environment(shared_sandbox):
    return {"DINGTALK_API_URL": shared_sandbox.url, "DINGTALK_OAPI_URL": shared_sandbox.url}


@pytest.mark.usefixtures("context")
def test_the_factory_takes_the_apps_settings():
    counted = []
    credentials = AppCredentials(DEFAULT_APP_KEY, DEFAULT_APP_SECRET)
    provider = make(credentials, 30, counted.append)
    assert provider.account(Contact(phone="+8613800000003")).external_id == "wangwu"
    assert provider.prepare_template(None)
    assert counted == ["form_write"]
    late = make(credentials, 0.5, counted.append)
    error = refused(late.fetch, "x")
    assert (error.code, error.kind) == ("deadline", Kind.RETRY)
