"""Ways around the throttle, and ways to learn who is a member."""

import statistics
import time

from portal.domain import signin

VARIANTS = ["admin", "ADMIN", " admin ", "Admin\t", "\u3000admin", "admin\r\n"]


def try_once(client, token, username, **headers):
    data = {"csrf_token": token, "username": username, "password": "wrong-password-1"}
    return client.post("/login", data=data, headers=headers).status_code


def test_neither_spelling_nor_a_forged_address_gets_around(visitor):
    token = visitor.csrf_token()
    statuses = []
    for attempt in range(20):
        forged = f"203.0.113.{attempt}"
        headers = {"X-Forwarded-For": forged, "Forwarded": f"for={forged}", "X-Real-IP": forged}
        username = VARIANTS[attempt % len(VARIANTS)]
        statuses.append(try_once(visitor.client, token, username, **headers))
    assert statuses.count(422) == signin.FAILURES_AN_ACCOUNT
    assert set(statuses[signin.FAILURES_AN_ACCOUNT :]) == {429}


def test_nobody_takes_as_long_as_somebody(app, make_member):
    make_member("zhangsan")
    taken = {}
    for username in ("zhangsan", "nobody-of-that-name"):
        client = app.test_client()
        page = client.get("/login").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        times = []
        for _attempt in range(4):
            started = time.process_time()
            assert try_once(client, token, username) == 422
            times.append(time.process_time() - started)
        taken[username] = statistics.median(times)
    shorter, longer = sorted(taken.values())
    assert longer < shorter * 2
