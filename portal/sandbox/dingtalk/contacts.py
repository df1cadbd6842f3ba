"""The address book: user id by phone, user by id. Fact sheet, section 2."""

import re

from flask import Blueprint

from ..people import MAINLAND, active_person
from ..store import Store
from .answers import OapiRefusal, oapi_request_id
from .gateway import oapi_call, ok_oapi
from .refusals import register
from .scopes import FIELD_EMAIL, FIELD_MOBILE, MEMBER, MEMBER_BY_MOBILE

bp = Blueprint("dingtalk_contacts", __name__)
register(bp)


@bp.route("/topapi/v2/user/getbymobile", methods=["GET", "POST"])
@oapi_call(MEMBER_BY_MOBILE)
def user_by_mobile(store: Store, app: dict, body: dict) -> dict:
    """https://open.dingtalk.com/document/development/query-users-by-phone-number"""
    mobile = body.get("mobile")
    if not isinstance(mobile, str) or not mobile:
        raise OapiRefusal(400002, "参数异常：mobile")
    if not re.fullmatch(r"\d{5,15}|\+?\d{1,4}-\d{4,14}", mobile):
        raise OapiRefusal(40104, "企业中无效的手机号")
    for person in store.every("person"):
        if person["active"] and person["mobile"] and mobile in _numbers(person):
            result = {"userid": person["userid"], "exclusive_account_userid_list": []}
            return ok_oapi(result, oapi_request_id())
    raise OapiRefusal(60121, "找不到该用户")


@bp.route("/topapi/v2/user/get", methods=["GET", "POST"])
@oapi_call(MEMBER)
def user(store: Store, app: dict, body: dict) -> dict:
    """https://open.dingtalk.com/document/development/query-user-details

    mobile, state_code and email are simply absent without their field permission.
    """
    userid = body.get("userid")
    if not isinstance(userid, str) or not userid:
        raise OapiRefusal(33012, "无效的USERID")
    person = active_person(store, userid)
    if person is None:
        raise OapiRefusal(60121, "找不到该用户")
    if not person["in_scope"]:
        raise OapiRefusal(50002, "请求的员工userid不在授权范围内")
    result = {
        "userid": userid, "unionid": f"union-{userid}", "name": person["name"], "avatar": "",
        "hide_mobile": False, "telephone": "", "job_number": "", "title": "",
        "dept_id_list": person["dept_ids"], "active": True, "real_authed": True, "admin": False,
        "boss": False, "senior": False, "exclusive_account": False,
        "leader_in_dept": [{"dept_id": dept, "leader": False} for dept in person["dept_ids"]],
    }
    if FIELD_MOBILE in app["scopes"]:
        result |= {"mobile": person["mobile"], "state_code": person["state_code"]}
    if FIELD_EMAIL in app["scopes"]:
        result |= {"email": person["email"], "org_email": ""}
    return ok_oapi(result, oapi_request_id())


def _numbers(person: dict) -> set[str]:
    """How this person may be looked up: the mainland's by bare digits only; the form for other
    countries is unconfirmed, so bare digits and both spellings of xx-digits are taken."""
    mobile, state = person["mobile"], person["state_code"]
    if state == MAINLAND:
        return {mobile}
    return {mobile, f"{state}-{mobile}", f"+{state}-{mobile}"}
