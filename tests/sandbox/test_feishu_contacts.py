"""Feishu's address book: ids by phone and e-mail, users, whose id is it."""

import pytest

BY = "contact/v3/users/batch_get_id"


def by(feishu, **body) -> dict:
    """user_id, or None where the entry has none, by what was asked."""
    listed = feishu.data("POST", BY, body)["user_list"]
    return {entry.get("mobile") or entry.get("email"): entry.get("user_id") for entry in listed}


def scopes(feishu, **order):
    assert feishu.control("scopes", {"provider": "feishu"} | order).status_code == 200


def test_phones_and_emails_find_their_people(feishu):
    found = by(feishu, mobiles=["13800000002", "13800000003"], emails=["Lisi@Example.com"])
    assert found["13800000002"] == found["lisi@example.com"] == feishu.who("lisi")
    assert found["13800000003"] == feishu.who("wangwu")
    assert all(key.startswith("ou_") and len(key) == 35 for key in found.values())


def test_each_input_has_its_own_entry(feishu):
    listed = feishu.data("POST", BY, {"mobiles": ["13800000002"] * 2,
                                      "emails": ["lisi@example.com"]})["user_list"]
    assert [set(entry) for entry in listed].count({"mobile", "user_id"}) == 2
    assert [set(entry) for entry in listed].count({"email", "user_id"}) == 1


def test_nobody_is_an_entry_without_an_id_in_either_form(feishu):
    feishu.control("people", {"people": [
        {"userid": "lisi", "in_scope": False}, {"userid": "wangwu", "active": False}]})
    for mobile in ("13899999999", "13800000002", "13800000003", "+8613800000001"):
        listed = feishu.data("POST", BY, {"mobiles": [mobile]})["user_list"]
        assert listed == [{"mobile": mobile}]
    listed = feishu.data("POST", BY, {"emails": ["nobody@example.com"]})["user_list"]
    assert listed == [{"email": "nobody@example.com", "user_id": ""}]
    assert feishu.data("POST", BY, {"emails": [""]})["user_list"][0]["user_id"] == ""
    found = by(feishu, mobiles=["13800000003"], include_resigned=True)
    assert found["13800000003"].startswith("ou_")


def test_other_countries_numbers_need_their_prefix(feishu):
    feishu.control("people", {"people": [
        {"userid": "hk", "mobile": "91234567", "state_code": "852"}]})
    found = by(feishu, mobiles=["91234567", "+85291234567"])
    assert found["91234567"] is None
    key = found["+85291234567"]
    assert feishu.data("GET", f"contact/v3/users/{key}")["user"]["mobile"] == "+85291234567"


@pytest.mark.parametrize(("body", "code"), [
    ({"mobiles": ["1"] * 51}, 99992402), ({"emails": ["a@b.c"] * 51}, 99992402),
    ({"mobiles": "13800000002"}, 9499), ({"mobiles": [13800000002]}, 9499),
    ({"include_resigned": "true"}, 9499), (["13800000002"], 9499),
])
def test_what_the_look_up_refuses(feishu, body, code):
    assert feishu.code("POST", BY, body) == code


def test_fifty_and_fifty_may_be_asked_at_once(feishu):
    body = {"mobiles": ["1"] * 50, "emails": ["a@b.c"] * 50}
    assert len(feishu.data("POST", BY, body)["user_list"]) == 100


def test_a_users_fields_are_absent_without_their_scopes(feishu):
    path = f"contact/v3/users/{feishu.who('lisi')}"
    user = feishu.data("GET", path)["user"]
    assert (user["mobile"], user["email"], user["user_id"]) == (
        "+8613800000002", "lisi@example.com", "lisi")
    assert user["open_id"] == feishu.who("lisi")
    assert not {"name", "status", "department_ids"} & set(user)
    for scope, field in (
        ("contact:user.email:readonly", "email"), ("contact:user.phone:readonly", "mobile"),
        ("contact:user.employee_id:readonly", "user_id"),
    ):
        scopes(feishu, revoke=[scope])
        assert field not in feishu.data("GET", path)["user"]
    for scope, field in (
        ("contact:user.base:readonly", "name"), ("contact:user.employee:readonly", "status"),
        ("contact:user.department:readonly", "department_ids"),
    ):
        scopes(feishu, grant=[scope])
        assert field in feishu.data("GET", path)["user"]


def test_the_status_of_a_found_person_needs_its_scope(feishu):
    scopes(feishu, grant=["contact:user.employee:readonly"])
    entry = feishu.data("POST", BY, {"mobiles": ["13800000002"]})["user_list"][0]
    assert entry["status"]["is_activated"] is True


def test_unknown_and_unreachable_users(feishu):
    lisi = feishu.who("lisi")
    assert feishu.code("GET", "contact/v3/users/ou_unheard") == 99992351
    assert feishu.code("GET", "contact/v3/users/nonsense") == 41012
    assert feishu.code("GET", "contact/v3/users/nobody", user_id_type="user_id") == 41012
    feishu.control("people", {"people": [{"userid": "lisi", "in_scope": False}]})
    assert feishu.code("GET", f"contact/v3/users/{lisi}") == 41050


def test_an_open_id_belongs_to_one_app(feishu):
    feishu.control("apps", {"provider": "feishu", "app_key": "cli_two", "app_secret": "s"})
    other = feishu.token("cli_two", "s")
    theirs = feishu.data("POST", BY, {"mobiles": ["13800000002"]}, token=other)["user_list"]
    key = theirs[0]["user_id"]
    assert key != feishu.who("lisi")
    assert feishu.code("GET", f"contact/v3/users/{key}") == 99992361
    union = feishu.data("GET", f"contact/v3/users/{key}", token=other)["user"]["union_id"]
    same = feishu.data("GET", f"contact/v3/users/{union}", user_id_type="union_id")["user"]
    assert same["user_id"] == "lisi"


def test_many_users_are_read_at_once_and_strangers_left_out(feishu):
    keys = feishu.who("lisi", "wangwu")
    feishu.control("people", {"people": [{"userid": "wangwu", "in_scope": False}]})
    items = feishu.data("GET", "contact/v3/users/batch", user_ids=[*keys, "ou_x"])["items"]
    assert [item["user_id"] for item in items] == ["lisi"]
    assert feishu.code("GET", "contact/v3/users/batch") == 99992402


def test_the_bot_stands_at_the_top_level(feishu):
    answer = feishu.api("GET", "bot/v3/info").json()
    assert answer["bot"]["open_id"].startswith("ou_")
    assert "data" not in answer
