"""审核规则模板: what is shown to whom, how it is narrowed, what is kept, what is refused."""

from __future__ import annotations

import pytest

from portal.sqlaudit import RULES
from tests.rules.conftest import PATH

FIXED = [rule.id for rule in RULES.values() if not rule.may_change]
ALWAYS_ON = [rule.id for rule in RULES.values() if rule.may_change and not rule.may_be_off]
STAR = "select_star"
WHERE = "change_without_where"


def default(rule_id: str) -> str:
    rule = RULES[rule_id]
    return str(rule.level) if rule.is_on else "off"


def other(rule_id: str) -> str:
    """Some level that is not the rule's own."""
    return "warn" if default(rule_id) != "warn" else "error"


def save(manager, **levels):
    typed = {f"rule-{rule_id}": level for rule_id, level in levels.items()}
    return manager.get(PATH).form(has=f"rule-{STAR}").fill(**typed).send()


def shown(page):
    return {tag["data-rule"]: tag["data-level"] for tag in page.select("[data-rule]")}


def test_every_rule_is_explained_with_its_level_and_an_example(manager):
    page = manager.get(PATH)
    assert page.h1 == "审核规则模板"
    assert shown(page) == {rule_id: default(rule_id) for rule_id in RULES}
    for rule in RULES.values():
        text = page.one(f'[data-rule="{rule.id}"]').get_text()
        with manager.app.test_request_context():
            for said in (rule.title, rule.english, rule.reason, rule.bad, rule.good):
                assert str(said) in text, rule.id
    families = [tag.get_text() for tag in page.select(".rule-group h2")]
    assert len(families) == len(set(families)) > 1
    assert f"共 {len(RULES)} 条规则，本项目全部使用默认等级" in page.text


def test_a_rule_has_its_levels_to_choose_from_and_the_default_is_marked(manager):
    options = manager.get(PATH).one(f"[name=rule-{STAR}]").select("option")
    assert [tag["value"] for tag in options] == ["notice", "warn", "error", "off"]
    assert [tag["value"] for tag in options if "（默认）" in tag.get_text()] == [default(STAR)]
    assert [tag["value"] for tag in options if tag.has_attr("selected")] == [default(STAR)]


def test_what_cannot_be_off_offers_no_off_and_what_is_fixed_offers_nothing(manager):
    page = manager.get(PATH)
    assert FIXED
    assert ALWAYS_ON
    for rule_id in ALWAYS_ON:
        values = [tag["value"] for tag in page.one(f"[name=rule-{rule_id}]").select("option")]
        assert values == ["notice", "warn", "error"]
    for rule_id in FIXED:
        assert not page.select(f"[name=rule-{rule_id}]")
        assert "不能修改" in page.one(f'[data-rule="{rule_id}"]').get_text()


def test_only_what_differs_is_kept_and_the_change_is_recorded(manager, kept, recorded, profile):
    page = save(manager, **{STAR: "off", WHERE: other(WHERE)})
    assert page.flashes == [("success", "已改动 2 条规则，对之后提交的工单生效。")]
    assert kept() == {STAR: "off", WHERE: other(WHERE)}
    assert profile() == kept()
    assert profile("other") == {}
    assert "本项目改动了 2 条，其中关闭 1 条" in page.text
    assert len(page.select("[data-rule] .rule-changed")) == 2
    assert sorted(recorded()[0]["changes"], key=str) == sorted(
        [
            {"rule": STAR, "was": default(STAR), "now": "off"},
            {"rule": WHERE, "was": default(WHERE), "now": other(WHERE)},
        ],
        key=str,
    )
    assert shown(page)[STAR] == "off"
    save(manager, **{STAR: default(STAR)})
    assert kept() == {WHERE: other(WHERE)}


def test_the_record_reads_like_a_sentence(admin, manager):
    save(manager, **{STAR: "off"})
    with manager.app.test_request_context():
        title = str(RULES[STAR].title)
    text = admin.get("/settings/records").text
    assert "修改审核规则" in text
    assert f"{title}：提示 → 关闭" in text


def test_saving_without_a_change_records_nothing(manager, kept, recorded):
    page = save(manager)
    assert page.flashes == [("success", "没有改动。")]
    assert kept() == {}
    assert recorded() == []


def test_a_rule_that_is_not_posted_keeps_its_level(manager, kept):
    save(manager, **{STAR: "off"})
    manager.post(PATH, {f"rule-{WHERE}": other(WHERE)})
    assert kept() == {STAR: "off", WHERE: other(WHERE)}


