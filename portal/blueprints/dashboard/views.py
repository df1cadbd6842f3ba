"""The page that one sees after signing in."""

from flask import Blueprint

bp = Blueprint("dashboard", __name__)
