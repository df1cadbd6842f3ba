"""A project's data sources: list, new, edit."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("datasources", __name__, url_prefix="/projects/<name>/datasources")
