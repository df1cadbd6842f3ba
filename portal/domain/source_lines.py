"""The lines of 测试连接: what each says about a database that answered."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _

from portal.domain.provider import Check, CheckResult
from portal.kit.databases import ServerFacts, Target
from portal.kit.hosts import HostKind, kind_of
from portal.models import DbType

_MOST_RIGHTS = 12
# Who may do everything, whatever the server says of them.
_ALMIGHTY = frozenset({"root", "sa"})


def titles(target: Target) -> dict[str, str]:
    """Line → its title, in their order; a file has neither account nor network."""
    found = {
        "address": _("地址"),
        "credentials": _("账号"),
        "database": _("数据库"),
        "version": _("版本"),
        "encryption": _("加密"),
        "rights": _("权限"),
        "superuser": _("超级用户"),
        "read_only": _("可写"),
    }
    if target.db_type == DbType.SQLITE:
        for name in ("credentials", "database", "encryption", "superuser"):
            del found[name]
    return found


def of_facts(target: Target, facts: ServerFacts) -> list[Check]:
    """Every line about a database that was looked at."""
    return [_MAKERS[name](title, target, facts) for name, title in titles(target).items()]


def reached(target: Target) -> str:
    """What there is to say once somebody answered at the address."""
    if target.db_type == DbType.SQLITE:
        return _("文件可以打开。")
    return _("已连接到 %(host)s:%(port)s。", host=target.host, port=target.actual_port)


def _address(title: str, target: Target, facts: ServerFacts) -> Check:
    return _fine("address", title, reached(target))


def _credentials(title: str, target: Target, facts: ServerFacts) -> Check:
    return _fine("credentials", title, _("已登录，账号 %(account)s。", account=facts.account))


def _database(title: str, target: Target, facts: ServerFacts) -> Check:
    if target.database:
        return _fine("database", title, _("已打开 %(name)s。", name=target.database))
    return _fine("database", title, _("没有填写默认的库，创建工单时需要填写。"))


def _version(title: str, target: Target, facts: ServerFacts) -> Check:
    return _fine("version", title, facts.version)


def _encryption(title: str, target: Target, facts: ServerFacts) -> Check:
    if facts.is_encrypted:
        return _fine("encryption", title, _("连接使用 TLS 加密。"))
    if kind_of(target.host) is HostKind.LOOPBACK:
        return _fine("encryption", title, _("没有加密；数据库在本机，数据不经过网络。"))
    return _warning(
        "encryption",
        title,
        _("连接没有加密，密码以外的数据以明文经过网络。"),
        _("请在数据库上启用 TLS（SSL）；启用后会自动使用，这里不需要修改。"),
    )


def _rights(title: str, target: Target, facts: ServerFacts) -> Check:
    rights = facts.rights[:_MOST_RIGHTS]
    if len(facts.rights) > len(rights):
        rights = [*rights, _("等 %(n)d 项", n=len(facts.rights))]
    held = _("已有：%(rights)s。", rights="；".join(rights) or _("无"))
    if not facts.missing:
        return _fine("rights", title, held)
    if not target.database and target.db_type != DbType.SQLITE:
        detail = _("没有填写数据库，不能判断在工单要用的库上有没有权限。%(held)s", held=held)
        return Check("rights", CheckResult.SKIPPED, title, detail)
    return _warning(
        "rights",
        title,
        _("缺少权限：%(names)s。%(held)s", names="、".join(facts.missing), held=held),
        _("请数据库管理员授予工单需要的权限；用不到的可以不授予。"),
    )


def _superuser(title: str, target: Target, facts: ServerFacts) -> Check:
    name = facts.account.partition("@")[0].lower()
    if not facts.is_superuser and name not in _ALMIGHTY:
        return _fine("superuser", title, _("不是超级用户。"))
    return _warning(
        "superuser",
        title,
        _("%(account)s 是超级用户，一条写错的 SQL 可以影响整个实例。", account=facts.account),
        _("建议新建一个只有所需权限的账号，只供上线使用。"),
    )


def _read_only(title: str, target: Target, facts: ServerFacts) -> Check:
    if not facts.is_read_only:
        return _fine("read_only", title, _("可以写入。"))
    return Check(
        name="read_only",
        result=CheckResult.FAIL,
        title=title,
        detail=_("目前只读，修改数据的工单会上线失败。"),
        cure=_("请检查是否连到了从库，或实例、账号、文件被设为只读。"),
    )


def _fine(name: str, title: str, detail: str) -> Check:
    return Check(name=name, result=CheckResult.OK, title=title, detail=detail)


def _warning(name: str, title: str, detail: str, cure: str) -> Check:
    return Check(
        name=name,
        result=CheckResult.FAIL,
        title=title,
        detail=detail,
        cure=cure,
        is_warning=True,
    )


_MAKERS: dict[str, Callable[[str, Target, ServerFacts], Check]] = {
    "address": _address,
    "credentials": _credentials,
    "database": _database,
    "version": _version,
    "encryption": _encryption,
    "rights": _rights,
    "superuser": _superuser,
    "read_only": _read_only,
}
