"""What comes and goes on the providers' cards: test results, templates that fail, samples."""

from __future__ import annotations

import pytest

from portal.domain import samples
from tests.browser.by_hand import KEY_FIELDS
from tests.browser.look import fits_and_is_accessible
from tests.browser.staff import CHIEF
from tests.browser.waiting import until
from tests.platforms import FEISHU, PLATFORMS

PATH = "/settings/integrations"
SAMPLE = "#feishu-sample"


@pytest.mark.parametrize("provider", PLATFORMS)
def test_the_test_buttons_lines(tab_of, provider):
    """Every check line of a card whose values are right, and of one whose secret is wrong."""
    card = f"#{provider}"
    tab = tab_of("boss").goto(PATH).press("测试联通性", card)
    assert tab.css(f"{card} [data-check=credentials]").get_attribute("data-result") == "ok"
    fits_and_is_accessible(tab, f"tested {provider}")
    tab.fill(card, app_secret="wrong").press("测试联通性", card)
    assert tab.css(f"{card} [data-check=credentials]").get_attribute("data-result") == "fail"
    fits_and_is_accessible(tab, f"tested {provider} with a wrong secret")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_refused_card_is_found_from_the_top_of_the_page(tab_of, scripts):
    tab = tab_of("boss", scripts=scripts).goto(PATH).press("编辑", "#feishu")
    tab.css("#feishu [name=account_type]").select_option("email")
    tab.fill("#feishu", account="no e-mail").press("测试联通性", "#feishu")
    assert tab.css("#feishu [data-error=account]").is_visible()
    assert tab.css("#feishu [name=account]").input_value() == "no e-mail"
    assert tab.css("#feishu [name=account_type]").input_value() == "email"
    if scripts:
        assert tab.page.evaluate("document.activeElement.name") == "account"
        fits_and_is_accessible(tab, "tested feishu with a wrong account")
    notice = tab.css(".notice-error a")
    assert "启用飞书审批" in tab.text(".notice-error")
    notice.click()
    field = tab.css(f"#feishu [name={KEY_FIELDS['feishu']}]").bounding_box()
    assert 0 <= field["y"] <= 800


def test_a_template_that_cannot_be_made_says_why_and_where_to_try_again(company, tab_of):
    scopes = ["approval:approval", "approval:approval:readonly"]
    sandbox = company.world.sandbox
    sandbox.control("scopes", {"app_key": FEISHU.app_key, "revoke": scopes})
    try:
        tab = tab_of("boss").goto(PATH).press("编辑", "#feishu").press("提交", "#feishu")
        tab.css("#feishu-facts .problem:has-text('没有建好')").wait_for()  # by itself
        assert "approval:approval" in tab.text("#feishu-facts")
        fits_and_is_accessible(tab, "template failed")
    finally:
        sandbox.control("scopes", {"app_key": FEISHU.app_key, "grant": scopes})
    tab.follow(tab.css("#feishu-facts a"))
    row = "[data-provider=feishu][data-action=template][data-delivery=failed]"
    fits_and_is_accessible(tab, "deliveries, template failed")
    tab.press("重试", row)
    tab.goto(PATH)
    tab.css("#feishu-facts:has-text('已就绪')").wait_for()


def test_a_sample_waits_and_is_withdrawn_before_its_time(company, tab_of):
    """Beside it the other card's, which was agreed to."""
    tab = tab_of("chief").goto(PATH).press("发送给我", SAMPLE)
    tab.css(f"{SAMPLE} [data-approval=pending]").wait_for()
    assert tab.css("#dingtalk-sample [data-approval=approved]").count() == 1
    fits_and_is_accessible(tab, "sample pending")
    assert until(lambda: company.world.open_cards("SAMPLE-feishu"))
    tab.press("立即撤回", SAMPLE)
    tab.css(f"{SAMPLE} [data-approval=withdrawn]").wait_for()
    assert company.world.open_cards("SAMPLE-feishu") == []
    fits_and_is_accessible(tab, "sample withdrawn")


def test_a_sample_that_reaches_nobody_says_why(company, tab_of):
    world = company.world
    with world.rules():
        samples.send("feishu", world.member("member01"), ("phone", "email"))
    tab = tab_of("boss").goto(PATH)
    broken = tab.css(f"{SAMPLE} [data-approval=broken]")
    broken.wait_for()
    assert "没有发送成功" in broken.inner_text()
    assert broken.locator("a[href^='/settings/deliveries?state=failed']").count() == 1
    fits_and_is_accessible(tab, "sample broken")


def test_a_sample_answered_by_somebody_else_says_by_whom(company, tab_of):
    world = company.world
    with world.rules():
        key = samples.send("feishu", world.member("chief"), ("phone", "email")).key
    (card,) = until(lambda: world.open_cards(key))
    world.sandbox.press(card["id"], "redirect", CHIEF["userid"], to="ding-lead")
    world.sandbox.press(card["id"], "refuse", "ding-lead")
    tab = tab_of("chief").goto(PATH)
    tab.css(f"{SAMPLE} [data-approval=rejected]").wait_for()
    assert "李组长 已在飞书点了拒绝" in tab.text(SAMPLE)
