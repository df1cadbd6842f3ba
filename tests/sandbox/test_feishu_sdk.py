"""The official SDK takes the sandbox for Feishu."""

import json
import uuid

import lark_oapi
import pytest
from lark_oapi.api.approval.v4 import model as approval
from lark_oapi.api.contact.v3 import model as contact
from lark_oapi.core.token import TokenManager

from portal.sandbox.seed import DEMO_PEOPLE, FEISHU_APP_ID, FEISHU_APP_SECRET

from .feishu_caller import FORM, definition_body, node


class Sdk:
    """The client, with the answer of each call checked."""

    def __init__(self, base: str):
        # The SDK keeps tokens for the whole process; this sandbox has just been reset.
        TokenManager.cache.set(f"self_tenant_token:{FEISHU_APP_ID}", "", 0)
        self._client = (
            lark_oapi.Client.builder().app_id(FEISHU_APP_ID).app_secret(FEISHU_APP_SECRET)
            .domain(base).timeout(10).log_level(lark_oapi.LogLevel.ERROR).build()
        )

    def ask(self, resource: str, call: str, request):
        """The SDK's answer, success or not."""
        family, name = resource.split(".")
        service = getattr(self._client, family)
        version = service.v4 if family == "approval" else service.v3
        return getattr(getattr(version, name), call)(request)

    def do(self, resource: str, call: str, request):
        answer = self.ask(resource, call, request)
        assert answer.success(), (answer.code, answer.msg)
        return getattr(answer, "data", None)  # some answers have none

    def definition(self, body: dict) -> str:
        request = approval.CreateApprovalRequest.builder().user_id_type("open_id").request_body(
            approval.ApprovalCreate(body)).build()
        return self.do("approval.approval", "create", request).approval_code

    def read_definition(self, code: str):
        request = approval.GetApprovalRequest.builder().approval_code(code).locale("zh-CN").build()
        return self.do("approval.approval", "get", request)

    def ids(self, *mobiles: str, emails=()) -> dict:
        request = contact.BatchGetIdUserRequest.builder().user_id_type("open_id").request_body(
            contact.BatchGetIdUserRequestBody({"mobiles": [*mobiles], "emails": [*emails]})
        ).build()
        listed = self.do("contact.user", "batch_get_id", request).user_list
        return {one.mobile or one.email: one.user_id for one in listed}

    def start(self, code: str, by: str, approvers: list[str], **more):
        body = {
            "approval_code": code, "open_id": by, "form": json.dumps(FORM),
            "node_approver_open_id_list": [{"key": "approve", "value": approvers}],
        } | more
        request = approval.CreateInstanceRequest.builder().request_body(
            approval.InstanceCreate(body)).build()
        return self.ask("approval.instance", "create", request)

    def detail(self, key: str):
        request = approval.GetInstanceRequest.builder().instance_id(key).build()
        return self.do("approval.instance", "get", request)

    def act(self, call: str, detail, user: str, **more):
        """Approve or reject by the person's own running task."""
        body = {
            "approval_code": detail.approval_code, "instance_code": detail.instance_code,
            "user_id": user, "task_id": next(
                one.id for one in detail.task_list
                if one.open_id == user and one.status == "PENDING"),
        } | more
        kind = {"approve": approval.ApproveTaskRequest, "reject": approval.RejectTaskRequest,
                "transfer": approval.TransferTaskRequest}[call]
        model = approval.TaskTransfer if call == "transfer" else approval.TaskApprove
        self.do("approval.task", call,
                kind.builder().user_id_type("open_id").request_body(model(body)).build())


@pytest.fixture
def sdk(feishu) -> Sdk:
    return Sdk(feishu.base)


@pytest.fixture
def people(sdk) -> dict:
    mobiles = {userid: mobile for userid, _, mobile, _ in DEMO_PEOPLE}
    found = sdk.ids(*mobiles.values())
    return {userid: found[mobile] for userid, mobile in mobiles.items()}


@pytest.fixture
def code(sdk) -> str:
    return sdk.definition(definition_body())


def test_a_definition_is_made_read_and_overwritten(sdk, code):
    read = sdk.read_definition(code)
    assert (read.approval_name, read.status) == ("SQL 工单", "ACTIVE")
    asked = [one for one in read.node_list if one.need_approver]
    assert [(one.custom_node_id, one.approver_chosen_multi) for one in asked] == [("approve", True)]
    assert [one["id"] for one in json.loads(read.form)] == ["title", "detail", "kind", "rows"]
    second = definition_body(node("other"), approval_code=code)
    assert sdk.definition(second) == code
    assert "other" in [one.custom_node_id for one in sdk.read_definition(code).node_list]


def test_people_are_found_by_phone_and_email_and_read(sdk):
    found = sdk.ids("13800000002", "13899999999", emails=["lisi@example.com", "nobody@example.com"])
    assert found["13800000002"] == found["lisi@example.com"]
    assert not found["13899999999"]
    assert not found["nobody@example.com"]
    request = contact.GetUserRequest.builder().user_id_type("open_id").user_id(
        found["13800000002"]).build()
    user = sdk.do("contact.user", "get", request).user
    assert (user.mobile, user.email, user.user_id, user.name) == (
        "+8613800000002", "lisi@example.com", "lisi", None)


