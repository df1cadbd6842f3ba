"""What an admin does with a provider's card, and what is kept of it."""

from __future__ import annotations

from portal.domain import settings
from portal.extensions import db
from portal.models import ProviderSetting
from tests.settings.cards import PATH

FIRST, SECOND = "app-number-1", "app-number-2"
SECRET = "CANARY-app-secret-5d8f0b2a"
OTHER = "CANARY-other-secret-77aa"


def save(admin, card, status=302, **values):
    """What an admin does on this card. key: the app's, under whatever name."""
    values = {"enabled": True, "key": FIRST, "app_secret": SECRET} | values
    form = admin.get(PATH).form(action=card.path)
    return form.fill(**card.fields(**values)).send(status, button="提交")


def setting(app, card, read=lambda row: row):
    with app.app_context():
        query = db.select(ProviderSetting).filter_by(provider=card.name)
        row = db.session.scalars(query).one_or_none()
        return read(row) if row else None


def secret(app, card):
    with app.app_context():
        return settings.secret_of(settings.provider_setting(card.name))


def part(page, card, css=""):
    return page.one(f"#{card.name} {css}".strip())


def shown(page, card):
    return " ".join(part(page, card).get_text(" ").split())


def typed(card, **values):
    """The fields of a test of the app that the stand-in knows."""
    key, app_secret = card.app
    return card.fields(**({"key": key, "app_secret": app_secret} | card.look_up | values))


def press(admin, card, status=200, **values):
    """测试联通性, with these values typed."""
    form = admin.get(PATH).form(action=card.path).fill(**typed(card, **values))
    return form.send(status, button="测试联通性")


def save_known(admin, card, **values):
    """Save the app that the stand-in knows."""
    key, app_secret = card.app
    fields = card.fields(**({"enabled": True, "key": key, "app_secret": app_secret} | values))
    return admin.get(PATH).form(action=card.path).fill(**fields).send(button="提交")


def results(page, card):
    """Line → ok, fail or skipped."""
    lines = page.select(f"#{card.name}-checks [data-check]")
    return {tag["data-check"]: tag["data-result"] for tag in lines}


def line(page, card, name):
    """What people read on this line."""
    tag = page.one(f'#{card.name}-checks [data-check="{name}"]')
    return " ".join(tag.get_text(" ").split())
