"""What an issue says: its title, which ends with our key, and a description in Markdown.

Free text is escaped, and the SQL stands in a fence longer than any run of backticks in it, so
that neither can break the shape of the other (CommonMark 0.31, 2.4 and 4.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask_babel import gettext as _

from portal.domain import settings
from portal.domain.levels import level_titles
from portal.kit.card_texts import harmless
from portal.models import Level, ProblemIssue, ProblemSql

# CODING's own limits are not documented; these are far below any that such systems have.
TITLE_LIMIT = 120
SQL_LIMIT = 20_000
MOST_FINDINGS = 30
FINDING_LIMIT = 500

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_BACKTICKS = re.compile("`+")
_SPACE = re.compile(r"\s+")
_LINE_BREAKS = re.compile("\r\n|\r")


def title(issue: ProblemIssue) -> str:
    """One line, which names the place and the worst finding, and ends with the key."""
    problem = issue.problem
    place = " ".join(filter(None, [problem.datasource.name, problem.schema]))
    worst = problem.findings[0]["message"] if problem.findings else problem.sql
    text = one_line(_("[SQL管控] %(place)s：%(finding)s", place=place, finding=worst))
    return f"{_cut(text, TITLE_LIMIT - len(issue.key) - 1)} {issue.key}"


def description(issue: ProblemIssue) -> str:
    """数据源, 数据库, SQL, 审核结果, the link back to the portal, and the key."""
    problem = issue.problem
    facts = [
        (_("数据源"), problem.datasource.name),
        (_("数据库"), problem.schema or problem.datasource.database or "-"),
        (_("审核等级"), level_titles()[problem.level]),
        (_("出现次数"), str(problem.count)),
    ]
    if problem.ticket is not None:
        facts.append((_("来源工单"), f"#{problem.ticket.number} {problem.ticket.subject}"))
    parts = [
        _bullets(f"{name}：{escaped(text)}" for name, text in facts),
        "**SQL**",
        fenced(_whole_or_cut(problem.sql)),
        f"**{_('审核结果')}**",
        _bullets(_findings(problem)),
        _link(problem),
        f"{_('编号')}：{escaped(issue.key)}",
    ]
    return "\n\n".join(parts)


def fenced(sql: str) -> str:
    """The SQL as a code block of its own."""
    text = _LINE_BREAKS.sub("\n", harmless(sql)).rstrip("\n")
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sql\n{text}\n{fence}"


def escaped(text: str) -> str:
    """One line that Markdown shows as it is."""
    return _PUNCTUATION.sub(r"\\\1", one_line(text))


def one_line(text: str) -> str:
    """The text with every white space as one blank."""
    return _SPACE.sub(" ", harmless(text)).strip()


def _findings(problem: ProblemSql) -> Iterable[str]:
    if not problem.findings:
        yield _("审核通过")
    for finding in problem.findings[:MOST_FINDINGS]:
        level = level_titles()[Level(finding["level"])]
        yield f"{escaped(f'[{level}]')} {escaped(_cut(finding['message'], FINDING_LIMIT))}"
    left_out = len(problem.findings) - MOST_FINDINGS
    if left_out > 0:
        yield _("还有 %(n)d 条，请在门户中查看", n=left_out)


def _link(problem: ProblemSql) -> str:
    url = settings.problem_url(problem)
    if url is None:
        return _("没有设置全局 URL，无法附上门户的链接")
    return f"[{_('在门户中查看')}](<{url}>)"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _whole_or_cut(sql: str) -> str:
    if len(sql) <= SQL_LIMIT:
        return sql
    note = _("-- …（SQL 共 %(n)d 个字符，其余请在门户中查看）", n=len(sql))
    return f"{sql[:SQL_LIMIT]}\n{note}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
