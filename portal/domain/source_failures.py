"""The lines of 测试连接 where no database could be looked at: which failed, why, and the cure."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.domain import source_lines
from portal.domain.provider import Check, CheckResult
from portal.kit.databases import Target, TargetError, TargetErrorKind
from portal.models import DbType

# The line that an error is about; without a row here it is the database.
_ABOUT = {
    TargetErrorKind.UNREACHABLE: "address",
    TargetErrorKind.CREDENTIALS: "credentials",
}


def of_error(target: Target, error: TargetError) -> list[Check]:
    """The line that the error is about; those before it went well, those after it are skipped."""
    titles = source_lines.titles(target)
    about = _ABOUT.get(error.kind, "database")
    if about not in titles:  # a file has but its place
        about = "address"
    checks, is_over = [], False
    for name, title in titles.items():
        if name == about:
            is_over = True
            checks.append(_failed(name, title, target, error))
        elif is_over:
            detail = _("上面有检查未通过，这一项没有检查。")
            checks.append(Check(name, CheckResult.SKIPPED, title, detail))
        else:
            detail = source_lines.reached(target) if name == "address" else _("已登录。")
            checks.append(Check(name, CheckResult.OK, title, detail))
    return checks


def _failed(name: str, title: str, target: Target, error: TargetError) -> Check:
    # The sentences of kit/databases speak of statements, of which none is sent here.
    sentence, cure = _explained(target, error)
    has_said = error.message and error.code != "address"  # that message is ours, and says the same
    said = _("返回信息：%(message)s", message=error.message) if has_said else ""
    detail = " ".join(filter(None, [sentence, said]))
    return Check(name, CheckResult.FAIL, title, detail, cure, error.code)


def _explained(target: Target, error: TargetError) -> tuple[str, str]:
    """What happened, and what to do about it."""
    if target.db_type == DbType.SQLITE:
        return _of_file(error)
    if error.code == "address":
        return (
            _("不允许连接这个地址。"),
            _("本机、链路本地和云元数据地址不能作为数据源，请填写数据库服务器的地址。"),
        )
    if error.kind is TargetErrorKind.UNREACHABLE:
        return _unreachable(error)
    if error.kind is TargetErrorKind.CREDENTIALS:
        return (
            _("数据库拒绝了这个账号。"),
            _("请核对用户名和密码，并确认该账号允许从运行本系统的服务器登录。"),
        )
    return (
        _("账号没有问题，但数据库拒绝了这次连接。"),
        _("请核对“数据库”中的库名，并按返回信息处理。"),
    )


def _unreachable(error: TargetError) -> tuple[str, str]:
    if error.code == "timeout":
        return (
            _("在时限内没有连上数据库。"),
            _("请核对主机和端口，并检查防火墙、安全组是否放行运行本系统的服务器。"),
        )
    return (
        _("连不上数据库。"),
        _("请核对主机和端口，并确认数据库已启动、监听在这个地址上。"),
    )


def _of_file(error: TargetError) -> tuple[str, str]:
    if error.kind is TargetErrorKind.UNREACHABLE:
        return (
            _("打不开这个文件：文件不存在，或者没有读写权限。"),
            _(
                "请把数据库文件放进数据源目录（PORTAL_SQLITE_DIR），"
                "并让运行本系统的用户可以读写。本系统不会创建它。"
            ),
        )
    if error.kind is TargetErrorKind.LOCKED:
        return (
            _("文件正被别的程序占用。"),
            _("请等它写完，再测试一次。"),
        )
    return (
        _("文件不能作为 SQLite 数据库使用。"),
        _("请核对文件名，并确认文件没有损坏。"),
    )
