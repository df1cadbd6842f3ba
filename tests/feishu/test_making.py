"""The adapter's making from the app's settings."""

import pytest

from portal.blueprints.feishu.approval import make
from portal.domain.provider import AppCredentials, Contact
from portal.kit.errors import Kind
from portal.sandbox.seed import FEISHU_APP_ID, FEISHU_APP_SECRET
from tests.far_side import Sandbox, refused
from tests.feishu.conftest import WANGWU


@pytest.fixture(scope="module")
def shared_sandbox():
    made = Sandbox()
    yield made
    made.close()


@pytest.fixture
def environment(shared_sandbox):
    return {"FEISHU_API_URL": shared_sandbox.url}


@pytest.mark.usefixtures("context")
def test_the_factory_takes_the_apps_settings():
    counted = []
    credentials = AppCredentials(FEISHU_APP_ID, FEISHU_APP_SECRET)
    provider = make(credentials, 30, counted.append)
    assert provider.account(Contact(phone="+8613800000003")).external_id == WANGWU
    assert provider.prepare_template(None)
    assert counted == ["token", "batch_get_id", "definition_write"]
    late = make(credentials, 0.5, counted.append)
    error = refused(late.fetch, "x")
    assert (error.code, error.kind) == ("deadline", Kind.RETRY)
