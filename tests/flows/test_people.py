"""Who is asked, who files, and what is said when somebody cannot be found."""

import re

import pytest

from portal import providers
from portal.domain import accounts, approvals, claims, starting
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import (
    Flow,
    FlowAssignee,
    Member,
    OperationRecord,
    Project,
    ProjectMember,
    ProjectRole,
    ProviderAccount,
    ProviderSetting,
)
from tests.statements import statements_of


def forget(world, *usernames):
    """Nothing is left by which these members could be found."""
    with world.rules():
        for name in usernames:
            member = world.member(name)
            member.phone = member.email = ""


def test_an_assignee_without_an_account_is_named_and_the_others_are_asked(world):
    """Pitfall 17: an empty id in the list lost the whole card."""
    with world.rules():
        world.member("lead").phone = "+8613700000000"
        world.member("lead").email = "nobody@pay.example"
    ticket_id = world.file()
    world.deliver()
    (card,) = world.sandbox.cards()
    assert [task["user"] for task in card["tasks"]] == ["ding-owner"]
    facts = world.facts(ticket_id)
    assert "李组长" in facts["left_out"][0]
    assert "王经理" not in facts["left_out"][0]


def test_nobody_found_is_broken_with_the_cure_and_can_be_sent_again(world, platform):
    """Pitfall 16: nobody was asked, silently."""
    forget(world, "lead", "owner")
    ticket_id = world.file()
    world.deliver()
    facts = world.facts(ticket_id)
    assert facts["cards"][0][1] == "broken"
    assert facts["deliveries"] == [("start", "failed", "no_approver")]
    assert "李组长（没有填写手机号" in facts["problems"][0]
    assert "用户中心" in facts["problems"][0]
    assert world.sandbox.cards() == []
    with world.ticket(ticket_id) as ticket:
        world.member("lead").phone = "+8613900000002"
        approvals.resend(ticket, world.member("creator"), platform.name)
    world.deliver()
    facts = world.facts(ticket_id)
    assert [state for _key, state in facts["cards"]] == ["broken", "pending"]
    assert facts["cards"][1][0].endswith("-I2")
    assert world.sandbox.cards()[0]["form"]["审批编号"].endswith("-I2")


def test_a_live_card_is_not_sent_again(world, platform):
    ticket_id = world.file()
    world.deliver()
    with world.ticket(ticket_id) as ticket, pytest.raises(RuleError, match="仍然有效"):
        approvals.resend(ticket, world.member("creator"), platform.name)


@pytest.mark.parametrize("reason", ["no phone", "is an approver"])
def test_a_creator_who_cannot_file_over_there_is_replaced_by_the_stand_in(world, reason):
    creator = "creator"
    if reason == "no phone":
        forget(world, "creator")
    else:
        creator = "lead"
    world.save_platform(originator="operator")
    world.file(creator=creator)
    world.deliver()
    (card,) = world.sandbox.cards()
    assert card["originator"] == "ding-operator"


@pytest.mark.parametrize("stand_in", [None, "owner"])
def test_without_a_usable_originator_the_card_is_broken_with_the_cure(world, stand_in):
    """Pitfall 16: never an approver as originator, the platform may pass by itself."""
    forget(world, "creator")
    world.save_platform(originator=stand_in)
    ticket_id = world.file()
    world.deliver()
    facts = world.facts(ticket_id)
    assert facts["deliveries"] == [("start", "failed", "no_originator")]
    assert facts["cards"][0][1] == "broken"
    assert "替补发起人" in facts["problems"][0]
    assert world.sandbox.cards() == []


def test_empty_never_matches_empty(world, platform):
    """Pitfall 5: the first assignee without a phone was credited with the decision."""
    forget(world, "lead")
    ticket_id = world.file()
    world.deliver()
    (card,) = world.sandbox.cards()
    world.sandbox.control("people", {"people": [{"userid": "stranger", "name": "?", "mobile": ""}]})
    world.sandbox.press(card["id"], "redirect", "ding-owner", to="stranger")
    world.sandbox.press(card["id"], "agree", "stranger")
    world.run()
    facts = world.facts(ticket_id)
    assert facts["cards"][0][1] == "broken"
    assert facts["steps"][0] == "open"
    with world.rules():
        for nobody in ("", None):
            assert accounts.member_of(nobody, platform.name, platform.app_key) is None


def test_a_phone_shared_by_two_members_never_matches(world):
    """Pitfall 5."""
    with world.rules():
        world.member("senior").phone = world.member("lead").phone
    ticket_id = world.file()
    world.deliver()
    (card,) = world.sandbox.cards()
    assert [task["user"] for task in card["tasks"]] == ["ding-owner"]
    assert "共用" in world.facts(ticket_id)["left_out"][0]


def test_the_phone_is_sent_as_the_platform_writes_it(world):
    """Pitfall 18: +86 was cut with [3:]."""
    world.file()
    world.deliver()
    assert len(world.sandbox.cards()) == 1  # bare 11 digits were found
    with world.rules():
        world.member("creator").phone = "+85291234567"
        world.member("creator").email = ""
    people = [{"userid": "hk", "name": "港", "mobile": "91234567", "state_code": "852"}]
    world.sandbox.control("people", {"people": people})
    world.file()
    world.deliver()
    assert {card["originator"] for card in world.sandbox.cards()} == {"ding-creator", "hk"}


def test_who_has_left_is_left_out_though_known_before(world):
    """Trap 8: one leaver in the list made the whole start fail."""
    world.file()
    world.deliver()
    world.sandbox.control(
        "people",
        {
            "people": [
                {"userid": "ding-lead", "name": "李组长", "mobile": "13900000002", "active": False}
            ]
        },
    )
    ticket_id = world.file()
    world.deliver()
    card = world.sandbox.cards(marker=f"-{ticket_id}-R1")[0]
    assert [task["user"] for task in card["tasks"]] == ["ding-owner"]
    assert "李组长" in world.facts(ticket_id)["left_out"][0]


