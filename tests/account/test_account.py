"""One's own account: contact, password, sessions."""

import pytest

from portal.domain import integrations
from portal.extensions import db
from portal.models import Member, OperationRecord, Session
from tests.conftest import PASSWORD

NEW = "Battery-staple-88"


@pytest.fixture
def zhangsan(make_member, sign_in):
    make_member("zhangsan", name="张三")
    return sign_in("zhangsan")


def stored(app, username="zhangsan"):
    with app.app_context():
        return db.session.query(Member).filter_by(username=username).one()


def change(visitor, current=PASSWORD, new=NEW, status=302, path="/account"):
    form = visitor.get(path).form(has="new_password")
    return form.fill(current_password=current, new_password=new).send(status)


def test_contact_is_saved_normalised_and_recorded(app, zhangsan):
    form = zhangsan.get("/account").form(has="phone")
    form.fill(name=" 张三丰 ", phone="138 0000 0001", email="Zhang@EXAMPLE.com", wechat_id="zs")
    page = form.send()
    assert page.flashes == [("success", "已保存。")]
    assert page.one("#phone")["value"] == "13800000001"
    member = stored(app)
    assert (member.name, member.phone) == ("张三丰", "+8613800000001")
    assert (member.email, member.wechat_id) == ("Zhang@example.com", "zs")
    with app.app_context():
        query = db.session.query(OperationRecord).filter_by(action="member_changed")
        assert query.one().details["phone"] == "+8613800000001"


def test_another_phone_or_email_is_matched_anew_on_every_platform(app, zhangsan):
    with app.test_request_context():
        admin = db.session.query(Member).filter_by(username="admin").one()
        for provider in ("dingtalk", "feishu"):
            integrations.save_provider(provider, True, "app1", "secret", None, admin)
        db.session.execute(db.text("UPDATE provider_account SET match_due_at = NULL"))
        db.session.commit()
    queued = "SELECT provider FROM provider_account WHERE match_due_at IS NOT NULL ORDER BY 1"

    def waiting() -> list[str]:
        with app.app_context():
            return list(db.session.scalars(db.text(queued)))

    form = zhangsan.get("/account").form(has="phone")
    form.fill(name="张三丰").send()
    assert waiting() == []
    form.fill(email="zhang@example.com").send()
    assert waiting() == ["dingtalk", "feishu"]


def test_saving_nothing_new_records_nothing(app, zhangsan):
    assert zhangsan.get("/account").form(has="phone").send().flashes
    with app.app_context():
        assert not db.session.query(OperationRecord).filter_by(action="member_changed").all()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("phone", "not a number"),
        ("phone", "12345"),
        ("phone", "1" * 40),
        ("email", "nobody"),
        ("email", "a@b"),
        ("email", "a b@example.com"),
        ("name", "名" * 65),
        ("wechat_id", "x" * 65),
        ("name", "a\x00b"),
    ],
)
def test_a_refused_value_gets_a_sentence_and_nothing_is_lost(app, zhangsan, field, typed):
    form = zhangsan.get("/account").form(has="phone")
    values = {"name": "新名字", "wechat_id": "wx1"} | {field: typed}
    page = form.fill(**values).send(422)
    assert list(page.errors) == [field]
    for name, value in values.items():
        assert page.one(f"#{name}")["value"] == value.replace("\x00", "")
    assert page.one(f"#{field}")["aria-invalid"] == "true"
    assert stored(app).name == "张三"


def test_other_fields_cannot_be_posted(app, zhangsan):
    fields = {"name": "张三", "role": "admin", "is_enabled": "", "id": "1", "username": "root"}
    zhangsan.post("/account", fields | {"phone": "", "email": "", "wechat_id": ""})
    member = stored(app)
    assert not member.is_admin
    assert member.username == "zhangsan"


def test_a_shared_phone_is_saved_with_a_warning(make_member, zhangsan):
    make_member("lisi", name="李四", phone="+8613800000001")
    page = zhangsan.get("/account").form(has="phone").fill(phone="13800000001").send()
    assert [kind for kind, _text in page.flashes] == ["warning", "success"]
    assert "李四" in page.flashes[0][1]


def test_a_changed_password_ends_every_other_session(app, zhangsan, sign_in, visitor):
    other = sign_in("zhangsan")
    page = change(zhangsan)
    assert page.flashes == [("success", "密码已修改，其他登录已全部退出。")]
    assert zhangsan.client.get("/account").status_code == 200
    assert other.client.get("/account").status_code == 302
    form = visitor.get("/login").form(has="username")
    form.fill(username="zhangsan", password=NEW).send()
    with app.app_context():
        assert db.session.query(OperationRecord).filter_by(action="password_changed").count() == 1


def test_the_password_can_be_posted_to_account_itself(app, zhangsan):
    zhangsan.post("/account", {"current_password": PASSWORD, "new_password": NEW})
    assert zhangsan.get("/account").h1 == "个人中心"
    assert change(zhangsan, current=PASSWORD, status=422).errors


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("wrong", NEW, "current_password"),
        ("", NEW, "current_password"),
        (PASSWORD, "", "new_password"),
        (PASSWORD, "short-1", "new_password"),
        (PASSWORD, "x" * 129, "new_password"),
        (PASSWORD, "password", "new_password"),
        (PASSWORD, "12345678", "new_password"),
        (PASSWORD, "ZhangSan", "new_password"),
        (PASSWORD, PASSWORD, "new_password"),
    ],
)
def test_a_bad_change_of_password_is_refused_beside_its_field(app, zhangsan, current, new, field):
    before = stored(app).password_hash
    page = change(zhangsan, current, new, 422)
    assert list(page.errors) == [field]
    assert page.errors[field].endswith("。")
    assert stored(app).password_hash == before


@pytest.mark.parametrize("new", [" blanks around ", "密码可以是中文的", "xyz!" * 32])
def test_any_characters_make_a_password(visitor, zhangsan, new):
    change(zhangsan, new=new)
    form = visitor.get("/login").form(has="username").fill(username="zhangsan", password=new)
    assert form.send().sent_status == 302


def test_a_password_that_an_admin_set_is_changed_first(app, make_member, sign_in):
    make_member("lisi", must_change_password=True)
    visitor = sign_in("lisi")
    page = visitor.get("/account?next=/account%3Fa%3D1")
    assert "请先修改密码" in page.text
    assert visitor.client.get("/settings/members").headers["Location"] == (
        "/account?next=/settings/members"
    )
    form = page.form(has="new_password").fill(current_password=PASSWORD, new_password=NEW)
    assert form.send().path == "/account?a=1"
    assert not stored(app, "lisi").must_change_password
    assert visitor.client.get("/settings/members").status_code == 403


def test_own_sessions_are_listed_and_the_others_can_be_ended(app, zhangsan, sign_in):
    other = sign_in("zhangsan")
    page = zhangsan.get("/account")
    assert page.text.count("本机") == 1
    page = page.form(action="/account/sessions/end").send()
    assert page.flashes == [("success", "已退出其他 1 处登录。")]
    assert other.client.get("/account").status_code == 302
    assert not page.select('form[action="/account/sessions/end"]')
    with app.app_context():
        assert db.session.query(Session).count() == 1
