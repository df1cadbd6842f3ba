"""The list of tickets: tabs, search, filters, pages."""

import pytest

from portal.models import Ticket, TicketStatus

LIST = "/projects/pay/tickets"


def numbers(page) -> list[int]:
    return [int(row["data-ticket"]) for row in page.select("tr[data-ticket]")]


def test_an_empty_list_says_what_to_do(shop):
    page = shop.sign_in("creator").get(LIST)
    assert page.h1 == "工单列表"
    assert "还没有工单" in page.text
    assert page.select(f'a[href="{LIST}/new"]')


def test_a_row_says_who_has_to_act(shop):
    number = shop.file(description="第一行" * 60)
    (row,) = shop.sign_in("creator").get(LIST).select("tr[data-ticket]")
    assert row["data-status"] == "wait_for_audit"
    cells = {cell["data-label"]: " ".join(cell.get_text(" ").split()) for cell in row("td")}
    assert cells["工单号"] == str(number)
    assert cells["工单名称"] == "改订单状态"
    assert cells["工单描述"].endswith("…")
    assert len(cells["工单描述"]) <= 60
    assert cells["创建人"] == "陈工"
    assert cells["工单状态"] == "待审核"
    assert cells["待操作人"].endswith("李组长、王经理")


@pytest.mark.parametrize(
    ("status", "who"),
    [
        ("second_step", "赵主任"),
        ("wait_for_execution", "孙运维"),
        ("rejected", "陈工"),
        ("canceled", "-"),
        ("finished", "-"),
    ],
)
def test_who_acts_next_depends_on_the_state(shop, status, who):
    shop.bring_to(shop.file(), status)
    cell = shop.sign_in("creator").get(LIST).one('td[data-label="待操作人"]')
    assert cell.get_text(" ").split()[-1] == who


def test_each_tab_shows_its_states(shop):
    expected = {}
    for status in ("wait_for_audit", "wait_for_execution", "rejected", "canceled", "finished"):
        expected[status] = shop.file()
        shop.bring_to(expected[status], status)
    scheduled = shop.file()
    shop.change(scheduled, lambda ticket: setattr(ticket, "status", TicketStatus.EXEC_SCHEDULED))
    visitor = shop.sign_in("onlooker")
    assert len(numbers(visitor.get(LIST))) == 6
    for status, number in expected.items():
        page = visitor.get(f"{LIST}?status={status}")
        wanted = [scheduled, number] if status == "wait_for_execution" else [number]
        assert numbers(page) == wanted
        assert page.one('.segmented [aria-current="page"]')["href"].endswith(f"status={status}")
    assert numbers(visitor.get(f"{LIST}?status=executing")) == []
    assert "没有符合条件的工单" in visitor.get(f"{LIST}?status=exec_failed").text


def test_work_in_hand_is_counted_on_its_tab(shop):
    shop.file()
    shop.file()
    tabs = [tab.get_text() for tab in shop.sign_in("lead").get(LIST).select(".segmented a")]
    assert tabs[:4] == ["全部", "待审核 2", "待上线", "已驳回"]


@pytest.mark.parametrize(
    ("keyword", "found"),
    [
        ("退款", [2]),
        ("ORDER", [1]),
        ("2", [2]),
        ("#1", [1]),
        ("100%", [3]),
        ("_", [3]),
        ("nothing", []),
        ("99999999999999999999", []),
    ],
)
def test_words_and_numbers_are_found(shop, keyword, found):
    for subject in ("order fix", "退款修复", "100% of a_b"):
        shop.file(subject=subject)
    page = shop.sign_in("lead").get(LIST).form(has="keyword").fill(keyword=keyword).send(200)
    assert numbers(page) == found
    assert page.one("input[name=keyword]")["value"] == keyword