def test_a_missing_phone_permission_names_itself(world, platform):
    revoked = {"app_key": platform.app_key, "revoke": [platform.people_scope]}
    world.sandbox.control("scopes", revoked)
    ticket_id = world.file()
    world.deliver()
    facts = world.facts(ticket_id)
    assert facts["deliveries"][0][1] == "failed"
    assert platform.people_scope in facts["problems"][0]


def test_a_changed_app_breaks_the_old_cards_and_makes_its_own_template(world, platform):
    """Pitfall 12: the recovery never ran, no template, no message."""
    ticket_id = world.file()
    world.deliver()
    (old,) = world.sandbox.cards()
    app = {"provider": platform.name, "app_key": "secondapp", "app_secret": "second-secret"}
    world.sandbox.control("apps", app)
    world.save_platform(app_key="secondapp", secret="second-secret")
    facts = world.facts(ticket_id)
    assert facts["cards"][0][1] == "broken"
    assert "应用已更换" in facts["problems"][0]
    world.sandbox.control("calls", method="DELETE")
    world.run()
    assert not [call for call in world.sandbox.calls() if old["id"] in str(call)]
    with world.ticket(ticket_id) as ticket:
        approvals.resend(ticket, world.member("creator"), platform.name)
    world.run()
    fresh = next(card for card in world.sandbox.cards() if card["id"] != old["id"])
    assert fresh["app_key"] == "secondapp"
    assert fresh["process_code"] != old["process_code"]
    with world.rules():
        accounts = db.session.scalars(
            db.select(ProviderAccount).filter_by(app_key="secondapp")
        ).all()
        names = {one.member.username for one in accounts if one.external_id}
        assert names >= {"creator", "lead", "owner"}


def test_the_template_is_made_once_an_app(world, platform):
    """Pitfall 13: every save made another definition of the same name."""
    made = len(world.sandbox.control("templates")["templates"])
    for _save in range(3):
        world.save_platform()
        world.file()
        world.run()
    written = [
        call
        for call in world.sandbox.calls()
        if call["method"] == "POST" and re.search(platform.template, call["path"])
    ]
    assert written == []
    assert len(world.sandbox.control("templates")["templates"]) == made
    assert len({card["process_code"] for card in world.sandbox.cards()}) == 1


def test_a_template_changed_by_hand_is_repaired_before_the_next_card(world):
    world.file()
    world.deliver()
    code = world.sandbox.cards()[0]["process_code"]
    world.sandbox.control(f"templates/{code}", {"rename": {"工单名称": "标题"}})
    world.pass_time(25 * 3600)
    ticket_id = world.file()
    world.run()
    assert world.facts(ticket_id)["deliveries"][0][1] == "sent"
    assert world.sandbox.cards(marker=f"-{ticket_id}-R1")[0]["form"]["工单名称"]


def test_what_was_done_is_recorded(world, platform):
    ticket_id = world.file()
    world.deliver()
    (card,) = world.sandbox.cards()
    world.sandbox.press(card["id"], "agree", "ding-lead")
    world.run()
    with world.ticket(ticket_id) as ticket:
        subject = approvals.subject_of(ticket)
        rows = db.session.scalars(
            db.select(OperationRecord).filter_by(subject=subject).order_by(OperationRecord.id)
        ).all()
        assert [row.action for row in rows] == ["ticket_submitted", "step_approved"]
        assert rows[1].actor.username == "lead"
        assert rows[1].details["via"] == platform.name


def test_a_leaver_whose_account_was_trusted_is_asked_for_again_though_the_template_is_new(world):
    """A refusal is believed only when nothing was taken from memory."""
    world.file()
    world.deliver()
    with world.rules():
        setting = db.session.scalars(db.select(ProviderSetting)).one()
        setting.template_checked_at = None
    leaver = {"userid": "ding-owner", "name": "王经理", "mobile": "13900000003", "active": False}
    world.sandbox.control("people", {"people": [leaver]})
    ticket_id = world.file()
    world.run()
    assert world.facts(ticket_id)["deliveries"] == [("start", "sent", "")]
    assert "王经理" in world.facts(ticket_id)["left_out"][0]


def test_who_has_left_the_project_is_not_asked_again(world):
    ticket_id = world.file()
    with world.rules():
        gone = world.member("lead").id
        db.session.execute(db.delete(ProjectMember).filter_by(member_id=gone))
    world.deliver()
    (card,) = world.sandbox.cards()
    assert [task["user"] for task in card["tasks"]] == ["ding-owner"]
    assert "李组长（已不是项目成员）" in world.facts(ticket_id)["left_out"][0]


def test_many_who_may_decide_are_looked_at_by_as_few_statements_as_one(world):
    finds_by = providers.PROVIDERS[world.platform.name].finds_by

    def statements() -> int:
        world.file()
        with world.rules():
            claim = claims.claim()
        with statements_of(world.app) as found, world.rules():
            assert starting.plan(claim, finds_by) is not None
        return len(found)

    few = statements()
    with world.rules():
        project = db.session.scalars(db.select(Project).filter_by(name="pay")).one()
        flow = db.session.scalars(db.select(Flow).filter_by(project_id=project.id)).one()
        step = flow.steps[0]
        for number in range(20):
            member = Member(username=f"one{number}", name=f"第{number}位", password_hash="")
            step.assignees.append(FlowAssignee(member=member))
            project.memberships.append(ProjectMember(member=member, role=ProjectRole.MEMBER))
    assert statements() == few
