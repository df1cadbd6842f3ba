"""By which phone or e-mail a member may be looked for over there, and why by none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.domain.provider import Contact
from portal.extensions import db
from portal.kit import phones
from portal.models import Member

NOBODY = Contact()


@dataclass(frozen=True)
class Reach:
    """contact: what may be asked for; empty where problem says why nothing may.

    is_shared: another member has the same phone, so that it would be chance who is found.
    """

    contact: Contact = NOBODY
    problem: str = ""
    cure: str = ""
    is_shared: bool = False


def reaches(members: Collection[Member], finds_by: Sequence[str]) -> dict[int, Reach]:
    """Member id → how they may be looked for by a provider that finds people by these fields."""
    shared_phones = _shared(Member.phone, {one.phone for one in members if one.phone})
    emails = {one.email.lower() for one in members if one.email} if "email" in finds_by else set()
    shared_emails = _shared(db.func.lower(Member.email), emails)
    return {
        one.id: _reach(one, finds_by, one.phone in shared_phones, one.email, shared_emails)
        for one in members
    }


def _shared(column, values: set[str]) -> set[str]:
    """Those of the values that more than one member has; an empty one is nobody's."""
    values = {value for value in values if value}
    if not values:
        return set()
    query = db.select(column).where(column.in_(values)).group_by(column)
    return set(db.session.scalars(query.having(db.func.count() > 1)))


def _reach(
    member: Member,
    finds_by: Sequence[str],
    phone_is_shared: bool,
    email: str,
    shared_emails: set[str],
) -> Reach:
    if not member.is_enabled:
        return Reach(problem=_("账号已禁用"), cure=_("如需审批，请在「用户中心」启用该成员。"))
    if "phone" in finds_by and phone_is_shared:
        return Reach(
            problem=_("手机号 %(phone)s 被多个成员共用", phone=phones.shown(member.phone)),
            cure=_("请在「用户中心」让每位成员的手机号各不相同。"),
            is_shared=True,
        )
    phone = member.phone if "phone" in finds_by and _is_phone(member.phone) else ""
    email = email if "email" in finds_by and email.lower() not in shared_emails else ""
    if phone or email:
        return Reach(Contact(phone=phone, email=email))
    return _nothing(member, finds_by)


def _nothing(member: Member, finds_by: Sequence[str]) -> Reach:
    """Neither a phone nor an e-mail can be asked for."""
    cure = _("请在「用户中心」填写该成员的%(fields)s。", fields=fields_title(finds_by))
    if "phone" in finds_by and member.phone:
        return Reach(
            problem=_("手机号 %(phone)s 不是有效的号码", phone=member.phone),
            cure=_("请在「用户中心」更正该成员的手机号。"),
        )
    if "email" in finds_by and member.email:
        return Reach(
            problem=_("邮箱 %(email)s 被多个成员共用", email=member.email),
            cure=_("请在「用户中心」让每位成员的邮箱各不相同，或填写手机号。"),
            is_shared=True,
        )
    if "email" in finds_by:
        return Reach(problem=_("没有填写手机号和邮箱"), cure=cure)
    return Reach(problem=_("没有填写手机号"), cure=cure)


def _is_phone(number: str) -> bool:
    try:
        return bool(number) and bool(phones.parse(number))
    except ValueError:
        return False


def fields_title(finds_by: Sequence[str]) -> str:
    """「手机号」 or 「手机号或邮箱」."""
    titles = {"phone": _("手机号"), "email": _("邮箱")}
    return _("或").join(titles[one] for one in finds_by)
