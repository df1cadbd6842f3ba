"""The address book: ids by phone and e-mail, one user, many users, the bot. Fact sheet, section 2.

What lies outside the app's contact range looks exactly like what does not exist.
"""

from flask import Blueprint, request

from ..people import MAINLAND
from ..store import Store
from .answers import Refusal, bad_field, json_body
from .gateway import api_call
from .ids import BOT, asked_kind, find_person, open_id, shown_id
from .refusals import register
from .scopes import (
    CONTACT_BASE,
    DEPARTMENT,
    EMPLOYEE,
    EMPLOYEE_ID,
    USER_BASE,
    USER_EMAIL,
    USER_ID,
    USER_PHONE,
)
from .shapes import fitting

bp = Blueprint("feishu_contacts", __name__, url_prefix="/open-apis")
register(bp)

MOST = 50
BATCH_GET_ID = {"emails": [str], "mobiles": [str], "include_resigned": bool}


@bp.post("/contact/v3/users/batch_get_id")
@api_call(USER_ID)
def batch_get_id(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/contact-v3/user/batch_get_id

    One entry for each input, in no promised order. For nobody a phone's entry has no user_id and
    an e-mail's has an empty one: both are known from the platform.
    """
    kind, body = asked_kind(app), fitting(json_body(), BATCH_GET_ID)
    emails, mobiles = body.get("emails") or [], body.get("mobiles") or []
    for name, values in (("emails", emails), ("mobiles", mobiles)):
        if len(values) > MOST:
            raise bad_field(name, f"the max len is {MOST}")
    people = [p for p in store.every("person")
              if p["in_scope"] and (p["active"] or body.get("include_resigned"))]
    found = [_by_mobile(app, people, mobile, kind) for mobile in sorted(mobiles)]
    found += [_by_email(app, people, email, kind) for email in sorted(emails)]
    return {"user_list": found}


def _by_mobile(app: dict, people: list[dict], mobile: str, kind: str) -> dict:
    person = next((p for p in people if p["mobile"] and _dialled(p) == mobile), None)
    entry = {"mobile": mobile}
    return entry | _identified(app, person, kind) if person else entry


def _by_email(app: dict, people: list[dict], email: str, kind: str) -> dict:
    asked = email.lower()
    person = next((p for p in people if p["email"] and p["email"].lower() == asked), None)
    entry = {"email": asked}
    return entry | (_identified(app, person, kind) if person else {"user_id": ""})


def _dialled(person: dict) -> str:
    """Mainland numbers are asked for without their prefix, others with it."""
    state = person["state_code"]
    return person["mobile"] if state == MAINLAND else f"+{state}{person['mobile']}"


def _identified(app: dict, person: dict, kind: str) -> dict:
    found = {"user_id": shown_id(app, person["userid"], kind)}
    return found | {"status": _status(person)} if EMPLOYEE in app["scopes"] else found


@bp.get("/contact/v3/users/<key>")
@api_call(CONTACT_BASE)
def user(store: Store, app: dict, key: str) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/contact-v3/user/get"""
    kind = asked_kind(app)
    person = find_person(store, app, key, kind)
    if person is None:
        if kind == "open_id" and key.startswith("ou_"):
            raise Refusal(99992351, "The request you send is not a valid {open_id} or not exists")
        raise Refusal(41012, "user id invalid error")
    if not person["in_scope"] or not person["active"]:
        raise Refusal(41050, "no user authority error")
    return {"user": _shown(app, person)}


@bp.get("/contact/v3/users/batch")
@api_call(CONTACT_BASE)
def users(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/contact-v3/user/batch

    People out of range are left out silently.
    """
    kind, keys = asked_kind(app), request.args.getlist("user_ids")
    if not 1 <= len(keys) <= MOST:
        raise bad_field("user_ids", f"the len is 1 to {MOST}")
    people = [find_person(store, app, key, kind) for key in keys]
    return {"items": [_shown(app, p) for p in people if p and p["in_scope"] and p["active"]]}


@bp.get("/bot/v3/info")
@api_call(member="bot")
def bot(store: Store, app: dict) -> dict:
    """An older API: no scope, and its answer stands at the top level, not in `data`."""
    return {"activate_status": 2, "app_name": "SQL 审批", "avatar_url": "", "ip_white_list": [],
            "open_id": open_id(app["app_key"], BOT)}


def _shown(app: dict, person: dict) -> dict:
    """A user; what a missing permission hides is simply absent."""
    userid, state = person["userid"], person.get("state_code", MAINLAND)
    mobile = person.get("mobile") and f"+{state}{person['mobile']}"
    fields = {
        USER_BASE: {"name": person["name"], "en_name": ""},
        USER_EMAIL: {"email": person.get("email", "")},
        USER_PHONE: {"mobile": mobile or "", "mobile_visible": True},
        EMPLOYEE_ID: {"user_id": userid},
        EMPLOYEE: {"status": _status(person), "enterprise_email": "", "employee_no": ""},
        DEPARTMENT: {"department_ids": [str(d) for d in person.get("dept_ids", [])],
                     "leader_user_id": ""},
    }
    shown = {name: shown_id(app, userid, name) for name in ("open_id", "union_id")}
    for scope, members in fields.items():
        if scope in app["scopes"]:
            shown |= members
    return shown


def _status(person: dict) -> dict:
    is_here = person["active"]
    return {"is_frozen": False, "is_resigned": not is_here, "is_activated": is_here,
            "is_exited": False, "is_unjoin": False}
