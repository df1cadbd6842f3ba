"""Row N16: whatever a damaged answer holds, it is one class of error or a value of our types."""

import json
from dataclasses import dataclass

from hypothesis import given, settings

from portal.blueprints.feishu import answers, definition, people, reading, shapes
from portal.blueprints.feishu.decisions import decision_of, running_task
from portal.blueprints.feishu.transport import Transport
from portal.domain.provider import Account, Contact, Outcome
from portal.kit.errors import ProviderError
from portal.kit.fields import filled, whole, word
from portal.kit.http import Answer
from tests.damage import damaged

INSTANCE = {
    "code": 0, "msg": "success",
    "data": {
        "approval_name": "SQL 工单", "approval_code": "7C46", "instance_code": "81D3",
        "uuid": "P1-1-R1-S1-I1", "serial_number": "202102060002", "status": "APPROVED",
        "start_time": "1564590532967", "end_time": "0", "open_id": "ou_i", "reverted": False,
        "form": "[]",
        "task_list": [{"id": "1234", "open_id": "ou_a", "status": "PENDING", "type": "OR"}],
        "comment_list": [{"id": "1", "open_id": "ou_a", "comment": "ok", "files": []}],
        "timeline": [
            {"type": "START", "open_id": "ou_i", "node_key": "START"},
            {"type": "PASS", "open_id": "ou_a", "task_id": "1234", "comment": "好", "ext": "{}"},
        ],
    },
}  # fmt: skip
DEFINITION = {
    "code": 0,
    "data": {
        "approval_name": "Payment", "status": "ACTIVE",
        "form": json.dumps([
            {"id": "w1", "custom_id": "subject", "name": "标题", "type": "input", "required": True},
            {"id": "w2", "custom_id": "result", "name": "表", "type": "fieldList",
             "children": [{"id": "w3", "type": "input", "name": "c"}]},
        ]),
        "node_list": [{"name": "审批", "need_approver": True, "node_id": "46e6",
                       "custom_node_id": "approve", "approver_chosen_multi": True}],
    },
}  # fmt: skip
USERS = {"code": 0, "data": {"user_list": [
    {"user_id": "ou_1", "email": "a@x.com", "status": {"is_resigned": False}},
    {"user_id": "ou_1", "mobile": "13800000001"}, {"email": "b@x.com"},
]}}  # fmt: skip
USER = {"code": 0, "data": {"user": {"open_id": "ou", "name": "n", "mobile": "+86138"}}}
TASKS = {"code": 0, "data": {"count": 1, "has_more": True, "page_token": "x", "task_list": [
    {"instance": {"code": "81D3", "status": "approved"},
     "task": {"status": "done", "update_time": "1564590532967"}},
]}}  # fmt: skip
CREATED = {"code": 0, "data": {"instance_code": "81D3"}}
TOKEN = {"code": 0, "tenant_access_token": "t-1", "expire": 7200}
DENIED = {
    "code": 99991672, "msg": "scopes is required: [approval:approval]",
    "error": {"permission_violations": [{"type": "x", "subject": "approval:approval"}],
              "field_violations": [{"field": "a", "description": "b"}],
              "helps": [{"url": "https://open.feishu.cn/app/x"}], "log_id": "1"},
}  # fmt: skip

RECORDED = [
    (200, INSTANCE, reading.instance),
    (200, DEFINITION, reading.definition),
    (200, USERS, reading.matches),
    (200, USER, reading.user),
    (200, TASKS, reading.found_tasks),
    (200, CREATED, lambda one: filled(one["data"]["instance_code"])),
    (200, TOKEN, lambda one: (word(one["tenant_access_token"]), whole(one["expire"]))),
    (400, DENIED, reading.instance),
    (400, {"code": 1390003, "msg": "x"}, reading.instance),
]


@settings(max_examples=6000, deadline=None)
@given(damaged(RECORDED))
def test_a_damaged_answer_is_one_error_or_sound(case):
    status, text, reader = case
    failure = None
    try:
        value = answers.read(reader, answers.body_of(Answer("feishu", status, {}, text)))
    except ProviderError as error:
        failure = error
    if failure is not None:
        assert failure.code
        assert failure.__cause__ is None
        failure.message.encode()
        repr(failure.scopes).encode()
        assert failure.apply_url is None or failure.apply_url.startswith("https://open.feishu.cn/")
        return
    assert status == 200
    repr(value).encode()  # nothing unstorable came through
    if isinstance(value, shapes.Instance):
        running_task(value, "ou_a")
        is_approved = decision_of(value).outcome is Outcome.APPROVED
        assert is_approved == (value.status == "APPROVED" and not value.is_reverted)
    if isinstance(value, shapes.Definition):
        assert isinstance(definition.difference(value), str)


@dataclass
class Searching:
    """What people.find needs of a client, with a damaged answer behind it."""

    text: bytes

    def ids_of(self, *_values):
        return answers.read(reading.matches, answers.body_of(Answer("feishu", 200, {}, self.text)))


@settings(max_examples=2000, deadline=None)
@given(damaged(RECORDED))
def test_a_damaged_search_for_people_finds_the_right_one_or_nobody(case):
    """Pitfall 5: empty never matches, and an answer is never matched by its place."""
    _status, text, _reader = case
    try:
        found = people.find(Searching(text), Contact("+8613800000001", "a@x.com"))
    except ProviderError:
        return
    assert isinstance(found, Account)
    assert found.external_id.strip()
    assert found.found_by in {"+8613800000001", "a@x.com"}


def test_the_transport_is_whole():
    assert not Transport.__abstractmethods__
