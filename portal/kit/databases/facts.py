"""What the 测试连接 button tells about a target database."""

from __future__ import annotations

from dataclasses import dataclass, field

NEEDED = ("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "INDEX")
"""The rights that tickets ordinarily need, in the words of GRANT."""


@dataclass(frozen=True)
class ServerFacts:
    """What one look at a server found; nothing was changed there.

    account       who we are over there ("app@10.0.0.%" on MySQL, the role on PostgreSQL)
    is_encrypted  this connection uses TLS (False for SQLite, which has no connection)
    is_read_only  ordinary writes of this account would be refused at present
    rights        plain lines, right(s) and where they hold, as far as the server tells
    missing       those of NEEDED that this account does not have in the target's database
    databases     names that the account may see, at most 200
    schemas       of the target's database; PostgreSQL only
    """

    version: str
    account: str
    is_encrypted: bool
    is_superuser: bool
    is_read_only: bool
    rights: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    databases: list[str] = field(default_factory=list)
    schemas: list[str] = field(default_factory=list)
