"""A company at work, for looking at its pages: tickets in every state, members, odd values.

It is made by the domain itself, in this process, on the database that a served portal has open.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from portal import config, create_app
from portal.domain import samples, states, tickets
from portal.extensions import db
from portal.models import TicketStatus
from tests.browser.online import Online
from tests.browser.processes import Served
from tests.browser.staff import CHIEF, more_people, more_projects
from tests.browser.waiting import until, waiting_cards
from tests.platforms import PLATFORMS
from tests.world import Sandbox, World

TICKETS = "/projects/pay/tickets"
LONG_WORD = "ALTER_TABLE_order_archive_partition_" * 5
ODD_SQL = f"""
UPDATE orders SET state = 2;
DELETE FROM customers;
SELECT * FROM orders WHERE note = '{"很长的备注" * 60}';
CREATE TABLE {"t" * 60} (id int);
THIS IS NOT SQL AT ALL;
"""


@dataclass
class Company:
    """served: the portal that shows it. paths: what a ticket is about → its page.

    online: whose data sources can be reached.
    """

    served: Served
    world: World
    paths: dict[str, str] = field(default_factory=dict)
    online: Online = field(init=False)

    def __post_init__(self) -> None:
        self.online = Online(self.world, self.keep)

    def file(self, name: str, **fields) -> int:
        """File a ticket in `pay`; answers its id."""
        ticket_id = self.world.file(**fields)
        self.keep(name, ticket_id)
        return ticket_id

    def keep(self, name: str, ticket_id: int) -> None:
        """Remember the ticket's page by what it is about."""
        with self.world.ticket(ticket_id) as ticket:
            self.paths[name] = f"/projects/{ticket.project.name}/tickets/{ticket.number}"

    def path(self, where: str) -> str:
        """Of "ticket: <what it is about>"; a path is answered as it is."""
        if where.startswith("ticket: "):
            return self.paths[where.removeprefix("ticket: ")]
        return where

    def decide(self, ticket_id: int, username: str, agreed: bool, reason: str = "") -> None:
        """In the portal, on the step that is open."""
        with self.world.ticket(ticket_id) as ticket:
            step = states.open_step(ticket)
            assert tickets.decide(step, self.world.member(username), agreed, reason)


def settled(served: Served, folder, password_hash: str) -> Company:
    """Everything that the pages are looked at with; every member has the same password."""
    app = create_app(config.load(served.settings, folder))
    sandbox = Sandbox(served.sandbox)
    sandbox.reset()
    world = World(app, sandbox, tuple(PLATFORMS.values()))
    world.settle_in(password_hash)
    company = Company(served, world)
    more_people(world, password_hash)
    more_projects(world)
    _a_sample(world)
    _tickets(company)
    company.online.in_every_state()
    with app.app_context():
        db.engine.dispose()
    return company


def _a_sample(world: World) -> None:
    """DingTalk's card has one that came back; Feishu's is sent by the tests."""
    with world.rules():
        key = samples.send("dingtalk", world.member("chief"), ("phone",)).key
    card = until(lambda: world.open_cards(key))[0]
    world.sandbox.press(card["id"], "agree", CHIEF["userid"])


def _tickets(company: Company) -> None:
    world, sandbox = company.world, company.world.sandbox
    refused = company.file("rejected", subject="给订单表加索引", description="查询太慢\n请尽快")
    card = until(lambda: waiting_cards(world, "给订单表加索引", "dingtalk"))[0]
    sandbox.press(card["id"], "refuse", "ding-lead", remark="请改成在线加索引")
    until(lambda: _swept(world, refused)["status"] == TicketStatus.REJECTED)
    # His phone number changes over there: from now on nobody is found by the one we have.
    moved = {"userid": "ding-senior", "name": "钱老师", "mobile": "13900000099"}
    sandbox.control("people", {"people": [moved]})
    sandbox.control("scopes", {"revoke": ["Workflow.Instance.Write"]})
    failed = company.file("failed", subject="权限被收回时提交")
    until(
        lambda: "failed" in [state for _action, state, _code in world.facts(failed)["deliveries"]]
    )
    sandbox.control("scopes", {"grant": ["Workflow.Instance.Write"]})
    company.file("waiting", subject="改订单状态")
    second = company.file("second step", subject="第二步待审核")
    company.decide(second, "owner", True, "看过了")
    until(lambda: "pending" in [state for _key, state in world.facts(second)["cards"]])
    _agreed_in_feishu(company)
    ready = company.file("ready", subject="待上线")
    finished = company.file("finished", subject="已上线")
    for ticket_id in (ready, finished):
        company.decide(ticket_id, "lead", True)
        company.decide(ticket_id, "dba", True)
    with world.ticket(finished) as ticket:
        tickets.mark_executed(ticket, world.member("operator"))
    closed = company.file("closed", subject="不做了")
    with world.ticket(closed) as ticket:
        tickets.close(ticket, world.member("creator"), "需求取消")
    company.file("broken", subject="管理员没有钉钉账号", creator="boss")
    company.file("odd", subject=LONG_WORD, description=LONG_WORD + "\n" + "说明" * 500, sql=ODD_SQL)
    more = {"archive": "SELECT 1", "orders_2026_with_a_long_name": ODD_SQL}
    company.file("several", subject="几个数据源", sql=ODD_SQL, more=more)
    several = company.file("several, rejected", subject="几个数据源，被驳回", more=more)
    company.decide(several, "lead", False, "归档库不用改")
    edited = company.file("edited", subject="改过一次")
    company.decide(edited, "lead", False, "缺少 WHERE")
    with world.ticket(edited) as ticket:
        tickets.resubmit(ticket, world.member("creator"), "改过一次", "补上条件", ["SELECT 1"])


def _agreed_in_feishu(company: Company) -> None:
    """The first step was decided there, DingTalk's card was finished; the second one waits."""
    world, subject = company.world, "在飞书通过第一步"
    ticket_id = company.file("agreed in feishu", subject=subject)
    until(lambda: len(world.open_cards(subject)) == len(PLATFORMS))
    (card,) = waiting_cards(world, subject, "feishu")
    world.sandbox.press(card["id"], "agree", "ding-lead")
    until(lambda: _swept(world, ticket_id)["steps"][0] == "approved")
    until(lambda: _cards(world, ticket_id) == ["approved", "pending", "pending", "superseded"])


def _swept(world: World, ticket_id: int) -> dict:
    """The ticket's facts after a sweep now: whoever was first, this process or the served one."""
    world.sweep()
    return world.facts(ticket_id)


def _cards(world: World, ticket_id: int) -> list[str]:
    return sorted(state for _key, state in world.facts(ticket_id)["cards"])
