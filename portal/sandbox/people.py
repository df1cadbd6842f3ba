"""The organisation's people, the same for every platform."""

from .store import Store

MAINLAND = "86"
FIELDS = ("userid", "name", "mobile", "email", "state_code", "active", "in_scope", "dept_ids")


class BadPerson(ValueError):
    """A person that cannot be kept; the text says why."""


def put_person(store: Store, given: dict) -> dict:
    """Add a person, or change the given fields of one. Raises BadPerson.

    mobile: bare digits, or with a +86 in front; other countries put theirs in state_code.
    active=False: has left. in_scope=False: outside the app's 授权人员. dept_ids: numbers, 1 = root.
    """
    userid = given.get("userid")
    unknown = set(given) - set(FIELDS)
    if not isinstance(userid, str) or not userid:
        raise BadPerson("userid is missing")
    if unknown:
        raise BadPerson(f"unknown fields: {', '.join(sorted(unknown))}")
    person = store.get("person", userid) or {
        "userid": userid, "name": userid, "mobile": "", "email": "", "state_code": MAINLAND,
        "active": True, "in_scope": True, "dept_ids": [1],
    }
    person |= given
    person["mobile"] = (person["mobile"] or "").removeprefix(f"+{person['state_code']}")
    if person["mobile"] and not person["mobile"].isdigit():
        raise BadPerson(f"{person['mobile']!r} is not digits (state_code holds the country)")
    return store.put("person", userid, person)


def active_person(store: Store, userid) -> dict | None:
    """The person, unless unknown or left."""
    person = store.get("person", userid) if isinstance(userid, str) and userid else None
    return person if person and person["active"] else None


def name_of(store: Store, userid: str) -> str:
    """How a person is shown; machines and strangers by their id."""
    person = store.get("person", userid)
    return person["name"] if person else userid
