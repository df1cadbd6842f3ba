"""Whoever left the project, or was disabled, decides and sees nothing there any more."""

import pytest
from sqlalchemy import select

from portal.domain import approvals, integrations, outcomes, tickets
from portal.domain.errors import RuleError
from portal.domain.provider import Decision, Outcome
from portal.extensions import db
from portal.models import Approval, ApprovalState, Member, ProjectMember, ProviderAccount, Ticket
from tests.platforms import PLATFORMS, Platform


def leave(username: str) -> None:
    entry = db.session.scalars(
        select(ProjectMember).join(Member).where(Member.username == username)
    ).one()
    db.session.delete(entry)
    db.session.flush()
    db.session.expire_all()


def disable(username: str) -> None:
    db.session.scalars(select(Member).filter_by(username=username)).one().is_enabled = False


@pytest.fixture(params=sorted(PLATFORMS))
def platform(request) -> Platform:
    return PLATFORMS[request.param]


@pytest.fixture
def asked(app, shop, platform):
    """A ticket whose first step is asked for over there as well; lead has an account there."""
    with app.test_request_context():
        integrations.save_provider(
            platform.name, True, platform.app_key, platform.app_secret, None, shop.member("boss")
        )
        account = db.session.scalars(
            select(ProviderAccount).filter_by(
                member_id=shop.member("lead").id, provider=platform.name, app_key=platform.app_key
            )
        ).one()
        account.external_id = "id-of-lead"
        account.found_by = shop.member("lead").phone = "+8613900000002"
        db.session.commit()
        db.session.remove()
    shop.file()
    return shop


@pytest.mark.parametrize("gone", [leave, disable])
@pytest.mark.parametrize("outcome", [Outcome.APPROVED, Outcome.REJECTED])
def test_a_card_decided_by_somebody_gone_decides_nothing(app, asked, platform, gone, outcome):
    with app.test_request_context():
        gone("lead")
        card = db.session.scalars(select(Approval)).one()
        card.state, card.external_id = ApprovalState.PENDING, "over-there"
        decision = Decision(outcome, actor="id-of-lead", raw_state="COMPLETED")
        assert outcomes.apply(card.id, decision, platform.title) is False
        ticket = db.session.scalars(select(Ticket)).one()
        assert (ticket.status, ticket.position) == ("wait_for_audit", 1)
        assert (card.provider, card.state) == (platform.name, ApprovalState.BROKEN)
        assert "李组长" in card.problem


@pytest.mark.parametrize("gone", [leave, disable])
def test_the_rule_itself_refuses_somebody_gone(app, shop, gone):
    shop.file()
    with app.test_request_context():
        gone("lead")
        step = db.session.scalars(select(Ticket)).one().steps[0]
        with pytest.raises(RuleError):
            tickets.decide(step, shop.member("lead"), True)


@pytest.mark.parametrize("gone", [leave, disable])
def test_whoever_is_gone_sees_and_does_nothing(app, shop, gone):
    number = shop.file()
    lead = shop.sign_in("lead")
    token = lead.csrf_token()
    with app.test_request_context():
        gone("lead")
        db.session.commit()
        db.session.remove()
    for path in ("", f"/{number}", "/new", f"/{number}/sql/1"):
        answer = lead.client.get(f"/projects/pay/tickets{path}")
        assert answer.status_code in {302, 404}
        assert "改订单状态" not in answer.text
    for act in ("approve", "reject", "close", "resubmit", "mark-executed", "resend"):
        answer = lead.client.post(
            f"/projects/pay/tickets/{number}/{act}",
            data={"csrf_token": token, "reason": "x", "provider": "feishu"},
        )
        assert answer.status_code in {302, 404}
        assert "/tickets/" not in answer.headers.get("Location", "").split("?")[0]
    assert "改订单状态" not in lead.client.get("/").text
    assert shop.status(number) == "wait_for_audit"


def test_a_card_decided_by_an_assignee_still_counts(app, asked, platform):
    with app.test_request_context():
        card = db.session.scalars(select(Approval)).one()
        card.state, card.external_id = ApprovalState.PENDING, "over-there"
        assert approvals.cards_of(card.step) == [card]
        decision = Decision(Outcome.APPROVED, actor="id-of-lead", raw_state="COMPLETED")
        assert outcomes.apply(card.id, decision, platform.title) is True
        assert db.session.scalars(select(Ticket)).one().position == 2
        assert card.step.decided_via == platform.name
