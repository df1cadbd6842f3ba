"""The two kinds of answers: of api.dingtalk.com (/v1.0) and of oapi.dingtalk.com (/topapi).

Fact sheet, sections 0.2 and 0.3. Every refusal also leaves its code for the log of calls.
"""

import random
import string
import uuid

from flask import Response, jsonify, request

from ..calls import note_code

NO_SUCH_PATH = {"errcode": 404, "errmsg": "请求的URI地址不存在"}


class Refusal(Exception):
    """An answer of api.dingtalk.com that is no success: HTTP status, code, message."""

    def __init__(self, code: str, message: str = "", status: int = 400, detail: dict | None = None):
        super().__init__(code)
        self.code, self.message, self.status, self.detail = code, message or code, status, detail

    def response(self) -> Response:
        body = {"requestid": str(uuid.uuid4()).upper(), "code": self.code, "message": self.message}
        if self.detail:
            body["accessdenieddetail"] = self.detail
        note_code(self.code)
        answer = jsonify(body)
        answer.status_code = self.status
        return answer


class OapiRefusal(Exception):
    """An answer of oapi.dingtalk.com that is no success: HTTP 200, errcode not 0.

    sub_code: given, errcode is 88, the gateway's wrapper.
    """

    def __init__(self, errcode: int, message: str, sub_code: str | None = None, scopes=()):
        super().__init__(message)
        self.errcode, self.message, self.sub_code, self.scopes = errcode, message, sub_code, scopes

    def response(self) -> Response:
        if self.sub_code is None:
            note_code(str(self.errcode))
            return jsonify(errcode=self.errcode, errmsg=self.message, request_id=oapi_request_id())
        note_code(f"{self.errcode}/{self.sub_code}")
        scopes = f"{{requiredScopes=[{','.join(self.scopes)}]}}" if self.scopes else ""
        return jsonify(
            errcode=self.errcode, sub_code=self.sub_code, sub_msg=self.message,
            errmsg=f"ding talk error[subcode={self.sub_code},submsg={self.message}{scopes}]",
            request_id=oapi_request_id(),
        )


def oapi_request_id() -> str:
    return "".join(random.choices(string.ascii_lowercase + string.digits, k=13))


def json_body() -> dict:
    """The request's JSON object; anything else is refused as the platform does."""
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise Refusal("Missingbody", "body is mandatory for this action.")
    return body


def oapi_body() -> dict:
    """The request's fields, sent as JSON or as a form."""
    if request.form:
        return request.form.to_dict()
    body = request.get_json(force=True, silent=True)
    return body if isinstance(body, dict) else {}


def owns_path(path: str) -> bool:
    return path.startswith(("/v1.0/", "/topapi/")) or path == "/gettoken"


def unknown_path(path: str, status: int = 404) -> Response:
    """Both hosts answer HTTP 200 for a path they do not know, or not under this method."""
    if not path.startswith("/topapi/"):
        note_code("404")
        return jsonify(NO_SUCH_PATH)
    api = "dingtalk.oapi." + path.removeprefix("/topapi/").strip("/").replace("/", ".")
    note_code("22")
    return jsonify(
        errcode=22, sub_msg=f"不合法ApiName，ApiName = {api}", errmsg=f"Invalid method[{api}]",
        request_id=oapi_request_id(),
    )
