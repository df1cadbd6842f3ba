"""The whole story by hand: settings, people, flow, a ticket, two phones, a refusal, the end."""

from __future__ import annotations

import pytest

from portal.sandbox.seed import DEMO_PEOPLE
from tests.browser import by_hand
from tests.browser.by_hand import TICKET, status_of
from tests.browser.processes import Served
from tests.browser.tab import Tab


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_ticket_is_approved_on_two_phones(fresh, open_tab, scripts):
    """From the first start to 上线成功, by nothing but pages."""
    story = Story(fresh, open_tab, scripts)
    story.set_up()
    story.file()
    story.refused_at_the_second_step()
    story.edited_and_agreed()
    story.put_online()


class Story:
    """Its parts in order; every person has a browser of their own."""

    def __init__(self, served: Served, open_tab, scripts: bool):
        self.served = served
        self.scripts = scripts
        self.new_tab = lambda: open_tab(served.portal, scripts=scripts)
        by_hand.prepare_the_world(served)
        self.admin = by_hand.sign_in(self.new_tab(), "admin", served.admin_password)
        self.phone = open_tab(served.sandbox, phone=True, scripts=False)

    def set_up(self) -> None:
        by_hand.set_address(self.admin, self.served.portal)
        by_hand.switch_on(self.admin, "dingtalk", phone=DEMO_PEOPLE[0][2])
        by_hand.add_people_and_project(self.admin)

    def file(self) -> None:
        self.creator = by_hand.enter(self.new_tab(), "zhangsan", by_hand.NEW_TICKET)
        by_hand.file_ticket(self.creator)

    def refused_at_the_second_step(self) -> None:
        """One of the two agrees; the next step's phones ring; there it is refused, with a word."""
        self._wait_for_card("lisi")
        assert self._wait_for_card("wangwu").text().count("改订单状态") >= 1
        self.phone.goto("/phone/lisi").press("同意")
        first = self.creator.goto(TICKET).reload_until("[data-step='1'][data-state=approved]")
        assert first.get_attribute("data-decided-by") == "lisi"
        assert first.get_attribute("data-via") == "dingtalk"
        assert status_of(self.creator) == "wait_for_audit"
        self._wait_for_card("sunqi")
        card = self.phone.css("[data-card] form[action$='/refuse']")
        card.locator("[name=remark]").fill("缺少回滚方案")
        self.phone.follow(card.locator("button"))
        second = self.creator.reload_until("[data-step='2'][data-state=rejected]")
        assert second.get_attribute("data-decided-by") == "sunqi"
        assert second.get_attribute("data-via") == "dingtalk"
        assert status_of(self.creator) == "rejected"
        assert "缺少回滚方案" in self.creator.text()

    def edited_and_agreed(self) -> None:
        """A second revision starts at the first step, with new cards for the edited SQL."""
        creator = self.creator.press("修改审核语句")
        creator.fill("#resubmit", sql="UPDATE orders SET state = 3 WHERE id = 7")
        creator.press("重新提交")
        assert status_of(creator) == "wait_for_audit"
        assert creator.css("[data-step='1']").get_attribute("data-state") == "open"
        for step, username in ((1, "wangwu"), (2, "zhaoliu")):
            card = self._wait_for_card(username)
            assert "state = 3" in card.text("[data-card]")
            card.press("同意")
            done = creator.reload_until(f"[data-step='{step}'][data-state=approved]")
            assert done.get_attribute("data-decided-by") == username
        assert status_of(creator) == "wait_for_execution"

    def put_online(self) -> None:
        """The operator is led from the sign-in to the ticket and has the portal run its SQL."""
        username = by_hand.OPERATOR[0]
        self._wait_for_card(username)
        operator = by_hand.enter(self.new_tab(), username, TICKET)
        operator.page.on("dialog", lambda dialog: dialog.accept())
        operator.press("立即上线")
        by_hand.arrives(operator, "main [data-status=finished]", self.scripts)
        assert by_hand.orders(self.served) == {7: 3, 8: 1}
        last = operator.css("[data-step='3']")
        assert last.get_attribute("data-state") == "executed"
        assert last.get_attribute("data-decided-by") == username
        assert last.get_attribute("data-via") == "portal"
        told = "[data-step='3'] [data-approval=superseded]:has-text('通知：已送达')"
        by_hand.arrives(operator, told, self.scripts)
        deliveries = self.admin.goto("/settings/deliveries").css("[data-delivery]")
        states = {row.get_attribute("data-delivery") for row in deliveries.all()}
        assert states == {"sent"}

    def _wait_for_card(self, username: str) -> Tab:
        self.phone.goto(f"/phone/{username}")
        self.phone.reload_until("[data-card] form[action$='/agree']")
        return self.phone
