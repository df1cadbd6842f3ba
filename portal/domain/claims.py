"""Taking the next due delivery, by one node at a time (R2-R5).

The conditions are many: building the queries anew would be a sixth of a delivery's work.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Select
from sqlalchemy.orm import aliased

from portal.domain import app_health, deliveries, pace
from portal.domain.deliveries import Claim
from portal.extensions import db
from portal.kit.clock import UtcDateTime, database_now
from portal.models import (
    Delivery,
    DeliveryAction,
    DeliveryAttempt,
    DeliveryState,
    ProviderSetting,
)

LOOK_AT_ONCE = 20


def anything_due(but: Collection[str] = ()) -> bool:
    """A cheap look, without a write transaction, before `claim`."""
    values = _values(database_now(db.session), but)
    return db.session.scalar(_ids().limit(1), values) is not None


def claim(but: Collection[str] = ()) -> Claim | None:
    """Take the next due delivery: at most one, whose earlier calls about the same card are over.

    but: providers of which this process has enough in hand.

    Cards also wait for the app's template, and for the platform's limit of starts a minute.

    A row in `sending` whose lease has ended is due again: its node died. The caller commits
    before it does anything else.
    """
    now = database_now(db.session)
    lease = timedelta(seconds=current_app.config["LEASE_SECONDS"])
    for delivery in _due(now, but):
        if pace.hold_back(delivery, now):
            continue
        leave = app_health.begin_call(delivery.provider, delivery.app_key, lease)
        if leave is None:
            continue
        delivery.state = DeliveryState.SENDING
        delivery.token += 1
        delivery.attempts += 1
        delivery.due_at = now + lease
        db.session.add(
            DeliveryAttempt(delivery_id=delivery.id, token=delivery.token, started_at=now)
        )
        db.session.flush()
        app = (delivery.provider, delivery.app_key)
        return Claim(delivery.id, delivery.token, *app, delivery.action, leave)
    return None


def _due(now: datetime, but: Collection[str]) -> Iterator[Delivery]:
    """The first that are due, each locked when its turn comes, but what another node has locked.

    One by one: MariaDB locks all that it has to sort, and leaves nothing to the other nodes.
    """
    values = _values(now, but)
    for id in db.session.scalars(_ids().limit(LOOK_AT_ONCE), values).all():
        delivery = db.session.scalar(_one(), values | {"id": id})
        if delivery is not None:
            yield delivery


def _values(now: datetime, but: Collection[str]) -> dict:
    return {"now": now, "but": list(but)}


@functools.cache
def _ids() -> Select[tuple[int]]:
    return _rows().with_only_columns(Delivery.id)


@functools.cache
def _one() -> Select[tuple[Delivery]]:
    mine = _rows().where(Delivery.id == db.bindparam("id")).with_for_update(skip_locked=True)
    return mine.execution_options(populate_existing=True)


@functools.cache
def _rows() -> Select[tuple[Delivery]]:
    earlier = aliased(Delivery)
    now = db.bindparam("now", type_=UtcDateTime)
    return (
        db.select(Delivery)
        .where(
            _app_is(ProviderSetting.is_enabled),
            Delivery.state.in_(deliveries.UNFINISHED),
            Delivery.due_at <= now,
            Delivery.provider.not_in(db.bindparam("but", expanding=True)),
            ~app_health.pausing(Delivery.provider, Delivery.app_key, now),
            ~db.exists().where(
                db.or_(
                    earlier.approval_id == Delivery.approval_id,
                    earlier.issue_id == Delivery.issue_id,
                ),
                earlier.id < Delivery.id,
                earlier.state.in_(deliveries.UNFINISHED),
            ),
            ~_waits_for_template(),
        )
        .order_by(Delivery.due_at, Delivery.id)
    )


def _app_is(*conditions):
    """A condition: the settings name the row's app, and this holds of them.

    No join: MariaDB knows no "of", and would lock the settings with the row.
    """
    return db.exists().where(
        ProviderSetting.provider == Delivery.provider,
        ProviderSetting.app_key == Delivery.app_key,
        *conditions,
    )


def _waits_for_template():
    """A condition: the app's template is being prepared, and this row goes after that.

    A mere check that is in trouble holds up no card whose template is known; nor does a card
    wait that may be over there already: none is needed to look for it.
    """
    template, doubt = aliased(Delivery), DeliveryAttempt
    is_usable = _app_is(
        ProviderSetting.template_code != "",
        ProviderSetting.template_app_key == ProviderSetting.app_key,
        ProviderSetting.template_checked_at.is_not(None),
    )
    is_doubtful = db.exists().where(
        doubt.delivery_id == Delivery.id,
        doubt.wire_at.is_not(None),
        doubt.outcome.not_in(("yes", "no")),
    )
    under_way = (
        template.action == DeliveryAction.TEMPLATE,
        template.provider == Delivery.provider,
        template.app_key == Delivery.app_key,
        template.state.in_(deliveries.UNFINISHED),
    )
    in_the_way = db.exists().where(*under_way)
    blocks_cards = db.or_(
        db.and_(in_the_way, ~is_usable), in_the_way.where(template.last_code == "")
    )
    blocks_another = db.exists().where(*under_way, template.id < Delivery.id)
    return db.or_(
        db.and_(Delivery.action == DeliveryAction.START, ~is_doubtful, blocks_cards),
        db.and_(Delivery.action == DeliveryAction.TEMPLATE, blocks_another),
    )
