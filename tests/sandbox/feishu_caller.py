"""Calls the stand-in for Feishu as a client does, and makes definitions and instances to act on."""

import json
import uuid

from portal.sandbox import FEISHU_APP_ID, FEISHU_APP_SECRET

from .caller import ControlCaller

TEXTS = {
    "@i18n@approval_name": "SQL 工单", "@i18n@node_name": "审批", "@i18n@w_title": "工单名称",
    "@i18n@w_detail": "工单描述", "@i18n@w_kind": "类型", "@i18n@w_kind_0": "上线",
    "@i18n@w_rows": "审核结果", "@i18n@w_r_db": "数据源", "@i18n@w_r_score": "审核得分",
}
WIDGETS = [
    {"id": "title", "type": "input", "required": True, "name": "@i18n@w_title"},
    {"id": "detail", "type": "textarea", "required": False, "name": "@i18n@w_detail",
     "custom_id": "own_detail"},
    {"id": "kind", "type": "radioV2", "required": False, "name": "@i18n@w_kind",
     "value": [{"key": "k0", "text": "@i18n@w_kind_0"}]},
    {"id": "rows", "type": "fieldList", "required": False, "name": "@i18n@w_rows",
     "option": {"inputType": "FORM", "printType": "FORM"},
     "value": [
         {"id": "r_db", "type": "input", "required": True, "name": "@i18n@w_r_db"},
         {"id": "r_score", "type": "number", "required": False, "name": "@i18n@w_r_score"},
     ]},
]
ROWS = [[{"id": "r_db", "type": "input", "value": "db1"},
         {"id": "r_score", "type": "number", "value": 90}]]
FORM = [
    {"id": "title", "type": "input", "value": "上线订单库"},
    {"id": "rows", "type": "fieldList", "value": ROWS},
]


def node(key="approve", kind="OR", **more) -> dict:
    return {"id": key, "name": "@i18n@node_name", "node_type": kind,
            "approver": [{"type": "Free"}], "approver_chosen_multi": True,
            "starter_assignee": "STARTER"} | more


def texts(found: dict = TEXTS) -> list[dict]:
    return [{"locale": "zh-CN", "is_default": True,
             "texts": [{"key": key, "value": value} for key, value in found.items()]}]


def definition_body(*nodes: dict, widgets=WIDGETS, **more) -> dict:
    return {
        "approval_name": "@i18n@approval_name", "viewers": [{"viewer_type": "NONE"}],
        "form": {"form_content": json.dumps(widgets)}, "i18n_resources": texts(),
        "node_list": [{"id": "START"}, *(nodes or (node(),)), {"id": "END"}],
        "settings": {"revert_interval": 0},
    } | more


class FeishuCaller(ControlCaller):
    """The same control, Feishu's API."""

    def token(self, app_id=FEISHU_APP_ID, app_secret=FEISHU_APP_SECRET) -> str:
        return self.http.post(
            f"{self.base}/open-apis/auth/v3/tenant_access_token/internal", timeout=10,
            json={"app_id": app_id, "app_secret": app_secret},
        ).json()["tenant_access_token"]

    def api(self, method: str, path: str, body=None, *, token=None, **params):
        return self.http.request(
            method, f"{self.base}/open-apis/{path}", json=body, params=params, timeout=10,
            headers={"Authorization": f"Bearer {token or self.token()}"},
        )

    def data(self, method: str, path: str, body=None, **params) -> dict:
        answer = self.api(method, path, body, **params)
        assert answer.json()["code"] == 0, answer.text
        return answer.json()["data"]

    def code(self, method: str, path: str, body=None, **params) -> int:
        """The code of a refusal, whose HTTP status is as documented."""
        answer = self.api(method, path, body, **params)
        code = answer.json()["code"]
        assert answer.status_code == {1390009: 403, 99991400: 429}.get(code, 400), answer.text
        return code

    def who(self, *people: str) -> list[str] | str:
        """open_ids of people by userid."""
        by_id = {p["userid"]: p["mobile"] for p in self.control("people").json()["people"]}
        listed = self.data("POST", "contact/v3/users/batch_get_id",
                           {"mobiles": [by_id[person] for person in people]})["user_list"]
        found = {entry["mobile"]: entry["user_id"] for entry in listed}
        ids = [found[by_id[person]] for person in people]
        return ids[0] if len(ids) == 1 else ids

    def definition(self, *nodes: dict, **more) -> str:
        body = definition_body(*nodes, **more)
        return self.data("POST", "approval/v4/approvals", body)["approval_code"]

    def start_body(self, code: str, approvers=("lisi",), by="zhangsan", form=FORM, **more) -> dict:
        listed = [self.who(one) for one in approvers]
        return {
            "approval_code": code, "open_id": self.who(by), "form": json.dumps(form),
            "uuid": str(uuid.uuid4()),
            "node_approver_open_id_list": [{"key": "approve", "value": listed}],
        } | more

    def start(self, code: str | None = None, approvers=("lisi",), **more) -> str:
        body = self.start_body(code or self.definition(), approvers, **more)
        return self.data("POST", "approval/v4/instances", body)["instance_code"]

    def detail(self, key: str) -> dict:
        return self.data("GET", f"approval/v4/instances/{key}")

    def card(self, key: str) -> dict:
        return self.control(f"cards/{key}").json()

    def act_body(self, key: str, person: str, **more) -> dict:
        card = self.card(key)
        mine = [t["task_id"] for t in card["tasks"]
                if t["user"] == person and t["status"] == "PENDING"]
        return {"approval_code": card["approval_code"], "instance_code": key,
                "user_id": self.who(person), "task_id": mine[0] if mine else "0"} | more

    def act(self, key: str, person: str, action="approve", **more):
        return self.api("POST", f"approval/v4/tasks/{action}", self.act_body(key, person, **more))

    def tasks(self, key: str) -> list[tuple[str, str]]:
        return [(task["user"], task["status"]) for task in self.card(key)["tasks"]]

    def timeline(self, key: str) -> list[tuple[str, str]]:
        return [(one["type"], one["user"]) for one in self.card(key)["records"]]


def start(feishu: FeishuCaller, code: str, **more) -> dict:
    """The answer to a start, be it a yes or a no."""
    answer = feishu.api("POST", "approval/v4/instances", feishu.start_body(code, **more))
    assert answer.status_code == (200 if answer.json()["code"] == 0 else 400)
    return answer.json()


def listed(**by_key) -> list[dict]:
    """Chosen people by node, in the shape of a start's lists."""
    return [{"key": key, "value": value} for key, value in by_key.items()]
