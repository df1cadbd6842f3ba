"""Finding people: by one exact phone or e-mail, on both sides in one form, never by chance."""

import pytest

from portal.blueprints.feishu import people
from portal.blueprints.feishu.shapes import Match
from portal.domain.provider import Account, Contact
from portal.kit.errors import Kind, ProviderError
from tests.far_side import refused
from tests.feishu.conftest import LISI, ZHANGSAN

PHONE, EMAIL = "+8613800000002", "lisi@example.com"


class Answering:
    """A client that was answered with these entries, and what it was asked for."""

    def __init__(self, *entries: Match):
        self.entries, self.asked = list(entries), None

    def ids_of(self, mobiles, emails):
        self.asked = (mobiles, emails)
        return self.entries


@pytest.mark.parametrize(
    ("contact", "found_by"),
    [
        (Contact(phone=PHONE), PHONE),
        (Contact(email=EMAIL), EMAIL),
        (Contact(email=" LiSi@Example.COM "), " LiSi@Example.COM "),
        (Contact(PHONE, EMAIL), PHONE),
        (Contact("+8613999999999", EMAIL), EMAIL),
        (Contact(PHONE, "nobody@example.com"), PHONE),
        (Contact("12", EMAIL), EMAIL),
    ],
)
def test_a_phone_or_an_email_finds_the_person_with_one_call(adapter, contact, found_by):
    """Pitfall 16, for Feishu even with an e-mail; the phone is preferred."""
    assert adapter().account(contact) == Account(LISI, found_by)
    assert adapter.counted == ["token", "batch_get_id"]


@pytest.mark.parametrize(
    ("contact", "code"),
    [
        (Contact(), "no_contact"),
        (Contact(email="  "), "no_contact"),
        (Contact(phone="138"), "bad_phone"),
        (Contact(phone="+"), "bad_phone"),
        (Contact(phone="abc"), "bad_phone"),
    ],
)
def test_nothing_to_look_for_makes_no_call(sandbox, adapter, contact, code):
    """Pitfalls 5 and 18: empty never matches, short values crash nothing."""
    assert refused(adapter().account, contact).code == code
    assert sandbox.get("/calls")["total"] == 0


@pytest.mark.parametrize(
    ("phone", "mobile"),
    [
        ("+8613800000002", "13800000002"),
        ("13800000002", "13800000002"),
        ("+86 138-0000-0002", "13800000002"),
        ("+12025550123", "+12025550123"),
        ("+85251234567", "+85251234567"),
    ],
)
def test_mainland_numbers_are_sent_bare_and_others_whole(phone, mobile):
    """Trap 14: cut by a library, not by [3:]."""
    client = Answering(Match("ou_1", mobile, ""))
    assert people.find(client, Contact(phone=phone)).external_id == "ou_1"
    assert client.asked == ([mobile], [])


def test_a_number_of_another_country_is_found(sandbox, adapter):
    sandbox.post("/people", people=[
        {"userid": "john", "mobile": "2025550123", "state_code": "1"},
    ])  # fmt: skip
    assert adapter().account(Contact(phone="+12025550123")).found_by == "+12025550123"


@pytest.mark.parametrize("mobile", ["+8613800000002", "+86 138 0000 0002", "138-0000-0002"])
def test_both_sides_are_compared_in_one_form(mobile):
    client = Answering(Match("ou_1", mobile, ""))
    assert people.find(client, Contact(phone=PHONE)).external_id == "ou_1"


@pytest.mark.parametrize(
    "entry",
    [
        Match("", "13800000002", ""),
        Match("", "", EMAIL),
        Match("ou_1", "13800000003", ""),
        Match("ou_1", "", "other@example.com"),
        Match("ou_1", "", ""),
        Match("ou_1", "", "lisi@example.com.evil.example"),
    ],
)
def test_an_entry_counts_by_its_own_value_only(entry):
    """Trap 15, pitfall 5: never by its place, never an empty id, never an empty value."""
    error = refused(people.find, Answering(entry), Contact(PHONE, EMAIL))
    assert error.code == "no_account"


@pytest.mark.parametrize(
    "change", [{"active": False}, {"in_scope": False}, {"mobile": "13800000009", "email": "x@y.z"}]
)
def test_who_is_not_answered_is_told_why_that_may_be(sandbox, adapter, change):
    """Trap 15: out of range, unpublished, enterprise mail, resigned: indistinguishable."""
    sandbox.post("/people", people=[{"userid": "lisi"} | change])
    error = refused(adapter().account, Contact(PHONE, EMAIL))
    assert error.code == "no_account"
    sentence, cure = adapter().explain(error)
    for word in ("通讯录权限范围", "发布", "企业邮箱", "离职"):
        assert word in sentence
    assert "创建版本并发布" in cure


def test_a_phone_and_an_email_of_two_people_are_ambiguous(adapter):
    """Trap 16."""
    error = refused(adapter().account, Contact(PHONE, "zhangsan@example.com"))
    assert error.code == "ambiguous_account"
    same = Answering(Match(ZHANGSAN, "13800000002", ""), Match(LISI, "13800000002", ""))
    assert refused(people.find, same, Contact(phone=PHONE)).code == "ambiguous_account"


@pytest.mark.parametrize(
    ("flag", "code"),
    [
        ("is_frozen", "account_frozen"),
        ("is_resigned", "account_resigned"),
        ("is_exited", "account_exited"),
    ],
)
def test_an_account_that_is_out_of_use_is_not_found_and_says_why(adapter, flag, code):
    entry = Match("ou_1", "13800000002", "", frozenset({flag, "is_activated"}))
    error = refused(people.find, Answering(entry), Contact(PHONE))
    assert error.code == code
    assert all(adapter().explain(error))
    fine = Match("ou_1", "13800000002", "", frozenset({"is_activated", "is_unjoin"}))
    assert people.find(Answering(fine), Contact(PHONE)).external_id == "ou_1"


def test_the_status_is_read_where_the_app_may_see_it(sandbox, adapter):
    sandbox.post("/scopes", provider="feishu", grant=["contact:user.employee:readonly"])
    assert adapter().account(Contact(PHONE)).external_id == LISI


def test_a_missing_permission_is_not_a_missing_person(sandbox, adapter):
    sandbox.post("/scopes", provider="feishu", revoke=["contact:user.id:readonly"])
    with pytest.raises(ProviderError) as caught:
        adapter().account(Contact(PHONE))
    assert caught.value.kind is Kind.PERMISSION
    assert caught.value.scopes == ("contact:user.id:readonly",)
