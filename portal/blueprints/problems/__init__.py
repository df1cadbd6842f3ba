"""SQL管控: problem SQL of a project, gathered here and pushed to CODING as issues."""

from flask import Flask

from portal.blueprints.problems import changing, exporting, pushing, uploading
from portal.blueprints.problems.views import bp

__all__ = ["bp", "changing", "exporting", "init_app", "pushing", "uploading"]


def init_app(app: Flask) -> None:
    """Join these pages to the app."""
    app.register_blueprint(bp)
