"""/metrics, for Prometheus: closed without PORTAL_METRICS_TOKEN, and to everybody without it."""

from __future__ import annotations

from hmac import compare_digest

from flask import Blueprint, Flask, Response, abort, current_app, request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from portal.blueprints.access import public
from portal.blueprints.metrics.collector import Collector

EXTENSION = "portal_metrics"

bp = Blueprint("metrics", __name__)


def init_app(app: Flask) -> None:
    """Join the page to the app."""
    app.extensions[EXTENSION] = Collector()
    app.register_blueprint(bp)


@bp.get("/metrics")
@public
def metrics():
    """404 while no token is set, 401 without it; makes no session."""
    token = current_app.config["METRICS_TOKEN"]
    if not token:
        abort(404)
    if not _brings(token):
        challenge = {"WWW-Authenticate": 'Bearer realm="metrics"'}
        return Response("401\n", 401, challenge, mimetype="text/plain")
    text = generate_latest(current_app.extensions[EXTENSION])
    return Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _brings(token: str) -> bool:
    """Compared in the same time, however much of it is right."""
    kind, _blank, given = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and compare_digest(given.strip().encode(), token.encode())
