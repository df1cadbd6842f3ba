"""A row of ours that somebody holds for long: the user is told within seconds, nothing is lost."""

from __future__ import annotations

import time

import pytest

from portal.extensions import db
from portal.kit.sessions import LOCK_SECONDS
from portal.models import Project
from tests.faults.conftest import SERVERS
from tests.faults.goals import IS_LONG
from tests.faults.serving import filled, web
from tests.faults.test_web_crashes import filed

__all__ = ["web"]


@pytest.mark.faults
@pytest.mark.parametrize("database", SERVERS if IS_LONG else ["postgresql"], indirect=True)
def test_a_page_gives_up_a_row_that_is_held_and_the_same_form_files_it_later(stage, web):
    web.start()
    form = filled(web.visitor())
    with stage.world.app.app_context():
        db.session.execute(db.update(Project).values(name=Project.name))
        begun = time.monotonic()
        page = form.send(status=503)
        waited = time.monotonic() - begun
        db.session.rollback()
    assert page.h1 == "服务暂时不可用"
    assert LOCK_SECONDS - 1 < waited < LOCK_SECONDS + 5
    assert filed(stage) == (0, 0)
    assert form.send(status=200).flashes == [("success", "工单已提交。")]
    assert filed(stage) == (1, 1)
