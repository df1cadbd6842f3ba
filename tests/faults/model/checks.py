"""What must hold after every step of the model check, and what once all is drained."""

from __future__ import annotations

from collections import Counter, defaultdict

from tests.faults.model.picture import Card, Picture
from tests.faults.model.walk import AUDIT, WAITING, Walk

LIVE = ("queued", "pending")
UNFINISHED = ("queued", "sending")
ENDINGS = ("decide", "withdraw")


def by_the_book(picture: Picture, people) -> None:
    """Each ticket is where its records lead: one record a transition, allowed ones only."""
    for id, ticket in picture.tickets.items():
        walk = Walk(people).go(picture.records[id])
        steps = {
            (one["revision"], one["position"]): one["state"]
            for one in picture.steps.values()
            if one["ticket_id"] == id
        }
        found = (ticket["status"], ticket["revision"], ticket["position"], steps)
        assert found == (walk.status, walk.revision, walk.position, walk.steps), (id, found, walk)


def acts_count_once(picture: Picture, taken: Counter, taps: Counter) -> None:
    """What was taken in the portal stands in the records once; what came from over there was
    pressed over there, by that person, on a card of that very step.

    taken: (ticket, action) → how often it was answered with yes. taps: (place, provider, button,
    person) → how often it was pressed.
    """
    here: Counter = Counter()
    for id, records in picture.records.items():
        for one in records:
            via = one["details"].get("via", "portal")
            if via == "portal":
                if one["actor"] is not None and (id, one["action"]) in taken:
                    here[id, one["action"]] += 1
            elif via in picture.providers:
                _was_pressed(picture, id, one, via, taps)
    assert here == taken


def _was_pressed(picture: Picture, id: int, record: dict, via: str, taps: Counter) -> None:
    details = record["details"]
    if record["action"] in {"step_approved", "run_started"}:
        button = "agree"
    elif record["action"] == "step_rejected":
        button = "refuse" if record["actor"] else "withdraw"
    else:
        return
    revision = details["revision"]
    position = details.get("position") or max(
        one["position"]
        for one in picture.steps.values()
        if (one["ticket_id"], one["revision"]) == (id, revision)
    )
    who = record["actor"] or "creator"
    assert taps[(id, revision, position), via, button, who], record


def live_cards_by_place(picture: Picture) -> dict[tuple, list[Card]]:
    """Place, provider and key → the cards that wait for somebody."""
    live = defaultdict(list)
    for card in picture.cards:
        if card.outcome == "open":
            live[card.place, card.provider].append(card)
    return live


def one_live_card(picture: Picture) -> None:
    """At most one for (step, provider); one that was given up in doubt may be on its way out."""
    approvals = {(one["provider"], one["key"]): one for one in picture.approvals}
    for place, cards in live_cards_by_place(picture).items():
        keys = [card.key for card in cards]
        assert len(set(keys)) == len(keys), f"twins: {cards}"
        staying = [
            card
            for card in cards
            if not _is_ending(picture, approvals[card.provider, card.key])
            and _is_in_reach(picture, approvals[card.provider, card.key])
        ]
        assert len(staying) <= 1, f"{place}: {cards}"


def _is_in_reach(picture: Picture, approval: dict) -> bool:
    """Another app's card is out of reach, and its ticket says so."""
    return approval["app_key"] == picture.providers[approval["provider"]]["app_key"]


def _is_ending(picture: Picture, approval: dict) -> bool:
    return any(
        one["state"] in UNFINISHED for one in picture.of_approval(approval["id"], *ENDINGS)
    )


def every_card_is_minded(picture: Picture) -> None:
    """A live card is watched for its open step; or something is under way; or a person is told."""
    approvals = {(one["provider"], one["key"]): one for one in picture.approvals}
    for card in picture.cards:
        if card.outcome != "open":
            continue
        one = approvals[card.provider, card.key]
        calls = picture.of_approval(one["id"])
        is_watched = (
            one["state"] == "pending"
            and one["external_id"] == card.id
            and picture.steps[one["step_id"]]["state"] == "open"
        )
        is_under_way = any(call["state"] in UNFINISHED for call in calls)
        assert is_watched or is_under_way or one["problem"], (card, one, calls)


