"""DingTalk's HTTP interface in its own words: plain values in and out, or ProviderError."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from portal.blueprints.dingtalk import answers, shapes
from portal.blueprints.dingtalk.codes import PROVIDER
from portal.blueprints.dingtalk.transport import Transport
from portal.kit.errors import Kind, ProviderError
from portal.kit.fields import filled, truth

PAGE = 20  # ids, the most that one call of the list answers
PAGES = 500  # 10,000 ids, the most that one loop may read


class DingTalkClient(Transport):
    """One app's calls; see Transport for what it is made with."""

    # Address book (not counted)

    def user_ids_by_mobile(self, mobile: str) -> list[str]:
        """The userid of the current employee, or the organisation's own accounts of a number.

        mobile: bare 11 digits for the mainland (format of other countries unconfirmed).
        Raises ProviderError(not_found) when nobody in this organisation has it.
        https://open.dingtalk.com/document/development/query-users-by-phone-number
        """
        json = {"mobile": mobile, "support_exclusive_account_search": True}
        return answers.read(
            shapes.mobile_owners, self.oapi("/topapi/v2/user/getbymobile", json)
        )

    def user(self, user_id: str) -> shapes.User:
        """One current employee. Raises ProviderError(not_found) for a leaver."""
        json = {"userid": user_id, "language": "zh_CN"}
        return answers.read(shapes.user, self.oapi("/topapi/v2/user/get", json))

    # Templates

    def create_or_update_form(self, form: dict[str, Any], code: str | None = None) -> str:
        """With a code that template is updated, else one is made; answers its code.

        https://open.dingtalk.com/document/development/create-an-approval-form-template
        """
        json = form | ({"processCode": code} if code else {})
        body = self._call("form_write", "POST", "/v1.0/workflow/forms", json=json)
        return answers.read(lambda one: filled(one["result"]["processCode"]), body)

    def form_code_by_name(self, name: str) -> str:
        """https://open.dingtalk.com/document/development/obtain-the-template-code"""
        path = "/v1.0/workflow/processCentres/schemaNames/processCodes"
        body = self._call("form_code", "GET", path, params={"name": name})
        return answers.read(lambda one: filled(one["result"]["processCode"]), body)

    def form_schema(self, code: str) -> shapes.FormSchema:
        """The template as it stands over there. Raises ProviderError(not_found)."""
        path = "/v1.0/workflow/forms/schemas/processCodes"
        body = self._call("form_schema", "GET", path, params={"processCode": code})
        return answers.read(shapes.form_schema, body)

    # Instances

    def start_instance(
        self,
        code: str,
        originator: str,
        approvers: Sequence[str],
        values: Sequence[dict[str, str]],
    ) -> str:
        """Start an instance that any one of the approvers decides. Not idempotent.

        deptId is left out: it is needed only without approvers, and a wrong one is refused
        (fact sheet §4: the product before us never sent it together with approvers).
        https://open.dingtalk.com/document/development/create-an-approval-instance
        """
        people = list(approvers)
        node = {"actionType": "NONE" if len(people) == 1 else "OR", "userIds": people}
        json = {
            "originatorUserId": originator,
            "processCode": code,
            "approvers": [node],
            "formComponentValues": list(values),
        }
        body = self._call("start", "POST", "/v1.0/workflow/processInstances", json=json)
        return answers.read(lambda one: filled(one["instanceId"]), body)

    def instance(self, instance_id: str) -> shapes.Instance:
        """Raises ProviderError(not_found) when it was deleted."""
        params = {"processInstanceId": instance_id}
        body = self._call("detail", "GET", "/v1.0/workflow/processInstances", params=params)
        return answers.read(shapes.instance, body)

    def list_instance_ids(
        self,
        code: str,
        start_time: int,
        *,
        user_ids: Sequence[str] = (),
        statuses: Sequence[str] = (),
    ) -> list[str]:
        """All ids started since start_time (ms since 1970, at most 120 days ago).

        https://open.dingtalk.com/document/development/obtain-an-approval-list-of-instance-ids
        """
        json: dict[str, Any] = {"processCode": code, "startTime": start_time, "maxResults": PAGE}
        json |= {"userIds": list(user_ids)} if user_ids else {}
        json |= {"statuses": list(statuses)} if statuses else {}
        found: list[str] = []
        token: int | None = 0
        for _page in range(PAGES):
            body = self._call(
                "list_ids", "POST", "/v1.0/workflow/processes/instanceIds/query",
                json=json | {"nextToken": token},
            )  # fmt: skip
            ids, token = answers.read(shapes.page_of_ids, body)
            found += ids
            if token is None:
                return found
        raise ProviderError(PROVIDER, "unreadable", _("钉钉的列表没有尽头"), Kind.UNKNOWN_OUTCOME)

    def execute_task(
        self, instance_id: str, task_id: int, actioner: str, result: str, remark: str
    ) -> None:
        """result: agree or refuse; actioner: whose task it is; remark: at most 1024.

        https://open.dingtalk.com/document/development/approve-or-reject-the-approval-task
        """
        json = {
            "processInstanceId": instance_id,
            "taskId": task_id,
            "actionerUserId": actioner,
            "result": result,
            "remark": remark,
        }
        self._act("execute", "/v1.0/workflow/processInstances/execute", json)

    def terminate(self, instance_id: str, operator: str, remark: str) -> None:
        """Not within 15 s of the start. isSystem may not be missing, whatever its table says.

        https://open.dingtalk.com/document/development/revoke-an-approval-instance
        """
        json = {
            "processInstanceId": instance_id,
            "isSystem": True,
            "operatingUserId": operator,
            "remark": remark,
        }
        self._act("terminate", "/v1.0/workflow/processInstances/terminate", json)

    def comment(self, instance_id: str, author: str, text: str) -> None:
        """https://open.dingtalk.com/document/development/official-approval-adds-approval-comments"""
        json = {"processInstanceId": instance_id, "text": text, "commentUserId": author}
        self._act("comment", "/v1.0/workflow/processInstances/comments", json)

    def _act(self, call: str, path: str, json: dict[str, Any]) -> None:
        body = self._call(call, "POST", path, json=json)
        if not truth(body.get("result")):
            message = _("钉钉答复操作没有成功")
            raise ProviderError(PROVIDER, "not_accepted", message, Kind.UNKNOWN_OUTCOME)
