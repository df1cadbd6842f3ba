"""The rules about members: the first admin, what makes a phone, an e-mail, a user name."""

import pytest

from portal.domain import members
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.kit import passwords
from portal.models import Member, Role


@pytest.fixture
def nobody(context):
    """A database without any member."""
    db.session.query(Member).delete()
    db.session.commit()


def test_the_first_admin_gets_a_made_up_password_to_be_changed(nobody):
    password = members.ensure_first_admin(None)
    member = db.session.query(Member).one()
    assert (member.username, member.role) == ("admin", Role.ADMIN)
    assert member.must_change_password
    assert len(password) >= 16
    assert passwords.matches(member.password_hash, password)


def test_a_given_password_is_taken_as_it_is(nobody):
    assert members.ensure_first_admin("pw") is None
    member = db.session.query(Member).one()
    assert not member.must_change_password
    assert passwords.matches(member.password_hash, "pw")


def test_there_is_no_second_first_admin(context):
    assert members.ensure_first_admin(None) is None
    assert db.session.query(Member).count() == 1


def test_somebody_made_at_the_command_line_keeps_the_password(context):
    member = members.create("root2", "Battery-staple-88", None, role=Role.ADMIN)
    assert not member.must_change_password
    assert member.is_admin


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_phone_or_email_stays_empty(text):
    assert members.normalise_phone(text) == ""
    assert members.normalise_email(text) == ""


@pytest.mark.parametrize("text", ["x", "a@", "@b.c", "a@b..c", "a@localhost", "a@b.com, c@d.com"])
def test_an_email_that_cannot_be_one_is_refused(context, text):
    with pytest.raises(RuleError) as caught:
        members.normalise_email(text)
    assert caught.value.field == "email"


def test_an_empty_phone_is_shared_with_nobody(context, make_member):
    first = make_member("a1")
    make_member("b1")
    assert members.sharing_phone(db.session.get(Member, first.id)) == []
