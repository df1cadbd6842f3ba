"""The definition is made once an app, overwritten when it differs, made anew when it is gone.

One that was made by this interface can be deleted by nobody: it is never made twice while a code
is known.
"""

from __future__ import annotations

import logging

from flask_babel import gettext as _

from portal.blueprints.feishu import codes, definition
from portal.blueprints.feishu.client import FeishuClient
from portal.blueprints.feishu.codes import PROVIDER
from portal.blueprints.feishu.shapes import Definition
from portal.kit.changes import unless_gone
from portal.kit.errors import Kind, ProviderError

log = logging.getLogger(__name__)


def prepare(client: FeishuClient, known_code: str | None) -> str:
    """The code of an active definition with our widgets. Raises ProviderError."""
    found = _read(client, known_code) if known_code else None
    if found is None:
        return client.write_definition(definition.body())
    if not definition.difference(found):
        return known_code
    return _overwrite(client, known_code, found)


def _overwrite(client: FeishuClient, known_code: str, found: Definition) -> str:
    try:
        code = client.write_definition(definition.body(known_code))
    except ProviderError as error:
        if codes.is_one_of(error, codes.TEMPLATE_GONE):
            return client.write_definition(definition.body())
        # The official pages contradict each other on whether an overwriting call is allowed.
        if error.kind is Kind.REFUSED and not definition.obstacle(found):
            log.warning("the definition's texts stay as they are: %s", error.code)
            return known_code
        raise
    now = _read(client, code)
    if now is not None and now.status != definition.ACTIVE:
        message = _("审批定义「%(name)s」在飞书已被停用", name=now.name)
        raise ProviderError(PROVIDER, "template_disabled", message, Kind.REFUSED)
    if now is not None and definition.difference(now):
        log.warning("the definition was written, and still reads: %s", definition.difference(now))
    return code


def _read(client: FeishuClient, code: str) -> Definition | None:
    found = unless_gone(
        lambda: client.definition(code), lambda error: codes.is_one_of(error, codes.TEMPLATE_GONE)
    )
    return None if found is None or found.status == definition.DELETED else found
