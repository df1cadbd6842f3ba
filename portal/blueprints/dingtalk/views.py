"""DingTalk's card on the 流程对接 page: save and test."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("dingtalk", __name__, url_prefix="/settings/integrations/dingtalk")
