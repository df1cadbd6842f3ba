"""The lines of 测试连接 that no server on this machine shows."""

from __future__ import annotations

import pytest

from portal.domain import source_check, source_lines
from portal.kit.databases import ServerFacts, Target

FACTS = {
    "version": "MySQL 8.4",
    "account": "app@10.0.0.%",
    "is_encrypted": True,
    "is_superuser": False,
    "is_read_only": False,
}


@pytest.fixture
def lines(app):
    """lines(host, **facts) → line → (result, whether it is a warning)."""

    def told(host: str = "10.0.0.5", **facts):
        with app.test_request_context():
            target = Target("mysql", host, 3306, "app", "x", "shop")
            checks = source_lines.of_facts(target, ServerFacts(**(FACTS | facts)))
            assert source_check.is_usable(checks) or facts.get("is_read_only")
            return {one.name: (str(one.result), one.is_warning) for one in checks}

    return told


def test_a_connection_in_the_clear_is_a_warning_but_on_this_machine(lines):
    assert lines(is_encrypted=False)["encryption"] == ("fail", True)
    assert lines("127.0.0.1", is_encrypted=False)["encryption"] == ("ok", False)
    assert set(lines().values()) == {("ok", False)}


@pytest.mark.parametrize("account", ["root@localhost", "ROOT@%", "sa"])
def test_an_almighty_name_is_a_warning_whatever_it_may_do(lines, account):
    assert lines(account=account)["superuser"] == ("fail", True)


def test_only_reading_is_a_failure(lines):
    assert lines(is_read_only=True)["read_only"] == ("fail", False)
