"""The test button: permission by permission, within 15 s, and nothing is left behind."""

import time

import pytest

from portal.blueprints.feishu.checks import PERMISSIONS
from portal.domain.provider import CheckResult, Contact, Probe
from portal.kit.probing import TEST_SECONDS
from portal.sandbox.feishu.scopes import DEFAULT_SCOPES
from tests.feishu.conftest import Adapter
from tests.raw_servers import RawServer, answer

LISI = Contact(phone="+8613800000002")
BY_EMAIL = Contact(email="lisi@example.com")
TITLES = {
    "approval:approval": "查看、创建、更新审批应用相关信息",
    "approval:approval:readonly": "访问审批应用",
    "contact:contact.base:readonly": "获取通讯录基本信息",
    "contact:user.email:readonly": "获取用户邮箱信息",
    "contact:user.employee_id:readonly": "获取用户 UserID",
    "contact:user.id:readonly": "通过手机号或邮箱获取用户 ID",
    "contact:user.phone:readonly": "获取用户手机号",
}
NAMES = ["address", "credentials", *TITLES, "account", "template"]


def lines(provider, contact=LISI, code=None):
    found = provider.check(Probe(contact=contact, template_code=code))
    assert [line.name for line in found] == NAMES
    assert all(line.title and line.detail for line in found)
    return {line.name: line for line in found}


def results(found):
    return {name: line.result for name, line in found.items()}


def revoke(sandbox, *scopes, **more):
    sandbox.post("/scopes", provider="feishu", revoke=list(scopes), **more)


def test_the_lines_are_the_manuals_permissions():
    assert tuple(TITLES) == PERMISSIONS
    assert set(TITLES) == set(DEFAULT_SCOPES)


@pytest.mark.parametrize("contact", [LISI, BY_EMAIL])
def test_all_is_well_and_nothing_is_left_behind(sandbox, adapter, contact):
    """Pitfall 27: testing left a real approval, or looked at the token only."""
    found = lines(adapter(), contact)
    assert set(results(found).values()) == {CheckResult.OK}
    assert sandbox.cards() == []
    assert sandbox.templates() == []
    assert "不存在" in found["approval:approval"].detail, "it says how it was established"
    for name, title in TITLES.items():
        assert found[name].title == title


@pytest.mark.parametrize("contact", [LISI, BY_EMAIL])
@pytest.mark.parametrize("scope", TITLES)
def test_a_missing_permission_is_named_with_code_and_link(sandbox, adapter, scope, contact):
    """Pitfall 27: one line each, and each by its own means."""
    revoke(sandbox, scope)
    found = lines(adapter(), contact)
    failed = {name for name, line in found.items() if line.result is CheckResult.FAIL}
    hidden = {
        "contact:user.email:readonly": contact is LISI, "contact:user.phone:readonly":
        contact is BY_EMAIL,
    }.get(scope, False)  # fmt: skip
    assert failed == (set() if hidden else {scope})
    if scope == "contact:user.id:readonly":
        assert "无法确认" in found["contact:user.employee_id:readonly"].detail
    if hidden:
        assert found[scope].result is CheckResult.SKIPPED
        assert "没有开通此权限，或" in found[scope].detail
        return
    line = found[scope]
    assert scope in line.detail + line.cure
    assert "发布" in line.cure
    assert line.apply_url.startswith("https://open.feishu.cn/app/cli_sandboxapp000001/auth?q=")
    assert scope in line.apply_url


def test_a_permission_that_was_not_published_is_missing(sandbox, adapter):
    """Trap 18."""
    revoke(sandbox, "approval:approval")
    sandbox.post("/scopes", provider="feishu", grant=["approval:approval"], published=False)
    assert lines(adapter())["approval:approval"].result is CheckResult.FAIL
    sandbox.post("/scopes", provider="feishu", publish=True)
    assert lines(adapter())["approval:approval"].result is CheckResult.OK


def test_the_narrower_permissions_will_do(sandbox, adapter):
    narrow = ["approval:definition", "approval:instance", "approval:task"]
    revoke(sandbox, "approval:approval", grant=narrow)
    assert lines(adapter())["approval:approval"].result is CheckResult.OK
    revoke(sandbox, "approval:definition")
    line = lines(adapter())["approval:approval"]
    assert line.result is CheckResult.FAIL
    assert "approval:definition" in line.detail


def test_without_a_person_what_needs_one_is_skipped(sandbox, adapter):
    found = lines(adapter(), Contact())
    skipped = {name for name, line in found.items() if line.result is CheckResult.SKIPPED}
    assert skipped == {"contact:user.email:readonly", "contact:user.phone:readonly", "account"}
    assert "没有填写" in found["account"].detail
    assert found["contact:user.id:readonly"].result is CheckResult.OK
    assert found["contact:contact.base:readonly"].result is CheckResult.OK
    for scope in ("contact:user.id:readonly", "contact:contact.base:readonly"):
        revoke(sandbox, scope)
        assert lines(adapter(), Contact())[scope].result is CheckResult.FAIL


def test_an_account_that_is_not_found_says_why(adapter):
    for contact in (Contact(phone="+8613999999999"), Contact(email="nobody@example.com")):
        found = lines(adapter(), contact)
        line = found["account"]
        assert line.result is CheckResult.FAIL
        for word in ("通讯录权限范围", "发布", "企业邮箱", "离职"):
            assert word in line.detail
        assert "通讯录权限范围" in line.cure
        assert found["contact:user.id:readonly"].result is CheckResult.OK


