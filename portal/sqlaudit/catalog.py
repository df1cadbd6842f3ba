"""What a text says about its own tables, wherever in the text it says so.

The database is not asked: what the text does not say is not known, and a rule that would need
it stays silent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlglot import exp

from portal.sqlaudit import definitions, names
from portal.sqlaudit.definitions import IndexDef

_DDL = frozenset({"CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME"})
_DML = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE"})


@dataclass
class TableFacts:
    """types: column → its type. altered: the positions of its ALTERs. commented: columns."""

    types: dict[str, exp.DataType] = field(default_factory=dict)
    not_null: set[str] = field(default_factory=set)
    indexes: list[IndexDef] = field(default_factory=list)
    altered: list[int] = field(default_factory=list)
    is_created: bool = False
    has_comment: bool = False
    commented: set[str] = field(default_factory=set)

    @property
    def primary(self) -> tuple[str, ...]:
        """The columns of the primary key, empty when it is not known."""
        return next((one.columns for one in self.indexes if one.kind == "primary"), ())

    def leads_an_index(self, column: str) -> bool:
        """Whether an index begins with this column."""
        return any(one.columns[:1] == (column.lower(),) for one in self.indexes)


class Catalog:
    """Learns from every statement of the text, then answers."""

    def __init__(self):
        self._tables: dict[str, TableFacts] = {}
        self._kinds: set[str] = set()
        self._mixing: set[int] = set()

    def table(self, table: exp.Expr | None) -> TableFacts:
        """The facts about this table; empty ones when the text says nothing."""
        return self._tables.get(names.key(table)) or TableFacts()

    def mixes_kinds(self, position: int) -> bool:
        """Whether this is the first statement of another kind (definition, data) than before."""
        return position in self._mixing

    def learn(self, position: int, words: list[str], tree: exp.Expr | None) -> None:
        """Take in one statement, in the order of the text. words: its first ones, in capitals."""
        self._learn_kind(position, words[0] if words else "")
        if isinstance(tree, exp.Create | exp.Alter):
            self._learn_definition(position, tree)
        elif isinstance(tree, exp.Comment):
            self._learn_comment(tree)

    def _learn_kind(self, position: int, verb: str) -> None:
        if verb in _DDL | _DML:
            kind = "definition" if verb in _DDL else "data"
            if self._kinds and kind not in self._kinds:
                self._mixing.add(position)
            self._kinds.add(kind)

    def _facts(self, key: str) -> TableFacts:
        return self._tables.setdefault(key, TableFacts())

    def _learn_definition(self, position: int, tree: exp.Expr) -> None:
        table = definitions.table_of(tree)
        if table is None or not (definitions.is_kind(tree, "TABLE") or _is_index(tree)):
            return
        facts = self._facts(names.key(table))
        if isinstance(tree, exp.Alter):
            facts.altered.append(position)
        facts.is_created |= isinstance(tree, exp.Create) and not _is_index(tree)
        facts.indexes += definitions.indexes_of(tree)
        self._learn_columns(facts, definitions.columns_of(tree))

    def _learn_columns(self, facts: TableFacts, columns: Iterable[exp.ColumnDef]) -> None:
        for column in columns:
            name = column.name.lower()
            if column.kind is not None:
                facts.types[name] = column.kind
            if definitions.is_not_null(column):
                facts.not_null.add(name)

    def _learn_comment(self, tree: exp.Comment) -> None:
        target = tree.this
        if definitions.is_kind(tree, "TABLE"):
            self._facts(names.key(target)).has_comment = True
        elif definitions.is_kind(tree, "COLUMN") and isinstance(target, exp.Column):
            owner = names.key_of(target.db, target.table)
            self._facts(owner).commented.add(target.name.lower())


def _is_index(tree: exp.Expr) -> bool:
    return isinstance(tree.this, exp.Index)
