"""The people as CODING knows them: numbers instead of user ids; members, team, token's owner."""

import hashlib

from flask import request

from ..people import active_person
from ..store import Store
from .answers import BAD_VALUE, NOT_FOUND, Refusal
from .parameters import number, page, paged

NOBODY = {"Id": 0, "Status": 0, "Avatar": "", "Name": "", "Email": "", "TeamId": 0, "Phone": "",
          "GlobalKey": "", "TeamGlobalKey": ""}
TEAM_ID = 1
OWNER = "admin"


def member_id(userid: str) -> int:
    """The same number for the same person, in every store."""
    digest = hashlib.md5(userid.encode(), usedforsecurity=False).hexdigest()
    return 1_000_000 + int(digest[:6], 16)


def shown_user(store: Store, userid: str) -> dict:
    """A person inside an issue: id and name, the rest stays empty there; nobody is all zero."""
    if not userid:
        return NOBODY
    person = store.get("person", userid) or {"name": userid, "active": False}
    return NOBODY | {"Id": member_id(userid), "Name": person["name"],
                     "Status": 1 if person["active"] else -1}


def project_members(store: Store, project: dict) -> list[dict]:
    """People who may be given an issue of this project."""
    chosen = project["members"]
    return [person for person in store.every("person")
            if person["active"] and (chosen is None or person["userid"] in chosen)]


def assignee(store: Store, project: dict, body: dict) -> str:
    """The userid that AssigneeId means; 0 is nobody. Raises Refusal."""
    wanted = number(body, "AssigneeId", 0)
    if wanted == 0:
        return ""
    people = [p["userid"] for p in store.every("person") if member_id(p["userid"]) == wanted]
    if not people:
        raise Refusal(BAD_VALUE, "issue_assignee_not_exist")
    if people[0] not in [person["userid"] for person in project_members(store, project)]:
        raise Refusal(BAD_VALUE, "issue_assignee_no_access")
    return people[0]


def owner(store: Store) -> str:
    """Whose token it is: the admin's, or that of the first person who is here."""
    people = [person["userid"] for person in store.every("person") if person["active"]]
    return OWNER if active_person(store, OWNER) else next(iter(people), OWNER)


def current_user(store: Store, app: dict, body: dict) -> dict:
    userid = owner(store)
    person = store.get("person", userid) or {"name": userid, "email": "", "mobile": ""}
    return {"User": _profile(userid, person) | {
        "Gravatar": "", "PhoneRegionCode": "+86", "Region": "", "WeComId": ""}}


def members(store: Store, app: dict, body: dict) -> dict:
    wanted, size = page(body)
    asked = number(body, "ProjectId")
    projects = [one for one in store.every("coding_project") if one["id"] == asked]
    if not projects:
        raise Refusal(NOT_FOUND, "project_not_exists")
    found = project_members(store, projects[0])
    role = {"RoleType": "ProjectMember", "RoleId": 1, "RoleTypeName": "开发"}
    return {"Data": {
        "PageNumber": wanted, "PageSize": size, "TotalCount": len(found),
        "ProjectMembers": [_profile(person["userid"], person) | {"Roles": [role]}
                           for person in paged(found, wanted, size)],
    }}


def team(store: Store, app: dict, body: dict) -> dict:
    """TeamHost is the address of the team's pages, here the sandbox's own."""
    return {"Data": {"Id": TEAM_ID, "Name": app["app_key"], "NamePinYin": app["app_key"],
                     "Avatar": "", "TeamHost": request.host_url.rstrip("/"),
                     "TeamOwner": _profile(owner(store), {
                         "name": app["app_key"], "email": "", "mobile": ""})}}


def _profile(userid: str, person: dict) -> dict:
    return {"Id": member_id(userid), "TeamId": TEAM_ID, "Name": person["name"],
            "NamePinYin": userid, "Avatar": "", "Email": person["email"],
            "Phone": person["mobile"], "EmailValidation": int(bool(person["email"])),
            "PhoneValidation": int(bool(person["mobile"])), "GlobalKey": userid, "Status": 1}
