"""An instance as the detail API shows it. Fact sheet, section 5."""

from ..people import name_of
from ..store import Store
from .times import shown_time

PAGE = "https://aflow.dingtalk.com/dingtalk/{}/homepage.htm?procInstId={}#/approval"


def shown_card(store: Store, card: dict, has_tasks: bool) -> dict:
    """The `result` of the answer; without tasks where they are still hidden."""
    return {
        "title": card["title"], "businessId": card["business_id"],
        "status": card["status"], "result": card["result"],
        "createTime": shown_time(card["created_at"]),
        "finishTime": shown_time(card["finished_at"]),
        "originatorUserId": card["originator"], "originatorDeptId": str(card["department"]),
        "originatorDeptName": name_of(store, card["originator"]) + "的部门",
        "approverUserIds": [user for node in card["nodes"] for user in node["users"]],
        "ccUserIds": card["cc"],
        "operationRecords": [_shown_record(record) for record in card["records"]],
        "tasks": [_shown_task(card, task) for task in card["tasks"]] if has_tasks else [],
        "bizAction": "NONE", "bizData": "{}",
        "attachedProcessInstanceIds": [], "mainProcessInstanceId": "",
        "formComponentValues": [
            {"id": value["id"], "name": value["name"], "value": value["value"],
             "extValue": value["ext_value"], "componentType": value["component_type"],
             "bizAlias": value["biz_alias"]}
            for value in card["values"]
        ],
    }


def _shown_record(record: dict) -> dict:
    shown = {
        "userId": record["user"], "date": shown_time(record["at"]), "type": record["type"],
        "result": record["result"], "attachments": [], "ccUserIds": record["cc"],
        "activityId": record["activity_id"], "showName": record["show_name"], "images": [],
    }
    if record["remark"]:  # present only when somebody wrote one
        shown["remark"] = record["remark"]
    return shown


def _shown_task(card: dict, task: dict) -> dict:
    return {
        "taskId": task["task_id"], "userId": task["user"], "status": task["status"],
        "result": task["result"], "createTime": shown_time(task["created_at"]),
        "finishTime": shown_time(task["finished_at"]),
        "mobileUrl": PAGE.format("mobile", card["id"]), "pcUrl": PAGE.format("pc", card["id"]),
        "processInstanceId": card["id"], "activityId": task["activity_id"],
        "taskGroupName": task["name"],
    }