def test_an_account_without_the_permission_to_look_is_skipped(sandbox, adapter):
    revoke(sandbox, "contact:user.id:readonly")
    found = lines(adapter())
    assert found["account"].result is CheckResult.SKIPPED
    assert found["contact:user.id:readonly"].result is CheckResult.FAIL


def test_a_person_out_of_range_between_two_looks_is_no_missing_permission(sandbox, adapter):
    sandbox.fault("/users/ou_", "status", status=400, body={"code": 41050, "msg": "no authority"})
    found = lines(adapter())
    assert found["contact:contact.base:readonly"].result is CheckResult.OK
    assert "范围" in found["contact:contact.base:readonly"].detail
    assert found["contact:user.email:readonly"].result is CheckResult.SKIPPED


def test_an_account_is_named_where_the_app_may_see_names(sandbox, adapter):
    sandbox.post("/scopes", provider="feishu", grant=["contact:user.base:readonly"])
    assert "李四" in lines(adapter())["account"].detail


def test_wrong_credentials_skip_the_rest(sandbox):
    found = lines(Adapter(sandbox.url, app_secret="wrong")())
    assert found["address"].result is CheckResult.OK
    assert found["credentials"].result is CheckResult.FAIL
    assert "App Secret" in found["credentials"].cure
    rest = {line.result for name, line in found.items() if name not in NAMES[:2]}
    assert rest == {CheckResult.SKIPPED}


def test_an_unreachable_address_skips_the_rest():
    found = lines(Adapter("http://127.0.0.1:1")())
    assert found["address"].result is CheckResult.FAIL
    assert {line.result for name, line in found.items() if name != "address"} == {
        CheckResult.SKIPPED
    }


@pytest.mark.parametrize(
    ("status", "body"), [("404 Not Found", b"<html>nginx"), ("200 OK", b"<html>login")]
)
def test_an_address_of_something_else_is_said(status, body):
    with RawServer(lambda sock, _request: sock.sendall(answer(body, status))) as server:
        found = lines(Adapter(server.url)())
    assert found["address"].result is CheckResult.FAIL
    assert "网页" in found["address"].detail
    assert "PORTAL_FEISHU_API_URL" in found["address"].cure


def test_a_kept_token_proves_nothing(sandbox, adapter):
    adapter.client().ids_of(["13800000002"])
    sandbox.post("/apps", provider="feishu", app_secret="changed over there")
    assert lines(adapter())["credentials"].result is CheckResult.FAIL


def test_the_definition_and_its_state(sandbox, adapter):
    assert "尚未建立" in lines(adapter())["template"].detail
    code = adapter().prepare_template(None)
    assert "控件完整" in lines(adapter(), code=code)["template"].detail
    sandbox.post(f"/templates/{code}", rename={"工单名称": "名称"})
    changed = lines(adapter(), code=code)["template"]
    assert changed.result is CheckResult.OK
    assert "工单名称" in changed.detail
    sandbox.post(f"/templates/{code}", status="INACTIVE")
    assert lines(adapter(), code=code)["template"].result is CheckResult.FAIL
    sandbox.post(f"/templates/{code}", deleted=True)
    gone = lines(adapter(), code=code)["template"]
    assert (gone.result, gone.code) == (CheckResult.FAIL, "1390016")
    assert len(sandbox.templates()) == 0


def test_a_definition_said_to_be_deleted_or_unreadable(sandbox, adapter):
    body = {"code": 0, "data": {"approval_name": "x", "status": "DELETED", "form": "[]"}}
    sandbox.fault("/approvals/c$", "status", status=200, body=body)
    assert lines(adapter(), code="c")["template"].code == "1390016"
    sandbox.fault("/approvals/c$", "status", status=502)
    assert lines(adapter(), code="c")["template"].result is CheckResult.SKIPPED


@pytest.mark.parametrize("path", ["/instances$", "/subscribe$"])
def test_what_cannot_be_established_is_skipped_with_the_reason(sandbox, adapter, path):
    sandbox.fault(path, "status", status=500)
    line = lines(adapter())["approval:approval"]
    assert line.result is CheckResult.SKIPPED
    assert "无法确认" in line.detail


def test_a_used_up_quota_fails_with_its_cure(sandbox, adapter):
    sandbox.post("/rules", feishu_monthly_quota=0)
    found = lines(adapter())
    assert found["contact:user.id:readonly"].result is CheckResult.FAIL
    assert "下月" in found["contact:user.id:readonly"].cure


def test_it_ends_within_fifteen_seconds():
    """Every call but the token's hangs."""

    def script(sock, request):
        if b"/tenant_access_token/" in request:
            sock.sendall(answer(b'{"code":0,"tenant_access_token":"t-1","expire":7200}'))
        else:
            time.sleep(20)

    with RawServer(script) as server:
        began = time.monotonic()
        found = lines(Adapter(server.url)(seconds=5, timeout=10), code="c")
        took = time.monotonic() - began
    assert took < 5.5, "each look has its own end, and all together have one"
    assert TEST_SECONDS < 15
    assert found["credentials"].result is CheckResult.OK
    assert set(list(results(found).values())[2:]) == {CheckResult.SKIPPED}
