"""`python wsgi.py --demo`, as the README says, in a copy of the tree."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

from tests.browser.processes import ROOT, running
from tests.servers_tools import free_port

PAY = "UPDATE orders SET state = 'paid' WHERE id = 1"
MINE = "[data-card]:has-text('试用 zhangsan') form[action$='/agree']"
TREE = ("portal", "wsgi.py", "requirements.txt")


def test_the_demo_can_be_tried_with_what_it_prints(tmp_path, open_tab):
    """A printed password signs in, a ticket is filed, agreed on phones, and run."""
    copy = tmp_path / "portal"
    copy.mkdir()
    for name in TREE:
        part = ROOT / name
        if part.is_dir():
            shutil.copytree(part, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(part, copy / name)
    port = free_port(2)
    environment = {"PORTAL_PORT": str(port)}
    log = tmp_path / "demo.log"
    with running(["wsgi.py", "--demo"], environment, "Portal: ", log, copy) as lines:
        people = {line.split()[0]: line.split() for line in lines if len(line.split()) == 3}
        assert people["admin"][2] == "admin"
        assert people["zhangsan"][2] == "member"
        for username in ("zhangsan", "admin"):
            tab = open_tab(f"http://127.0.0.1:{port}").goto("/projects/shop/tickets/new")
            tab.fill(username=username, password=people[username][1]).press("登录")
            assert tab.path == "/projects/shop/tickets/new"
            tab.fill(subject=f"试用 {username}", sql=PAY).press("提交")
            assert tab.css("[data-status=wait_for_audit]").count() >= 1
        phone = open_tab(f"http://127.0.0.1:{port + 1}", phone=True)
        for username in ("lisi", "zhaoliu"):
            phone.goto(f"/phone/{username}").reload_until(MINE)
            phone.follow(phone.css(f"{MINE} button").first)
        operator = open_tab(f"http://127.0.0.1:{port}").goto("/projects/shop/tickets/1")
        operator.fill(username="sunqi", password=people["sunqi"][1]).press("登录")
        operator.reload_until("#execute-form")
        operator.page.on("dialog", lambda dialog: dialog.accept())
        operator.press("立即上线")
        operator.css("[data-status=finished]").first.wait_for()
        with closing(sqlite3.connect(copy / "instance/datasources/demo-shop.db")) as shop:
            assert shop.execute("SELECT state FROM orders WHERE id = 1").fetchone() == ("paid",)
        assert '"level": "INFO"' not in log.read_text()  # the passwords stay on the screen
        operator.page.goto("about:blank")  # it looks for news, which must not meet the end
