"""Answers of /open-apis: one envelope for success, one shape for refusals. Fact sheet, section 0.

Every answer carries the log id that Feishu's support asks for, and leaves its code for the log of
calls.
"""

import json
import time
import uuid

from flask import Response, jsonify, request

from ..calls import note_code

LOG_ID = "X-Tt-Logid"
SEARCH = "https://open.feishu.cn/search?from=openapi&log_id={}&code={}&method_id="


class Refusal(Exception):
    """An answer that is no success. error: the members of `error` beside the log id."""

    def __init__(self, code: int, message: str, status: int = 400, *, headers=None, **error):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
        self.headers, self.error = headers or {}, error

    def response(self) -> Response:
        note_code(str(self.code))
        troubleshooter = f"排查建议查看(Troubleshooting suggestions): {SEARCH}"
        answer = jsonify(code=self.code, msg=self.message, error={
            "message": self.message, "log_id": log_id(),
            "troubleshooter": troubleshooter.format(log_id(), self.code), **self.error,
        })
        answer.status_code = self.status
        answer.headers.update(self.headers)
        return answer


def success(data: dict, member: str = "data") -> Response:
    """The envelope; older APIs have another member than `data`."""
    note_code("0")
    return jsonify({"code": 0, "msg": "success", member: data})


def log_id() -> str:
    """This request's, the same in header and body."""
    made = time.strftime("%Y%m%d%H%M%S") + uuid.uuid4().hex[:18].upper()
    return request.environ.setdefault("sandbox.log_id", made)


def with_log_id(answer: Response) -> Response:
    answer.headers[LOG_ID] = log_id()
    return answer


def json_body() -> dict:
    """The request's JSON object; nothing sent is an empty one. Raises Refusal 9499."""
    data = request.get_data()
    try:
        body = parsed_json(data.decode()) if data else {}
    except ValueError:
        raise wrong_type("body") from None
    if not isinstance(body, dict):
        raise wrong_type("body", body)
    return body


def parsed_json(text: str):
    """JSON of text that can be stored: half of a surrogate pair cannot. Raises ValueError."""
    try:
        found = json.loads(text, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    json.dumps(found, ensure_ascii=False).encode()
    return found


def _no_number(text: str):
    raise ValueError(f"{text} is no JSON")


def wrong_type(name: str, value=None) -> Refusal:
    """A member of the body has another JSON type than the document says."""
    return Refusal(
        9499, f"Invalid parameter type in json: {name}. Invalid parameter value: "
              f"{json.dumps(value)[:200]}. Please check and modify accordingly.",
    )


def bad_field(name: str, description: str, value="") -> Refusal:
    """A parameter is missing or outside what the gateway lets through."""
    return Refusal(99992402, "field validation failed", field_violations=[
        {"field": name, "value": str(value), "description": description}
    ])


def bad_param(reason: str) -> Refusal:
    """The approval service's own refusal of a value."""
    return Refusal(1390001, f"param is invalid: {reason}")


def bad_widget(widget, reason: str) -> Refusal:
    """A widget of a definition or of an instance's form does not fit."""
    return bad_param(f"控件={widget}，{reason}")


def owns_path(path: str) -> bool:
    return path.startswith("/open-apis/")


def unknown_path(path: str, status: int = 404) -> Response:
    """Nothing lies there, or not under this method."""
    if status == 405:
        return with_log_id(Refusal(99991301, "method not allowed", 405).response())
    return with_log_id(Refusal(99991201, "api not found", 404).response())
