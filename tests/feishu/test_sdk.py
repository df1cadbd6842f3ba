"""What our client sends is what the official SDK sends: method, path, queries, body, token."""

import json
from urllib.parse import parse_qsl, urlsplit

import lark_oapi
import pytest
from lark_oapi.api.approval.v4 import model as approval
from lark_oapi.api.contact.v3 import model as contact
from lark_oapi.core.token import TokenManager

from portal.blueprints.feishu import card, definition
from portal.blueprints.feishu.client import Act
from portal.kit.errors import ProviderError
from portal.sandbox.seed import FEISHU_APP_ID, FEISHU_APP_SECRET
from tests.feishu.conftest import LISI, ZHANGSAN, Adapter, card_request
from tests.raw_servers import RawServer, answer

TOKEN = b'{"code":0,"msg":"ok","tenant_access_token":"t-1","expire":7200}'
CODE, INSTANCE = "7C468A54-8745", "81D31358-93AF"
OPENED = card.instance(card_request(template_code=CODE), [LISI])
SEARCH = {"approval_code": CODE, "task_status": "ALL", "task_start_time_from": "1",
          "task_start_time_to": "2", "order": 0}  # fmt: skip
TASK = {"approval_code": CODE, "instance_code": INSTANCE, "user_id": LISI, "task_id": "9",
        "comment": '好"的"'}  # fmt: skip
ACT = Act(CODE, INSTANCE, "9", LISI)


def asked(name, request, body=None, **parts):
    """A request of the SDK's, built with its own builders."""
    builder = request.builder()
    for part, value in parts.items():
        builder = getattr(builder, part)(value)
    return name, (builder.request_body(body) if body is not None else builder).build()


CALLS = {
    "definition": (
        lambda client: client.write_definition(definition.body(CODE)),
        asked("approval.v4.approval.create", approval.CreateApprovalRequest,
              approval.ApprovalCreate(definition.body(CODE)), user_id_type="open_id"),
    ),
    "read definition": (
        lambda client: client.definition(CODE),
        asked("approval.v4.approval.get", approval.GetApprovalRequest, approval_code=CODE,
              user_id_type="open_id", locale="zh-CN"),
    ),
    "subscribe": (
        lambda client: client.subscribe(CODE),
        asked("approval.v4.approval.subscribe", approval.SubscribeApprovalRequest,
              approval_code=CODE),
    ),
    "start": (
        lambda client: client.create_instance(OPENED),
        asked("approval.v4.instance.create", approval.CreateInstanceRequest,
              approval.InstanceCreate(OPENED)),
    ),
    "read": (
        lambda client: client.instance(INSTANCE),
        asked("approval.v4.instance.get", approval.GetInstanceRequest, instance_id=INSTANCE,
              user_id_type="open_id", locale="zh-CN"),
    ),
    "read by an odd key": (
        lambda client: client.instance("a/b?c=d#e 名"),
        asked("approval.v4.instance.get", approval.GetInstanceRequest,
              instance_id="a/b?c=d#e 名", user_id_type="open_id", locale="zh-CN"),
    ),
    "cancel": (
        lambda client: client.cancel(CODE, INSTANCE, ZHANGSAN),
        asked("approval.v4.instance.cancel", approval.CancelInstanceRequest,
              approval.InstanceCancel({"approval_code": CODE, "instance_code": INSTANCE,
                                       "user_id": ZHANGSAN}), user_id_type="open_id"),
    ),
    "approve": (
        lambda client: client.finish_task(ACT, "approve", '好"的"'),
        asked("approval.v4.task.approve", approval.ApproveTaskRequest,
              approval.TaskApprove(TASK), user_id_type="open_id"),
    ),
    "reject": (
        lambda client: client.finish_task(ACT, "reject", '好"的"'),
        asked("approval.v4.task.reject", approval.RejectTaskRequest,
              approval.TaskApprove(TASK), user_id_type="open_id"),
    ),
    "comment": (
        lambda client: client.comment(INSTANCE, LISI, 'a"b'),
        asked("approval.v4.instance_comment.create", approval.CreateInstanceCommentRequest,
              approval.CommentRequest({"content": '{"text": "a\\"b"}'}),
              instance_id=INSTANCE, user_id_type="open_id", user_id=LISI),
    ),
    "search": (
        lambda client: client.search_tasks(CODE, 1, 2, "next"),
        asked("approval.v4.task.search", approval.SearchTaskRequest, approval.TaskSearch(SEARCH),
              user_id_type="open_id", page_size=200, page_token="next"),
    ),
    "ids": (
        lambda client: client.ids_of(["13800000001"], ["a@b.c"]),
        asked("contact.v3.user.batch_get_id", contact.BatchGetIdUserRequest,
              contact.BatchGetIdUserRequestBody({"mobiles": ["13800000001"],
                                                 "emails": ["a@b.c"]}), user_id_type="open_id"),
    ),
    "employee ids": (
        lambda client: client.ids_of(["13800000001"], id_type="user_id"),
        asked("contact.v3.user.batch_get_id", contact.BatchGetIdUserRequest,
              contact.BatchGetIdUserRequestBody({"mobiles": ["13800000001"]}),
              user_id_type="user_id"),
    ),
    "user": (
        lambda client: client.user(LISI),
        asked("contact.v3.user.get", contact.GetUserRequest, user_id=LISI,
              user_id_type="open_id"),
    ),
}  # fmt: skip


