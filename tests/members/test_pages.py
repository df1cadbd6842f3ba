"""用户中心: the list, adding and editing."""

import pytest

from portal.extensions import db
from portal.models import Member, OperationRecord
from tests.conftest import PASSWORD
from tests.page import Visitor

NEW = "Battery-staple-88"


def stored(app, username):
    with app.app_context():
        return db.session.query(Member).filter_by(username=username).one_or_none()


def edit(admin, person, status=302, **values):
    form = admin.get("members.edit", member_id=person.id).form(has="role")
    return form.fill(**values).send(status)


def actions(app, username):
    with app.app_context():
        query = db.session.query(OperationRecord).filter_by(subject=f"member:{username}")
        return [record.action for record in query.order_by(OperationRecord.id)]


def test_a_new_member_is_added_and_must_change_the_password(app, admin):
    page = admin.get("/settings/members/new")
    form = page.form(has="username")
    form.fill(username="zhangsan", password=NEW, name="张三", phone="13800000001", role="member")
    page = form.send()
    assert page.path == "/settings/members"
    assert "张三" in page.one('[data-member="zhangsan"]').get_text()
    member = stored(app, "zhangsan")
    assert member.must_change_password
    assert member.is_enabled
    assert member.phone == "+8613800000001"
    assert actions(app, "zhangsan") == ["member_created"]
    visitor = Visitor(app)
    form = visitor.get("/settings/members").form(has="username")
    page = form.fill(username="zhangsan", password=NEW).send()
    assert page.path == "/account?next=/settings/members"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "admin"}, "username"),
        ({"username": "ADMIN"}, "username"),
        ({"username": "有空格 a"}, "username"),
        ({"username": "-x"}, "username"),
        ({"username": "a" * 65}, "username"),
        ({"username": "<script>"}, "username"),
        ({"password": ""}, "password"),
        ({"password": "short"}, "password"),
        ({"password": "password1"}, "password"),
        ({"password": "zhangsan"}, "password"),
        ({"phone": "nonsense"}, "phone"),
        ({"email": "nonsense"}, "email"),
        ({"role": "root"}, "role"),
    ],
)
def test_a_refused_member_gets_a_sentence_beside_the_field(app, admin, values, field):
    form = admin.get("/settings/members/new").form(has="username")
    typed = {"username": "zhangsan", "password": NEW, "name": "张三"} | values
    page = form.fill(**typed).send(422)
    assert list(page.errors) == [field]
    assert page.one("#name")["value"] == "张三"
    if "username" not in values:
        assert stored(app, "zhangsan") is None


def test_every_wrong_field_gets_its_sentence_at_once(admin):
    form = admin.get("/settings/members/new").form(has="username")
    page = form.fill(username="admin", phone="1", email="x", name="名" * 65).send(422)
    assert set(page.errors) == {"username", "password", "phone", "email", "name"}


def test_an_edit_changes_all_but_the_user_name(app, admin, make_member):
    person = make_member("zhangsan", name="张三")
    page = admin.get("members.edit", member_id=person.id)
    assert page.one("#username").has_attr("readonly")
    page = edit(admin, person, name="李四", email="li@example.com", role="admin")
    assert page.flashes == [("success", "已保存。")]
    member = stored(app, "zhangsan")
    assert (member.name, member.email, member.is_admin) == ("李四", "li@example.com", True)
    assert not member.must_change_password
    assert actions(app, "zhangsan") == ["member_changed"]


def test_a_disabled_member_is_out_at_once_and_can_come_back(app, admin, make_member, sign_in):
    person = make_member("zhangsan")
    visitor = sign_in("zhangsan")
    edit(admin, person, is_enabled=False)
    assert visitor.client.get("/account").status_code == 302
    assert "已停用" in admin.get("/settings/members").one('[data-member="zhangsan"]').get_text()
    edit(admin, person, is_enabled=True)
    assert visitor.client.get("/account").status_code == 302  # that session is gone for good
    assert sign_in("zhangsan").client.get("/account").status_code == 200
    assert actions(app, "zhangsan") == ["member_disabled", "member_enabled"]


def test_a_password_that_an_admin_sets_ends_sessions_and_must_be_changed(
    app, admin, make_member, sign_in
):
    person = make_member("zhangsan")
    visitor = sign_in("zhangsan")
    edit(admin, person, password=NEW)
    assert visitor.client.get("/account").status_code == 302
    assert stored(app, "zhangsan").must_change_password
    assert actions(app, "zhangsan") == ["password_changed"]


