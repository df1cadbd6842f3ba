"""What an answer means: the body first, then the status; nothing is taken for a success."""

from __future__ import annotations

import json

import pytest

from portal.blueprints.coding import answers, codes
from portal.blueprints.coding.code_table import ROWS
from portal.kit.errors import Kind, ProviderError
from portal.kit.http import Answer

pytestmark = pytest.mark.usefixtures("context")
HTML = b"<!DOCTYPE html><html><head><title>\xe6\x8b\xa6\xe6\x88\xaa</title></head></html>"


def refused(body: bytes | dict, status: int = 200, **headers) -> ProviderError:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(ProviderError) as caught:
        answers.response_of(Answer("coding", status, headers, text))
    assert caught.value.http_status == status
    return caught.value


def said(code: str, message: str, status: int = 200) -> ProviderError:
    error = {"Code": code, "Message": message}
    return refused({"Response": {"Error": error, "RequestId": "1"}}, status)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("ResourceNotFound", "User not found, authorization invalid", Kind.CREDENTIALS),
        ("FailedOperation", "user not found, Authorization Invalid", Kind.CREDENTIALS),
        ("AuthFailure", "no", Kind.CREDENTIALS),
        ("AuthFailure.TokenExpired", "no", Kind.CREDENTIALS),
        ("UnauthorizedOperation", "no", Kind.PERMISSION),
        ("UnauthorizedOperation.Scope", "issue_not_exist", Kind.PERMISSION),
        ("RequestLimitExceeded", "slow down", Kind.RETRY),
        ("FailedOperation", "issue_custom_field_required", Kind.REFUSED),
        ("FailedOperation", "custom_field_required", Kind.REFUSED),
        ("FailedOperation", "issue_project_issue_not_init", Kind.REFUSED),
        ("FailedOperation", "project_is_archived", Kind.REFUSED),
        ("FailedOperation", "content_include_sensitive_words", Kind.REFUSED),
        ("InvalidParameterValue", "issue_title_too_long", Kind.REFUSED),
        ("ResourceNotFound", "project_not_exists", Kind.NOT_FOUND),
        ("ResourceNotFound.ProjectNotExists", "", Kind.NOT_FOUND),
        ("ResourceNotFound", "issue_not_exist", Kind.NOT_FOUND),
        ("InternalError", "oops", Kind.UNKNOWN_OUTCOME),
        ("InternalError.Timeout", "oops", Kind.UNKNOWN_OUTCOME),
    ],
)
def test_a_refusal_by_its_code_or_its_key(code, message, kind):
    error = said(code, message)
    assert error.kind is kind
    assert error.code == code
    sentence, cure = codes.explain(error)
    assert sentence
    assert cure


def test_a_throttle_names_its_time_and_is_the_whole_apps():
    for error in (said("RequestLimitExceeded", "x"), refused(HTML, 429), refused(b"{}", 429)):
        assert (error.kind, error.throttled, error.retry_after) == (Kind.RETRY, True, 2)


def test_an_unknown_code_is_refused_and_shown_whole():
    error = said("SomethingNew.Odd", "怎么回事")
    assert (error.kind, error.code, error.message) == (
        Kind.REFUSED, "SomethingNew.Odd", "怎么回事",
    )  # fmt: skip
    assert codes.explain(error)[0] == "CODING 返回 SomethingNew.Odd：怎么回事"


def test_what_is_shown_fits_what_happened():
    error = said("AuthFailure", "no", 502)
    assert codes.explain(error)[0] == "CODING 返回 AuthFailure：no", "a 5xx refuses nothing"
    assert "访问令牌" in codes.explain(said("SomethingNew", "x", 401))[1]
    assert "项目协同" in codes.explain(said("SomethingNew", "x", 403))[1]


def test_the_body_counts_before_the_status():
    assert said("FailedOperation", "issue_not_exist", 404).kind is Kind.NOT_FOUND
    assert said("SomethingNew", "x", 401).kind is Kind.CREDENTIALS
    assert said("SomethingNew", "x", 403).kind is Kind.PERMISSION
    assert said("SomethingNew", "x", 400).kind is Kind.REFUSED


def test_a_5xx_says_nothing_whatever_its_body_says():
    for status in (500, 502, 504):
        assert said("AuthFailure", "no", status).kind is Kind.UNKNOWN_OUTCOME
        assert refused(HTML, status).kind is Kind.UNKNOWN_OUTCOME
        assert refused({"Response": {"Issue": {}}}, status).kind is Kind.UNKNOWN_OUTCOME


@pytest.mark.parametrize("status", [400, 403, 406, 418, 451, 493, 499])
@pytest.mark.parametrize("body", [HTML, b"", b"blocked", {"message": "request blocked"}, b"[1]"])
def test_a_4xx_without_the_envelope_was_stopped_on_the_way(status, body):
    error = refused(body, status, **{"Content-Type": "text/html"})
    assert (error.code, error.kind) == ("blocked", Kind.REFUSED)
    assert f"HTTP {status}" in error.message
    sentence, cure = codes.explain(error)
    assert "安全防护" in sentence
    assert "缩短 SQL" in cure


def test_the_title_of_the_page_is_named():
    assert "「拦截」" in refused(HTML, 403).message


@pytest.mark.parametrize("status", [200, 201, 204, 408])
@pytest.mark.parametrize(
    "body", [HTML, b"", b"{", {"message": "x"}, {"Response": None}, {"Response": []}, b"null"]
)
def test_a_2xx_without_the_envelope_is_an_unknown_outcome(status, body):
    error = refused(body, status)
    assert (error.code, error.kind) == ("blocked", Kind.UNKNOWN_OUTCOME)


def test_a_bare_invalid_is_a_bad_token():
    for status in (401, 403):
        error = refused(b"Invalid", status)
        assert error.kind is Kind.CREDENTIALS
    assert refused(HTML, 401).kind is Kind.CREDENTIALS


@pytest.mark.parametrize("status", [404, 405])
def test_an_address_without_the_interface_says_so(status):
    error = refused(HTML, status)
    assert error.kind is Kind.REFUSED
    assert "没有 CODING 的接口" in codes.explain(error)[0]


@pytest.mark.parametrize("refusal", ["x", [1], 7, True])
def test_an_odd_error_is_no_success(refusal):
    assert refused({"Response": {"Error": refusal}}).kind is Kind.UNKNOWN_OUTCOME


@pytest.mark.parametrize("refusal", [None, {}, ""])
def test_an_empty_error_is_none(refusal):
    body = json.dumps({"Response": {"Error": refusal, "RequestId": "1"}}).encode()
    assert answers.response_of(Answer("coding", 200, {}, body))["RequestId"] == "1"


def test_no_code_stands_in_two_rows():
    listed = [code for row in ROWS for code in row.codes.split()]
    assert len(listed) == len(set(listed))


def test_every_row_says_what_to_do():
    for row in ROWS:
        assert str(row.sentence)
        assert str(row.cure)
