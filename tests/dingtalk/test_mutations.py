"""Row N16: whatever a damaged answer holds, it is one class of error or a value of our types."""

from hypothesis import given, settings

from portal.blueprints.dingtalk import answers, shapes
from portal.blueprints.dingtalk.decisions import decision_of
from portal.domain.provider import Outcome
from portal.kit.errors import ProviderError
from portal.kit.http import Answer
from tests.damage import damaged

DETAIL = {
    "success": "true",
    "result": {
        "title": "张三提交的审批", "businessId": "202208311152000111", "status": "RUNNING",
        "result": "", "createTime": "2022-08-31T11:52Z", "originatorUserId": "manager1",
        "operationRecords": [
            {"userId": "manager1", "type": "START_PROCESS_INSTANCE", "result": "NONE"},
            {"userId": "u1", "type": "EXECUTE_TASK_NORMAL", "result": "AGREE", "remark": "好"},
        ],
        "tasks": [{"taskId": 67583405630, "userId": "u1", "status": "RUNNING", "result": "NONE"}],
        "formComponentValues": [{"id": "T-1", "name": "审批编号", "value": "P1-1-R1-S1-I1"}],
    },
}  # fmt: skip
SCHEMA = {
    "result": {
        "name": "n", "status": "PUBLISHED",
        "schemaContent": {"items": [
            {"componentName": "TextField", "props": {"id": "a", "label": "l", "required": True}},
            {"componentName": "TableField", "props": {"label": "t"}, "children": [
                {"componentName": "TextField", "props": {"label": "c"}}]},
        ]},
    },
}  # fmt: skip
REFUSAL = {
    "code": "Forbidden.AccessDenied.AccessTokenPermissionDenied", "message": "没有权限",
    "accessdenieddetail": {"requiredScopes": ["Workflow.Instance.Read"]},
}  # fmt: skip
OLD = {"errcode": 88, "sub_code": "60011", "sub_msg": "[a.b]", "errmsg": "x"}
PAGE = {"result": {"list": ["id1", "id2"], "nextToken": "10"}, "success": True}
USER = {"errcode": 0, "result": {"userid": "u", "name": "n", "mobile": "138"}}

RECORDED = [
    (200, DETAIL, shapes.instance),
    (200, SCHEMA, shapes.form_schema),
    (200, PAGE, shapes.page_of_ids),
    (200, USER, shapes.user),
    (200, USER, shapes.mobile_owners),
    (403, REFUSAL, shapes.instance),
    (200, OLD, shapes.user),
]


@settings(max_examples=5000, deadline=None)
@given(damaged(RECORDED))
def test_a_damaged_answer_is_one_error_or_sound(case):
    status, text, reader = case
    failure = None
    try:
        value = answers.read(reader, answers.body_of(Answer("dingtalk", status, {}, text), "key"))
    except ProviderError as error:
        failure = error
    if failure is not None:
        assert failure.code
        assert failure.__cause__ is None
        failure.message.encode()
        return
    assert status == 200
    repr(value).encode()  # nothing unstorable came through
    if isinstance(value, shapes.Instance):
        decision = decision_of(value)
        is_pair = (value.status, value.result) == ("COMPLETED", "agree")
        assert (decision.outcome is Outcome.APPROVED) == is_pair
