"""Row N16: whatever a damaged answer holds, it is one class of error or a value of our types."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.blueprints.dingtalk import answers, shapes
from portal.blueprints.dingtalk.decisions import decision_of
from portal.domain.provider import Outcome
from portal.kit.errors import ProviderError
from portal.kit.http import Answer

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

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["COMPLETED", "agree", "0", "-1", "\ud800", "true"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner,
                                                                max_size=3),
    max_leaves=4,
)  # fmt: skip


def _places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else []
    items = enumerate(value) if isinstance(value, list) else items
    for key, inner in items:
        yield from _places(inner, (*path, key))


@st.composite
def damaged(draw):
    status, body, reader = draw(st.sampled_from(RECORDED))
    body = json.loads(json.dumps(body))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(_places(body))))
        new = draw(junk)
        if not path:
            body = new
            continue
        inside = body
        for key in path[:-1]:
            inside = inside[key]
        if draw(st.booleans()):
            inside[path[-1]] = new
        else:
            del inside[path[-1]]
    text = json.dumps(body).encode()
    if draw(st.integers(0, 9)) == 0:
        text = text[: draw(st.integers(0, len(text)))]
    if draw(st.integers(0, 9)) == 0:
        text = text.decode().encode(draw(st.sampled_from(["utf-16", "utf-32", "utf-8-sig"])))
    return status, text, reader


@settings(max_examples=5000, deadline=None)
@given(damaged())
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