def test_filters_narrow_the_list_and_stay_filled_in(shop):
    first, second = shop.file(), shop.file(creator="onlooker")
    shop.bring_to(second, "second_step")
    visitor = shop.sign_in("boss")

    def search(**values):
        return visitor.get(LIST).form(has="creator").fill(**values).send(200)

    assert numbers(search(creator="onlooker")) == [second]
    assert numbers(search(assignee="owner")) == [first]
    assert numbers(search(assignee="dba")) == [second]
    page = search(assignee="dba", creator="creator")
    assert numbers(page) == []
    assert page.one('select[name="assignee"] option[selected]')["value"] == "dba"
    assert page.select("details[open] [name=assignee]")


def test_a_rejected_ticket_waits_for_its_creator(shop):
    number = shop.file()
    shop.bring_to(number, "rejected")
    visitor = shop.sign_in("lead")
    assert numbers(visitor.get(f"{LIST}?assignee=creator")) == [number]
    assert numbers(visitor.get(f"{LIST}?assignee=lead")) == []


def test_a_data_source_filters(shop):
    number = shop.file()
    page = shop.sign_in("lead").get(LIST)
    source = page.select('select[name="datasource"] option')[1]["value"]
    assert numbers(page.form(has="datasource").fill(datasource=source).send(200)) == [number]


def test_days_are_days_of_the_portals_zone(shop):
    number = shop.file()

    def at(moment):
        def work(ticket: Ticket):
            ticket.created_at = ticket.created_at.fromisoformat(moment)

        shop.change(number, work)

    visitor = shop.sign_in("lead")
    at("2026-11-22T16:00:00+00:00")  # the 23rd, 00:00 in Shanghai
    assert numbers(visitor.get(f"{LIST}?created_from=2026-11-23&created_to=2026-11-23")) == [number]
    assert numbers(visitor.get(f"{LIST}?created_to=2026-11-22")) == []
    at("2026-11-22T15:59:59+00:00")
    assert numbers(visitor.get(f"{LIST}?created_from=2026-11-23")) == []
    assert numbers(visitor.get(f"{LIST}?created_to=2026-11-22")) == [number]


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense",
        "before=abc",
        "before=99999999999999999999",
        "before=-1",
        "creator=nobody",
        "assignee=nobody",
        "datasource=999999999999999999999",
        "created_from=yesterday",
        "created_from=0001-01-01",
        "created_to=9999-12-31",
        "keyword=%00",
        "keyword=" + "x" * 500,
    ],
)
def test_nonsense_in_the_address_harms_nothing(shop, query):
    number = shop.file()
    assert numbers(shop.sign_in("lead").get(f"{LIST}?{query}")) == [number]


def test_a_wrong_date_gets_a_sentence(shop):
    page = shop.sign_in("lead").get(f"{LIST}?created_from=yesterday")
    assert "2026-11-23" in page.errors["created_from"]


def test_pages_follow_each_other_without_gap_or_repetition(shop):
    for _number in range(45):
        shop.file()
    page = shop.sign_in("lead").get(f"{LIST}?status=wait_for_audit")
    seen = numbers(page)
    while following := page.select('a[rel="next"]'):
        page = page.visitor.get(following[0]["href"])
        assert page.one('.segmented [aria-current="page"]').get_text() == "待审核 45"
        seen += numbers(page)
    assert seen == list(range(45, 0, -1))


def test_strangers_see_no_list(shop, visitor):
    shop.sign_in("stranger").get(LIST, 404)
    assert visitor.get(LIST).path.startswith("/login")


def test_anybody_may_call_a_ticket_anything(shop):
    subject = "<script>alert(1)</script> \"quote\" & '引号'"
    number = shop.file(subject=subject, description="${7 * 7} <b>")
    page = shop.sign_in("lead").get(LIST)
    assert subject in page.text
    assert page.one(f'tr[data-ticket="{number}"]').find("script") is None
    detail = shop.visit("lead", number)
    assert detail.h1 == subject
    assert "${7 * 7} <b>" in detail.text