def parsed(request: bytes):
    """What counts of a request: method, path, queries, token, body."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    method, target, _version = first.split()
    named = {name.lower(): value for name, _, value in (line.partition(": ") for line in headers)}
    parts = urlsplit(target)
    return {
        "method": method,
        "path": parts.path,
        "queries": sorted(parse_qsl(parts.query, keep_blank_values=True)),
        "token": named.get("authorization"),
        "type": named.get("content-type", "").lower() if body else "",
        "body": json.loads(body) if body else {},
    }


def heard(call):
    """The requests of one call, told apart from those for a token."""

    def script(sock, request):
        is_token = b"/tenant_access_token/" in request
        sock.sendall(answer(TOKEN if is_token else b'{"code":1,"msg":"x"}'))

    with RawServer(script) as server:
        call(server.url)
    found = [parsed(request) for request in server.requests]
    return {"/tenant_access_token/" in one["path"]: one for one in found}


def by_sdk(url, name, request):
    client = (
        lark_oapi.Client.builder()
        .app_id(f"{FEISHU_APP_ID}-{url}")  # the SDK keeps tokens by the app id alone
        .app_secret(FEISHU_APP_SECRET)
        .domain(url)
        .build()
    )
    part = client
    for step in name.split("."):
        part = getattr(part, step)
    part(request)


def by_us(url, call):
    with pytest.raises(ProviderError):
        call(Adapter(url, f"{FEISHU_APP_ID}-{url}").client())


@pytest.mark.parametrize("name", CALLS)
def test_a_request_is_the_sdks_own(name):
    ours, theirs = CALLS[name]
    mine = heard(lambda url: by_us(url, ours))
    sdks = heard(lambda url: by_sdk(url, *theirs))
    assert mine[False] == sdks[False]
    for one in (mine[True], sdks[True]):
        one["body"].pop("app_id")  # it holds the port
        one.pop("type")  # the SDK sends none here
    assert mine[True] == sdks[True], "the token is asked for in the same way"


def test_the_sdk_reads_what_we_started(sandbox, adapter):
    """The stand-in takes ours for the platform's own: the SDK decides the very card."""
    provider = adapter()
    external_id = provider.start(card_request(template_code=provider.prepare_template(None)))
    client = (
        lark_oapi.Client.builder()
        .app_id(FEISHU_APP_ID)
        .app_secret(FEISHU_APP_SECRET)
        .domain(sandbox.url)
        .build()
    )
    TokenManager.cache.set(f"self_tenant_token:{FEISHU_APP_ID}", "", 0)  # of another stand-in
    request = approval.GetInstanceRequest.builder().instance_id(external_id).build()
    found = client.approval.v4.instance.get(request)
    assert found.success(), found.msg
    form = json.loads(found.data.form)
    assert [one["name"] for one in form] == [label for _kind, _name, label in card.WIDGETS]
    task = {"approval_code": found.data.approval_code, "instance_code": external_id,
            "user_id": LISI, "task_id": found.data.task_list[0].id}  # fmt: skip
    decided = client.approval.v4.task.approve(
        approval.ApproveTaskRequest.builder()
        .user_id_type("open_id")
        .request_body(approval.TaskApprove(task))
        .build()
    )
    assert decided.success(), decided.msg
    assert provider.fetch(external_id).actor == LISI
