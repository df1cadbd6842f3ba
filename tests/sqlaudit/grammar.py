"""Statements by the thousand from a seed: ordinary ones, odd ones, and damaged ones."""

from __future__ import annotations

import random

TABLES = ("orders", "users", "t", "shop.items", "Log")
COLUMNS = ("id", "name", "state", "price", "created_at", "a", "user_id")
TYPES = ("int", "bigint", "varchar(20)", "varchar(9000)", "text", "decimal(10, 2)", "timestamp",
         "double precision", "char(100)", "date", "boolean")
QUOTES = {"mysql": "``", "postgresql": '""', "sqlite": "[]"}
NOISE = ("'", '"', "`", "(", ")", ";", ",", "--", "/*", "*/", "$$", "\\", "NULL", "SELECT", "=",
         "\N{PILE OF POO}", "汉", "\x07", "%s", "[", "::", "CASE", "DELETE", ".", "0x")


class Grammar:
    """Writes statements of one dialect. depth bounds how far they nest."""

    def __init__(self, seed: int, dialect: str):
        self.random = random.Random(seed)
        self.pick = self.random.choice
        self.dialect = dialect

    def maybe(self, text: str, chance: float = 0.5) -> str:
        return text if self.random.random() < chance else ""

    def listed(self, make, most: int = 3) -> str:
        return ", ".join(make() for _n in range(self.random.randint(1, most)))

    def name(self, name: str) -> str:
        left, right = QUOTES[self.dialect]
        return f"{left}{name}{right}" if self.random.random() < 0.15 else name

    def table(self) -> str:
        return ".".join(self.name(part) for part in self.pick(TABLES).split("."))

    def column(self) -> str:
        return self.maybe("x.", 0.1) + self.name(self.pick(COLUMNS))

    def value(self) -> str:
        return self.pick(("1", "-2.5", "'a'", "'%b'", "NULL", "1e3", "''", "CURRENT_TIMESTAMP"))

    def term(self, depth: int) -> str:
        if depth <= 0:
            return self.pick((self.column, self.value))()
        inner = lambda: self.term(depth - 1)  # noqa: E731
        return self.pick((
            self.column,
            self.value,
            lambda: f"({inner()} {self.pick('+-*/')} {inner()})",
            lambda: f"{self.pick(('lower', 'coalesce', 'count', 'f'))}({inner()})",
            lambda: f"CASE WHEN {self.condition(depth - 1)} THEN {inner()} END",
            lambda: f"CAST({inner()} AS {self.pick(TYPES[:3])})",
            lambda: f"({self.select(depth - 1)})",
        ))()

    def condition(self, depth: int) -> str:
        left, right = self.term(depth - 1), self.term(depth - 1)
        return self.pick((
            lambda: f"{left} {self.pick(('=', '<>', '<', '>=', 'LIKE', 'NOT LIKE'))} {right}",
            lambda: f"{left} IS {self.maybe('NOT ')}NULL",
            lambda: f"{left} {self.maybe('NOT ')}IN ({self.listed(self.value, 5)})",
            lambda: f"{left} {self.maybe('NOT ')}IN ({self.select(depth - 1)})",
            lambda: f"{left} BETWEEN {right} AND {self.value()}",
            lambda: f"{self.maybe('NOT ')}EXISTS ({self.select(depth - 1)})",
            lambda: self.pick(("1 = 1", "TRUE", "1", "a = a")),
            lambda: f"({self.condition(depth - 1)} {self.pick(('AND', 'OR'))}"
                    f" {self.condition(depth - 1)})" if depth > 0 else "b = 1",
        ))()

    def where(self, depth: int = 2) -> str:
        return self.maybe(f" WHERE {self.condition(depth)}", 0.8)

    def select(self, depth: int = 2) -> str:
        what = self.pick(("*", "x.*", self.listed(lambda: self.term(depth - 1))))
        if depth <= 0:
            return f"SELECT {what} FROM {self.table()}"
        other = self.table()
        join = self.pick(("", f" JOIN {other} AS y ON y.id = x.id", f", {other} AS z"))
        group = self.maybe(f" GROUP BY {self.column()} HAVING {self.condition(0)}", 0.2)
        order = self.maybe(f" ORDER BY {self.term(0)} DESC", 0.3)
        limit = self.maybe(f" LIMIT {self.pick(('1', '10 OFFSET 20000'))}", 0.3)
        union = self.maybe(f" UNION {self.maybe('ALL ')}{self.select(depth - 1)}", 0.1)
        with_ = self.maybe(f"WITH q AS ({self.select(depth - 1)}) ", 0.1)
        rest = union or f"{order}{limit}"
        where = self.where(depth)
        return f"{with_}SELECT {what} FROM {self.table()} AS x{join}{where}{group}{rest}"

    def assignment(self) -> str:
        return f"{self.name(self.pick(COLUMNS))} = {self.term(1)}"

    def definition(self) -> str:
        rest = self.pick(("", " NOT NULL", " DEFAULT 1", " NOT NULL DEFAULT 0", " UNIQUE"))
        return f"{self.name(self.pick(COLUMNS))} {self.pick(TYPES)}{rest}"

    def insert(self) -> str:
        columns = self.maybe(f" ({self.listed(lambda: self.name(self.pick(COLUMNS)))})")
        rows = self.listed(lambda: f"({self.listed(self.value)})", 5)
        source = self.pick((f"VALUES {rows}", self.select(1)))
        return f"INSERT INTO {self.table()}{columns} {source}"

    def create(self) -> str:
        key = self.maybe(", PRIMARY KEY (id)")
        exists = self.maybe("IF NOT EXISTS ")
        return f"CREATE TABLE {exists}{self.table()} ({self.listed(self.definition, 6)}{key})"

    def alter(self) -> str:
        return f"ALTER TABLE {self.table()} " + self.pick((
            f"ADD COLUMN {self.definition()}",
            f"DROP COLUMN {self.pick(COLUMNS)}",
            f"RENAME TO {self.pick(COLUMNS)}",
            f"RENAME COLUMN {self.pick(COLUMNS)} TO b",
        ))

    def statement(self) -> str:
        return self.pick((
            self.select,
            lambda: f"UPDATE {self.table()} SET {self.listed(self.assignment)}{self.where()}",
            lambda: f"DELETE FROM {self.table()}{self.where()}",
            self.insert,
            self.create,
            self.alter,
            lambda: f"CREATE {self.maybe('UNIQUE ')}INDEX i ON {self.table()} "
                    f"({self.listed(lambda: self.pick(COLUMNS), 7)})",
            lambda: f"DROP TABLE {self.maybe('IF EXISTS ')}{self.table()}",
            lambda: self.pick(("BEGIN", "COMMIT", "SET a = 1", "EXPLAIN SELECT 1", "ROLLBACK")),
        ))()

    def broken(self) -> str:
        """A statement that was cut, or in which something was put, doubled or taken out."""
        sql = self.statement()
        for _n in range(self.random.randint(1, 4)):
            at, to = sorted(self.random.randint(0, len(sql)) for _end in "ab")
            sql = self.pick((
                sql[:at],
                sql[at:],
                sql[:at] + sql[to:],
                sql[:to] + sql[at:],
                sql[:at] + self.pick(NOISE) + sql[at:],
            ))
        return sql
