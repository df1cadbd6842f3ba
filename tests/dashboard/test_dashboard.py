"""待我处理 and 我提交的: what concerns me, and nothing that I may not see."""

import pytest

from portal.extensions import db
from portal.models import ProjectMember
from tests.tickets.conftest import Shop


@pytest.fixture
def shop(app, sign_in, password_hash) -> Shop:
    shop = Shop(app, sign_in)
    shop.settle_in(password_hash)
    return shop


def lists(visitor) -> tuple[list[int], list[int]]:
    """The numbers waiting for me, and those that I filed."""
    page = visitor.get("/")
    assert page.h1 == "待我处理"
    found = {}
    for region in page.select("[role=region]"):
        rows = region.select("tr[data-ticket]")
        found[region["aria-label"]] = [int(row["data-ticket"]) for row in rows]
    return found.get("待我处理", []), found.get("我提交的", [])


def test_empty_lists_say_what_to_do(shop):
    page = shop.sign_in("creator").get("/")
    assert "没有等待你处理的工单" in page.text
    assert page.select('a[href="/projects/pay/tickets/new"]')
    page = shop.sign_in("stranger").get("/")
    assert "请联系管理员把你加入项目" in page.text


def test_a_ticket_waits_for_whoever_is_next(shop):
    number = shop.file()
    assert lists(shop.sign_in("lead")) == ([number], [])
    assert lists(shop.sign_in("owner")) == ([number], [])
    assert lists(shop.sign_in("dba")) == ([], [])
    assert lists(shop.sign_in("creator")) == ([], [number])
    shop.bring_to(number, "second_step")
    assert lists(shop.sign_in("lead")) == ([], [])
    assert lists(shop.sign_in("dba")) == ([number], [])
    shop.sign_in("dba").post(f"/projects/pay/tickets/{number}/approve", {})
    assert lists(shop.sign_in("operator")) == ([number], [])


def test_my_rejected_ticket_waits_for_me(shop):
    number = shop.file()
    shop.bring_to(number, "rejected")
    assert lists(shop.sign_in("creator")) == ([number], [number])
    assert lists(shop.sign_in("lead")) == ([], [])


@pytest.mark.parametrize("state", ["canceled", "finished"])
def test_what_has_ended_waits_for_nobody(shop, state):
    shop.bring_to(shop.file(), state)
    for username in ("creator", "lead", "dba", "operator", "boss"):
        assert lists(shop.sign_in(username))[0] == []


def test_who_left_the_project_sees_nothing_of_it(shop, app):
    shop.file()
    with app.app_context():
        for username in ("lead", "creator"):
            place = db.select(ProjectMember).filter_by(member_id=shop.member(username).id)
            db.session.delete(db.session.scalars(place).one())
        db.session.commit()
    assert lists(shop.sign_in("lead")) == ([], [])
    assert lists(shop.sign_in("creator")) == ([], [])


def test_older_ones_are_a_link_away(shop):
    for _number in range(25):
        shop.file()
    page = shop.sign_in("lead").get("/")
    assert len(page.select("tr[data-ticket]")) == 20
    page = page.visitor.get(page.one('a[rel="next"]')["href"])
    assert len(page.select("tr[data-ticket]")) == 5


def test_nonsense_in_the_address_harms_nothing(shop):
    shop.file()
    visitor = shop.sign_in("lead")
    for query in ("waiting=abc", "submitted=-1", "waiting=99999999999999999999"):
        assert len(visitor.get(f"/?{query}").select("tr[data-ticket]")) == 1
