"""Portal: SQL tickets that people approve inside DingTalk or Feishu."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import config as settings
from portal.extensions import babel, bootstrap, compress, csrf, db, login_manager, migrate


def create_app(config: dict | None = None) -> Flask:
    """The whole portal. config: what `portal.config.load` answers; by default the environment's.

    Raises portal.config.ConfigError.
    """
    app = Flask(__name__, instance_path=str(settings.INSTANCE))
    app.config.from_mapping(settings.finish(dict(config or settings.load())))
    _tools(app)
    _extensions(app)
    _pages(app)  # before the blueprints: what makes a GET a reader must precede the first query
    _blueprints(app)
    _commands(app)
    return app


def _tools(app: Flask) -> None:
    from portal.kit import headers, logs
    from portal.kit.crypto import SecretBox

    app.extensions["secret_box"] = SecretBox(app.config["ENCRYPTION_KEYS"])
    hops = app.config["TRUSTED_PROXIES"]
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)
    logs.init_app(app)
    headers.init_app(app)


def _extensions(app: Flask) -> None:
    from portal import models  # noqa: F401  the tables must be known to db before it is used
    from portal.kit import sessions

    db.init_app(app)
    with app.app_context():
        sessions.prepare(db.engine)
    migrate.init_app(app, db, directory=f"{app.root_path}/migrations", render_as_batch=True)
    csrf.init_app(app)
    login_manager.init_app(app)
    babel.init_app(app, default_timezone=app.config["TIMEZONE"])
    bootstrap.init_app(app)
    compress.init_app(app)


def _blueprints(app: Flask) -> None:
    from portal.blueprints import (
        account,
        auth,
        coding,
        dashboard,
        datasources,
        deliveries,
        dingtalk,
        feishu,
        flows,
        health,
        mapping,
        members,
        metrics,
        problems,
        projects,
        records,
        rules,
        settings,
        status,
        tickets,
    )

    for package in (
        auth,
        account,
        dashboard,
        projects,
        tickets,
        problems,
        flows,
        rules,
        members,
        mapping,
        datasources,
        deliveries,
        records,
        status,
        settings,
        dingtalk,
        feishu,
        coding,
        health,
        metrics,
    ):
        package.init_app(app)


def _pages(app: Flask) -> None:
    from portal import pages

    pages.init_app(app)


def _commands(app: Flask) -> None:
    from portal import backups, cli

    cli.init_app(app)
    backups.init_app(app)
