"""Whatever is typed into the forms about people: an answer with a checked page, never an error."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.extensions import db
from portal.models import Member
from tests.page import Page

# Everything that UTF-8 can carry, with the awkward ones more often than chance has them.
AWKWARD = st.sampled_from(["\x00", "\u202e", "\ufeff", "'", '"', "<b>", "%s", "\r\n", "🎉"])
TEXT = st.lists(
    st.one_of(AWKWARD, st.text(st.characters(exclude_categories=["Cs"]), max_size=40)), max_size=6
).map("".join)
FIELDS = ("name", "email", "phone", "wechat_id", "username", "role")
FORM = st.dictionaries(st.sampled_from(FIELDS), st.lists(TEXT, min_size=1, max_size=2))
QUIET = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def token(admin):
    return admin.csrf_token()


def answered(visitor, path, fields):
    answer = visitor.client.post(path, data=fields)
    assert answer.status_code in {302, 422}, (fields, answer.status_code)
    if answer.status_code == 422:
        page = Page(visitor, answer, path, 422)
        assert page.errors
        assert set(page.errors) <= {*FIELDS, "password", "form"}


@QUIET
@given(form=FORM)
def test_the_own_account_takes_or_refuses_anything(admin, token, form):
    answered(admin, "/account", form | {"csrf_token": token})


@QUIET
@given(form=FORM)
def test_a_new_member_takes_or_refuses_anything(app, admin, token, form):
    answered(admin, "/settings/members/new", form | {"csrf_token": token})
    with app.app_context():
        assert db.session.query(Member).count() == 1  # none was valid: the password is missing
