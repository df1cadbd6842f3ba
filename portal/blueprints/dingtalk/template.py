"""The approval template: made once an app, adopted by its name, mended when it was changed."""

from __future__ import annotations

import hashlib
from typing import Any

from flask_babel import gettext as _

from portal.blueprints.dingtalk import card, codes
from portal.blueprints.dingtalk.client import DingTalkClient
from portal.blueprints.dingtalk.codes import PROVIDER
from portal.blueprints.dingtalk.shapes import Component, FormSchema
from portal.kit.changes import unless_gone
from portal.kit.errors import Kind, ProviderError

NAME = "Portal SQL工单审批"
PUBLISHED = "PUBLISHED"

# Refusals of an update that say: this template is not this app's.
_NOT_OURS = codes.TEMPLATE_GONE | {"permission.error", "nopermission"}


def form(name: str) -> dict[str, Any]:
    """The template as the creating and updating call wants it."""
    return {
        "name": name,
        "description": "由 SQL 审核门户自动建立和维护，请勿修改或停用",
        "formComponents": card.components(),
        "templateConfig": {
            "hidden": True,
            "disableFormEdit": True,
            "disableDeleteProcess": True,
            "disableStopProcessButton": True,
            "disableResubmit": True,
            "disableHomepage": True,
        },
    }


def names(app_key: str) -> tuple[str, str]:
    """Ours, and the one to fall back to where another app has taken it (names are the org's)."""
    return NAME, f"{NAME}-{hashlib.sha256(app_key.encode()).hexdigest()[:6]}"


def prepare(client: DingTalkClient, known_code: str | None) -> str:
    """The code of a published template with our fields. Raises ProviderError."""
    if known_code:
        schema = _schema_or_none(client, known_code)
        if schema is not None:
            if not difference(schema):
                return known_code
            mended = _update(client, known_code, schema.name or NAME)
            if mended:
                return mended
    return _make(client)


def difference(schema: FormSchema) -> str:
    """What stands between this template and ours, as a sentence; empty when it will do."""
    if schema.status != PUBLISHED:
        return _("模板未启用（状态 %(status)s）", status=schema.status or "?")
    missing = [ours.label for ours in card.definition() if not _has(schema, ours)]
    if missing:
        return _("模板缺少字段：%(labels)s", labels="、".join(missing))
    labels = {ours.label for ours in card.definition()}
    extra = [one.label for one in schema.components if one.is_required and one.label not in labels]
    if extra:
        return _("模板多出必填字段：%(labels)s", labels="、".join(extra))
    return ""


def _has(schema: FormSchema, ours: Component) -> bool:
    wanted = {(column.type, column.label) for column in ours.columns}
    return any(
        (one.type, one.label) == (ours.type, ours.label)
        and wanted <= {(column.type, column.label) for column in one.columns}
        for one in schema.components
    )


def _make(client: DingTalkClient) -> str:
    refusal: ProviderError | None = None
    for name in names(client.app_key):
        try:
            return client.create_or_update_form(form(name))
        except ProviderError as error:
            if error.code.lower() != "formname.error":
                raise
            refusal = error
        adopted = _adopt(client, name)
        if adopted:
            return adopted
    raise refusal


def _adopt(client: DingTalkClient, name: str) -> str | None:
    """The template that has our name, if it is one of ours and this app may change it.

    The update is the proof: a template of another app can be found by name, but not used.
    """
    try:
        code = client.form_code_by_name(name)
    except ProviderError as error:
        if codes.is_one_of(error, codes.TEMPLATE_GONE):
            return None
        raise
    schema = _schema_or_none(client, code)
    labels = {one.label for one in schema.components} if schema else set()
    if card.KEY_LABEL not in labels or card.TABLE_LABEL not in labels:
        return None  # somebody else's form: never overwritten
    return _update(client, code, name)


def _update(client: DingTalkClient, code: str, name: str) -> str | None:
    """Our fields into this template; None when it is not this app's any more."""
    try:
        code = client.create_or_update_form(form(name), code)
    except ProviderError as error:
        if codes.is_one_of(error, _NOT_OURS):
            return None
        raise
    schema = _schema_or_none(client, code)
    if schema is None:
        return None
    if schema.status != PUBLISHED:
        message = _("模板「%(name)s」在钉钉已被停用", name=name)
        raise ProviderError(PROVIDER, "template_disabled", message, Kind.REFUSED)
    return code


def _schema_or_none(client: DingTalkClient, code: str) -> FormSchema | None:
    return unless_gone(
        lambda: client.form_schema(code),
        lambda error: codes.is_one_of(error, _NOT_OURS) and not error.scopes,
    )
