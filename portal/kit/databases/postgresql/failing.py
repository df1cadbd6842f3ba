"""What PostgreSQL's errors mean for whoever asked for the statement."""

from __future__ import annotations

import re

import psycopg

from portal.kit.databases.errors import TargetError, TargetErrorKind, under_statement, without

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_KINDS = {
    "55P03": TargetErrorKind.LOCKED,  # lock_not_available
    "25006": TargetErrorKind.READ_ONLY,  # read_only_sql_transaction
    "28000": TargetErrorKind.CREDENTIALS,  # invalid_authorization_specification
    "28P01": TargetErrorKind.CREDENTIALS,  # invalid_password
}
_CANCELED = "57014"  # query_canceled, for both a time limit and a request
# libpq gives no code for what the server says before a session exists, only its sentence, in the
# server's language: English, or the Chinese of its zh_CN catalogue.
_ABOUT_ACCOUNT = re.compile(
    r"authentication failed|no password supplied|role .* does not exist|not permitted to log in"
    r"|pg_hba\.conf|\u8ba4\u8bc1\u5931\u8d25|\u9a8c\u8bc1\u5931\u8d25",
    re.IGNORECASE,
)
_ABOUT_TIME = re.compile(r"timeout|\u8d85\u65f6")
# "FATAL:  sentence", in any language: libpq sets two blanks after the server's word, and none
# of its own sentences has them.
_SERVER_SPOKE = re.compile(r"(?:^|failed: )[^\s:]+:  (.+)", re.MULTILINE)
_LIBPQ_PREFIX = re.compile(r".*connection to server (?:at|on) .*? failed: ")


def connect_failure(error: Exception, password: str) -> TargetError:
    """Why there is no session; nothing of the caller's was sent."""
    text = without(password, str(error)).strip()
    spoken = _SERVER_SPOKE.findall(text)
    state = getattr(error, "sqlstate", None)
    is_late = isinstance(error, psycopg.errors.ConnectionTimeout)
    code = state or ("timeout" if is_late else "connect")
    # With sslmode=prefer libpq tries twice, and the last sentence is about the last try.
    message = spoken[-1] if spoken else _LIBPQ_PREFIX.sub("", text.splitlines()[0])
    if isinstance(error, UnicodeError):  # its text quotes what could not be encoded
        message = type(error).__name__
    if code in _KINDS:
        return TargetError(_KINDS[code], code, message)
    if _ABOUT_ACCOUNT.search(text):
        return TargetError(TargetErrorKind.CREDENTIALS, "28000", message)
    kind = TargetErrorKind.REFUSED if spoken or state else TargetErrorKind.UNREACHABLE
    return TargetError(kind, code, message)


def failure(
    error: Exception, password: str, asked: TargetErrorKind | None, is_lost: bool
) -> TargetError:
    """What an error under a statement means. asked: why we asked to stop it, if we did."""
    code = getattr(error, "sqlstate", None) or ""
    sentence = getattr(getattr(error, "diag", None), "message_primary", None)
    lines = str(error).strip().splitlines() or [type(error).__name__]
    message = without(password, sentence or lines[0])
    if is_lost or not isinstance(error, psycopg.Error):
        return TargetError(TargetErrorKind.LOST, code or "lost", message)
    if code == _CANCELED:
        # "canceling statement due to statement timeout", or "… to user request".
        is_limit = _ABOUT_TIME.search(message)
        kind = asked or (TargetErrorKind.TIMEOUT if is_limit else TargetErrorKind.CANCELED)
        return TargetError(kind, code, message)
    kind = _KINDS.get(code, TargetErrorKind.REFUSED)
    return TargetError(under_statement(kind), code or "text", message)
