"""On a server two nodes take two rows at one moment, and note their failures beside each other."""

from __future__ import annotations

import threading

import pytest

from portal.domain import app_health, claims
from portal.domain.provider import Kind, ProviderError
from portal.extensions import db
from tests.faults.conftest import ON_SERVERS
from tests.platforms import DINGTALK

APP = (DINGTALK.name, DINGTALK.app_key)
NODES = 2


def at_once(stage, work) -> list:
    """Each node works in a transaction of its own, all open together; what each answers."""
    all_open, answers = threading.Barrier(NODES, timeout=10), []

    def node() -> None:
        with stage.world.app.app_context():
            answers.append(work(all_open))
            db.session.commit()
            db.session.remove()

    threads = [threading.Thread(target=node) for _node in range(NODES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)
    return answers


@pytest.mark.faults
@ON_SERVERS
def test_two_nodes_take_two_rows_at_one_moment(stage):
    stage.file(30)

    def claim(all_open):
        claim = claims.claim()
        all_open.wait()
        return claim and claim.delivery_id

    assert len(set(at_once(stage, claim)) - {None}) == NODES


@pytest.mark.faults
@ON_SERVERS
def test_the_first_failures_of_an_app_are_all_counted(stage):
    error = ProviderError(DINGTALK.name, "reset", "gone", Kind.UNKNOWN_OUTCOME)

    def fail(all_open) -> bool:
        assert app_health.state(*APP) is None
        all_open.wait()
        app_health.failed(app_health.Leave(*APP), error)
        return True

    assert at_once(stage, fail) == [True] * NODES
    assert stage.health().failures == NODES
