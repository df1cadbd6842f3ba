"""Pressing 测试连接, and reading what it says."""

from __future__ import annotations

from portal.extensions import db
from portal.kit.databases import Target
from portal.models import OperationRecord

PATH = "/projects/orders/datasources"


def typed(target: Target, **changes) -> dict:
    """The form's values for this target."""
    return {
        "db_type": target.db_type,
        "host": target.host,
        "port": str(target.port or ""),
        "username": target.username,
        "password": target.password,
        "database": target.database,
    } | changes


def press(manager, values: dict, status=200, where="/new"):
    form = manager.get(PATH + where).form(has="db_type").fill(**values)
    return form.send(status, button="测试连接")


def save(manager, values: dict):
    return manager.get(PATH + "/new").form(has="db_type").fill(name="主库", **values).send()


def results(page) -> dict[str, str]:
    return {tag["data-check"]: tag["data-result"] for tag in page.select("[data-check]")}


def line(page, name: str) -> str:
    return " ".join(page.one(f'[data-check="{name}"]').get_text(" ").split())


def recorded(app) -> list[dict]:
    with app.app_context():
        query = db.select(OperationRecord).filter_by(action="datasource_tested")
        rows = db.session.scalars(query.order_by(OperationRecord.id))
        return [row.details | {"subject": row.subject} for row in rows]
