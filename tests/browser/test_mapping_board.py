"""成员映射: every kind of cell, a match that is under way, and its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import Member, ProviderAccount
from tests.browser.look import fits_and_is_accessible

PATH = "/settings/mapping"


@pytest.fixture
def under_way(company):
    """Two matches of the last request are made, three are not: as if another node had them."""
    names = ("creator", "lead", "dba", "damaged", "chief")
    with company.world.rules():
        query = db.select(ProviderAccount).join(Member, Member.id == ProviderAccount.member_id)
        query = query.where(ProviderAccount.provider == "feishu", Member.username.in_(names))
        rows = db.session.scalars(query).all()
        now = utc_now()
        for number, row in enumerate(rows):
            row.asked_at = now
            row.match_due_at = now + timedelta(hours=1) if number > 1 else None
        done, total = 2, len(rows)
        assert total > done
    yield done, total
    _end(company)


def _end(company) -> None:
    with company.world.rules():
        db.session.execute(db.update(ProviderAccount).values(match_due_at=None))


def test_every_kind_of_cell(company, tab_of):
    with company.world.rules():  # nobody has ever asked for this one
        db.session.add(Member(username="aaa", phone="+8613700008888", password_hash=""))
    tab = tab_of("boss").goto(PATH)
    cells = tab.css("[data-mapping]").all()
    kinds = {cell.get_attribute("data-mapping") for cell in cells}
    assert kinds == {"found", "missing", "shared", "unchecked"}
    assert tab.css("[data-refresh]").count() == 0


def test_a_match_under_way_shows_how_far_it_is(company, tab_of, under_way):
    """Also to somebody who has clicked into the list."""
    done, total = under_way
    tab = tab_of("boss").goto(f"{PATH}?q=e")
    bar = tab.css("#mapping-board progress")
    assert bar.get_attribute("value") == str(done)
    assert bar.get_attribute("max") == str(total)
    assert f"已完成 {done} / {total}" in tab.text("#mapping-board")
    assert "等待匹配" in tab.text("#mapping-board")
    fits_and_is_accessible(tab, "mapping, under way")
    tab.css(".mapping-who").first.click()
    list_focused = "() => document.activeElement.matches('.table-scroll')"
    assert tab.page.evaluate(list_focused)
    _end(company)
    tab.css("#mapping-board:not([data-refresh])").wait_for()
    assert tab.page.evaluate(list_focused)


def test_all_are_matched_again_while_the_page_is_used(tab_of):
    tab = tab_of("boss").goto(PATH).press("重新匹配全部成员")
    tab.css("[name=q]").fill("half-typed")
    tab.css("#mapping-board:not([data-refresh])").wait_for(timeout=30_000)
    assert tab.css("progress").count() == 0
    assert tab.css("[name=q]").input_value() == "half-typed"
    assert tab.css("[name=q]").evaluate("field => field === document.activeElement")
    assert tab.css("[data-mapping=unchecked]").count() == 0


def test_one_is_matched_again_without_scripts(tab_of):
    tab = tab_of("boss", scripts=False).goto(PATH).press("重新匹配", "[data-member=lead]")
    assert "正在重新匹配 李组长" in tab.text("[data-flash=success]")
    assert tab.css("[data-member]").count() == 1
    tab.reload_until("#mapping-board:not(:has(progress))")
    assert tab.css("[data-mapping=found]").count() == 2
