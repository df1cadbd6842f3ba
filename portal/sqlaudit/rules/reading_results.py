"""Rules about what a query does with its rows: union, order, page, lock."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.literals import number
from portal.sqlaudit.names import label
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import reading
from portal.sqlaudit.rules.registry import SERVERS, Context

_FARTHEST = 10_000
_RANDOM = frozenset({"RAND", "RANDOM", "UUID", "GEN_RANDOM_UUID"})


@reading(
    Level.NOTICE,
    exp.Union,
    title=_l("UNION 会排序去重，不需要去重时请用 UNION ALL"),
    english="UNION sorts to drop duplicates: use UNION ALL where there are none",
    reason=_l("去重要建临时表并排序。两部分不会重复，或重复无妨时，请用 UNION ALL。"),
    bad="SELECT id FROM a WHERE id = 1 UNION SELECT id FROM b WHERE id = 1",
    good="SELECT id FROM a WHERE id = 1 UNION ALL SELECT id FROM b WHERE id = 1",
)
def union_distinct(union: exp.Union, _context: Context) -> str | None:
    """A recursive WITH may need UNION in order to end."""
    if not union.args.get("distinct"):
        return None
    around = union.find_ancestor(exp.With)
    return None if around is not None and around.args.get("recursive") else ""


@reading(
    Level.WARN,
    exp.Ordered,
    title=_l("按随机数排序会扫描并排序整张表"),
    english="Ordering by a random number reads and sorts the whole table",
    reason=_l("每一行都要算一个随机数再排序。请先取随机的主键，再按主键查询。"),
    bad="SELECT id FROM t ORDER BY rand() LIMIT 1",
    good="SELECT id FROM t WHERE id >= 100 ORDER BY id LIMIT 1",
)
def order_by_random(ordered: exp.Ordered, _context: Context) -> str | None:
    for node in ordered.find_all(exp.Rand, exp.Uuid, exp.Anonymous):
        if not isinstance(node, exp.Anonymous) or node.name.upper() in _RANDOM:
            return ""
    return None


@reading(
    Level.WARN,
    exp.Offset,
    title=_l("OFFSET 过大，跳过的行仍会全部读出"),
    english="The OFFSET is large: the skipped rows are read all the same",
    reason=_l("越往后翻页越慢。请记住上一页最后的主键，用 WHERE id > … 取下一页。"),
    bad="SELECT id FROM t ORDER BY id LIMIT 20 OFFSET 1000000",
    good="SELECT id FROM t WHERE id > 1000000 ORDER BY id LIMIT 20",
)
def big_offset(offset: exp.Offset, _context: Context) -> str | None:
    skipped = number(offset.expression)
    return str(skipped) if skipped is not None and skipped > _FARTHEST else None


@reading(
    Level.NOTICE,
    exp.Having,
    title=_l("HAVING 中没有聚合函数，条件应写在 WHERE 中"),
    english="HAVING without an aggregate: the condition belongs into WHERE",
    reason=_l("HAVING 在分组之后才过滤，白白算出了不要的行。请把条件移到 WHERE。"),
    bad="SELECT state, count(*) FROM t GROUP BY state HAVING state > 1",
    good="SELECT state, count(*) FROM t WHERE state > 1 GROUP BY state",
)
def having_without_aggregate(having: exp.Having, _context: Context) -> str | None:
    select = having.parent
    if having.find(exp.AggFunc, exp.Window, exp.Anonymous) or not isinstance(select, exp.Select):
        return None
    computed = {one.alias.lower() for one in select.selects if isinstance(one, exp.Alias)}
    columns = [column.name.lower() for column in having.find_all(exp.Column)]
    return None if not columns or computed.intersection(columns) else ""


@reading(
    Level.NOTICE,
    exp.Lock,
    title=_l("加锁读会挡住别的事务"),
    english="A locking read keeps other transactions waiting",
    reason=_l(
        "工单中的锁要到执行结束才释放，期间别的写入会等待。"
        "只是查看数据时请去掉 FOR UPDATE。"
    ),
    bad="SELECT id FROM t WHERE id = 1 FOR UPDATE",
    good="SELECT id FROM t WHERE id = 1",
    dialects=SERVERS,
)
def select_for_update(_lock: exp.Lock, _context: Context) -> str | None:
    return ""


@reading(
    Level.NOTICE,
    exp.Count,
    title=_l("COUNT(列) 不计 NULL，统计行数请用 COUNT(*)"),
    english="COUNT(column) leaves out NULL: count rows by COUNT(*)",
    reason=_l("两者只在该列没有 NULL 时相等。要统计行数请写 COUNT(*)。"),
    bad="SELECT count(name) FROM t WHERE id > 1",
    good="SELECT count(*) FROM t WHERE id > 1",
    is_on=False,
)
def count_column(count: exp.Count, _context: Context) -> str | None:
    return label(count.this) if isinstance(count.this, exp.Column) else None
