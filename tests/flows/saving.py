"""Fixtures for tests that save a platform's card on the page: import what a test takes."""

from __future__ import annotations

import pytest

PATH = "/settings/integrations"
KEY_FIELDS = {"dingtalk": "app_key", "feishu": "app_id"}


@pytest.fixture
def boss(world, sign_in):
    return sign_in("boss")


@pytest.fixture
def save(boss, platform):
    """save(enabled=…, app_key=…, app_secret=…): what the boss does on the card."""

    def send(**values):
        if "app_key" in values:
            values[KEY_FIELDS[platform.name]] = values.pop("app_key")
        form = boss.get(PATH).form(action=f"{PATH}/{platform.name}")
        return form.fill(**values).send(button="提交")

    return send


@pytest.fixture
def second_app(sandbox, platform):
    """Another app of the same platform: its key."""
    key = f"{platform.app_key[:4]}second"
    app = {"provider": platform.name, "app_key": key, "app_secret": "second-secret"}
    sandbox.control("apps", app)
    return key