def test_a_bad_password_changes_nothing_else_either(app, admin, make_member):
    person = make_member("zhangsan", name="张三")
    page = edit(admin, person, 422, name="李四", password="12345678")
    assert list(page.errors) == ["password"]
    assert page.one("#name")["value"] == "李四"
    assert stored(app, "zhangsan").name == "张三"


def test_the_last_admin_can_neither_be_disabled_nor_demoted(app, admin):
    own = stored(app, "admin")
    assert list(edit(admin, own, 422, is_enabled=False).errors) == ["is_enabled"]
    assert list(edit(admin, own, 422, role="member").errors) == ["role"]
    member = stored(app, "admin")
    assert member.is_admin
    assert member.is_enabled


def test_one_of_two_admins_can_be_demoted(app, admin, make_member):
    edit(admin, make_member("second"), role="admin")
    edit(admin, stored(app, "admin"), role="member")
    assert not stored(app, "admin").is_admin
    assert admin.client.get("/settings/members").status_code == 403


def test_a_shared_phone_is_saved_with_a_warning(app, admin, make_member):
    make_member("lisi", name="李四", phone="+8613800000001")
    page = edit(admin, make_member("zhangsan"), phone="+86 13800000001")
    assert [kind for kind, _text in page.flashes] == ["warning", "success"]
    assert "李四" in page.flashes[0][1]
    assert stored(app, "zhangsan").phone == "+8613800000001"


def test_own_password_is_not_changed_here(app, admin):
    page = edit(admin, stored(app, "admin"), 422, password=NEW)
    assert list(page.errors) == ["password"]


def test_the_list_goes_on_by_key_and_finds_every_member_once(admin, make_member):
    for number in range(45):
        make_member(f"user{number:02}")
    seen, page = [], admin.get("/settings/members")
    while True:
        seen += [row["data-member"] for row in page.select("[data-member]")]
        following = page.select('a[rel="next"]')
        if not following:
            break
        page = admin.get(following[0]["href"])
    assert len(seen) == len(set(seen)) == 46
    assert seen == sorted(seen)


@pytest.mark.parametrize("search", ["zhang", "张三", "ZS@EXAMPLE", "3800000001"])
def test_a_search_finds_by_any_of_its_columns(admin, make_member, search):
    make_member("zhangsan", name="张三", email="zs@example.com", phone="+8613800000001")
    make_member("lisi", name="李四")
    page = admin.get("members.index", q=search)
    assert [row["data-member"] for row in page.select("[data-member]")] == ["zhangsan"]
    assert page.one('input[name="q"]')["value"] == search


@pytest.mark.parametrize("search", ["%", "_", "nobody", "'; --"])
def test_a_search_takes_signs_as_they_are(admin, make_member, search):
    make_member("lisi")
    page = admin.get("members.index", q=search)
    assert not page.select("[data-member]")
    assert "没有找到成员" in page.text


@pytest.mark.parametrize("query", ["q=%00", "after=%00", "q=%FF%FE", "q=" + "x" * 5000, "q=a&q=b"])
def test_odd_queries_are_answered(admin, query):
    assert admin.get(f"/settings/members?{query}").h1 == "用户中心"


@pytest.mark.parametrize("id", ["0", "99999999999999999999", "-1", "1.5", "x", "1%00"])
def test_odd_ids_are_not_found(admin, id):
    assert admin.get(f"/settings/members/{id}", status=404).h1 == "页面不存在"


def test_the_fields_say_what_finds_a_member_where(admin, make_member):
    """Feishu finds people by an e-mail too, DingTalk by the phone alone."""
    for page in (admin.get("members.new"), admin.get("/account")):
        said = {name: page.one(f"#{name}-help").get_text() for name in ("phone", "email")}
        assert "钉钉" in said["phone"]
        assert "飞书" in said["phone"]
        assert "飞书" in said["email"]
        assert "钉钉" not in said["email"]


def test_stored_text_is_shown_as_text(admin, make_member):
    nasty = '"><img src=x onerror=alert(1)></script>{{7*7}}'[:64]
    person = make_member("zhangsan", name=nasty)
    page = admin.get("members.edit", member_id=person.id)
    assert page.one("#name")["value"] == nasty
    assert not page.select("img")


def test_nobody_else_enters(make_member, sign_in):
    person = make_member("zhangsan")
    visitor = sign_in("zhangsan")
    for path in ("/settings/members", "/settings/members/new", f"/settings/members/{person.id}"):
        assert visitor.get(path, status=403).h1 == "没有权限"


def test_an_unknown_member_is_not_found(admin):
    assert admin.get("/settings/members/4711", status=404).h1 == "页面不存在"
    assert PASSWORD not in admin.get("/settings/members").html
