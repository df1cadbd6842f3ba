"""What is said to people about each kind of trouble: what happened, and what to do."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

_BY_CODE = {
    "closed": (
        _l("与目标数据库的会话已断开，这条语句没有发送。"),
        _l("请检查数据源的主机和端口、防火墙，以及数据库是否已启动。"),
    ),
    "identity": (
        _l("现在连到的不是当时执行的那台数据库服务器，无法核实结果。"),
        _l("请确认数据源是否改过地址或发生过主备切换，并到当时的服务器上核对数据。"),
    ),
}
_BY_KIND = {
    "unreachable": (
        _l("连不上目标数据库，没有执行任何语句。"),
        _l("请检查数据源的主机和端口、防火墙，以及数据库是否已启动。"),
    ),
    "credentials": (
        _l("目标数据库拒绝了该账号，没有执行任何语句。"),
        _l("请检查数据源的用户名和密码，以及该账号是否允许从本机登录。"),
    ),
    "refused": (
        _l("目标数据库拒绝执行这条语句。"),
        _l("请按数据库返回的原因修改语句或账号权限。"),
    ),
    "locked": (
        _l("等待锁超时，这条语句已停止。"),
        _l("请等占用锁的会话结束，或请数据库管理员结束它，然后重新执行。"),
    ),
    "timeout": (
        _l("语句超过了执行时限，已被终止。"),
        _l("请把语句拆成更小的批次，或换到业务低峰时执行。"),
    ),
    "canceled": (
        _l("语句已按要求终止。"),
        _l("如仍需执行，请重新提交工单。"),
    ),
    "read_only": (
        _l("目标数据库当前只读，拒绝执行这条语句。"),
        _l("请确认数据源指向主库，且该账号有写权限。"),
    ),
    "lost": (
        _l("执行中连接断开，这条语句是否生效未知。"),
        _l("请到目标数据库核对数据，确认结果后再处理；不要直接重新执行。"),
    ),
}


def said(kind: str, code: str) -> tuple[str, str]:
    """What happened and what to do. kind: a TargetErrorKind; code: ours may say more than it."""
    sentence, cure = _BY_CODE.get(code) or _BY_KIND[kind]
    return str(sentence), str(cure)
