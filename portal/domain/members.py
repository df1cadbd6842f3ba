"""Members: who they are, how they are reached, and what must hold for their passwords."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from portal.domain import matching, records, signin
from portal.domain.errors import RuleError
from portal.domain.records import Action
from portal.extensions import db
from portal.kit import passwords, phones
from portal.models import Member, Role

FIRST_ADMIN = "admin"
_USERNAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")
PAGE = 20


@dataclass(frozen=True)
class Contact:
    """What people fill in about themselves, as typed."""

    name: str = ""
    email: str = ""
    phone: str = ""
    wechat_id: str = ""


def normalise_phone(text: str) -> str:
    """E.164 of what was typed; empty stays empty. Raises RuleError."""
    text = text.strip()
    if not text:
        return ""
    try:
        return phones.parse(text)
    except ValueError:
        raise RuleError(
            _("手机号无法识别。请填写 11 位手机号，境外号码请加国家代码，例如 +852 5123 4567。"),
            "phone",
        ) from None


def normalise_email(text: str) -> str:
    """The address with its domain in small letters; empty stays empty. Raises RuleError."""
    text = text.strip()
    if not text:
        return ""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise RuleError(_("邮箱格式不正确，应类似 name@example.com。"), "email") from None


def check_username(text: str) -> str:
    """The user name, if it can be one and is free. Raises RuleError."""
    text = text.strip()
    if not _USERNAME.match(text):
        raise RuleError(_("用户名为 1–64 个字母、数字或 . _ - @，并以字母或数字开头。"), "username")
    if signin.find(text) is not None:
        raise RuleError(_("用户名已被使用。"), "username")
    return text


def check_password(password: str, username: str, field: str = "password") -> None:
    """Raise RuleError, saying which rule of a good password is broken."""
    if len(password) < passwords.LEAST:
        raise RuleError(_("密码至少 %(least)s 位。", least=passwords.LEAST), field)
    if len(password) > passwords.MOST:
        raise RuleError(_("密码最多 %(most)s 位。", most=passwords.MOST), field)
    if password.lower() == username.lower():
        raise RuleError(_("密码不能与用户名相同。"), field)
    if passwords.is_common(password):
        raise RuleError(_("这个密码太常见，容易被猜到，请换一个。"), field)


def get(member_id: int) -> Member | None:
    """The member of this id."""
    return db.session.get(Member, member_id)


def page(search: str = "", after: str = "", limit: int = PAGE) -> tuple[list[Member], str | None]:
    """Members by user name, and the name to go on after, if there are more.

    search: part of a user name, name, e-mail or phone.
    """
    query = select(Member).order_by(Member.username).limit(limit + 1)
    if after:
        query = query.where(Member.username > after)
    if search:
        columns = (Member.username, Member.name, Member.email, Member.phone)
        query = query.where(or_(*(column.icontains(search, autoescape=True) for column in columns)))
    found = list(db.session.scalars(query))
    more = len(found) > limit
    found = found[:limit]
    return found, found[-1].username if more else None


def create(
    username: str,
    password: str,
    actor: Member | None,
    *,
    contact: Contact | None = None,
    role: Role = Role.MEMBER,
    is_enabled: bool = True,
) -> Member:
    """Add a member. Raises RuleError. Hashes first (0.1 s): call it with no transaction open.

    actor: the admin, whose choice of a password must be changed at the first sign-in; None is
    the command line, which is taken as it is.
    """
    check_password(password, username)
    password_hash = passwords.make_hash(password)
    member = Member(
        username=check_username(username),
        password_hash=password_hash,
        role=role,
        is_enabled=is_enabled,
        must_change_password=actor is not None,
    )
    _fill(member, contact or Contact())
    db.session.add(member)
    db.session.flush()
    records.add(Action.MEMBER_CREATED, signin.subject_of(member.username), actor, _facts(member))
    matching.ask(member, None)
    return member


def update_contact(member: Member, contact: Contact, actor: Member) -> None:
    """Change how a member is called and reached. Raises RuleError, changing nothing."""
    was_reached_by = (member.phone, member.email)
    _fill(member, contact)
    if db.session.is_modified(member):
        records.add(
            Action.MEMBER_CHANGED, signin.subject_of(member.username), actor, _facts(member)
        )
        _match_again(member, was_reached_by)


def update(member: Member, contact: Contact, role: Role, is_enabled: bool, actor: Member) -> None:
    """What an admin changes. A disabled member's sessions end at once. Raises RuleError."""
    keeps_admin = role == Role.ADMIN and is_enabled
    if member.is_admin and member.is_enabled and not keeps_admin and _is_last_admin(member):
        field = "role" if is_enabled else "is_enabled"
        raise RuleError(_("这是最后一个可用的管理员，不能停用或降为普通成员。"), field)
    was_enabled, was_reached_by = member.is_enabled, (member.phone, member.email)
    _fill(member, contact)
    member.role, member.is_enabled = role, is_enabled
    if not db.session.is_modified(member):
        return
    action = Action.MEMBER_CHANGED
    if was_enabled and not member.is_enabled:
        action = Action.MEMBER_DISABLED
        signin.end_all(member)
    elif member.is_enabled and not was_enabled:
        action = Action.MEMBER_ENABLED
    records.add(action, signin.subject_of(member.username), actor, _facts(member))
    _match_again(member, was_reached_by)


