"""Form templates: create, update, find, read, list, delete. Fact sheet, section 3."""

import uuid

from flask import Blueprint, request

from ..store import Store, now_ms
from .answers import Refusal, json_body
from .gateway import api_call
from .refusals import register
from .schema import checked_template
from .scopes import FORM_READ, FORM_WRITE
from .times import shown_time

bp = Blueprint("dingtalk_templates", __name__)
register(bp)


@bp.post("/v1.0/workflow/forms")
@api_call(FORM_WRITE)
def create_or_update(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/create-an-approval-form-template"""
    body = json_body()
    content = checked_template(body)
    code = body.get("processCode")
    if code:
        template = live_template(store, code)
        if template is None or template["app_key"] != app["app_key"]:
            raise Refusal("processcode.error", "processCode对应的审批流程不存在")
    else:
        code = f"PROC-{str(uuid.uuid4()).upper()}"
        template = {
            "process_code": code, "app_key": app["app_key"], "status": "PUBLISHED",
            "is_deleted": False, "created_at": now_ms(),
        }
    namesake = template_by_name(store, content["name"])
    if namesake and namesake["process_code"] != code:
        raise Refusal("formName.error", "已有相同名称表单")
    store.put("template", code, template | content | {"modified_at": now_ms()})
    return {"result": {"processCode": code}}


@bp.get("/v1.0/workflow/processCentres/schemaNames/processCodes")
@api_call(FORM_READ)
def code_by_name(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/obtain-the-template-code

    Names are the organisation's: the answer may be another app's template.
    """
    name = request.args.get("name", "")
    template = template_by_name(store, name) if 0 < len(name) <= 64 else None
    if template is None:
        raise Refusal("process.error", "模板不存在")
    return {"result": {
        "processCode": template["process_code"],
        "gmtModified": shown_time(template["modified_at"]),
    }}


@bp.get("/v1.0/workflow/forms/schemas/processCodes")
@api_call(FORM_READ)
def schema(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/obtain-the-form-schema"""
    code = request.args.get("processCode", "")
    if not code:
        raise Refusal("invalidParameter", "参数错误：processCode")
    if not code.startswith("PROC-"):
        raise Refusal("aflowProcessCodeIsError", "processCode错误")
    template = live_template(store, code)
    if template is None:
        raise Refusal("formNotExist", "表单不存在")
    return {"result": {
        "name": template["name"], "memo": template["description"], "formCode": code,
        "formUuid": f"FORM-{code[5:]}", "bizType": "", "engineType": 0, "procType": "",
        "ownerIdType": "orgId", "status": template["status"],
        "schemaContent": {
            "title": template["name"], "icon": "common",
            "items": [_schema_item(component) for component in template["components"]],
        },
        "gmtCreate": shown_time(template["created_at"]),
        "gmtModified": shown_time(template["modified_at"]),
    }}


@bp.get("/v1.0/workflow/processes/userVisibilities/templates")
@api_call(FORM_READ)
def visible(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/obtains-a-list-of-approval-forms-visible-to-the-specified"""
    size = request.args.get("maxResults", 100, type=int)
    start = request.args.get("nextToken", 0, type=int)
    if not 1 <= size <= 100 or start < 0:
        raise Refusal("invalidParameter", "参数错误：maxResults")
    templates = live_templates(store)
    result = {"processList": [
        {"name": t["name"], "processCode": t["process_code"], "url": "", "iconUrl": "",
         "dirId": "other", "dirName": "其他"} for t in templates[start:start + size]
    ]}
    if start + size < len(templates):
        result["nextToken"] = start + size
    return {"result": result}


@bp.get("/v1.0/workflow/processes/managements/templates")
@api_call(FORM_READ)
def manageable(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/get-all-manageable-forms-for-the-current-enterprise"""
    return {"success": True, "result": [
        {"flowTitle": t["name"], "processCode": t["process_code"],
         "gmtModified": shown_time(t["modified_at"]), "newProcess": True}
        for t in live_templates(store)
    ]}


@bp.delete("/v1.0/workflow/processCentres/schemas")
@api_call(FORM_WRITE)
def delete(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/self-owned-approval-deletion-template"""
    code = request.args.get("processCode", "")
    template = live_template(store, code)
    if template is None or template["app_key"] != app["app_key"]:
        raise Refusal("processcode.error", "processCode对应的审批流程不存在")
    store.put("template", code, template | {"is_deleted": True})
    return {"result": {"processCode": code}}


def live_templates(store: Store) -> list[dict]:
    return [t for t in store.every("template") if not t["is_deleted"]]


def live_template(store: Store, code) -> dict | None:
    template = store.get("template", code) if isinstance(code, str) else None
    return template if template and not template["is_deleted"] else None


def template_by_name(store: Store, name: str) -> dict | None:
    return next((t for t in live_templates(store) if t["name"] == name), None)


def _schema_item(component: dict) -> dict:
    """Reading names things otherwise than creating: componentName and props.id."""
    props = {k: v for k, v in component["props"].items() if k not in ("componentId", "options")}
    props["id"] = component["id"]
    if "options" in component["props"]:
        props["options"] = [option["value"] for option in component["props"]["options"]]
    item = {"componentName": component["type"], "props": props}
    if "children" in component:
        item["children"] = [_schema_item(child) for child in component["children"]]
    return item
