"""The far side, as its own control interface shows it, and the people that are in it."""

from __future__ import annotations

import threading

import requests

# username, name, phone; the same people are in the sandbox, as ding-<username>.
PEOPLE = (
    ("creator", "陈工", "13900000001"),
    ("lead", "李组长", "13900000002"),
    ("owner", "王经理", "13900000003"),
    ("dba", "赵主任", "13900000004"),
    ("senior", "钱老师", "13900000005"),
    ("operator", "孙运维", "13900000006"),
)
# Of calls a second and a minute: a test that wants one sets it itself.
LIMITS = (
    "qps",
    "feishu_per_minute",
    "feishu_t4_per_minute",
    "feishu_t4_per_second",
    "coding_qps",
)


def email_of(username: str) -> str:
    """The same here and over there."""
    return f"{username}@pay.example"


class Sandbox:
    """The far side, as its own control interface shows it: the judge of what happened."""

    def __init__(self, base: str):
        self.base = base
        self._of_thread = threading.local()

    def session(self) -> requests.Session:
        """This thread's own connection."""
        if not hasattr(self._of_thread, "http"):
            self._of_thread.http = requests.Session()
        return self._of_thread.http

    def control(self, path: str, body=None, method: str | None = None):
        """One call of the control interface; answers its JSON."""
        method = method or ("GET" if body is None else "POST")
        url = f"{self.base}/control/{path}"
        answer = self.session().request(method, url, json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def cards(self, **filters) -> list[dict]:
        answer = self.session().get(f"{self.base}/control/cards", params=filters, timeout=20).json()
        return answer["cards"]

    def press(self, card_id: str, button: str, person: str, **fields) -> None:
        """What a thumb does on a phone: agree, refuse, withdraw, redirect or comment."""
        self.control(f"cards/{card_id}/{button}", {"userid": person} | fields)

    def card(self, card_id: str) -> dict:
        """This card as it is now."""
        return self.control(f"cards/{card_id}")

    def said(self, card_id: str) -> list[str]:
        """Everything said on this card: remarks and reasons, then the comments."""
        card = self.card(card_id)
        decided = [one for one in card["records"] if one["type"] != "ADD_REMARK"]
        remarks = [one["remark"] for one in decided if one["remark"]]
        return remarks + [one["comment"] for one in card["comments"]]

    def force(self, card_id: str, **state) -> None:
        """Put a card into a state that no thumb can."""
        self.control(f"cards/{card_id}/state", state)

    def issues(self, project: str | None = None, key: str | None = None) -> list[dict]:
        """CODING's issues, also deleted ones; key: part of the title."""
        asked = {"project": project, "key": key}
        answer = self.session().get(f"{self.base}/control/issues", params=asked, timeout=20)
        return answer.json()["issues"]

    def coding_project(self, name: str, **settings) -> dict:
        """Add a project of CODING's, or change what is named of one."""
        return self.control("coding/projects", {"name": name} | settings)

    def move_issue(self, project: str, code: int, status: str) -> dict:
        """What a person does over there: TODO, PROCESSING, COMPLETED, or "deleted"."""
        change = {"deleted": True} if status == "deleted" else {"status": status}
        return self.control(f"coding/issues/{project}/{code}", change)

    def fault(self, kind: str, match: str, times: int | None = 1, **fields) -> dict:
        return self.control("faults", {"kind": kind, "match": match, "times": times} | fields)

    def calls(self, part: str = "") -> list[dict]:
        return [call for call in self.control("calls")["calls"] if part in call["path"]]

    def reset(self) -> None:
        self.control("reset", {})
        people = [
            {
                "userid": f"ding-{username}",
                "name": name,
                "mobile": phone,
                "email": email_of(username),
            }
            for username, name, phone in PEOPLE
        ]
        self.control("people", {"reset": True, "people": people})
        self.control("rules", dict.fromkeys(LIMITS))
        self.control("calls", method="DELETE")
