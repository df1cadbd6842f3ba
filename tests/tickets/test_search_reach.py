"""A search ends after so many tickets, says where, and goes on from there."""

from itertools import chain

import pytest

from portal.domain import ticket_lists, ticket_search

LIST = "/projects/pay/tickets"
TICKETS, REACH = 25, 10


def numbers(page) -> list[int]:
    return [int(row["data-ticket"]) for row in page.select("tr[data-ticket]")]


def all_pages(visitor, query: str) -> list[list[int]]:
    """The numbers of each page, one after the other."""
    page = visitor.get(f"{LIST}?{query}")
    found = [numbers(page)]
    while following := page.select('a[rel="next"]'):
        page = visitor.get(following[0]["href"])
        found.append(numbers(page))
    return found


@pytest.fixture
def lead(shop, monkeypatch):
    """Who looks at 25 tickets, of which the first and the last are about refunds."""
    monkeypatch.setattr(ticket_search, "REACH", REACH)
    monkeypatch.setattr(ticket_search, "BESIDE", 5)
    for number in range(1, TICKETS + 1):
        shop.file(subject="退款" if number in {1, TICKETS} else "改订单")
    return shop.sign_in("lead")


def test_a_search_says_how_far_it_came_and_goes_on(lead):
    page = lead.get(f"{LIST}?keyword=退款")
    assert numbers(page) == [25]
    assert "已经从新到旧查找到工单 #16" in page.text
    page = lead.get(page.one('a[rel="next"]')["href"])
    assert numbers(page) == []
    assert "这一段工单中没有符合条件的" in page.text
    page = lead.get(page.one('a[rel="next"]')["href"])
    assert numbers(page) == [1]
    assert page.select('a[rel="next"]') == []


def test_a_page_that_is_full_goes_on_below_its_last_row(shop, monkeypatch):
    monkeypatch.setattr(ticket_search, "REACH", 22)
    for _number in range(45):
        shop.file()
    pages = all_pages(shop.sign_in("lead"), "keyword=订单")
    assert [*chain(*pages)] == list(range(45, 0, -1))


def test_a_number_is_found_however_far_back(lead):
    page = lead.get(f"{LIST}?keyword=%233")
    assert numbers(page) == [3]


@pytest.mark.parametrize("query", ["", "status=wait_for_audit", "creator=creator"])
def test_what_an_index_finds_is_found_at_once(lead, query):
    assert [len(page) for page in all_pages(lead, query)] == [20, 5]


@pytest.mark.parametrize("query", ["assignee=owner", "status=wait_for_audit&creator=creator"])
def test_other_filters_reach_everything_in_the_end(lead, query):
    assert [*chain(*all_pages(lead, query))] == list(range(25, 0, -1))


def test_a_search_of_all_of_it_says_nothing(lead, monkeypatch):
    monkeypatch.setattr(ticket_search, "REACH", TICKETS + 1)
    page = lead.get(f"{LIST}?keyword=nothing")
    assert "没有符合条件的工单" in page.text
    assert "更早的" not in page.text


def test_days_are_searched_where_they_are(shop, lead):
    def old(ticket):
        ticket.created_at = ticket.created_at.fromisoformat("2020-05-06T04:00:00+00:00")

    for number in range(1, 4):
        shop.change(number, old)
    assert all_pages(lead, "created_from=2020-05-06&created_to=2020-05-06") == [[3, 2, 1]]
    assert all_pages(lead, "created_to=2020-05-06&keyword=退款") == [[1]]
    assert all_pages(lead, "created_to=2019-01-01") == [[]]


def test_counting_on_tabs_has_an_end(lead, monkeypatch):
    monkeypatch.setattr(ticket_lists, "MOST_COUNTED", 20)
    tabs = [tab.get_text() for tab in lead.get(LIST).select(".segmented a")]
    assert tabs[1:3] == ["待审核 19+", "待上线"]
