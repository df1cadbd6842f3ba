"""N1: the platform cannot be reached: filing goes on as ever, and the ticket says how it stands."""

from __future__ import annotations

import re
import socket

from portal.domain import app_health

NEW = "/projects/pay/tickets/new"
NEXT_TRY = re.compile(r"将于 \d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? 自动重试")


def nobody_listens() -> str:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{sock.getsockname()[1]}"


def test_a_platform_out_of_reach_stops_no_filing_and_is_said(world, platform, creator):
    config, address = world.app.config, nobody_listens()
    there = {name: config[name] for name in platform.settings}
    config.update(dict.fromkeys(platform.settings, address))
    for number in range(1, app_health.FAILURES + 1):
        page = creator.get(NEW)
        sent = page.form(has="sql").fill(subject=f"第 {number} 个", sql="DELETE FROM t WHERE a=1")
        page = sent.send()
        assert page.path == f"/projects/pay/tickets/{number}"
        world.deliver()
        page = creator.get(page.path)
        said = " ".join(page.one("[data-approval]").get_text(" ").split())
        assert NEXT_TRY.search(said), said
        if number == 1:
            assert said.startswith(f"发送到{platform.title}失败，稍后自动重试"), said
    # The breaker is open: there is one time for all.
    assert said.startswith(f"暂时无法连接{platform.title}，将于"), said
    assert not world.sandbox.calls()
    config.update(there)
    world.pass_time(600)
    world.deliver()
    assert len(world.open_cards()) == app_health.FAILURES
