"""Where the sandbox keeps everything: one SQLite database, in memory or in a file.

The file is the judge of what really happened over there, so it outlives restarts and kills.
Nothing is cached in the process: several processes may share one file.
"""

import json
import sqlite3
import threading
import time
from contextlib import contextmanager

from flask import current_app

TABLES = """
CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL,
    body TEXT NOT NULL, UNIQUE (kind, id));
CREATE TABLE IF NOT EXISTS card (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, template TEXT NOT NULL,
    originator TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS card_template ON card (template, created_at);
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, body TEXT NOT NULL);
"""


def now_ms() -> int:
    """The sandbox's own clock, in milliseconds since 1970."""
    return int(time.time() * 1000)


def current_store() -> "Store":
    """The store of the running sandbox application."""
    return current_app.extensions["sandbox_store"]


class Store:
    """Documents by (kind, id), cards, and the log of calls. Safe to use from many threads."""

    def __init__(self, path: str | None = None):
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(
            str(path or ":memory:"), check_same_thread=False, isolation_level=None, timeout=30
        )
        if path:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(TABLES)

    @contextmanager
    def transaction(self):
        """All or nothing, one at a time; an inner one joins the outer one."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def _rows(self, statement: str, values=()) -> list:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    # -- documents

    def get(self, kind: str, key) -> dict | None:
        rows = self._rows("SELECT body FROM document WHERE kind=? AND id=?", (kind, str(key)))
        return json.loads(rows[0][0]) if rows else None

    def put(self, kind: str, key, body: dict) -> dict:
        """Insert or replace; a replaced document keeps its place in the order."""
        self._rows(
            "INSERT INTO document (kind, id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body=excluded.body",
            (kind, str(key), json.dumps(body, ensure_ascii=False)),
        )
        return body

    def every(self, kind: str) -> list[dict]:
        """All documents of a kind, oldest first."""
        rows = self._rows("SELECT body FROM document WHERE kind=? ORDER BY seq", (kind,))
        return [json.loads(row[0]) for row in rows]

    def drop(self, kind: str, key=None) -> None:
        """Delete one document, or the whole kind when no key is given."""
        if key is None:
            self._rows("DELETE FROM document WHERE kind=?", (kind,))
        else:
            self._rows("DELETE FROM document WHERE kind=? AND id=?", (kind, str(key)))

    def count_up(self, name: str) -> int:
        """The next number of a counter, from 1."""
        with self.transaction():
            number = (self.get("counter", name) or {"value": 0})["value"] + 1
            self.put("counter", name, {"value": number})
            return number

    # -- cards

    def card(self, key: str) -> dict | None:
        rows = self._rows("SELECT body FROM card WHERE id=?", (key,))
        return json.loads(rows[0][0]) if rows else None

    def put_card(self, card: dict) -> dict:
        """Insert or replace; columns repeat what lists are filtered by."""
        self._rows(
            "INSERT INTO card (id, template, originator, status, created_at, is_deleted, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status=excluded.status,"
            " is_deleted=excluded.is_deleted, body=excluded.body",
            (
                card["id"], card["process_code"], card["originator"], card["status"],
                card["created_at"], int(card["is_deleted"]), json.dumps(card, ensure_ascii=False),
            ),
        )
        return card

    def cards(self) -> list[dict]:
        """Every card, also deleted ones, oldest first."""
        return [json.loads(row[0]) for row in self._rows("SELECT body FROM card ORDER BY seq")]

    def card_ids(self, template: str, since: int, until: int) -> list[tuple[str, str, str]]:
        """(id, originator, status) of a template's cards started in [since, until] ms, newest
        first; deleted ones are left out."""
        return self._rows(
            "SELECT id, originator, status FROM card WHERE template=? AND is_deleted=0"
            " AND created_at BETWEEN ? AND ? ORDER BY created_at DESC, seq DESC",
            (template, since, until),
        )

    # -- calls

    def log_call(self, call: dict) -> None:
        self._rows(
            "INSERT INTO call (at, body) VALUES (?, ?)",
            (call["at"], json.dumps(call, ensure_ascii=False)),
        )

    def calls(self) -> list[dict]:
        """The log of calls, oldest first."""
        return [json.loads(row[0]) for row in self._rows("SELECT body FROM call ORDER BY id")]

    def clear_calls(self) -> None:
        self._rows("DELETE FROM call")

    def clear(self) -> None:
        """Forget everything."""
        with self.transaction():
            for table in ("document", "card", "call"):
                self._rows(f"DELETE FROM {table}")
