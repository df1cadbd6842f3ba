"""What the portal asks of a platform, story by story, for a fault to come in between.

Each is prepared and then played by one round of a job; `holds` asks the far side's own store.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from portal.domain import notices, templates, tickets
from portal.domain.told import Edge
from portal.extensions import db
from portal.models import (
    ProviderAccount,
    ProviderSetting,
    Ticket,
    TicketStatus,
)

FIELD = "工单名称"


@dataclass
class Story:
    """One way of asking. stage: the company, with DingTalk or Feishu. number: of this play.

    has_neighbour: another ticket is filed beside it. is_alone: it is recovered before the next.
    is_slowed: also the short form plays the faults that take a second.
    pauses: rows of the table after which the whole app waits. Pages are DingTalk's way to ban; to
    the others they are an answer like any unreadable one.
    """

    stage: object
    number: int = 0
    has_neighbour = False
    is_alone = False
    is_slowed = False

    @property
    def world(self):
        return self.stage.world

    @property
    def pauses(self) -> tuple[str, ...]:
        return ("N10", "N11", "N12") if self.stage.platform.name == "dingtalk" else ("N10", "N12")

    def tokens(self) -> int:
        """How many were asked for."""
        return len(self.stage.sandbox.calls(self.stage.platform.token))

    def prepare(self) -> None:
        """Everything up to the point at which only the next round is missing."""
        raise NotImplementedError

    def play(self) -> None:
        """One round of the job that this is about."""
        self.world.deliver()

    def holds(self) -> bool:
        """Whether it had its effect over there, exactly once, and we know it."""
        raise NotImplementedError

    def is_untouched(self) -> bool:
        """Whether nothing has changed here, as long as it does not hold."""
        return True

    def cards(self) -> list[dict]:
        """This ticket's cards over there, oldest first."""
        return self.stage.sandbox.cards(marker=f"-{self.ticket_id}-R")


class Start(Story):
    """A token, three people, a card; and a second ticket, which goes on meanwhile."""

    has_neighbour = True

    def prepare(self) -> None:
        with self.world.rules():
            db.session.execute(db.delete(ProviderAccount))
        app = {"app_key": self.stage.platform.app_key, "revoke_tokens": True}
        self.stage.sandbox.control("apps", app)
        self.ticket_id, self.neighbour_id = self.stage.file(2)

    def neighbour_is_served(self) -> bool:
        return len(self.stage.sandbox.cards(marker=f"-{self.neighbour_id}-R")) == 1

    def holds(self) -> bool:
        facts = self.world.facts(self.ticket_id)
        return len(self.cards()) == 1 and facts["cards"][0][1] == "pending"


class Look(Start):
    """An earlier start went through, and its answer was lost: the card is looked for."""

    has_neighbour = False

    def prepare(self) -> None:
        (self.ticket_id,) = self.stage.file()
        self.stage.fault_on_start("lost_after")
        self.world.deliver()
        self.world.pass_time(5)


class Decide(Story):
    """Decided in the portal: the person's task is finished over there, and the next step asked."""

    is_slowed = True

    def prepare(self) -> None:
        (self.ticket_id,) = self.stage.file()
        self.world.deliver()
        self.agreed = self.number % 2 == 1
        with self.world.ticket(self.ticket_id) as ticket:
            step = self.world.step(ticket, 1)
            assert tickets.decide(step, self.world.member("lead"), self.agreed, "看过")

    def holds(self) -> bool:
        first, *others = self.cards()
        outcomes = [self.world.outcome(card) for card in others]
        wanted = ["open"] if self.agreed else []
        ended = "approved" if self.agreed else "rejected"
        return (
            self.world.outcome(first) == ended
            and self.stage.sandbox.said(first["id"]).count("看过") == 1
            and outcomes == wanted
        )


class Withdraw(Story):
    """The ticket is closed while its card waits."""

    def prepare(self) -> None:
        (self.ticket_id,) = self.stage.file()
        self.world.deliver()
        with self.world.ticket(self.ticket_id) as ticket:
            tickets.close(ticket, self.world.member("creator"), "填错了")
        self.world.pass_time(1)

    def holds(self) -> bool:
        (card,) = self.cards()
        said = [one for one in self.stage.sandbox.said(card["id"]) if "填错了" in one]
        # Feishu takes the reason as a comment, which is left at most once and holds up nothing.
        least = 0 if card["provider"] == "feishu" else 1
        return self.world.outcome(card) == "withdrawn" and least <= len(said) <= 1


class Comment(Story):
    """A comment on a card that waits."""

    def prepare(self) -> None:
        (self.ticket_id,) = self.stage.file()
        self.world.deliver()
        with self.world.ticket(self.ticket_id) as ticket:
            notices.tell(ticket, Edge.RETURNED)

    def holds(self) -> bool:
        (card,) = self.cards()
        return len(self.stage.sandbox.card(card["id"])["comments"]) == 1


class Poll(Story):
    """Somebody refuses over there: until that is read nothing changes here."""

    is_alone = True

    def prepare(self) -> None:
        (self.ticket_id,) = self.stage.file()
        self.world.deliver()
        (card,) = self.cards()
        self.stage.sandbox.press(card["id"], "refuse", "ding-lead", remark="不行")

    def play(self) -> None:
        self.world.sweep()

    def is_untouched(self) -> bool:
        facts = self.world.facts(self.ticket_id)
        return (facts["status"], facts["cards"][0][1]) == ("wait_for_audit", "pending")

    def holds(self) -> bool:
        with self.world.rules():
            ticket = db.session.get_one(Ticket, self.ticket_id)
            return ticket.status == TicketStatus.REJECTED and ticket.steps[0].reason == "不行"


class Template(Story):
    """The template is gone over there, and made anew; or somebody has renamed a field of it."""

    is_alone = True

    def prepare(self) -> None:
        for code in self._there():
            self.stage.sandbox.control(f"templates/{code}", self._change())
        with self.world.rules():
            setting = self._setting()
            templates.doubt(setting.provider)
            templates.prepare(setting)

    def _change(self) -> dict:
        """Feishu's, made by an app, are deleted by nobody."""
        if self.stage.platform.name == "dingtalk" and self.number % 2:
            return {"deleted": True}
        return {"rename": {FIELD: "名称"}}

    def _setting(self) -> ProviderSetting:
        query = db.select(ProviderSetting).filter_by(provider=self.stage.platform.name)
        return db.session.scalars(query).one()

    def _there(self) -> dict[str, bool]:
        """Code → whether the field is there, of all that are not deleted."""
        return {
            one.get("process_code") or one["code"]: FIELD in json.dumps(one, ensure_ascii=False)
            for one in self.stage.sandbox.control("templates")["templates"]
            if one["provider"] == self.stage.platform.name
        }

    def holds(self) -> bool:
        with self.world.rules():
            code = self._setting().template_code
        return self._there() == {code: True}


STORIES = {
    one.__name__.lower(): one for one in (Start, Look, Decide, Withdraw, Comment, Poll, Template)
}


def exchanges(stage, kind: type[Story]) -> int:
    """How many there are when nothing happens, but for the neighbour's; in each variant."""
    return min(_exchanges(kind(stage, number)) for number in (0, 1))


def _exchanges(story: Story) -> int:
    story.prepare()
    story.stage.sandbox.control("calls", method="DELETE")
    story.play()
    calls = story.stage.sandbox.calls()
    assert story.holds()
    if not story.has_neighbour:
        return len(calls)
    start = re.compile(story.stage.platform.start)
    return 1 + next(n for n, one in enumerate(calls) if start.search(one["path"]))
