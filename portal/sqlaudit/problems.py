"""Why a statement was not read, or not wholly: the sentences of the built-in rules."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _


@dataclass(frozen=True)
class Problem:
    """A finding before its level is known. rule: syntax, not_read or executable_comment."""

    rule: str
    message: str
    english: str


def executable_comment() -> Problem:
    return Problem(
        "executable_comment",
        _("可执行注释 /*! … */ 中的内容会被执行，但没有审核"),
        "What stands in an executable comment /*! … */ is run, but was not audited",
    )


def too_deep(limit: int) -> Problem:
    return Problem(
        "syntax",
        _("括号嵌套超过 %(n)d 层，无法解析", n=limit),
        f"Brackets are nested more than {limit} deep: cannot be parsed",
    )


def too_nested() -> Problem:
    return Problem(
        "syntax", _("嵌套层数过多，无法解析"), "Nested too deeply: cannot be parsed"
    )


def not_closed() -> Problem:
    return Problem(
        "syntax",
        _("引号、反引号或注释没有闭合，无法解析"),
        "A quote, backtick or comment is not closed: cannot be parsed",
    )


def unknown_verb(verb: str) -> Problem:
    return Problem(
        "syntax",
        _("语法错误：无法识别的 %(verb)s 语句", verb=verb),
        f"Syntax error: unknown {verb} statement",
    )


def no_statement() -> Problem:
    return Problem(
        "syntax",
        _("语法错误：这不是一条完整的 SQL 语句"),
        "Syntax error: this is no complete SQL statement",
    )


def update_without_set() -> Problem:
    return Problem(
        "syntax", _("语法错误：UPDATE 缺少 SET"), "Syntax error: UPDATE without SET"
    )


def incomplete() -> Problem:
    return Problem(
        "syntax", _("语法错误：语句不完整"), "Syntax error: the statement is incomplete"
    )


def syntax_near(line: int, near: str) -> Problem:
    return Problem(
        "syntax",
        _("语法错误：第 %(line)d 行「%(near)s」附近无法解析", line=line, near=near),
        f'Syntax error in line {line} near "{near}"',
    )


def routine_not_read() -> Problem:
    return Problem(
        "not_read",
        _("存储过程、函数、触发器等的正文没有审核，请人工确认"),
        "The body of a procedure, function or trigger was not audited: review it by hand",
    )


def object_not_read(verb: str) -> Problem:
    return Problem(
        "not_read",
        _("未能完整解析这条 %(verb)s 语句，语法没有检查，请人工确认", verb=verb),
        f"This {verb} statement was not wholly read, its syntax is unchecked: review it by hand",
    )
