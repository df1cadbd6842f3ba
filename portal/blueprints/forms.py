"""The base of every form and its fields: what comes in is stripped, bounded and storable."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, StopValidation, ValidationError
from wtforms.widgets import PasswordInput
from wtforms.widgets import TextArea as TextAreaWidget

from portal.domain.errors import RuleError
from portal.kit import phones


class PortalForm(FlaskForm):
    """A form whose errors are sentences beside their fields.

    id_prefix: put before every field's HTML id, for pages with several forms.
    """

    id_prefix = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._form_problems: list[str] = []
        if self.id_prefix:
            for field in self:
                field.id = self.id_prefix + field.id
                field.label.field_id = field.id

    def add_error(self, error: RuleError) -> None:
        """Put a broken rule beside its field, or over the form when it belongs to none."""
        field = self._fields.get(error.field)
        if field is None:
            self._form_problems.append(error.message)
        else:
            field.errors = [*field.errors, error.message]

    @property
    def problems(self) -> list[str]:
        """What is wrong with the form as a whole: shown as data-error="form"."""
        return self._form_problems

    @property
    def refused(self) -> bool:
        """Whether it was sent and something is wrong with it."""
        return bool(self._form_problems or self.errors)


class Required(InputRequired):
    """Something must stand there; blanks do not count. Sets the required mark."""

    def __call__(self, form, field):
        if not (field.raw_data and str(field.raw_data[0]).strip()):
            field.errors[:] = []
            raise StopValidation(self.message or _("请填写%(label)s。", label=field.label.text))


# NUL and its like: some databases refuse them, and no page can show them.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Unchanged:
    """Shown in the form and never changed: posting another value is refused, not ignored."""

    def __call__(self, form, field):
        if field.data != field.object_data:
            raise ValidationError(_("创建后不能修改。"))


class Follows:
    """A rule of the domain as a validator, so that all wrong fields get their sentence at once.

    rule: called with what was typed, when something was; raises RuleError.
    """

    def __init__(self, rule: Callable[[str], object]):
        self.rule = rule

    def __call__(self, form, field):
        if not field.data:
            return
        try:
            self.rule(field.data)
        except RuleError as error:
            raise ValidationError(error.message) from None


class _Text:
    """What text fields share: a length limit in characters, and no control characters."""

    def __init__(self, label=None, validators=None, length: int | None = None, **kwargs):
        super().__init__(label, validators, **kwargs)
        self.length = length
        if length:
            self.render_kw = {"maxlength": length} | (self.render_kw or {})

    def process_formdata(self, valuelist):
        super().process_formdata(valuelist)
        typed = self.cleaned(self.data or "")
        self.data = storable(typed)
        if self.data != typed:
            raise ValueError(_("含有不能保存的字符。"))
        if self.length and len(self.data) > self.length:
            raise ValueError(_("最多 %(length)s 个字符。", length=self.length))

    def cleaned(self, text: str) -> str:
        return text

    def pre_validate(self, form):
        if self.process_errors:
            raise StopValidation


class StrippedString(_Text, StringField):
    """One line of text, without blanks around it."""

    def __init__(self, label=None, validators=None, length: int = 255, **kwargs):
        super().__init__(label, validators, length=length, **kwargs)

    def cleaned(self, text: str) -> str:
        return re.sub(r"[\t\r\n]+", " ", text).strip()


class _TextAreaBox(TextAreaWidget):
    """WTForms puts a newline before the text; browsers drop it, plain HTML readers keep it."""

    def __call__(self, field, **kwargs):
        html = super().__call__(field, **kwargs)
        if (field._value() or "").startswith(("\r", "\n")):
            return html
        end = html.index(">") + 1
        return html[:end] + html[end:].removeprefix("\r\n")


class TextArea(_Text, TextAreaField):
    """Several lines, line ends as \\n."""

    widget = _TextAreaBox()

    def cleaned(self, text: str) -> str:
        return text.replace("\r\n", "\n").replace("\r", "\n")


class PhoneField(StrippedString):
    """A phone number as people write it; the rule (members.normalise_phone) stands in domain/."""

    def __init__(self, label=None, validators=None, **kwargs):
        super().__init__(label, validators, length=32, **kwargs)
        self.render_kw = {"inputmode": "tel", "autocomplete": "tel"} | self.render_kw

    def _value(self):
        return self.data if self.raw_data else phones.shown(self.data or "")


class EmailField(StrippedString):
    """An e-mail address; the rule (members.normalise_email) stands in domain/."""

    def __init__(self, label=None, validators=None, **kwargs):
        super().__init__(label, validators, length=254, **kwargs)
        self.render_kw = {"inputmode": "email", "autocomplete": "email"} | self.render_kw


class Switch(BooleanField):
    """A check box: posted means on, absent means off."""

    def process_formdata(self, valuelist):
        self.data = bool(valuelist)


class PasswordText(_Text, PasswordField):
    """A password: kept as typed, never stripped, never rendered back."""

    def __init__(self, label=None, validators=None, autocomplete="current-password", **kwargs):
        super().__init__(label, validators, **kwargs)
        self.render_kw = {"autocomplete": autocomplete} | (self.render_kw or {})


class SecretField(_Text, PasswordField):
    """Write-only: an app's secret. Never rendered back; empty means the stored one."""

    widget = PasswordInput(hide_value=True)

    def __init__(self, label=None, validators=None, length: int = 255, **kwargs):
        super().__init__(label, validators, length=length, **kwargs)
        # one-time-code and new-password are what keeps browsers from filling in their own.
        self.render_kw = {"autocomplete": "new-password", "spellcheck": "false"} | self.render_kw

    def cleaned(self, text: str) -> str:
        return text.strip()


class Choice(SelectField):
    """One of the listed values. choices: (value, title) pairs, here or assigned later."""

    def __init__(self, label=None, validators=None, choices=None, **kwargs):
        super().__init__(label, validators, choices=_choices(choices), **kwargs)

    def _choices_from_input(self, choices):
        return super()._choices_from_input(_choices(choices))

    def pre_validate(self, form):
        if self.data not in {value for value, *_rest in self.iter_choices()}:
            raise StopValidation(_("请从列表中选择。"))


def _choices(pairs) -> list[SelectChoice]:
    return [
        pair if isinstance(pair, SelectChoice) else SelectChoice(value=pair[0], label=pair[1])
        for pair in pairs or ()
    ]


def storable(text: str) -> str:
    """The text without characters that some database refuses."""
    return _CONTROLS.sub("", text)


def query_text(name: str, length: int = 100) -> str:
    """What stands in the address's query under this name, fit for a search and for a page."""
    return storable(request.args.get(name, "")).strip()[:length]


def posted() -> bool:
    """Whether this request sends a form."""
    return request.method == "POST"
