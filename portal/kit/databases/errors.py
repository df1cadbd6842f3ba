"""The one error that leaves this package: what is known of the statement, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l


class TargetErrorKind(StrEnum):
    """What is known after something went wrong on a target database.

    UNREACHABLE  no session: surely nothing was sent
    CREDENTIALS  the server knows neither this account nor this password (nothing was sent)
    REFUSED      the server, or we in front of it, said no; the statement changed nothing
    LOCKED       waited too long for somebody's lock; the message names who, where it is known
    TIMEOUT      ended at the statement time limit
    CANCELED     ended because somebody asked
    READ_ONLY    the server or the account writes nothing at present
    LOST         the connection broke under the statement: its outcome is unknown

    All but LOST are a sure no, with one exception that no server can mend: a MySQL statement on
    a table without transactions (MyISAM, Aria) keeps the rows that it had already changed.
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
             ("address", "connect", "timeout", "closed", "lost", "text")
    message  the server's own sentence, shown to people as it is; never the account's password
    """

    kind: TargetErrorKind
    code: str
    message: str

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        return str(_SENTENCES[self.kind][0])

    @property
    def cure(self) -> str:
        """What to do about it, for people."""
        return str(_SENTENCES[self.kind][1])

    def __str__(self) -> str:
        return f"{self.code} ({self.kind}): {self.message}"


def without(secret: str, text: str) -> str:
    """text without the secret: a server may repeat what it was sent."""
    return text.replace(secret, "***") if secret else text


_SENTENCES = {
    TargetErrorKind.UNREACHABLE: (
        _l("连不上目标数据库，没有执行任何语句。"),
        _l("请检查数据源的主机和端口、防火墙，以及数据库是否已启动。"),
    ),
    TargetErrorKind.CREDENTIALS: (
        _l("目标数据库拒绝了该账号，没有执行任何语句。"),
        _l("请检查数据源的用户名和密码，以及该账号是否允许从本机登录。"),
    ),
    TargetErrorKind.REFUSED: (
        _l("目标数据库拒绝执行，这条语句没有生效。"),
        _l("请按数据库返回的原因修改语句或账号权限。"),
    ),
    TargetErrorKind.LOCKED: (
        _l("等待锁超时，这条语句没有生效。"),
        _l("请等占用锁的会话结束，或请数据库管理员结束它，然后重新执行。"),
    ),
    TargetErrorKind.TIMEOUT: (
        _l("语句超过了执行时限，已被终止，没有生效。"),
        _l("请把语句拆成更小的批次，或换到业务低峰时执行。"),
    ),
    TargetErrorKind.CANCELED: (
        _l("语句已按要求终止，没有生效。"),
        _l("如仍需执行，请重新提交工单。"),
    ),
    TargetErrorKind.READ_ONLY: (
        _l("目标数据库当前只读，这条语句没有生效。"),
        _l("请确认数据源指向主库，且该账号有写权限。"),
    ),
    TargetErrorKind.LOST: (
        _l("执行中连接断开，这条语句是否生效未知。"),
        _l("请到目标数据库核对数据，确认结果后再处理；不要直接重新执行。"),
    ),
}
