"""Finding an assignee among a project's members: by one exact phone or e-mail, never by chance."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _

from portal.blueprints.coding.client import CodingClient
from portal.blueprints.coding.codes import PROVIDER
from portal.blueprints.coding.shapes import Person
from portal.domain.tracker import Contact, Kind, ProviderError
from portal.kit import phones

PAGE = 100
MOST_PAGES = 20


def find(client: CodingClient, project: str, contact: Contact) -> int:
    """The id of the one member with this e-mail or phone.

    Raises ProviderError(not_found) with one of our own codes: no_contact, no_account,
    ambiguous_account; and whatever the look-up itself met.
    """
    phone, email = _number(contact.phone), _address(contact.email)
    if not phone and not email:
        raise _nobody("no_contact", _("没有填写手机号或邮箱"))
    found = {
        one.id
        for one in _members(client, client.project(project).id)
        if (email and _address(one.email) == email) or (phone and _number(one.phone) == phone)
    }
    if len(found) > 1:
        raise _nobody("ambiguous_account", _("手机号和邮箱在该项目中对应不止一个成员"))
    if not found:
        raise _nobody("no_account", _("该项目的成员中没有这个手机号或邮箱"))
    return found.pop()


def _members(client: CodingClient, project_id: int) -> Iterator[Person]:
    for page in range(1, MOST_PAGES + 1):
        found = client.members(project_id, page, PAGE)
        yield from found
        if len(found) < PAGE:
            return
    raise _nobody("too_many_members", _("该项目的成员太多，没能查完"))


def _address(written: str) -> str:
    return written.strip().lower()


def _number(written: str) -> str:
    """E.164, or empty for none and for one that is no number."""
    try:
        return phones.parse(written)
    except ValueError:
        return ""


def _nobody(code: str, message: str) -> ProviderError:
    return ProviderError(PROVIDER, code, message, Kind.NOT_FOUND)
