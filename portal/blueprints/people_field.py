"""A form field of people: check boxes of one name, one username each."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from wtforms import SelectMultipleField
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from portal.models import Member


class PeopleField(SelectMultipleField):
    """Repeated usernames. Whether somebody may be chosen is a rule of domain/."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label=None, validators=None, **kwargs):
        super().__init__(label, validators, choices=[], validate_choice=False, **kwargs)

    def offer(self, members: Iterable[Member]) -> None:
        """The people to choose from; whoever was posted besides stays on the page, chosen."""
        titles = {member.username: _title(member) for member in members}
        for username in self.data or ():
            if _is_storable(username):
                titles.setdefault(username, username)
        self.choices = list(titles.items())

    def process_formdata(self, valuelist):
        self.data = [text.strip() for text in valuelist if text.strip()]

    def pre_validate(self, form):
        if not all(_is_storable(name) for name in self.data or ()):
            raise StopValidation(_("含有不能保存的字符。"))


def _is_storable(username: str) -> bool:
    return "\x00" not in username and len(username) <= 64


def _title(member: Member) -> str:
    name = member.shown_name
    title = name if name == member.username else f"{name}（{member.username}）"
    return title if member.is_enabled else _("%(name)s（已禁用）", name=title)
