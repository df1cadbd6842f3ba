"""对接记录: every delivery, why it failed, and 重试."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("deliveries", __name__, url_prefix="/settings/deliveries")