@pytest.mark.parametrize("level", ["fatal", "normal", "", "OFF", "a\x00b"])
def test_a_level_that_there_is_not_is_refused_beside_its_rule(manager, kept, level):
    fields = {f"rule-{STAR}": level, f"rule-{WHERE}": other(WHERE)}
    page = manager.post(PATH, fields, status=422)
    assert page.errors == {f"rule-{STAR}": "请从列表中选择。"}
    chosen = page.one(f"[name=rule-{WHERE}] option[selected]")
    assert chosen["value"] == other(WHERE)
    assert page.one(f'.rule-group:has([data-rule="{STAR}"])').has_attr("open")
    assert kept() == {}


@pytest.mark.parametrize("rule_id", ALWAYS_ON)
def test_what_must_stay_on_cannot_be_switched_off_by_hand(manager, kept, rule_id):
    page = manager.post(PATH, {f"rule-{rule_id}": "off"}, status=422)
    assert list(page.errors) == [f"rule-{rule_id}"]
    assert kept() == {}


@pytest.mark.parametrize("rule_id", FIXED)
def test_a_fixed_rule_and_an_unknown_one_are_left_alone(manager, kept, rule_id):
    manager.post(PATH, {f"rule-{rule_id}": "off", "rule-nothing": "off"})
    assert kept() == {}


def test_a_search_looks_at_titles_sentences_and_reasons(manager):
    english = RULES[STAR].english
    page = manager.get(PATH).form(has="q").fill(q=english.upper()).send(200)
    assert page.path == f"{PATH}/search"
    assert STAR in shown(page)
    assert page.one("[name=q]")["value"] == english.upper()
    assert all(tag.has_attr("open") for tag in page.select(".rule-group"))
    page = manager.get(f"{PATH}?q={STAR}")
    assert STAR in shown(page)
    page = manager.get(f"{PATH}?q=nothing-is-called-so")
    assert shown(page) == {}
    assert "没有符合条件的规则" in page.text
    assert page.one(f'.filters a[href="{PATH}"]')


def test_a_filter_by_level_and_database(manager):
    save(manager, **{STAR: "off"})
    assert set(shown(manager.get(f"{PATH}?level=changed"))) == {STAR}
    assert STAR in shown(manager.get(f"{PATH}?level=off"))
    assert set(shown(manager.get(f"{PATH}?level=error")).values()) == {"error"}
    found = set(shown(manager.get(f"{PATH}?db=sqlite")))
    assert found == {rule.id for rule in RULES.values() if "sqlite" in rule.dialects}
    everything = shown(manager.get(f"{PATH}?level=fatal&db=oracle"))
    assert len(everything) == len(RULES)


def test_saving_a_narrowed_page_comes_back_to_it_and_keeps_the_rest(manager, kept):
    save(manager, **{WHERE: other(WHERE)})
    form = manager.get(f"{PATH}/search?q={STAR}&db=mysql").form(has=f"rule-{STAR}")
    assert f"rule-{WHERE}" not in form.values
    page = form.fill(**{f"rule-{STAR}": "off"}).send()
    assert page.path.startswith(f"{PATH}/search?")
    assert f"q={STAR}" in page.path
    assert "db=mysql" in page.path
    assert kept() == {STAR: "off", WHERE: other(WHERE)}


def test_groups_are_folded_but_where_something_was_changed(manager):
    assert not manager.get(PATH).select(".rule-group[open]")
    assert not manager.get(f"{PATH}?all=1").select(".rule-group:not([open])")
    page = save(manager, **{STAR: "off"})
    [group] = page.select(".rule-group[open]")
    assert group.select(f'[data-rule="{STAR}"]')
    assert "改动 1 条" in group.summary.get_text()


def test_the_defaults_come_back(manager, kept, recorded):
    assert not manager.get(PATH).select(f'form[action="{PATH}/reset"]')
    save(manager, **{STAR: "off", WHERE: other(WHERE)})
    form = manager.get(PATH).form(action=f"{PATH}/reset")
    page = form.send()
    assert page.flashes == [("success", "已恢复默认，对之后提交的工单生效。")]
    assert kept() == {}
    assert recorded()[1]["changes"][0]["now"] == default(recorded()[1]["changes"][0]["rule"])


def test_members_read_and_strangers_do_not_even_see(manager, sign_in, visitor, admin, kept):
    save(manager, **{STAR: "off"})
    member, stranger = sign_in("li"), sign_in("stranger")
    page = member.get(PATH)
    assert shown(page)[STAR] == "off"
    assert "关闭" in page.one(f'[data-rule="{STAR}"] > div + div').get_text()
    assert not page.select("[name^=rule-], form[method=post][action^='/projects']")
    for path in (PATH, f"{PATH}/reset"):
        member.post(path, {f"rule-{STAR}": "warn"}, status=403)
        stranger.post(path, {f"rule-{STAR}": "warn"}, status=404)
    stranger.get(PATH, status=404)
    assert visitor.get(PATH).path.startswith("/login")
    assert kept() == {STAR: "off"}
    admin.post(f"{PATH}/reset", {})
    assert kept() == {}
