"""The sidebar: complete, only open doors, the right one lit."""

import pytest

from portal.extensions import db
from portal.models import Project, ProjectMember, ProjectRole

EVERYTHING = {
    "/": "待我处理",
    "/projects": "项目列表",
    "/projects/default/tickets": "工单",
    "/projects/default/problems": "SQL管控",
    "/projects/default/flow": "审批流程模板",
    "/projects/default/rules": "审核规则模板",
    "/projects/default/datasources": "数据源",
    "/projects/default": "成员",
    "/settings/integrations": "系统设置",
}
TABS = {
    "/settings/integrations": "流程对接",
    "/settings/global": "全局配置",
    "/settings/members": "用户中心",
    "/settings/mapping": "成员映射",
    "/settings/deliveries": "对接记录",
    "/settings/records": "操作记录",
    "/settings/status": "系统状态",
}


def links(page, css):
    return {tag["href"]: tag.get_text(strip=True) for tag in page.select(css)}


@pytest.fixture
def join(app, make_member, sign_in):
    """join("zhangsan", "default", …) → a browser of a member of these projects."""

    def enter(username, *names, role=ProjectRole.MEMBER):
        person = make_member(username)
        with app.app_context():
            for name in names:
                project = db.session.query(Project).filter_by(name=name).one()
                db.session.add(ProjectMember(project=project, member_id=person.id, role=role))
            db.session.commit()
        return sign_in(username)

    return enter


def test_an_admins_menu_is_complete_and_every_door_opens(admin):
    page = admin.get("/account")
    assert links(page, ".side-list a") == EVERYTHING
    for path in EVERYTHING:
        lit = admin.get(path).select('.side-list a[aria-current="page"]')
        assert [tag["href"] for tag in lit] == [path]


def test_the_tabs_of_the_settings_are_complete_and_every_door_opens(admin):
    for path, title in TABS.items():
        page = admin.get(path)
        assert links(page, ".tab-bar .segmented a") == TABS
        assert [tag["href"] for tag in page.select('.segmented a[aria-current="page"]')] == [path]
        assert title in page.h1


@pytest.mark.parametrize("role", list(ProjectRole))
def test_a_members_menu_has_only_doors_that_open(join, role):
    visitor = join("zhangsan", "default", role=role)
    found = links(visitor.get("/account"), ".side-list a")
    assert "/projects/default/tickets" in found
    assert "/settings/integrations" not in found
    for path in found:
        assert visitor.get(path).status == 200


def test_somebody_without_projects_is_told_what_to_do(join):
    page = join("zhangsan").get("/account")
    assert "你还不是任何项目的成员" in page.one(".side-note").get_text()
    assert not page.select(".chooser")


def test_the_chooser_remembers_the_project_last_looked_at(app, join):
    with app.app_context():
        db.session.add(Project(name="pay", title="支付系统"))
        db.session.commit()
    visitor = join("zhangsan", "default", "pay")
    visitor.get("/projects/pay/tickets")
    page = visitor.get("/account")
    assert page.one(".chooser-title").get_text() == "支付系统"
    assert set(links(page, ".chooser li a")) == {
        "/projects/default/tickets",
        "/projects/pay/tickets",
    }


def test_many_projects_end_in_a_link_to_all_of_them(app, admin):
    with app.app_context():
        for number in range(60):
            db.session.add(Project(name=f"p{number}", title=f"项目 {number:02}"))
        db.session.commit()
    found = links(admin.get("/account"), ".chooser li a")
    assert len(found) == 51
    assert "/projects" in found
