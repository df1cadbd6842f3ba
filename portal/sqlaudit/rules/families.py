"""The groups in which rules are shown: their titles in order, and a decorator for each."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.sqlaudit.rules.registry import family

FAMILIES = (
    _READING := _l("查询"),
    _CONDITION := _l("条件"),
    _CHANGING := _l("数据变更"),
    _TABLE := _l("建表"),
    _COLUMN := _l("字段"),
    _INDEX := _l("索引"),
    _NAMING := _l("命名"),
    _ALTERING := _l("结构变更"),
    _DROPPING := _l("删除"),
    _SAFETY := _l("安全"),
    PARSING := _l("解析"),
)

reading = family(_READING)
condition = family(_CONDITION)
changing = family(_CHANGING)
table = family(_TABLE)
column = family(_COLUMN)
index = family(_INDEX)
naming = family(_NAMING)
altering = family(_ALTERING)
dropping = family(_DROPPING)
safety = family(_SAFETY)
