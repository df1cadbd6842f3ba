"""A sandbox on a free port, and a caller that speaks to it over real HTTP."""

import json

import pytest

from portal.sandbox import DEFAULT_APP_KEY, DEFAULT_APP_SECRET
from portal.sandbox.serve import start_thread

from .caller import ControlCaller
from .coding_caller import CodingCaller
from .feishu_caller import FeishuCaller

COMPONENTS = [
    {"componentType": "TextField",
     "props": {"componentId": "title", "label": "工单名称", "required": True}},
    {"componentType": "TextareaField", "props": {"componentId": "text", "label": "工单描述"}},
    {"componentType": "TextField", "props": {"componentId": "link", "label": "工单链接"}},
    {"componentType": "DDSelectField",
     "props": {"componentId": "kind", "label": "类型",
               "options": [{"key": "option_0", "value": "上线"}]}},
    {"componentType": "TableField", "props": {"componentId": "audit", "label": "审核结果"},
     "children": [
         {"componentType": "TextField", "props": {"componentId": "source", "label": "数据源"}},
         {"componentType": "TextField", "props": {"componentId": "score", "label": "审核得分"}},
     ]},
]


class Caller(ControlCaller):
    """Calls DingTalk as a client does."""

    def token(self, app_key=DEFAULT_APP_KEY, app_secret=DEFAULT_APP_SECRET) -> str:
        answer = self.http.post(
            f"{self.base}/v1.0/oauth2/accessToken",
            json={"appKey": app_key, "appSecret": app_secret}, timeout=10,
        )
        return answer.json()["accessToken"]

    def api(self, method: str, path: str, body=None, *, token=None, **params):
        return self.http.request(
            method, f"{self.base}/v1.0/{path}", json=body, params=params, timeout=10,
            headers={"x-acs-dingtalk-access-token": token or self.token()},
        )

    def oapi(self, path: str, body: dict, token=None):
        return self.http.post(
            f"{self.base}/topapi/{path}", json=body, timeout=10,
            params={"access_token": token or self.token()},
        ).json()

    def template(self, name="工单审批", **more) -> str:
        body = {"name": name, "formComponents": COMPONENTS} | more
        return self.api("POST", "workflow/forms", body).json()["result"]["processCode"]

    def start_body(self, code: str, **more) -> dict:
        return {
            "originatorUserId": "zhangsan", "processCode": code,
            "approvers": [{"actionType": "NONE", "userIds": ["lisi"]}],
            "formComponentValues": [
                {"name": "工单名称", "value": "上线订单库"},
                {"name": "审核结果", "value": json.dumps(
                    [[{"name": "数据源", "value": "db1"}, {"name": "审核得分", "value": "90"}]]
                )},
            ],
        } | more

    def start(self, code: str | None = None, **more) -> str:
        body = self.start_body(code or self.template(), **more)
        return self.api("POST", "workflow/processInstances", body).json()["instanceId"]

    def detail(self, key: str) -> dict:
        answer = self.api("GET", "workflow/processInstances", processInstanceId=key)
        return answer.json()["result"]

    def running_task(self, key: str, user: str) -> int:
        return next(task["taskId"] for task in self.detail(key)["tasks"]
                    if task["userId"] == user and task["status"] == "RUNNING")

    def execute(self, key: str, user: str, result="agree", **more):
        body = {"processInstanceId": key, "actionerUserId": user, "result": result} | more
        if "taskId" not in body:
            body["taskId"] = self.running_task(key, user)
        return self.api("POST", "workflow/processInstances/execute", body)


@pytest.fixture(scope="session")
def sandbox_server():
    server = start_thread("127.0.0.1", 0)
    yield server
    server.shutdown()


@pytest.fixture
def sandbox(sandbox_server) -> Caller:
    """A sandbox as at its first start, without the limits of calls a second and a minute."""
    return Caller(f"http://127.0.0.1:{sandbox_server.port}").reset()


@pytest.fixture
def feishu(sandbox_server) -> FeishuCaller:
    """The same, for callers of Feishu."""
    return FeishuCaller(f"http://127.0.0.1:{sandbox_server.port}").reset()


@pytest.fixture
def coding(sandbox_server) -> CodingCaller:
    """The same, for callers of CODING."""
    return CodingCaller(f"http://127.0.0.1:{sandbox_server.port}").reset()
