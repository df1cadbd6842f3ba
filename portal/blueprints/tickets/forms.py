"""The forms by which a ticket is decided and closed, with a reason."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import ValidationError

from portal.blueprints.forms import PortalForm, Required, StrippedString, TextArea

REASON = 500
AT_FORMAT = "%Y-%m-%dT%H:%M"


class StepForm(PortalForm):
    """A decision. step: the one that the page showed; empty means the one that is open now."""

    step = HiddenField()

    @property
    def step_id(self) -> int | None:
        text = self.step.data or ""
        if not text:
            return None
        # 0 is no step's id: what makes no sense is not taken for the open step.
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


class ApproveForm(StepForm):
    id_prefix = "approve-"
    reason = TextArea(_l("审核意见"), length=REASON)


class RejectForm(StepForm):
    id_prefix = "reject-"
    reason = TextArea(_l("驳回原因"), [Required()], length=REASON)


class ScheduleForm(PortalForm):
    """When to run, in PORTAL_TIMEZONE."""

    id_prefix = "schedule-"
    at = StrippedString(_l("上线时间"), [Required()], length=32)

    def validate_at(self, field):
        try:
            naive = datetime.strptime(field.data, AT_FORMAT)  # noqa: DTZ007  its zone follows
        except ValueError:
            raise ValidationError(_("请填写日期和时间，例如 2026-11-23T20:30。")) from None
        self.moment = naive.replace(tzinfo=ZoneInfo(current_app.config["TIMEZONE"]))


class CloseForm(PortalForm):
    id_prefix = "close-"
    reason = TextArea(_l("关闭原因"), [Required()], length=REASON)
