"""How operation records read in Chinese: their actions, and the words in their details."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.blueprints import problem_wording, wording
from portal.domain.records import Action
from portal.models import OperationRecord
from portal.sqlaudit import RULES

# Of use to the portal alone: a form's own number.
NOT_SHOWN = frozenset({"nonce"})


def of_actions() -> dict[str, str]:
    """Each action's title by its code."""
    return {
        Action.SIGNED_IN: _("登录"),
        Action.SIGN_IN_REFUSED: _("登录被拒绝"),
        Action.SIGNED_OUT: _("退出登录"),
        Action.SESSIONS_ENDED: _("退出其他设备"),
        Action.PASSWORD_CHANGED: _("修改密码"),
        Action.MEMBER_CREATED: _("创建成员"),
        Action.MEMBER_CHANGED: _("修改成员"),
        Action.MEMBER_DISABLED: _("禁用成员"),
        Action.MEMBER_ENABLED: _("启用成员"),
        Action.PROJECT_CREATED: _("创建项目"),
        Action.PROJECT_CHANGED: _("修改项目"),
        Action.FLOW_CHANGED: _("修改审批流程"),
        Action.RULES_CHANGED: _("修改审核规则"),
        Action.DATASOURCE_CREATED: _("创建数据源"),
        Action.DATASOURCE_CHANGED: _("修改数据源"),
        Action.DATASOURCE_TESTED: _("测试连接"),
        Action.PROVIDER_SAVED: _("保存流程对接"),
        Action.PROVIDER_TESTED: _("测试联通性"),
        Action.SAMPLE_SENT: _("发送测试审批"),
        Action.SAMPLE_WITHDRAWN: _("撤回测试审批"),
        Action.MATCHING_ASKED: _("重新匹配成员"),
        Action.GLOBAL_SAVED: _("保存全局配置"),
        Action.TICKET_SUBMITTED: _("创建工单"),
        Action.TICKET_RESUBMITTED: _("重新提交工单"),
        Action.TICKET_CLOSED: _("关闭工单"),
        Action.TICKET_MARKED_EXECUTED: _("标记为人工上线"),
        Action.TICKET_SCHEDULED: _("定时上线"),
        Action.TICKET_UNSCHEDULED: _("取消定时上线"),
        Action.SCHEDULE_CONFIRMED: _("确认定时上线"),
        Action.SCHEDULE_LAPSED: _("定时上线没有执行"),
        Action.RUN_STARTED: _("发起上线"),
        Action.RUN_FINISHED: _("上线成功"),
        Action.RUN_FAILED: _("上线失败"),
        Action.RUN_RETURNED: _("恢复为待上线"),
        Action.RUN_ABORTED: _("中止上线"),
        Action.RUN_SETTLED: _("登记核对结果"),
        Action.STEP_APPROVED: _("审核通过"),
        Action.STEP_REJECTED: _("驳回"),
        Action.DECISION_LATE: _("迟到的审批操作"),
        Action.CARD_BROKEN: _("审批卡片异常"),
        Action.CARD_FOLLOWED: _("继续跟踪审批卡片"),
        Action.CARD_WITHDRAWN: _("审批卡片已撤回"),
        Action.CARD_RESENT: _("重新发送审批"),
        Action.TWIN_FOUND: _("撤回重复的审批"),
        Action.DELIVERY_FAILED: _("对接失败"),
        Action.DELIVERY_RETRIED: _("重试对接"),
        Action.PROBLEM_REOPENED: _("问题 SQL 再次出现"),
        Action.PROBLEMS_CHANGED: _("处理问题 SQL"),
        Action.PROBLEMS_UPLOADED: _("上传 SQL 快捷审核"),
        Action.ISSUES_PUSHED: _("推送到 Coding"),
        Action.KEYS_ROTATED: _("更换加密密钥"),
        Action.DATABASE_RESTORED: _("从备份恢复数据库"),
    }


def of_details(record: OperationRecord) -> list[tuple[str, str]]:
    """The details as (word, text) pairs without the empty ones; an unknown word stands as it is."""
    words, codes = _words(), _codes()
    if record.action == Action.SIGN_IN_REFUSED:
        codes["reason"] = _refusals()
    return [
        (words.get(key, key), _text(_readable(key, value), codes.get(key, {})))
        for key, value in record.details.items()
        if value not in ("", [], None) and key not in NOT_SHOWN
    ]


