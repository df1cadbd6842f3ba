"""操作记录: who did what, newest first."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("records", __name__, url_prefix="/settings/records")
