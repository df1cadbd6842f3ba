"""The cache of access tokens: renewed in time, fetched by one, dropped only when it is the one."""

import threading
import time

import pytest

from portal.kit.tokens import TokenCache, digest


def test_a_token_is_renewed_before_it_ends():
    cache = TokenCache()
    fetched = []

    def fetch(seconds):
        def made():
            fetched.append(seconds)
            return f"t{len(fetched)}", seconds

        return made

    assert cache.get("long", fetch(7200), 1) == "t1"
    assert cache.get("long", fetch(7200), 1) == "t1"
    assert cache.get("short", fetch(0), 1) == "t2"
    assert cache.get("short", fetch(0), 1) == "t3"


def test_a_late_refusal_does_not_drop_a_fresh_token():
    cache = TokenCache()
    cache.put("app", "new", 7200)
    cache.drop("app", "old")
    assert cache.get("app", lambda: ("newer", 7200), 1) == "new"


def test_waiting_for_anothers_fetch_has_an_end():
    cache = TokenCache()

    def slow():
        time.sleep(0.6)
        return "t", 7200

    thread = threading.Thread(target=cache.get, args=("app", slow, 5))
    thread.start()
    time.sleep(0.1)
    with pytest.raises(TimeoutError):
        cache.get("app", slow, 0.1)
    thread.join()
    assert cache.get("app", slow, 0) == "t"


def test_a_key_depends_on_every_part_and_holds_no_secret():
    key = digest("https://a", "app", "secret")
    assert "secret" not in key
    others = {
        digest("https://b", "app", "secret"), digest("https://a", "app2", "secret"),
        digest("https://a", "app", "secret2"), digest("https://a", "apps", "ecret"),
    }  # fmt: skip
    assert len(others | {key}) == 5
