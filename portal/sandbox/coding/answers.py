"""Answers of /open-api: one envelope for success and refusal, both HTTP 200. Fact sheet, section 1.

The codes InvalidAction and InvalidParameter, and which code goes with which message key, are our
guess: no source lists them.
"""

import json
import uuid

from flask import Response, jsonify, request

from ..calls import note_code
from .naming import is_call

FAILED = "FailedOperation"
BAD_VALUE = "InvalidParameterValue"
NOT_FOUND = "ResourceNotFound"


class Refusal(Exception):
    """An answer that is no success. plain: said as bare text instead of the envelope."""

    def __init__(self, code: str, message: str, status: int = 200, plain: str | None = None):
        super().__init__(message)
        self.code, self.message, self.status, self.plain = code, message, status, plain

    def response(self) -> Response:
        note_code(self.code)
        if self.plain is not None:
            return Response(self.plain, self.status, content_type="text/plain; charset=utf-8")
        answer = _envelope({"Error": {"Code": self.code, "Message": self.message}})
        answer.status_code = self.status
        return answer


def success(payload: dict) -> Response:
    note_code("0")
    return _envelope(payload)


def json_body() -> dict:
    """The request's JSON object, whatever its Content-Type says; nothing sent is an empty one."""
    data = request.get_data()
    try:
        body = json.loads(data) if data else {}
        json.dumps(body, ensure_ascii=False).encode()  # half of a surrogate pair cannot be kept
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refusal("InvalidParameter", "The request body is not a JSON object.")
    return body


def owns_path(path: str) -> bool:
    return is_call(path)


def unknown_path(path: str, status: int = 404) -> Response:
    """Nothing lies there, or not under this method."""
    return Refusal("InvalidAction", f"Nothing answers here ({status}); POST to /open-api.",
                   status).response()


def _envelope(payload: dict) -> Response:
    return jsonify({"Response": {"RequestId": str(uuid.uuid4()), **payload}})
