"""CODING's box on the page of phones, and its issues as pages with buttons."""

import pytest
import requests

from .test_phone import labels, page

LIST = "/p/shop/all/issues"


def press(coding, path: str, label: str) -> str:
    """Submit the form of a button, as a browser does; where it leads."""
    button = next(b for b in page(coding, path).find_all("button") if b.get_text() == label)
    answer = requests.post(coding.base + button.find_parent("form")["action"], timeout=5,
                           allow_redirects=False)
    assert answer.status_code == 302
    return answer.headers["Location"]


def status(coding, code=1) -> str:
    return page(coding, f"{LIST}/{code}").find(attrs={"data-issue": str(code)})[
        "data-issue-status"]


def test_the_box_tells_address_and_token_and_leads_to_the_lists(coding):
    box = page(coding).find(attrs={"data-provider": "coding", "data-app-key": True})
    assert box["data-app-key"] == coding.base
    assert coding.post("DescribeTeam", token=box["data-app-secret"]).json()["Response"]["Data"]
    assert [one.get_text() for one in box.find_all("dt")] == ["服务地址", "访问令牌", "项目"]
    assert [one["href"] for one in box.find_all("a")] == [
        f"/p/{name}/all/issues" for name in ("shop", "newborn", "archive", "strict")]


@pytest.mark.parametrize("path", ["/p", LIST, f"{LIST}/1"])
def test_each_page_says_that_it_is_a_stand_in_and_needs_no_script(coding, path):
    coding.create()
    soup = page(coding, path)
    assert "不是真实的 CODING" in soup.get_text()
    policy = coding.page(path).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert soup.find("meta", attrs={"name": "viewport"})


def test_projects_show_their_state(coding):
    soup = page(coding, "/p")
    assert [one["data-project"] for one in soup.find_all(attrs={"data-project": True})] == [
        "shop", "newborn", "archive", "strict"]
    assert "未开启项目协同" in soup.find(attrs={"data-project": "newborn"}).get_text()
    assert "已归档" in soup.find(attrs={"data-project": "archive"}).get_text()


def test_a_list_shows_the_newest_first_without_deleted_ones(coding):
    coding.create("<b>一</b>", Priority="3", AssigneeId=coding.member("lisi"))
    coding.create("二", Type="DEFECT")
    coding.create("三")
    coding.ask("DeleteIssue", ProjectName="shop", IssueCode=3)
    rows = page(coding, LIST).find_all(attrs={"data-issue": True})
    assert [(one["data-issue"], one["data-issue-status"]) for one in rows] == [
        ("2", "TODO"), ("1", "TODO")]
    cells = [cell.get_text(strip=True) for cell in rows[1].find_all("td")]
    assert cells[:6] == ["#1", "<b>一</b>", "未开始", "任务", "紧急", "李四"]
    assert rows[1].a["href"] == f"{LIST}/1"
    assert "还没有事项" in page(coding, "/p/strict/all/issues").get_text()


def test_an_issue_shows_its_markdown_as_it_was_sent(coding):
    text = "- 数据源: db1\n\n```sql\nselect '<i>' from t;\n```\n"
    coding.create(Description=text)
    coding.ask("CreateIssueComment", ProjectName="shop", IssueCode=1, Content="看过了", ParentId=0)
    soup = page(coding, f"{LIST}/1")
    assert soup.pre.get_text() == text
    assert "#1 索引缺失 P1-Q7" in soup.h1.get_text()
    assert "看过了" in soup.get_text()


def test_a_person_moves_an_issue_with_buttons(coding):
    coding.create()
    path = f"{LIST}/1"
    assert labels(page(coding, path)) == ["开始处理", "完成", "删除"]
    assert press(coding, path, "开始处理") == path
    assert status(coding) == "PROCESSING"
    press(coding, path, "完成")
    issue = coding.ask("DescribeIssue", ProjectName="shop", IssueCode=1)["Issue"]
    assert (issue["IssueStatusType"], issue["CompletedAt"] > 0) == ("COMPLETED", True)
    assert labels(page(coding, path)) == ["重新打开", "删除"]
    press(coding, path, "重新打开")
    assert status(coding) == "TODO"
    assert press(coding, path, "删除") == LIST
    assert coding.page(path).status_code == 404
    assert coding.kept()[0]["is_deleted"]


def test_a_late_press_changes_nothing(coding):
    coding.create()
    press(coding, f"{LIST}/1", "完成")
    requests.post(f"{coding.base}{LIST}/1/start", timeout=5)
    assert status(coding) == "COMPLETED"


@pytest.mark.parametrize("path", ["/p/unheard/all/issues", f"{LIST}/9", f"{LIST}/x"])
def test_what_is_not_there_is_not_found(coding, path):
    assert coding.page(path).status_code == 404
