"""The whole story by hand: settings, people, flow, a ticket, two phones, a refusal, the end."""

from __future__ import annotations

import pytest

from portal.sandbox.seed import DEFAULT_APP_KEY, DEFAULT_APP_SECRET, DEMO_PEOPLE
from tests.browser.processes import Served
from tests.browser.tab import Tab

FIRST_PASSWORD = "Given-horse-4711"
OWN_PASSWORD = "Chosen-horse-4712"
OPERATOR = ("yunwei", "周运维", "13800000009")
TICKET = "/projects/pay/tickets/1"
FLOW = (
    ("lisi", "wangwu"),
    ("zhaoliu", "sunqi"),
    (),
    (),
    ("yunwei",),
)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_ticket_is_approved_on_two_phones(fresh, open_tab, scripts):
    """From the first start to 上线成功, by nothing but pages."""
    story = Story(fresh, lambda: open_tab(fresh.portal, scripts=scripts), open_tab)
    story.settings()
    story.people_and_project()
    story.file()
    story.refused_at_the_second_step()
    story.edited_and_agreed()
    story.put_online()


class Story:
    """Its parts in order; every person has a browser of their own."""

    def __init__(self, served: Served, new_tab, open_tab):
        self.served = served
        self.new_tab = new_tab
        self.admin = sign_in(new_tab(), "admin", served.admin_password)
        self.phone = open_tab(served.sandbox, phone=True, scripts=False)

    def settings(self) -> None:
        """全局配置, then 流程对接: typed, tested line by line, saved."""
        admin = self.admin.goto("/settings/global").press("编辑")
        admin.fill(url_prefix=self.served.portal).press("提交")
        assert admin.css("[data-flash=success]").count() == 1
        admin.goto("/settings/integrations")
        admin.css("#dingtalk [name=enabled]").check()
        if not admin.css("#dingtalk [name=app_key]").is_visible():
            admin.press("编辑", "#dingtalk")
        secrets = {"app_key": DEFAULT_APP_KEY, "app_secret": DEFAULT_APP_SECRET}
        admin.fill(**secrets, phone=DEMO_PEOPLE[0][2]).press("测试联通性")
        lines = {
            line.get_attribute("data-check"): line.get_attribute("data-result")
            for line in admin.css("[data-check]").all()
        }
        assert {"address", "credentials", "Workflow.Form.Read"} <= set(lines)
        assert set(lines.values()) <= {"ok", "skipped"}, lines
        assert DEFAULT_APP_SECRET not in admin.page.content()
        admin.fill(**secrets).press("提交")
        assert admin.css("[data-flash=success]").count() == 1
        assert admin.css("#dingtalk [name=enabled]").is_checked()
        assert DEFAULT_APP_KEY in admin.text("#dingtalk")

    def people_and_project(self) -> None:
        admin = self.admin
        people = [(username, name, mobile) for username, name, mobile, _email in DEMO_PEOPLE]
        for username, name, mobile in [*people, OPERATOR]:
            admin.goto("/settings/members").press("添加成员")
            admin.fill(username=username, name=name, phone=mobile, password=FIRST_PASSWORD)
            admin.press("提交")
            assert admin.css(f"[data-member='{username}']").count() == 1
        admin.goto("/projects").press("创建项目").fill(name="pay", title="支付系统")
        for username, _name, _mobile in [*people, OPERATOR]:
            admin.css(f"[name=members][value='{username}']").check()
        admin.press("提交")
        assert admin.css("[data-flash=success]").count() == 1, admin.text()
        admin.goto("/projects/pay/flow")
        for number, usernames in enumerate(FLOW):
            for username in usernames:
                admin.css(f"[name='steps-{number}-assignees'][value='{username}']").check()
        admin.press("提交")
        assert admin.css("[data-flow-step]").count() == 3, admin.text()
        admin.goto("/projects/pay/datasources").press("添加数据源")
        admin.css("[name=db_type]").select_option("mysql")
        admin.fill(name="订单库", host="10.0.0.5", port="3306", username="app").press("提交")
        assert admin.css("[data-datasource]").count() == 1

    def file(self) -> None:
        """The submitter's first sign-in asks for a password of their own, then goes on."""
        self.creator = creator = sign_in(
            self.new_tab().goto("/projects/pay/tickets/new"), "zhangsan", FIRST_PASSWORD
        )
        assert creator.path == "/account"
        change_password(creator)
        assert creator.path == "/projects/pay/tickets/new"
        creator.fill(subject="改订单状态", description="修复数据")
        creator.fill(sql="UPDATE orders SET state = 2 WHERE id = 7").press("提交")
        assert creator.path == TICKET
        assert state_of(creator) == "wait_for_audit"

    def refused_at_the_second_step(self) -> None:
        """One of the two agrees; the next step's phones ring; there it is refused, with a word."""
        self._wait_for_card("lisi")
        assert self._wait_for_card("wangwu").text().count("改订单状态") >= 1
        self.phone.goto("/phone/lisi").press("同意")
        first = self.creator.goto(TICKET).reload_until("[data-step='1'][data-state=approved]")
        assert first.get_attribute("data-decided-by") == "lisi"
        assert first.get_attribute("data-via") == "dingtalk"
        assert state_of(self.creator) == "wait_for_audit"
        self._wait_for_card("sunqi")
        card = self.phone.css("[data-card] form[action$='/refuse']")
        card.locator("[name=remark]").fill("缺少回滚方案")
        self.phone.follow(card.locator("button"))
        second = self.creator.reload_until("[data-step='2'][data-state=rejected]")
        assert second.get_attribute("data-decided-by") == "sunqi"
        assert second.get_attribute("data-via") == "dingtalk"
        assert state_of(self.creator) == "rejected"
        assert "缺少回滚方案" in self.creator.text()

    def edited_and_agreed(self) -> None:
        """A second revision starts at the first step, with new cards for the edited SQL."""
        creator = self.creator.press("修改审核语句")
        creator.fill("#resubmit", sql="UPDATE orders SET state = 3 WHERE id = 7")
        creator.press("重新提交")
        assert state_of(creator) == "wait_for_audit"
        assert creator.css("[data-step='1']").get_attribute("data-state") == "open"
        for step, username in ((1, "wangwu"), (2, "zhaoliu")):
            card = self._wait_for_card(username)
            assert "state = 3" in card.text("[data-card]")
            card.press("同意")
            done = creator.reload_until(f"[data-step='{step}'][data-state=approved]")
            assert done.get_attribute("data-decided-by") == username
        assert state_of(creator) == "wait_for_execution"

    def put_online(self) -> None:
        """The operator is led from the sign-in to the ticket and finishes it."""
        operator = sign_in(self.new_tab().goto(TICKET), OPERATOR[0], FIRST_PASSWORD)
        change_password(operator)
        assert operator.path == TICKET
        operator.page.on("dialog", lambda dialog: dialog.accept())
        operator.press("标记为人工上线")
        assert state_of(operator) == "finished"
        last = operator.css("[data-step='3']")
        assert last.get_attribute("data-state") == "executed"
        assert last.get_attribute("data-decided-by") == OPERATOR[0]
        assert last.get_attribute("data-via") == "portal"
        deliveries = self.admin.goto("/settings/deliveries").css("[data-delivery]")
        states = {row.get_attribute("data-delivery") for row in deliveries.all()}
        assert states == {"sent"}

    def _wait_for_card(self, username: str) -> Tab:
        self.phone.goto(f"/phone/{username}")
        self.phone.reload_until("[data-card] form[action$='/agree']")
        return self.phone


def sign_in(tab: Tab, username: str, password: str) -> Tab:
    """Through the form; from /login when no other page led there."""
    if tab.path != "/login":
        tab.goto("/login")
    tab.fill(username=username, password=password).press("登录")
    assert tab.path != "/login", tab.text()
    return tab


def change_password(tab: Tab) -> None:
    tab.fill(current_password=FIRST_PASSWORD, new_password=OWN_PASSWORD)
    tab.follow(tab.css("form[action^='/account/password'] button[type=submit].btn"))


def state_of(tab: Tab) -> str | None:
    return tab.css("main [data-status]").first.get_attribute("data-status")
