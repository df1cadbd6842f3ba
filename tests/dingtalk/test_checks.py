"""The test button: permission by permission, within 15 s, and nothing is left behind."""

import time

import pytest

from portal.domain.provider import CheckResult, Contact, Probe
from portal.kit.probing import TEST_SECONDS
from tests.dingtalk.conftest import Adapter
from tests.raw_servers import RawServer, answer

LISI = Contact(phone="+8613800000002")
SCOPES = {
    "Workflow.Form.Write": "工作流模板写权限",
    "Workflow.Form.Read": "工作流模板读权限",
    "Workflow.Instance.Write": "工作流实例写权限",
    "Workflow.Instance.Read": "工作流实例读权限",
    "qyapi_get_member_by_mobile": "根据手机号姓名获取成员信息的接口访问权限",
    "qyapi_get_member": "成员信息读权限",
    "fieldMobile": "企业员工手机号信息",
}
NAMES = ["address", "credentials", *SCOPES, "template"]


def lines(provider, contact=LISI, code=None):
    found = provider.check(Probe(contact=contact, template_code=code))
    assert [line.name for line in found] == NAMES
    assert all(line.title for line in found)
    return {line.name: line for line in found}


def results(found):
    return {name: line.result for name, line in found.items()}


def test_all_is_well_and_nothing_is_left_behind(sandbox, adapter):
    """Pitfall 27: testing left a real approval, or looked at the token only."""
    found = lines(adapter())
    assert set(results(found).values()) == {CheckResult.OK}
    assert sandbox.cards() == []
    assert sandbox.templates() == []
    assert "不存在" in found["Workflow.Instance.Write"].detail, "it says how it was established"


@pytest.mark.parametrize("scope", list(SCOPES)[:6])
def test_a_missing_permission_is_named_with_code_and_link(sandbox, adapter, scope):
    sandbox.post("/scopes", revoke=[scope])
    found = lines(adapter())
    failed = [name for name, line in found.items() if line.result is CheckResult.FAIL]
    assert failed == [scope]
    line = found[scope]
    assert line.title == SCOPES[scope]
    assert scope in line.detail + line.cure
    assert line.apply_url.startswith("https://open-dev.dingtalk.com/appscope/apply?content=")
    assert line.apply_url.endswith(f"%23{scope}")


def test_the_missing_field_permission_has_its_console_name_and_no_link(sandbox, adapter):
    sandbox.post("/scopes", revoke=["企业员工手机号信息"])
    line = lines(adapter())["fieldMobile"]
    assert (line.result, line.apply_url) == (CheckResult.FAIL, None)
    assert "企业员工手机号信息" in line.cure


def test_without_a_person_their_field_is_skipped(adapter):
    found = lines(adapter(), Contact())
    assert found["fieldMobile"].result is CheckResult.SKIPPED
    assert "手机号" in found["fieldMobile"].detail
    assert found["qyapi_get_member"].result is CheckResult.OK


def test_a_phone_of_nobody_says_so(adapter):
    found = lines(adapter(), Contact(phone="+8613999999999"))
    assert found["qyapi_get_member_by_mobile"].result is CheckResult.OK
    assert "没有这个手机号" in found["qyapi_get_member_by_mobile"].detail


def test_wrong_credentials_skip_the_rest(sandbox):
    found = lines(Adapter(sandbox.url, app_secret="wrong")())
    assert found["address"].result is CheckResult.OK
    assert found["credentials"].result is CheckResult.FAIL
    assert "AppSecret" in found["credentials"].cure
    rest = {line.result for name, line in found.items() if name not in NAMES[:2]}
    assert rest == {CheckResult.SKIPPED}


def test_an_unreachable_address_skips_the_rest():
    found = lines(Adapter("http://127.0.0.1:1")())
    assert found["address"].result is CheckResult.FAIL
    assert {line.result for name, line in found.items() if name != "address"} == {
        CheckResult.SKIPPED
    }


def test_a_kept_token_proves_nothing(sandbox, adapter):
    adapter.client().user("lisi")
    sandbox.post("/apps", app_secret="changed over there")
    assert lines(adapter())["credentials"].result is CheckResult.FAIL


def test_the_template_and_its_state(sandbox, adapter):
    assert "尚未建立" in lines(adapter())["template"].detail
    code = adapter().prepare_template(None)
    assert "沿用" in lines(adapter())["template"].detail
    assert "字段完整" in lines(adapter(), code=code)["template"].detail
    sandbox.post(f"/templates/{code}", rename={"工单名称": "名称"})
    assert "工单名称" in lines(adapter(), code=code)["template"].detail
    sandbox.post(f"/templates/{code}", status="INVALID")
    assert lines(adapter(), code=code)["template"].result is CheckResult.FAIL
    sandbox.post(f"/templates/{code}", deleted=True)
    gone = lines(adapter(), code=code)
    assert gone["template"].result is CheckResult.FAIL
    assert gone["Workflow.Form.Read"].result is CheckResult.OK


def test_what_cannot_be_established_is_skipped_with_the_reason(sandbox, adapter):
    sandbox.fault("/terminate", "status", status=500)
    line = lines(adapter())["Workflow.Instance.Write"]
    assert line.result is CheckResult.SKIPPED
    assert "无法确认" in line.detail


def test_a_used_up_quota_fails_with_its_cure(sandbox, adapter):
    sandbox.post("/rules", monthly_quota=0)
    found = lines(adapter())
    assert found["Workflow.Instance.Read"].result is CheckResult.FAIL
    assert "下月" in found["Workflow.Instance.Read"].cure


def test_it_ends_within_fifteen_seconds():
    """Every call but the token's hangs."""

    def script(sock, request):
        if b"/oauth2/accessToken" in request:
            sock.sendall(answer(b'{"accessToken":"t","expireIn":7200}'))
        elif b'"userid": ""' in request:
            sock.sendall(answer(b'{"errcode":88,"sub_code":"40000"}'))
        else:
            time.sleep(20)

    with RawServer(script) as server:
        began = time.monotonic()
        found = lines(Adapter(server.url)(seconds=5, timeout=10))
        took = time.monotonic() - began
    assert took < 5.5, "each look has its own end, and all together have one"
    assert TEST_SECONDS < 15
    assert found["credentials"].result is CheckResult.OK
    assert set(list(results(found).values())[2:]) == {CheckResult.SKIPPED}