def _match_again(member: Member, was_reached_by: tuple[str, str]) -> None:
    """Another phone or e-mail may lead to another account over there."""
    if (member.phone, member.email) != was_reached_by:
        matching.ask(member, None)


def set_password(
    member: Member, password_hash: str, actor: Member, keep_session: str | None = None
) -> None:
    """Store a new password's hash and end the member's sessions.

    Set by somebody else, it must be changed at the next sign-in. keep_session: the id of the
    session in which members change their own.
    """
    member.password_hash = password_hash
    member.must_change_password = actor.id != member.id
    signin.end_all(member, but=keep_session)
    records.add(Action.PASSWORD_CHANGED, signin.subject_of(member.username), actor)


def sharing_phone(member: Member) -> list[Member]:
    """Other members with the same phone: cards cannot be sent to any of them."""
    if not member.phone:
        return []
    query = select(Member).where(Member.phone == member.phone, Member.id != member.id)
    return list(db.session.scalars(query.order_by(Member.username)))


def ensure_first_admin(password: str | None) -> str | None:
    """Make the member `admin` when there is nobody yet.

    password: taken as it is; None makes one up, answers it, and demands its change.
    """
    if db.session.scalar(select(func.count()).select_from(Member)):
        return None
    made_up = None if password else secrets.token_urlsafe(12)
    member = Member(
        username=FIRST_ADMIN,
        name=_("管理员"),
        password_hash=passwords.make_hash(password or made_up),
        role=Role.ADMIN,
        must_change_password=made_up is not None,
    )
    db.session.add(member)
    db.session.flush()
    records.add(Action.MEMBER_CREATED, signin.subject_of(member.username), None, _facts(member))
    return made_up


def _fill(member: Member, contact: Contact) -> None:
    phone, email = normalise_phone(contact.phone), normalise_email(contact.email)
    member.phone, member.email = phone, email
    member.name, member.wechat_id = contact.name.strip(), contact.wechat_id.strip()


def _is_last_admin(member: Member) -> bool:
    """Locks the admins' rows, so that two of them cannot each demote the other."""
    query = select(Member.id).where(Member.role == Role.ADMIN, Member.is_enabled)
    return set(db.session.scalars(query.with_for_update())) <= {member.id}


def _facts(member: Member) -> dict:
    return {
        "name": member.name,
        "email": member.email,
        "phone": member.phone,
        "wechat_id": member.wechat_id,
        "role": member.role.value,
        "enabled": member.is_enabled,
    }
