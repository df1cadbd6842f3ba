"""What the splitter and the parser report; listed here so that a profile can name it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import PARSING
from portal.sqlaudit.rules.registry import MYSQL, Rule, add

add(
    Rule(
        "syntax",
        PARSING,
        Level.ERROR,
        title=_l("语法错误"),
        english="Syntax error",
        reason=_l("无法解析的语句在数据库上也会失败，并且没有经过审核。请按提示的位置修改。"),
        bad="SELEC id FROM t WHERE id = 1",
        good="SELECT id FROM t WHERE id = 1",
        may_be_off=False,
        may_change=False,
    )
)
add(
    Rule(
        "not_read",
        PARSING,
        Level.NOTICE,
        title=_l("语句没有完整审核"),
        english="The statement was not wholly audited",
        reason=_l("存储过程、触发器的正文以及少见的语法不在审核范围内，请人工确认后再上线。"),
        bad="CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 1",
        good="SELECT id FROM t WHERE id = 1",
    )
)
add(
    Rule(
        "executable_comment",
        PARSING,
        Level.WARN,
        title=_l("含有可执行注释"),
        english="Holds an executable comment",
        reason=_l("MySQL 会执行 /*! … */ 中的内容，而审核看不到它。请去掉注释符号，写成普通语句。"),
        bad="DELETE /*! LOW_PRIORITY */ FROM t WHERE id = 1",
        good="DELETE FROM t WHERE id = 1",
        dialects=MYSQL,
        may_be_off=False,
    )
)
