"""The page of phones: what stands on it, and what its buttons do."""

import pytest
import requests
from bs4 import BeautifulSoup

LINK = "http://127.0.0.1:5000/projects/default/tickets/1"


def page(sandbox, path="/"):
    answer = requests.get(sandbox.base + path, timeout=5)
    assert answer.status_code == 200
    soup = BeautifulSoup(answer.text, "html5lib")
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert len(soup.find_all("h1")) == 1
    assert not soup.find_all(["script", "style"])
    assert not soup.find_all(style=True)
    return soup


def phone(soup, name):
    return soup.find(attrs={"data-person": name})


def labels(card) -> list[str]:
    return [button.get_text(strip=True) for button in card.find_all("button")]


def press(sandbox, soup, name, key, label, **fields):
    """Submit the form of a button, as a browser does."""
    card = phone(soup, name).find(attrs={"data-card": key})
    form = next(b for b in card.find_all("button") if b.get_text() == label).find_parent("form")
    sent = {i["name"]: i.get("value", "") for i in form.find_all("input")} | fields
    answer = requests.post(sandbox.base + form["action"], data=sent, timeout=5,
                           allow_redirects=False)
    assert answer.status_code == 302
    return answer.headers["Location"]


@pytest.fixture
def key(sandbox) -> str:
    code = sandbox.template()
    return sandbox.start(code, approvers=[{"actionType": "OR", "userIds": ["lisi", "wangwu"]}],
                         formComponentValues=[{"name": "工单名称", "value": "<b>上线</b>"},
                                              {"name": "工单链接", "value": LINK}])


def test_the_page_carries_its_marks_and_a_warning(sandbox):
    soup = page(sandbox)
    platform = soup.find(attrs={"data-provider": "dingtalk"})
    assert sandbox.token(platform["data-app-key"], platform["data-app-secret"])
    person = phone(soup, "李四")
    assert (person["data-phone"], person["data-email"]) == ("13800000002", "lisi@example.com")
    assert "不是真实的审批平台" in soup.get_text()


def test_a_card_shows_its_values_on_the_phones_it_waits_on(sandbox, key):
    soup = page(sandbox)
    card = phone(soup, "李四").find(attrs={"data-card": key})
    assert "<b>上线</b>" in card.get_text()
    assert card.find("a", href=LINK)
    assert labels(card) == ["同意", "拒绝", "转交", "评论"]
    assert phone(soup, "王五").find(attrs={"data-card": key})
    own = phone(soup, "张三").find(attrs={"data-card": key})
    assert labels(own) == ["撤销", "评论"]
    assert own.find_parent("details").has_attr("open")
    assert not phone(soup, "孙七").find(attrs={"data-card": key})


def test_agreeing_moves_the_card_to_the_past(sandbox, key):
    place = press(sandbox, page(sandbox), "李四", key, "同意")
    assert place.split("#")[0] == "/"
    assert sandbox.detail(key)["result"] == "agree"
    card = phone(page(sandbox), "李四").find(attrs={"data-card": key})
    assert card.find_parent("details")
    assert "已同意" in card.get_text()
    assert labels(card) == ["评论"]


def test_refusing_keeps_the_remark(sandbox, key):
    press(sandbox, page(sandbox), "李四", key, "拒绝", remark="缺少索引")
    card = sandbox.control(f"cards/{key}").json()
    assert (card["status"], card["result"]) == ("COMPLETED", "refuse")
    assert "缺少索引" in [record["remark"] for record in card["records"]]


def test_the_originator_withdraws_at_any_time_here(sandbox, key):
    press(sandbox, page(sandbox), "张三", key, "撤销")
    assert sandbox.detail(key)["status"] == "TERMINATED"


def test_handing_over_and_commenting(sandbox, key):
    press(sandbox, page(sandbox), "王五", key, "转交", to="zhaoliu")
    press(sandbox, page(sandbox), "赵六", key, "评论", remark="稍后看")
    card = phone(page(sandbox), "赵六").find(attrs={"data-card": key})
    assert "稍后看" in card.get_text()
    assert "同意" in labels(card)


@pytest.mark.parametrize("person", ["lisi", "李四"])
def test_one_phone_alone_stays_alone_after_a_press(sandbox, key, person):
    soup = page(sandbox, f"/phone/{person}")
    assert len(soup.find_all(attrs={"data-person": True})) == 1
    assert press(sandbox, soup, "李四", key, "同意") == "/phone/lisi"


def test_a_late_press_changes_nothing_and_says_so(sandbox, key):
    old = page(sandbox)
    press(sandbox, old, "李四", key, "同意")
    place = press(sandbox, old, "王五", key, "拒绝", remark="晚了")
    assert sandbox.detail(key)["result"] == "agree"
    assert "操作未执行" in page(sandbox, place).get_text()


def test_nobody_presses_what_they_have_no_button_for(sandbox, key):
    for person, action in (("sunqi", "agree"), ("lisi", "withdraw"), ("lisi", "unheard")):
        answer = requests.post(f"{sandbox.base}/phone/{person}/cards/{key}/{action}", timeout=5,
                               allow_redirects=False)
        assert "refused=1" in answer.headers["Location"]
    assert sandbox.detail(key)["status"] == "RUNNING"
    assert requests.get(f"{sandbox.base}/phone/nobody", timeout=5).status_code == 404
    assert requests.post(f"{sandbox.base}/phone/lisi/cards/x/agree", timeout=5).status_code == 404