def test_an_instance_goes_from_start_to_approved(sdk, code, people):
    key = uuid.uuid4().hex
    started = sdk.start(code, people["zhangsan"], [people["lisi"], people["wangwu"]], uuid=key)
    assert started.success(), started.msg
    repeated = sdk.start(code, people["zhangsan"], [people["lisi"]], uuid=key.upper())
    assert (repeated.code, repeated.data) == (60012, None)
    by_uuid = sdk.detail(key)
    assert by_uuid.instance_code == started.data.instance_code
    assert by_uuid.status == "PENDING"
    sdk.act("approve", by_uuid, people["wangwu"], comment="可以")
    ended = sdk.detail(by_uuid.instance_code)
    assert ended.status == "APPROVED"
    assert [(one.open_id, one.status) for one in ended.task_list] == [
        (people["lisi"], "DONE"), (people["wangwu"], "APPROVED")]
    last = ended.timeline[-1]
    assert (last.type, last.open_id, last.comment) == ("PASS", people["wangwu"], "可以")


def test_a_task_is_handed_over_and_refused(sdk, code, people):
    detail = sdk.detail(sdk.start(code, people["zhangsan"], [people["lisi"]]).data.instance_code)
    sdk.act("transfer", detail, people["lisi"], transfer_user_id=people["wangwu"], comment="请代看")
    detail = sdk.detail(detail.instance_code)
    sdk.act("reject", detail, people["wangwu"], comment="缺少索引")
    ended = sdk.detail(detail.instance_code)
    assert ended.status == "REJECTED"
    assert [one.type for one in ended.timeline] == ["START", "TRANSFER", "REJECT"]
    assert [one.status for one in ended.task_list] == ["TRANSFERRED", "REJECTED"]


def test_its_originator_cancels_an_instance(sdk, code, people):
    key = sdk.start(code, people["zhangsan"], [people["lisi"]]).data.instance_code
    body = {"approval_code": code, "instance_code": key, "user_id": people["lisi"]}

    def cancel():
        return sdk.ask("approval.instance", "cancel", approval.CancelInstanceRequest.builder()
                       .user_id_type("open_id").request_body(approval.InstanceCancel(body)).build())

    assert cancel().code == 1390009
    body["user_id"] = people["zhangsan"]
    assert cancel().success()
    assert sdk.detail(key).status == "CANCELED"


def test_a_comment_stays_with_its_person(sdk, code, people):
    key = sdk.start(code, people["zhangsan"], [people["lisi"]]).data.instance_code
    request = approval.CreateInstanceCommentRequest.builder().instance_id(key).user_id(
        people["zhaoliu"]).user_id_type("open_id").request_body(
        approval.CommentRequest({"content": json.dumps({"text": "看过了"})})).build()
    said = sdk.do("approval.instance_comment", "create", request)
    assert said.comment_id
    listed = sdk.detail(key).comment_list
    assert [(one.comment, one.open_id) for one in listed] == [("看过了", people["zhaoliu"])]


def test_instances_and_tasks_are_searched_and_listed(sdk, code, people, feishu):
    feishu.control("scopes", {"provider": "feishu", "grant": ["approval:approval.list:readonly"]})
    keys = [sdk.start(code, people["zhangsan"], [people["lisi"]], uuid=name).data.instance_code
            for name in ("one", "two")]
    sdk.act("reject", sdk.detail(keys[0]), people["lisi"])
    request = approval.QueryInstanceRequest.builder().page_size(10).user_id_type("open_id")
    found = sdk.do("approval.instance", "query", request.request_body(
        approval.InstanceSearch({"approval_code": code, "instance_status": "REJECT"})).build())
    assert [(one.instance.code, one.instance.status) for one in found.instance_list] == [
        (keys[0], "rejected")]
    request = approval.SearchTaskRequest.builder().page_size(10).user_id_type("open_id")
    tasks = sdk.do("approval.task", "search", request.request_body(
        approval.TaskSearch({"approval_code": code, "order": 0})).build())
    assert {(one.instance.code, one.task.status) for one in tasks.task_list} == {
        (keys[0], "rejected"), (keys[1], "pending")}
    detail = sdk.detail(keys[0])
    listed = sdk.do("approval.instance", "list", approval.ListInstanceRequest.builder()
                    .approval_code(code).start_time(int(detail.start_time) - 1000)
                    .end_time(int(detail.start_time) + 60_000).page_size(100).build())
    assert set(listed.instance_code_list) == set(keys)


def test_an_approver_is_added_beside_the_first(sdk, code, people):
    detail = sdk.detail(sdk.start(code, people["zhangsan"], [people["lisi"]]).data.instance_code)
    sdk.do("approval.instance", "add_sign", approval.AddSignInstanceRequest.builder().request_body(
        approval.AddSignInstanceRequestBody({
            "user_id": "lisi", "approval_code": code, "instance_code": detail.instance_code,
            "task_id": detail.task_list[0].id, "add_sign_user_ids": ["wangwu"], "add_sign_type": 3,
        })).build())
    detail = sdk.detail(detail.instance_code)
    assert [one.open_id for one in detail.task_list] == [people["lisi"], people["wangwu"]]
    added = detail.timeline[-1]
    assert (added.type, added.open_id_list) == ("ADD_APPROVER", [people["wangwu"]])


def test_a_missing_permission_names_its_scopes(sdk, code, feishu):
    feishu.control("scopes", {"provider": "feishu", "revoke": [
        "approval:approval", "approval:approval:readonly"]})
    answer = sdk.ask("approval.approval", "get",
                     approval.GetApprovalRequest.builder().approval_code(code).build())
    assert answer.code == 99991672
    assert "approval:definition" in answer.msg
    assert [one["subject"] for one in answer.error["permission_violations"]] == [
        "approval:approval", "approval:approval:readonly", "approval:definition"]
    assert answer.get_log_id() == answer.error["log_id"]


def test_definitions_are_subscribed_once(sdk, code):
    request = approval.SubscribeApprovalRequest.builder().approval_code(code).build()
    sdk.do("approval.approval", "subscribe", request)
    assert sdk.ask("approval.approval", "subscribe", request).code == 1390007
