"""Every (state, act, person) by real posts: done, told that it is too late, or 403."""

import pytest

PAGE = "/projects/pay/tickets/1"
STATES = (
    "wait_for_audit",
    "second_step",
    "wait_for_execution",
    "rejected",
    "canceled",
    "finished",
)
FIELDS = {
    "approve": {"reason": "好"},
    "reject": {"reason": "不好"},
    "close": {"reason": "不要了"},
    "resubmit": {"subject": "新名", "description": "", "sql": "SELECT a FROM t"},
    "mark-executed": {},
    "resend": {"provider": "dingtalk"},
}
PEOPLE = ("creator", "lead", "owner", "dba", "operator", "onlooker", "boss")
OPEN = ("wait_for_audit", "second_step", "wait_for_execution")
# What is done: act → state → who may do it.
DONE = {
    "approve": {"wait_for_audit": {"lead", "owner"}, "second_step": {"dba"}},
    "reject": {
        "wait_for_audit": {"lead", "owner"},
        "second_step": {"dba"},
        "wait_for_execution": {"operator"},
    },
    "close": {state: {"creator", "boss"} for state in (*OPEN, "rejected")},
    "resubmit": {"rejected": {"creator", "boss"}},
    "mark-executed": {"wait_for_execution": {"operator", "boss"}},
    "resend": {},  # no platform is switched on here: see test_cards.py
}
# Who is told that they are too late, where it is not done: they were asked, or may ever do this.
ASKED = {
    "wait_for_audit": {"lead", "owner"},
    "second_step": {"lead", "owner", "dba"},
    "wait_for_execution": {"lead", "owner", "dba", "operator"},
    "rejected": {"lead", "owner", "dba", "operator"},
    "canceled": {"lead", "owner", "dba", "operator"},
    "finished": {"lead", "owner", "dba", "operator"},
}


@pytest.mark.parametrize("act", ["approve", "reject", "close", "resubmit", "mark-executed"])
@pytest.mark.parametrize("state", STATES)
def test_who_may_do_what_and_when(shop, act, state):
    """One ticket a person: all people are tried on the same state."""
    for number, username in enumerate(PEOPLE, start=1):
        assert shop.file() == number
        shop.bring_to(number, state)
        before = shop.status(number)
        visitor = shop.sign_in(username)
        path = f"/projects/pay/tickets/{number}/{act}"
        page = visitor.get(f"/projects/pay/tickets/{number}")
        offered = bool(page.select(f'form[action="{path}"]'))
        may = username in DONE[act].get(state, set())
        assert offered == may, f"{username} is {'not ' if may else ''}offered {act} in {state}"
        if may:
            page = visitor.post(path, FIELDS[act])
            assert [kind for kind, _text in page.flashes] == ["success"]
            assert shop.status(number) != before or (act, state) == ("approve", "wait_for_audit")
        elif is_told(act, state, username):
            page = visitor.post(path, FIELDS[act])
            assert [kind for kind, _text in page.flashes] == ["warning"]
            assert shop.status(number) == before
        else:
            visitor.post(path, FIELDS[act], 403)
            assert shop.status(number) == before


def is_told(act: str, state: str, username: str) -> bool:
    """Too late rather than forbidden."""
    if act in {"close", "resubmit"}:
        return username in {"creator", "boss"}
    if act == "mark-executed":
        return username in {"operator", "boss"}
    return username in ASKED[state]


@pytest.mark.parametrize("act", FIELDS)
def test_strangers_find_nothing(shop, visitor, act):
    shop.file()
    stranger = shop.sign_in("stranger")
    stranger.get(PAGE, 404)
    stranger.post(f"{PAGE}/{act}", FIELDS[act], 404)
    shop.sign_in("lead").post(f"/projects/pay/tickets/99/{act}", FIELDS[act], 404)
    shop.sign_in("lead").post(f"/projects/pay/tickets/{2**40}/{act}", FIELDS[act], 404)
    assert visitor.post(f"{PAGE}/{act}", FIELDS[act]).path.startswith("/login")
    assert shop.status(1) == "wait_for_audit"
