"""Rules about the statements of one text taken together."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import safety
from portal.sqlaudit.rules.registry import SERVERS, Context
from portal.sqlaudit.split import Piece


@safety(
    Level.NOTICE,
    Piece,
    title=_l("同一工单中既有结构变更又有数据变更"),
    english="One ticket changes both definitions and data",
    reason=_l(
        "MySQL 的结构变更会立即提交，之前的数据变更无法一起回滚；"
        "锁也会占得更久。请分成两个工单。"
    ),
    bad="ALTER TABLE t ADD COLUMN a int; UPDATE t SET a = 1 WHERE id = 1",
    good="UPDATE t SET a = 1 WHERE id = 1; UPDATE t SET a = 2 WHERE id = 2",
    dialects=SERVERS,
)
def mixed_definitions_and_data(piece: Piece, context: Context) -> str | None:
    """Said of the first statement that is of the other kind."""
    return piece.words[0] if context.catalog.mixes_kinds(context.position) else None
