"""A project's approval flow: read and edit."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("flows", __name__, url_prefix="/projects/<name>/flow")
