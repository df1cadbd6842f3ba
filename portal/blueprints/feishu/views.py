"""Feishu's card on the 流程对接 page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.blueprints.feishu.approval import FeishuApproval, make
from portal.blueprints.feishu.forms import FeishuForm
from portal.blueprints.provider_pages import ProviderPages, ProviderWords
from portal.domain.app_credentials import AppWords

PAGES = ProviderPages(
    FeishuApproval,
    make,
    FeishuForm,
    ProviderWords(
        title=FeishuApproval.title,
        subtitle=_l("审批信息将根据审核人的手机号或邮箱发送到相应的飞书账号"),
        template_title=_l("审批定义"),
        hosts=_l("open.feishu.cn（Lark 为 open.larksuite.com）"),
        app=AppWords("App ID", "App Secret"),
        originator_help=_l("创建人在飞书里没有账号，或者本身就是审核人时，由此人代为发起审批。"),
    ),
)
