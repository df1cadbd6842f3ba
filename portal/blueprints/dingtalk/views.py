"""DingTalk's card on the 流程对接 page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.blueprints.dingtalk.approval import DingTalkApproval, make
from portal.blueprints.dingtalk.forms import DingTalkForm
from portal.blueprints.provider_pages import ProviderPages, ProviderWords
from portal.domain.app_credentials import AppWords

PAGES = ProviderPages(
    DingTalkApproval,
    make,
    DingTalkForm,
    ProviderWords(
        title=DingTalkApproval.title,
        subtitle=_l("审批信息将根据审核人的手机号发送到相应的钉钉账号"),
        template_title=_l("审批模板"),
        hosts=_l("api.dingtalk.com 和 oapi.dingtalk.com"),
        app=AppWords("AppKey", "AppSecret"),
        originator_help=_l("创建人在钉钉里没有账号，或者本身就是审核人时，由此人代为发起审批。"),
    ),
)
