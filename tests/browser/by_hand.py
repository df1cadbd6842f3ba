"""What people do on the pages, step by step, as the stories need it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from portal.sandbox.seed import DEFAULT_APPS, DEMO_PEOPLE
from tests.browser.processes import Served
from tests.browser.tab import WAIT_SECONDS, Tab
from tests.world import Sandbox

FIRST_PASSWORD = "Given-horse-4711"
OWN_PASSWORD = "Chosen-horse-4712"
KEY_FIELDS = {"dingtalk": "app_key", "feishu": "app_id"}
OPERATOR = ("yunwei", "周运维", "13800000008")
PEOPLE = [(username, name, mobile) for username, name, mobile, _email in DEMO_PEOPLE] + [OPERATOR]
FLOW = (
    ("lisi", "wangwu"),
    ("zhaoliu", "sunqi"),
    (),
    (),
    ("yunwei",),
)
ORDERS = "orders.db"
NEW_TICKET = "/projects/pay/tickets/new"
TICKET = "/projects/pay/tickets/1"


def prepare_the_world(served: Served) -> None:
    """What is there before the portal: a database with orders, and the operator in the IM."""
    username, name, mobile = OPERATOR
    people = [{"userid": username, "name": name, "mobile": mobile}]
    Sandbox(served.sandbox).control("people", {"people": people})
    file = _orders_file(served)
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, state INTEGER);"
            "INSERT INTO orders VALUES (7, 1), (8, 1);"
        )


def orders(served: Served) -> dict[int, int]:
    """What the database says: id → state."""
    with closing(sqlite3.connect(_orders_file(served))) as connection:
        return dict(connection.execute("SELECT id, state FROM orders"))


def _orders_file(served: Served) -> Path:
    return Path(served.settings["PORTAL_SQLITE_DIR"]) / ORDERS


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


def enter(tab: Tab, username: str, where: str) -> Tab:
    """The first sign-in asks for a password of their own, then goes on."""
    sign_in(tab.goto(where), username, FIRST_PASSWORD)
    assert tab.path == "/account"
    change_password(tab)
    assert tab.path == where
    return tab


def set_address(admin: Tab, address: str) -> None:
    """全局配置."""
    admin.goto("/settings/global").press("编辑").fill(url_prefix=address).press("提交")
    assert admin.css("[data-flash=success]").count() == 1


def switch_on(admin: Tab, provider: str, **look_up: str) -> None:
    """流程对接: typed, tested line by line, saved. look_up: the fields of the test."""
    card, key = f"#{provider}", KEY_FIELDS[provider]
    app_key, app_secret = DEFAULT_APPS[provider]
    admin.goto("/settings/integrations")
    admin.css(f"{card} [name=enabled]").check()
    if not admin.css(f"{card} [name={key}]").is_visible():
        admin.press("编辑", card)
    if account_type := look_up.pop("account_type", None):
        admin.css(f"{card} [name=account_type]").select_option(account_type)
    typed = {key: app_key, "app_secret": app_secret}
    admin.fill(card, **typed, **look_up).press("测试联通性", card)
    lines = {
        line.get_attribute("data-check"): line.get_attribute("data-result")
        for line in admin.css(f"{card} [data-check]").all()
    }
    assert {"address", "credentials"} < set(lines)
    assert set(lines.values()) <= {"ok", "skipped"}, lines
    assert app_secret not in admin.page.content()
    admin.fill(card, **typed).press("提交", card)
    assert admin.css("[data-flash=success]").count() == 1
    assert admin.css(f"{card} [name=enabled]").is_checked()
    assert app_key in admin.text(f"{card}-facts")


def add_people_and_project(admin: Tab) -> None:
    """Everybody of the story, the project `pay` with its flow and its data source."""
    for username, name, mobile in PEOPLE:
        admin.goto("/settings/members").press("添加成员")
        admin.fill(username=username, name=name, phone=mobile, password=FIRST_PASSWORD)
        admin.press("提交")
        assert admin.css(f"[data-member='{username}']").count() == 1
    admin.goto("/projects").press("创建项目").fill(name="pay", title="支付系统")
    for username, _name, _mobile in PEOPLE:
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
    admin.css("[name=db_type]").select_option("sqlite")
    admin.fill(name="订单库", database=ORDERS).press("测试连接")
    assert admin.css("[data-check][data-result=fail]").count() == 0, admin.text()
    admin.press("提交")
    assert admin.css("[data-datasource]").count() == 1


def file_ticket(creator: Tab) -> None:
    creator.fill(subject="改订单状态", description="修复数据")
    creator.fill(sql="UPDATE orders SET state = 2 WHERE id = 7").press("提交")
    assert creator.path == TICKET
    assert status_of(creator) == "wait_for_audit"


def status_of(tab: Tab) -> str | None:
    """The state of the ticket whose page this is."""
    return tab.css("main [data-status]").first.get_attribute("data-status")


def arrives(tab: Tab, selector: str, scripts: bool) -> None:
    """By itself where scripts run; elsewhere people reload the page."""
    if scripts:
        tab.css(selector).first.wait_for(timeout=WAIT_SECONDS * 1000)
    else:
        tab.reload_until(selector)
