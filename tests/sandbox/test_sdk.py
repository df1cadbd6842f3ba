"""The official SDK takes the sandbox for DingTalk."""

import json
import time

import pytest
from alibabacloud_dingtalk.oauth2_1_0.client import Client as TokenClient
from alibabacloud_dingtalk.oauth2_1_0.models import GetAccessTokenRequest
from alibabacloud_dingtalk.workflow_1_0 import models
from alibabacloud_dingtalk.workflow_1_0.client import Client
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions
from Tea.exceptions import TeaException

from portal.sandbox import DEFAULT_APP_KEY, DEFAULT_APP_SECRET

from .conftest import COMPONENTS

OPTIONS = RuntimeOptions(autoretry=False)


class Sdk:
    """The workflow client, every call with its token header."""

    def __init__(self, base: str):
        config = Config(protocol="http", endpoint=base.removeprefix("http://"))
        answer = TokenClient(config).get_access_token(
            GetAccessTokenRequest(app_key=DEFAULT_APP_KEY, app_secret=DEFAULT_APP_SECRET)
        )
        assert answer.body.expire_in == 7200
        self.token = answer.body.access_token
        self.client = Client(config)

    def call(self, name: str, request):
        headers = getattr(models, "".join(p.title() for p in name.split("_")) + "Headers")(
            x_acs_dingtalk_access_token=self.token
        )
        return getattr(self.client, f"{name}_with_options")(request, headers, OPTIONS).body


@pytest.fixture
def sdk(sandbox) -> Sdk:
    return Sdk(sandbox.base)


@pytest.fixture
def code(sdk) -> str:
    request = models.FormCreateRequest().from_map(
        {"name": "工单审批", "formComponents": COMPONENTS, "templateConfig": {"hidden": True}}
    )
    return sdk.call("form_create", request).result.process_code


def start(sdk, code, approvers) -> str:
    table = [[{"name": "数据源", "value": '库"一"'}, {"name": "审核得分", "value": "90"}]]
    return sdk.call("start_process_instance", models.StartProcessInstanceRequest().from_map({
        "originatorUserId": "zhangsan", "processCode": code, "approvers": approvers,
        "formComponentValues": [
            {"name": "工单名称", "value": "上线"}, {"name": "审核结果", "value": json.dumps(table)},
        ],
    })).instance_id


def detail(sdk, key):
    return sdk.call(
        "get_process_instance", models.GetProcessInstanceRequest(process_instance_id=key)
    ).result


def test_templates_are_found_by_name_and_read_back(sdk, code):
    request = models.GetProcessCodeByNameRequest(name="工单审批")
    found = sdk.call("get_process_code_by_name", request)
    schema = sdk.call(
        "query_schema_by_process_code", models.QuerySchemaByProcessCodeRequest(process_code=code)
    ).result
    assert found.result.process_code == code
    assert schema.status == "PUBLISHED"
    items = schema.schema_content.items
    assert [item.props.label for item in items][:2] == ["工单名称", "工单描述"]
    assert items[4].children[0].props.label == "数据源"


def test_an_instance_goes_from_start_to_agreed(sdk, code):
    key = start(sdk, code, [
        {"actionType": "OR", "userIds": ["lisi", "wangwu"]},
        {"actionType": "NONE", "userIds": ["zhaoliu"]},
    ])
    first = next(task for task in detail(sdk, key).tasks if task.user_id == "wangwu")
    assert sdk.call("execute_process_instance", models.ExecuteProcessInstanceRequest(
        process_instance_id=key, task_id=first.task_id, actioner_user_id="wangwu",
        result="agree", remark="可以",
    )).result is True
    second = next(task for task in detail(sdk, key).tasks if task.status == "RUNNING")
    assert second.user_id == "zhaoliu"
    sdk.call("execute_process_instance", models.ExecuteProcessInstanceRequest(
        process_instance_id=key, task_id=second.task_id, actioner_user_id="zhaoliu", result="agree"
    ))
    ended = detail(sdk, key)
    assert (ended.status, ended.result) == ("COMPLETED", "agree")
    assert [task.status for task in ended.tasks] == ["CANCELED", "COMPLETED", "COMPLETED"]


def test_a_task_is_handed_over_and_a_comment_stays_in_the_history(sdk, code):
    key = start(sdk, code, [{"actionType": "NONE", "userIds": ["lisi"]}])
    task_id = detail(sdk, key).tasks[0].task_id
    assert sdk.call("redirect_workflow_task", models.RedirectWorkflowTaskRequest(
        task_id=task_id, operate_user_id="lisi", to_user_id="wangwu", remark="请代看"
    )).result is True
    assert sdk.call("add_process_instance_comment", models.AddProcessInstanceCommentRequest(
        process_instance_id=key, text="看过了", comment_user_id="zhaoliu"
    )).success is True
    now = detail(sdk, key)
    assert [(task.user_id, task.status, task.result) for task in now.tasks] == [
        ("lisi", "COMPLETED", "REDIRECTED"), ("wangwu", "RUNNING", "NONE"),
    ]
    assert [(line.type, line.user_id) for line in now.operation_records] == [
        ("START_PROCESS_INSTANCE", "zhangsan"), ("REDIRECT_TASK", "lisi"),
        ("ADD_REMARK", "zhaoliu"),
    ]


def test_a_withdrawn_instance_leaves_the_list_of_running_ones(sdk, code, sandbox):
    sandbox.control("rules", {"withdraw_after": 0})
    keys = [start(sdk, code, [{"actionType": "NONE", "userIds": ["lisi"]}]) for _ in range(2)]
    sdk.call("terminate_process_instance", models.TerminateProcessInstanceRequest(
        process_instance_id=keys[0], is_system=False, operating_user_id="zhangsan", remark="不做了"
    ))
    listed = sdk.call("list_process_instance_ids", models.ListProcessInstanceIdsRequest(
        process_code=code, start_time=int(time.time() * 1000) - 60_000, next_token=0,
        max_results=20, user_ids=["zhangsan"], statuses=["RUNNING"],
    ))
    assert listed.result.list == [keys[1]]
    assert listed.result.next_token is None
    assert detail(sdk, keys[0]).status == "TERMINATED"


def test_a_refusal_raises_with_its_code(sdk, code):
    with pytest.raises(TeaException) as caught:
        start(sdk, code, [{"actionType": "NONE", "userIds": ["nobody"]}])
    assert caught.value.code == "processInstanceInvalidParameter"


def test_a_missing_permission_names_its_scope(sdk, code, sandbox):
    sandbox.control("scopes", {"revoke": ["Workflow.Form.Read"]})
    with pytest.raises(TeaException) as caught:
        sdk.call("get_process_code_by_name", models.GetProcessCodeByNameRequest(name="工单审批"))
    assert caught.value.code == "Forbidden.AccessDenied.AccessTokenPermissionDenied"
    assert "[Workflow.Form.Read]" in caught.value.message


def test_a_template_is_listed_and_deleted(sdk, code):
    request = models.ListUserVisibleBpmsProcessesRequest(max_results=100, next_token=0)
    listed = sdk.call("list_user_visible_bpms_processes", request)
    assert [item.process_code for item in listed.result.process_list] == [code]
    sdk.call("delete_process", models.DeleteProcessRequest(
        process_code=code, clean_running_task=False
    ))
    with pytest.raises(TeaException) as caught:
        sdk.call("get_process_code_by_name", models.GetProcessCodeByNameRequest(name="工单审批"))
    assert caught.value.code == "process.error"
