"""What the client hands out: an instance, a form's schema, a user, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portal.kit.fields import filled, objects, text, whole


@dataclass(frozen=True)
class Record:
    """One line of an instance's history (operationRecords)."""

    user_id: str
    type: str
    result: str
    remark: str


@dataclass(frozen=True)
class Task:
    """One person's task in an instance."""

    id: int
    user_id: str
    status: str


@dataclass(frozen=True)
class Instance:
    """One approval over there. values: label → text. Records in the platform's order."""

    status: str
    result: str
    records: tuple[Record, ...]
    tasks: tuple[Task, ...]
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Component:
    """One field of a form; `columns` are those of a table."""

    type: str
    label: str
    is_required: bool = False
    columns: tuple[Component, ...] = ()


@dataclass(frozen=True)
class FormSchema:
    """A template as it stands over there; status PUBLISHED, INVALID (停用) or SAVED."""

    name: str
    status: str
    components: tuple[Component, ...]


@dataclass(frozen=True)
class User:
    """mobile is empty when the app lacks the field permission 企业员工手机号信息."""

    user_id: str
    name: str
    mobile: str


def instance(body: dict[str, Any]) -> Instance:
    """https://open.dingtalk.com/document/development/obtains-the-details-of-a-single-approval-instance-pop"""
    result = body["result"]
    return Instance(
        status=filled(result["status"]),
        result=text(result.get("result")),
        records=tuple(
            Record(
                text(one.get("userId")),
                text(one.get("type")),
                text(one.get("result")),
                text(one.get("remark")),
            )
            for one in objects(result.get("operationRecords"))
        ),
        tasks=tuple(
            Task(whole(one["taskId"]), text(one.get("userId")), text(one.get("status")))
            for one in objects(result.get("tasks"))
        ),
        values={
            text(one.get("name")): text(one.get("value"))
            for one in objects(result.get("formComponentValues"))
        },
    )


def form_schema(body: dict[str, Any]) -> FormSchema:
    """https://open.dingtalk.com/document/development/obtain-the-form-schema"""
    result = body["result"]
    return FormSchema(
        name=text(result.get("name")),
        status=text(result.get("status")),
        components=tuple(_component(one) for one in objects(result["schemaContent"]["items"])),
    )


def _component(item: dict[str, Any]) -> Component:
    props = item.get("props") or {}
    label = props.get("label")
    return Component(
        type=text(item.get("componentName")),
        # A date range's label is a list; none of ours is.
        label=text(label) if not isinstance(label, list) else "",
        is_required=props.get("required") in {True, "true"},
        columns=tuple(_component(one) for one in objects(item.get("children"))),
    )


def user(body: dict[str, Any]) -> User:
    """https://open.dingtalk.com/document/development/query-user-details"""
    result = body["result"]
    return User(filled(result["userid"]), text(result.get("name")), text(result.get("mobile")))


def mobile_owners(body: dict[str, Any]) -> list[str]:
    """The userid, or else the accounts that this organisation made for that number."""
    result = body["result"]
    own = text(result.get("userid")).strip()
    if own:
        return [own]
    listed = result.get("exclusive_account_userid_list") or []
    found = [filled(one) for one in listed]
    if not found:
        raise ValueError("no userid")
    return found


def page_of_ids(body: dict[str, Any]) -> tuple[list[str], int | None]:
    """Ids and the next page's token; None on the last page."""
    result = body["result"]
    listed = result["list"]
    if not isinstance(listed, list):
        raise TypeError("not a list")
    token = text(result.get("nextToken")).strip()
    return [filled(one) for one in listed], whole(token) if token else None
