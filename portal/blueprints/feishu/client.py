"""Feishu's HTTP interface in its own words: plain values in and out, or ProviderError."""

from __future__ import annotations

import json as json_format
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from portal.blueprints.feishu import answers, reading, shapes
from portal.blueprints.feishu.transport import Transport
from portal.kit.fields import filled

CONTACT = "/open-apis/contact/v3/users"
DEFINITIONS = "/open-apis/approval/v4/approvals"
INSTANCES = "/open-apis/approval/v4/instances"
TASKS = "/open-apis/approval/v4/tasks"
OPEN_ID = {"user_id_type": "open_id"}
PAGE = "200"


@dataclass(frozen=True)
class Act:
    """Whose task of which instance is finished; approval_code is the instance's definition."""

    approval_code: str
    instance_code: str
    task_id: str
    user: str


class FeishuClient(Transport):
    """One app's calls; see Transport for what it is made with. People are open_ids."""

    # Contacts

    def ids_of(
        self, mobiles: Sequence[str] = (), emails: Sequence[str] = (), id_type: str = "open_id"
    ) -> list[shapes.Match]:
        """Whom these numbers and addresses belong to, at most 50 each; nobody is no error.

        mobiles: bare for the mainland, else with +<country code>.
        """
        json = {"mobiles": list(mobiles)} if mobiles else {}
        json |= {"emails": list(emails)} if emails else {}
        path = CONTACT + "/batch_get_id"
        body = self._call("batch_get_id", "POST", path, {"user_id_type": id_type}, json)
        return answers.read(reading.matches, body)

    def user(self, open_id: str) -> shapes.User:
        """One person. Raises ProviderError(not_found) for one out of the contact range."""
        body = self._call("user", "GET", f"{CONTACT}/{_part(open_id)}", OPEN_ID)
        return answers.read(reading.user, body)

    # Definitions

    def write_definition(self, definition: dict[str, Any]) -> str:
        """Make one, or overwrite the one whose approval_code it holds; answers its code.

        https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/approval/create
        """
        body = self._call("definition_write", "POST", DEFINITIONS, OPEN_ID, definition)
        return answers.read(lambda one: filled(one["data"]["approval_code"]), body)

    def definition(self, code: str) -> shapes.Definition:
        """The definition with its texts in Chinese. Raises ProviderError(not_found)."""
        path = f"{DEFINITIONS}/{_part(code)}"
        body = self._call("definition", "GET", path, OPEN_ID | {"locale": "zh-CN"})
        return answers.read(reading.definition, body)

    def subscribe(self, code: str) -> None:
        """Ask for a definition's events; used by the test button only, with a code of nobody.

        https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/approval/subscribe
        """
        self._call("subscribe", "POST", f"{DEFINITIONS}/{_part(code)}/subscribe")

    # Instances

    def create_instance(self, instance: dict[str, Any]) -> str:
        """Start one; answers its code. A repeated uuid is refused with 60012.

        https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance/create
        """
        body = self._call("start", "POST", INSTANCES, json=instance)
        return answers.read(lambda one: filled(one["data"]["instance_code"]), body)

    def instance(self, code: str) -> shapes.Instance:
        """By the instance's code or by the uuid it was started with. Raises not_found."""
        path = f"{INSTANCES}/{_part(code)}"
        body = self._call("detail", "GET", path, OPEN_ID | {"locale": "zh-CN"})
        return answers.read(reading.instance, body)

    def cancel(self, approval_code: str, instance_code: str, originator: str) -> None:
        """Only its originator may. An approved instance would go back to 审批中.

        https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance/cancel
        """
        json = {
            "approval_code": approval_code,
            "instance_code": instance_code,
            "user_id": originator,
        }
        self._call("cancel", "POST", INSTANCES + "/cancel", OPEN_ID, json)

    def finish_task(self, act: Act, verb: str, comment: str) -> None:
        """verb: approve or reject; the comment may be empty.

        https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/task/approve
        """
        json = {
            "approval_code": act.approval_code,
            "instance_code": act.instance_code,
            "user_id": act.user,
            "task_id": act.task_id,
        }
        json |= {"comment": comment} if comment else {}
        self._call(verb, "POST", f"{TASKS}/{verb}", OPEN_ID, json)

    def comment(self, instance_code: str, author: str, text: str) -> None:
        """The content is a JSON text inside the JSON.

        https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance-comment/create
        """
        path = f"{INSTANCES}/{_part(instance_code)}/comments"
        content = json_format.dumps({"text": text}, ensure_ascii=False)
        self._call("comment", "POST", path, OPEN_ID | {"user_id": author}, {"content": content})

    def search_tasks(
        self, approval_code: str, started_from: int, started_to: int, page_token: str = ""
    ) -> tuple[list[shapes.FoundTask], str]:
        """Tasks of a definition's instances, the last changed first; a page and the next's token.

        started_from, started_to: ms since 1970, at most 30 days apart. It lags, and hides
        revoked instances: never a decision.
        """
        params = OPEN_ID | {"page_size": PAGE}
        params |= {"page_token": page_token} if page_token else {}
        json = {
            "approval_code": approval_code,
            "task_status": "ALL",
            "task_start_time_from": str(started_from),
            "task_start_time_to": str(started_to),
            "order": 0,
        }
        body = self._call("search", "POST", TASKS + "/search", params, json)
        return answers.read(reading.found_tasks, body)


def _part(text: str) -> str:
    return quote(text, safe="")
