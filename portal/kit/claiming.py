"""Taking rows that no other node has taken, without keeping any from it that are not taken.

MariaDB locks every row that it has to sort, whatever LIMIT says, and SKIP LOCKED leaves nothing
to the others then: the rows are chosen first, and locked by their keys.
"""

from __future__ import annotations

from sqlalchemy import Select

from portal.extensions import db

# So many shares are looked through for one that is free.
SHARES = 4


def free_rows(query: Select, key, most: int) -> list:
    """The first of the query's rows that are free, at most so many, locked, in its order.

    key: the primary key's column. The caller holds a write transaction.
    """
    ids = db.session.scalars(query.with_only_columns(key).limit(SHARES * most)).all()
    for start in range(0, len(ids), most):
        share = ids[start : start + most]
        locked = query.where(key.in_(share)).order_by(None).with_for_update(skip_locked=True)
        rows = db.session.scalars(locked.execution_options(populate_existing=True)).all()
        if rows:
            place = {id: number for number, id in enumerate(share)}
            return sorted(rows, key=lambda row: place[getattr(row, key.key)])
    return []
