"""Feishu's story by hand, and both platforms at once: a sample, then a ticket asked for in both."""

from __future__ import annotations

import pytest

from portal.sandbox.seed import DEMO_ADMIN, DEMO_PEOPLE
from tests.browser import by_hand
from tests.browser.by_hand import TICKET, status_of
from tests.browser.processes import Served
from tests.browser.tab import Tab

SAMPLE = "#feishu-sample"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_one_platform_decides_and_the_others_card_is_finished(fresh, open_tab, scripts):
    """From Feishu's empty card to 上线成功, by nothing but pages."""
    story = Story(fresh, open_tab, scripts)
    story.switch_feishu_on()
    story.send_a_sample()
    story.people_are_matched_on_both()
    story.decided_in_one_and_finished_in_the_other()
    story.put_online_from_the_phone()
    story.nothing_failed()


class Story:
    """Its parts in order; every person has a browser of their own."""

    def __init__(self, served: Served, open_tab, scripts: bool):
        self.served, self.open_tab, self.scripts = served, open_tab, scripts
        by_hand.prepare_the_world(served)
        self.admin = by_hand.sign_in(self._new_tab(), "admin", served.admin_password)
        self.phone = open_tab(served.sandbox, phone=True, scripts=False)

    def switch_feishu_on(self) -> None:
        """Tested with an e-mail, saved; the definition gets ready by itself."""
        by_hand.set_address(self.admin, self.served.portal)
        email = DEMO_PEOPLE[1][3]
        by_hand.switch_on(self.admin, "feishu", account_type="email", account=email)
        self._arrives("#feishu-facts:has-text('已就绪')")

    def send_a_sample(self) -> None:
        """Refused without an e-mail of one's own; then it rings, and the answer comes back."""
        admin = self.admin.goto("/settings/integrations").press("发送给我", SAMPLE)
        assert "没有填写手机号和邮箱" in admin.text("[data-flash=error]")
        form = "form[action='/account']"
        admin.goto("/account").fill(form, email=DEMO_ADMIN[3]).press("保存", form)
        admin.goto("/settings/integrations").press("发送给我", SAMPLE)
        assert admin.css(f"{SAMPLE} [data-approval]").count() == 1
        card = self._card(DEMO_ADMIN[0], "feishu")
        assert "测试审批" in card.inner_text()
        self.phone.follow(card.locator("form[action$='/agree'] button"))
        self._arrives(f"{SAMPLE} [data-approval=approved]")
        assert "已在飞书点了同意" in admin.text(SAMPLE)

    def people_are_matched_on_both(self) -> None:
        """New members are matched by themselves, and again at the press of a button."""
        by_hand.switch_on(self.admin, "dingtalk", phone=DEMO_PEOPLE[1][2])
        by_hand.add_people_and_project(self.admin)
        self.admin.goto("/settings/mapping").press("重新匹配全部成员")
        assert self.admin.css("[data-flash=success]").count() == 1
        for provider in ("dingtalk", "feishu"):
            cell = f"[data-member=lisi] [data-provider={provider}][data-mapping=found]"
            self._arrives(cell)
            assert "按手机号 13800000002" in self.admin.text(cell)
        self._arrives("#mapping-board:not(:has(progress))")

    def decided_in_one_and_finished_in_the_other(self) -> None:
        creator = by_hand.enter(self._new_tab(), "zhangsan", by_hand.NEW_TICKET)
        by_hand.file_ticket(creator)
        for step, username, here, there in (
            ("1", "lisi", "feishu", "dingtalk"),
            ("2", "zhaoliu", "dingtalk", "feishu"),
        ):
            self._card(username, there)
            card = self._card(username, here)
            self.phone.follow(card.locator("form[action$='/agree'] button"))
            done = creator.goto(TICKET).reload_until(f"[data-step='{step}'][data-state=approved]")
            assert done.get_attribute("data-decided-by") == username
            assert done.get_attribute("data-via") == here
            assert done.locator(f"[data-provider={here}][data-approval=approved]").count() == 1
            other = done.locator(f"[data-provider={there}]")
            assert other.get_attribute("data-approval") == "superseded"
            self.phone.goto(f"/phone/{username}").reload_until(".phone .empty")
        assert status_of(creator) == "wait_for_execution"
        self.creator = creator

    def put_online_from_the_phone(self) -> None:
        """Agreed to in Feishu, the portal runs it; both cards say how it ended."""
        username = by_hand.OPERATOR[0]
        self._card(username, "dingtalk")
        card = self._card(username, "feishu")
        assert "state = 2" in card.inner_text()
        self.phone.follow(card.locator("form[action$='/agree'] button"))
        creator = self.creator
        last = creator.reload_until("[data-step='3'][data-state=executed]")
        assert last.get_attribute("data-decided-by") == username
        assert last.get_attribute("data-via") == "feishu"
        by_hand.arrives(creator, "main [data-status=finished]", self.scripts)
        assert by_hand.orders(self.served) == {7: 2, 8: 1}
        for provider in ("dingtalk", "feishu"):
            told = f"[data-step='3'] [data-provider={provider}]:has-text('通知：已送达')"
            by_hand.arrives(creator, told, self.scripts)

    def nothing_failed(self) -> None:
        rows = self.admin.goto("/settings/deliveries").css("[data-delivery]").all()
        assert {row.get_attribute("data-provider") for row in rows} == {"dingtalk", "feishu"}
        # void: the sample was answered before it was to be withdrawn
        assert {row.get_attribute("data-delivery") for row in rows} == {"sent", "void"}

    def _new_tab(self) -> Tab:
        return self.open_tab(self.served.portal, scripts=self.scripts)

    def _arrives(self, selector: str) -> None:
        by_hand.arrives(self.admin, selector, self.scripts)

    def _card(self, username: str, provider: str):
        """The card that waits on this phone."""
        self.phone.goto(f"/phone/{username}")
        waiting = f"[data-card][data-provider={provider}]:has(form[action$='/agree'])"
        return self.phone.reload_until(waiting).first
