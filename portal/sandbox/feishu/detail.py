"""An instance as reading shows it. Fact sheet, section 4.2."""

import json

from .forms import read_form
from .ids import open_id, shown_id
from .scopes import EMPLOYEE_ID

WITH_PEOPLE = ("TRANSFER", "ADD_APPROVER_BEFORE", "ADD_APPROVER", "ADD_APPROVER_AFTER",
               "DELETE_APPROVER")  # fmt: skip
SILENT = ("START", "CC", "AUTO_PASS", "REMOVE_REPEAT")  # nobody could say anything with these


def shown_card(app: dict, card: dict, has_tasks: bool) -> dict:
    """The `data` of the answer; without tasks where they are still hidden."""
    return {
        "approval_name": card["name"], "approval_code": card["approval_code"],
        "instance_code": card["id"], "uuid": card["uuid"], "serial_number": card["serial"],
        "status": card["status"], "start_time": str(card["created_at"]),
        "end_time": str(card["finished_at"] or 0), "department_id": card["department"],
        "reverted": card["reverted"], "form": read_form(card["values"]),
        "task_list": [_task(app, task) for task in card["tasks"]] if has_tasks else [],
        "comment_list": [_comment(app, said) for said in card["comments"]],
        "timeline": [_entry(app, record) for record in card["records"]],
        **ids(app, card["originator"]),
    }


def ids(app: dict, userid: str) -> dict:
    """open_id always, user_id only with its permission; both empty for a machine."""
    found = {"open_id": open_id(app["app_key"], userid) if userid else ""}
    if EMPLOYEE_ID in app["scopes"]:
        found["user_id"] = shown_id(app, userid, "user_id")
    return found


def _task(app: dict, task: dict) -> dict:
    shown = {
        "id": task["task_id"], "status": task["status"], "node_id": task["node_id"],
        "node_name": task["name"], "type": task["type"], "start_time": str(task["created_at"]),
        "end_time": str(task["finished_at"] or 0), **ids(app, task["user"]),
    }
    if task["custom_node_id"]:
        shown["custom_node_id"] = task["custom_node_id"]
    return shown


def _comment(app: dict, said: dict) -> dict:
    return {"id": said["id"], "comment": said["comment"], "create_time": str(said["at"]),
            "files": [], **ids(app, said["user"])}


def _entry(app: dict, record: dict) -> dict:
    """An entry of the timeline; members that do not apply are absent."""
    shown = {"type": record["type"], "create_time": str(record["at"]), "ext": "{}",
             "node_key": record["node_key"], **ids(app, record["user"])}
    if record["task_id"]:
        shown["task_id"] = record["task_id"]
    if record["type"] not in SILENT:
        shown["comment"] = record["remark"]
    people = [ids(app, user) for user in record["to"]]
    if record["type"] == "CC":
        shown["cc_user_list"] = [one | {"cc_id": str(n)} for n, one in enumerate(people, 1)]
    elif record["type"] in WITH_PEOPLE:
        lists = {f"{name}_list": [one[name] for one in people if name in one]
                 for name in ("user_id", "open_id")}
        shown |= lists | {"ext": json.dumps(lists)}
    return shown