def approvals_are_whole(picture: Picture) -> None:
    """Queued ones have a start to come, pending ones a card; final ones are asked for no more."""
    for one in picture.approvals:
        (start,) = picture.of_approval(one["id"], "start")
        is_open = picture.steps[one["step_id"]]["state"] == "open"
        assert (one["live_key"] is not None) == (one["state"] in LIVE), one
        if one["state"] == "queued":
            assert (is_open, start["state"] in UNFINISHED) == (True, True), (one, start)
        elif one["state"] == "pending":
            assert all((is_open, one["external_id"], one["next_poll_at"])), one
        else:
            assert one["next_poll_at"] is None, one
        if one["state"] == "broken" and not one["problem"]:
            ended = [call["state"] for call in picture.of_approval(one["id"], *ENDINGS)]
            assert ended == ["sent"], (one, ended)


def out_of_reach_is_told(picture: Picture) -> None:
    """While another app is set, and no longer; and the ticket says so."""
    for one in picture.approvals:
        if one["is_out_of_reach"]:
            told = (one["state"], bool(one["problem"]), _is_in_reach(picture, one))
            assert told == ("broken", True, False), one


def open_steps_ask(picture: Picture) -> None:
    """An open step has asked in every provider that is on; nobody but a person stops it there."""
    for id, step in picture.steps.items():
        ticket = picture.tickets[step["ticket_id"]]
        if step["state"] != "open":
            continue
        is_asked = ticket["status"] == AUDIT or (
            ticket["status"] == WAITING and picture.im_execute
        )
        for name, provider in picture.providers.items():
            if is_asked and provider["is_enabled"] and not provider["is_tracker"]:
                mine = [
                    one
                    for one in picture.approvals
                    if (one["step_id"], one["provider"]) == (id, name)
                ]
                assert mine, f"step {id} asks nobody in {name}"
                assert mine[-1]["state"] in {*LIVE, "broken", "withdrawn"}, (step, mine)


def failures_are_told(picture: Picture) -> None:
    """A delivery that ended without having been sent says why."""
    for one in picture.deliveries:
        if one["state"] in {"failed", "void"}:
            assert one["last_message"], one


def runs_are_true(picture: Picture, numbers: dict[int, int]) -> None:
    """What ran on the target was approved, ran once, and is what the portal says of it.

    numbers: a number that only this revision's SQL writes → its ticket.
    """
    for number, times in picture.ran.items():
        assert times == 1, f"number {number} ran {times} times"
        started = [
            one for one in picture.records[numbers[number]] if one["action"] == "run_started"
        ]
        assert started, f"number {number} ran without a decision"
    for id in picture.tickets:
        mine = [one for one in picture.runs if one["ticket_id"] == id]
        took_effect = sum(picture.ran[number] for number, of in numbers.items() if of == id)
        if not mine or mine[-1]["state"] in {"failed", "returned", "queued"}:
            assert took_effect == 0, (id, mine)
        elif mine[-1]["state"] == "finished":
            assert took_effect == 1, (id, mine)


def nothing_is_left(picture: Picture) -> None:
    """Once drained: all was sent or says why not, and every open step has its card."""
    unfinished = [one for one in picture.deliveries if one["state"] in UNFINISHED]
    assert not unfinished, unfinished
    live = live_cards_by_place(picture)
    one_live_card(picture)  # nothing is on its way out any more
    for one in picture.approvals:
        if one["state"] == "pending" and not one["problem"]:
            there = live[picture.place(one["step_id"]), one["provider"]]
            assert one["external_id"] in {card.id for card in there}, (one, there)
    assert not [one for one in picture.runs if one["state"] in {"queued", "running", "orphaned"}]


def check(picture: Picture, people, taken: Counter, taps: Counter, numbers) -> None:
    """All that holds at any time."""
    by_the_book(picture, people)
    acts_count_once(picture, taken, taps)
    one_live_card(picture)
    every_card_is_minded(picture)
    approvals_are_whole(picture)
    out_of_reach_is_told(picture)
    open_steps_ask(picture)
    failures_are_told(picture)
    runs_are_true(picture, numbers)


def is_drained(picture: Picture) -> bool:
    """Nothing more will happen by itself."""
    return not any(one["state"] in UNFINISHED for one in picture.deliveries) and not any(
        one["state"] in {"queued", "running", "orphaned"} for one in picture.runs
    )
