"""Signing in: the throttle, the sessions, and what ends them. All times are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import joinedload

from portal.domain import records
from portal.domain.records import Action
from portal.extensions import db
from portal.kit import crypto
from portal.models import LoginFailure, Member, OperationRecord, Session

WINDOW = timedelta(minutes=15)
FAILURES_AN_ACCOUNT = 10
FAILURES_AN_ADDRESS = 50
IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(days=7)
# A session's row is touched at most this often: a page is a reader, not a writer.
TOUCH_EVERY = timedelta(minutes=1)


class Verdict(StrEnum):
    """How an attempt ended."""

    OK = "ok"
    WRONG = "wrong"
    DISABLED = "disabled"
    THROTTLED = "throttled"


@dataclass(frozen=True)
class Attempt:
    """One try that may go on to the (slow) check of the password.

    failure_id: the row that counts it until it succeeds. stored: the hash, None for nobody.
    """

    account: str
    member_id: int | None
    stored: str | None
    failure_id: int


def account_key(username: str) -> str:
    """How user names are compared and counted: without blanks around, in small letters."""
    return username.strip().lower()[:64]


def find(username: str) -> Member | None:
    """The member of this user name, whatever the case it is written in."""
    query = select(Member).where(func.lower(Member.username) == account_key(username))
    return db.session.scalars(query).one_or_none()


def note_attempt(username: str, address: str, now: datetime) -> LoginFailure:
    """Count the attempt as a failure before it is checked.

    Commit this, then ask `admit`: with the row in the database first, even attempts that come
    at the same time through several workers cannot be more than the throttle allows.
    """
    failure = LoginFailure(account=account_key(username), address=address, at=now)
    db.session.add(failure)
    db.session.flush()
    return failure


def admit(failure_id: int) -> Attempt | None:
    """The attempt, if its password may be checked; None when throttled (and no longer counted)."""
    failure = db.session.get_one(LoginFailure, failure_id)
    account, address = failure.account, failure.address
    member = find(account)
    since = failure.at - WINDOW
    if _counted(since, LoginFailure.address == address) > FAILURES_AN_ADDRESS:
        allowed = False
    elif _counted(since, LoginFailure.account == account) <= FAILURES_AN_ACCOUNT:
        allowed = True
    else:
        # Others must not lock a person out of where they usually work.
        here = (LoginFailure.account == account, LoginFailure.address == address)
        allowed = _is_known_address(member, address) and (
            _counted(since, *here) <= FAILURES_AN_ACCOUNT
        )
    if not allowed:
        db.session.delete(failure)
        return None
    return Attempt(
        account=account,
        member_id=member.id if member else None,
        stored=member.password_hash if member else None,
        failure_id=failure_id,
    )


def _counted(since: datetime, *where) -> int:
    query = select(func.count()).select_from(LoginFailure).where(LoginFailure.at > since, *where)
    return db.session.scalar(query)


def _is_known_address(member: Member | None, address: str) -> bool:
    """Whether this member signed in from here before: a session, or the record of one."""
    if member is None or not address:
        return False
    session = select(Session.id_hash).where(
        Session.member_id == member.id, Session.address == address
    )
    record = select(OperationRecord.id).where(
        OperationRecord.subject == subject_of(member.username),
        OperationRecord.action == Action.SIGNED_IN,
        OperationRecord.ip == address,
    )
    return any(db.session.scalars(query.limit(1)).first() for query in (session, record))


def whose(attempt: Attempt) -> Member | None:
    """The member whose password was right, locked; None when it was changed during the check."""
    if attempt.member_id is None:
        return None
    member = db.session.get(Member, attempt.member_id, with_for_update=True, populate_existing=True)
    return member if member and member.password_hash == attempt.stored else None


def forget(attempt: Attempt) -> None:
    """The password was right: the attempt counts no more."""
    db.session.execute(delete(LoginFailure).where(LoginFailure.id == attempt.failure_id))


def refuse(attempt: Attempt, verdict: Verdict) -> None:
    """Record a refused attempt, whose failure stays counted.

    What was typed for somebody unknown is not kept: it may be a password in the wrong field.
    """
    member = db.session.get(Member, attempt.member_id) if attempt.member_id else None
    subject = subject_of(member.username if member else "")
    records.add(Action.SIGN_IN_REFUSED, subject, member, {"reason": verdict.value})


def begin(
    member: Member, attempt: Attempt, agent: str, now: datetime, new_hash: str | None = None
) -> str:
    """Let the attempt succeed: it counts no more. Answers the new session's id.

    new_hash: the same password hashed with today's parameters, when the stored one is older.
    """
    forget(attempt)
    if new_hash:
        member.password_hash = new_hash
    records.add(Action.SIGNED_IN, subject_of(member.username), member)
    return open_session(member, records.caller_address.get(), agent, now)


def open_session(member: Member, address: str, agent: str, now: datetime) -> str:
    """A new session; its id is answered once and kept nowhere but in the browser's cookie."""
    token = crypto.new_token()
    db.session.add(
        Session(
            id_hash=crypto.digest(token),
            member_id=member.id,
            created_at=now,
            seen_at=now,
            address=address,
            agent=agent[:255],
        )
    )
    return token


def current(token: str, now: datetime) -> Session | None:
    """The live session of this id: not idle, not too old, and its member enabled."""
    session = db.session.get(Session, crypto.digest(token), options=[joinedload(Session.member)])
    if session is None or not session.member.is_enabled:
        return None
    if session.seen_at <= now - IDLE or session.created_at <= now - ABSOLUTE:
        return None
    return session


def end(token: str) -> None:
    """Sign out: the session is gone at once, whoever holds its cookie."""
    session = db.session.get(Session, crypto.digest(token))
    if session is None:
        return
    records.add(Action.SIGNED_OUT, subject_of(session.member.username), session.member)
    db.session.delete(session)


def end_all(member: Member, but: str | None = None) -> int:
    """End this member's sessions. but: the id of the one to keep. Answers how many ended."""
    query = delete(Session).where(Session.member_id == member.id)
    if but:
        query = query.where(Session.id_hash != crypto.digest(but))
    return db.session.execute(query).rowcount


def end_others(member: Member, this: str) -> int:
    """End this member's other sessions by their own wish. Answers how many ended."""
    ended = end_all(member, but=this)
    records.add(Action.SESSIONS_ENDED, subject_of(member.username), member, {"ended": ended})
    return ended


def sessions_of(member: Member, now: datetime) -> list[Session]:
    """This member's live sessions, the last seen first."""
    query = (
        select(Session)
        .where(
            Session.member_id == member.id,
            Session.seen_at > now - IDLE,
            Session.created_at > now - ABSOLUTE,
        )
        .order_by(Session.seen_at.desc())
    )
    return list(db.session.scalars(query))


def purge(now: datetime) -> int:
    """Delete sessions that ended by themselves and failures that count no more; how many."""
    ended = delete(Session).where(
        or_(Session.seen_at <= now - IDLE, Session.created_at <= now - ABSOLUTE)
    )
    forgotten = delete(LoginFailure).where(LoginFailure.at <= now - WINDOW)
    return sum(db.session.execute(query).rowcount for query in (ended, forgotten))


def subject_of(username: str) -> str:
    """How operation records name a member."""
    return f"member:{username}"
