"""The one error that leaves this package: what is known of the statement, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _

from portal.kit.databases.sentences import said

MESSAGE_SHOWN = 2000  # characters; a server repeats whatever it was told to, megabytes of it


class TargetErrorKind(StrEnum):
    """What is known after something went wrong on a target database.

    UNREACHABLE  no session: surely nothing was sent
    CREDENTIALS  the server knows neither this account nor this password (nothing was sent)
    REFUSED      the server, or we in front of it, said no
    LOCKED       waited too long for somebody's lock; the message names who, where it is known
    TIMEOUT      ended at the statement time limit
    CANCELED     ended because somebody asked
    READ_ONLY    the server or the account writes nothing at present
    LOST         the connection broke under the statement: its outcome is unknown

    From REFUSED to READ_ONLY the statement has ended, and in a transaction a rollback undoes all
    of it. Outside of one, part of it may have taken effect: procedures and DO that COMMIT on
    their way, an INVALID index left by CREATE INDEX CONCURRENTLY, DROP TABLE of several tables
    on MariaDB, rows of tables without transactions (MyISAM, Aria), SQLite's INSERT OR FAIL.
    """

    UNREACHABLE = "unreachable"
    CREDENTIALS = "credentials"
    REFUSED = "refused"
    LOCKED = "locked"
    TIMEOUT = "timeout"
    CANCELED = "canceled"
    READ_ONLY = "read_only"
    LOST = "lost"


@dataclass
class TargetError(Exception):
    """Something that a target database did not do, or may not have done (LOST).

    code     the server's own code as text ("1205", "55P03", "SQLITE_BUSY"), or one of ours
             ("address", "connect", "timeout", "closed", "identity", "lost", "text")
    message  the server's own sentence, shown to people as it is; never the account's password;
             cut after 2,000 characters
    """

    kind: TargetErrorKind
    code: str
    message: str

    def __post_init__(self) -> None:
        if len(self.message) > MESSAGE_SHOWN:
            self.message = _(
                "%(start)s…（共 %(count)d 个字符，其余省略）",
                start=self.message[:MESSAGE_SHOWN],
                count=len(self.message),
            )
        # Else the exception keeps what it was made with, whole.
        self.args = (self.kind, self.code, self.message)

    @property
    def sentence(self) -> str:
        """What happened, for people: only what is sure. Nothing about the effect but if LOST."""
        return said(self.kind, self.code)[0]

    @property
    def cure(self) -> str:
        """What to do about it, for people."""
        return said(self.kind, self.code)[1]

    def __str__(self) -> str:
        return f"{self.code} ({self.kind}): {self.message}"


def under_statement(kind: TargetErrorKind) -> TargetErrorKind:
    """kind, of a statement that was sent: by then its session stood, and had sent others."""
    before = {TargetErrorKind.UNREACHABLE, TargetErrorKind.CREDENTIALS}
    return TargetErrorKind.REFUSED if kind in before else kind


def elsewhere(then: str, now: str) -> TargetError:
    """The server that answers is not the one of this identity."""
    message = _("当时的服务器标识是 %(then)s，现在是 %(now)s。", then=then, now=now)
    return TargetError(TargetErrorKind.UNREACHABLE, "identity", message)


def without(secret: str, text: str) -> str:
    """text without the secret: a server may repeat what it was sent."""
    return text.replace(secret, "***") if secret else text
