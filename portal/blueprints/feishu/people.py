"""Finding a person over there: by one exact phone or e-mail, never by an order or by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask_babel import gettext as _

from portal.blueprints.feishu.client import FeishuClient
from portal.blueprints.feishu.codes import PROVIDER
from portal.blueprints.feishu.shapes import Match
from portal.domain.provider import Account, Contact
from portal.kit import phones
from portal.kit.errors import Kind, ProviderError


def find(client: FeishuClient, contact: Contact) -> Account:
    """The one account with this phone or e-mail; one call, the phone is preferred.

    Raises ProviderError(not_found) with one of our own codes: no_contact, bad_phone, no_account,
    ambiguous_account, account_frozen, account_resigned, account_exited.
    """
    phone, email = _number(contact.phone), contact.email.strip()
    if not phone and not email:
        if contact.phone:
            raise _nobody("bad_phone", _("手机号不是有效的号码"))
        raise _nobody("no_contact", _("没有填写手机号或邮箱"))
    found = client.ids_of([phones.shown(phone)] if phone else [], [email] if email else [])
    by_phone = _with(found, lambda one: phone and _number(one.mobile) == phone)
    by_email = _with(found, lambda one: email and one.email.lower() == email.lower())
    ids = {one.id for one in by_phone + by_email}
    if len(ids) > 1:
        raise _nobody("ambiguous_account", _("手机号和邮箱在飞书中对应不同的账号"))
    if not ids:
        raise _nobody("no_account", _("飞书没有返回该成员的账号"))
    _check_status(by_phone + by_email)
    return Account(ids.pop(), contact.phone if by_phone else contact.email)


def _with(found: Sequence[Match], is_right: Callable[[Match], object]) -> list[Match]:
    return [one for one in found if one.id and is_right(one)]


def _number(written: str) -> str:
    """E.164, or empty for none and for one that is no number."""
    try:
        return phones.parse(written)
    except ValueError:
        return ""


def _check_status(found: Sequence[Match]) -> None:
    flags = frozenset().union(*(one.flags for one in found))
    if "is_resigned" in flags:
        raise _nobody("account_resigned", _("该成员已离职"))
    if "is_exited" in flags:
        raise _nobody("account_exited", _("该成员已退出企业"))
    if "is_frozen" in flags:
        raise _nobody("account_frozen", _("该账号已被暂停使用"))


def _nobody(code: str, message: str) -> ProviderError:
    return ProviderError(PROVIDER, code, message, Kind.NOT_FOUND)