def of_subject(subject: str) -> str:
    """「工单 default/12」 for "ticket:default/12"; an unknown kind stands as it is."""
    kind, _colon, name = subject.partition(":")
    titles = {
        "datasource": _("数据源"),
        "delivery": _("对接"),
        "keys": _("加密密钥"),
        "database": _("数据库"),
        "member": _("成员"),
        "problem": _("问题 SQL"),
        "members": _("全部成员"),
        "project": _("项目"),
        "provider": _("平台"),
        "settings": _("全局配置"),
        "ticket": _("工单"),
    }
    if kind not in titles:
        return subject or "-"
    if kind in {"settings", "members", "database"}:
        return titles[kind]
    if kind == "provider":
        name = _codes()["provider"].get(name, name)
    return f"{titles[kind]} {name}".strip()


def _readable(key: str, value: object) -> object:
    """Changes of rules as sentences: of two levels alone nobody knows which is the new one."""
    if key != "changes" or not isinstance(value, list):
        return value
    levels = _levels()
    return [
        _(
            "%(rule)s：%(was)s → %(now)s",
            rule=RULES[one["rule"]].title if one["rule"] in RULES else one["rule"],
            was=levels.get(one["was"], one["was"]),
            now=levels.get(one["now"], one["now"]),
        )
        for one in value
    ]


def _words() -> dict[str, str]:
    return {
        "action": _("动作"),
        "again": _("再次出现"),
        "agreed": _("是否同意"),
        "assignee": _("处理人"),
        "at": _("时间"),
        "backup_at": _("备份时间"),
        "app_key": _("应用"),
        "changes": _("改动"),
        "code": _("错误码"),
        "coding_project": _("CODING 项目"),
        "confirm_schedule": _("定时上线前再次确认"),
        "count": _("数量"),
        "database": _("数据库"),
        "db_type": _("类型"),
        "email": _("邮箱"),
        "enabled": _("启用"),
        "external_id": _("审批实例"),
        "ended": _("退出数量"),
        "failed": _("未通过项"),
        "host": _("主机"),
        "ids": _("编号"),
        "looked_for": _("发送前先核对的对接"),
        "im_execute": _("允许在 IM 中上线"),
        "kind": _("节点"),
        "managers": _("项目管理员"),
        "max_level": _("最高审核等级"),
        "members": _("项目成员"),
        "name": _("名称"),
        "new": _("新增"),
        "originator": _("替补发起人"),
        "phone": _("手机号"),
        "port": _("端口"),
        "position": _("步骤"),
        "problem": _("问题"),
        "provider": _("平台"),
        "reason": _("原因"),
        "record_hours": _("操作记录过期时间（小时）"),
        "remark": _("备注"),
        "revision": _("版本"),
        "rotated": _("重新加密"),
        "result": _("结果"),
        "role": _("角色"),
        "run": _("第几次上线"),
        "runs": _("被取消的上线"),
        "schedules": _("被取消的定时上线"),
        "secret_changed": _("更换应用密钥"),
        "settled_as": _("核对结果"),
        "source": _("来源"),
        "started_by": _("发起人"),
        "state": _("状态"),
        "statements": _("语句"),
        "status": _("状态"),
        "steps": _("节点"),
        "title": _("名称"),
        "url_prefix": _("URL 地址前缀"),
        "username": _("用户名"),
        "via": _("途径"),
        "wechat_id": _("微信 ID"),
    }


def _codes() -> dict[str, dict[str, str]]:
    """What codes mean, by the word they stand under: free text is never taken for a code."""
    kinds = {"audit": _("审核"), "execute": _("执行上线")}
    platforms = wording.platform_titles() | {"portal": _("门户")}
    return {
        "action": wording.delivery_actions(),
        "kind": kinds,
        "max_level": _levels(),
        "provider": platforms,
        "result": {"ok": _("通过"), "fail": _("未通过")},
        "source": problem_wording.sources(),
        "status": problem_wording.statuses(),
        "role": {"admin": _("管理员"), "member": _("普通成员")},
        "steps": kinds,
        "via": platforms,
    }


def _levels() -> dict[str, str]:
    return {
        "normal": _("正常"),
        "notice": _("提示"),
        "warn": _("告警"),
        "error": _("错误"),
        "off": _("关闭"),
    }


def _refusals() -> dict[str, str]:
    return {
        "wrong": _("用户名或密码不正确"),
        "disabled": _("账号已禁用"),
    }


def _text(value: object, codes: dict[str, str]) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, dict):
        return "：".join(_text(item, codes) for item in value.values())
    if isinstance(value, list):
        comma = "；" if any(isinstance(item, dict) for item in value) else "、"
        return comma.join(_text(item, codes) for item in value) or "-"
    return codes.get(str(value), str(value))
