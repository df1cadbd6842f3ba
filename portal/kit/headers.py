"""What every answer carries, and the gate that lets no other site post to us."""

from __future__ import annotations

from flask import Flask, Response, abort, request
from werkzeug.exceptions import BadRequest, SecurityError
from werkzeug.wsgi import get_host

from portal.kit.urls import split

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def init_app(app: Flask) -> None:
    """Join the gate and the headers to the app."""
    app.wsgi_app = _with_sound_hosts(app.wsgi_app)
    app.before_request(_refuse_other_sites)
    app.after_request(_add_headers)


def _with_sound_hosts(wsgi_app):
    """A Host that can be no name (a label of 64 characters, say) breaks even the routing: 400."""

    def guarded(environ, start_response):
        try:
            get_host(environ).encode("idna")
        except (UnicodeError, SecurityError):
            return BadRequest()(environ, start_response)
        return wsgi_app(environ, start_response)

    return guarded


def _refuse_other_sites() -> None:
    """Fetch-Metadata first, Origin for browsers that do not send it (the CSRF token comes next)."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            abort(403)
        return
    origin = request.headers.get("Origin")
    if origin and origin != "null" and split(origin).netloc != request.host:
        abort(403)


def _add_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.is_secure:
        response.headers.setdefault(
            "Strict-Transport-Security", "max-age=31536000; includeSubDomains"
        )
    if not request.path.startswith(("/static/", "/bootstrap/")):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
