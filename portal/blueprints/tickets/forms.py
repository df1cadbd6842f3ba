"""The forms by which a ticket is decided and closed, with a reason."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from portal.blueprints.forms import PortalForm, Required, TextArea

REASON = 500


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


class CloseForm(PortalForm):
    id_prefix = "close-"
    reason = TextArea(_l("关闭原因"), [Required()], length=REASON)
