"""`python wsgi.py --demo` in a copy of the tree, for outside programs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.browser.processes import ROOT, free_port, running
from tests.contract.outside import Outside, Page, until

COPIED = ("portal", "wsgi.py")


def copy_tree(folder: Path) -> Path:
    """The product alone, with an instance/ of its own."""
    tree = folder / "tree"
    tree.mkdir()
    for name in COPIED:
        part = ROOT / name
        if part.is_dir():
            shutil.copytree(part, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(part, tree / name)
    return tree


@dataclass
class Demo:
    """The demo, its people signed in as they are asked for."""

    portal: str
    sandbox: str
    lines: list[str]
    _people: dict[str, Outside] = field(default_factory=dict)

    @property
    def printed(self) -> dict[str, list[str]]:
        """User name → its line: user name, password, role."""
        lines = [line.split() for line in self.lines if "http" not in line]
        return {words[0]: words for words in lines}

    def person(self, username: str) -> Outside:
        if username not in self._people:
            outside = Outside(self.portal)
            assert outside.sign_in(username, self.printed[username][1]).status == 302
            self._people[username] = outside
        return self._people[username]

    def control(self, path: str, **order) -> dict:
        """POST to the sandbox's /control."""
        answer = requests.post(f"{self.sandbox}/control{path}", json=order, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def card(self, link: str) -> dict:
        """The newest card over there whose 工单链接 is this address's."""
        url = f"{self.portal}{link}"

        def found():
            every = requests.get(f"{self.sandbox}/control/cards", timeout=10).json()["cards"]
            return [card for card in every if card["form"]["工单链接"] == url]

        return until(found, f"a card of {link}")[-1]

    def phone(self, person: str, link: str, button: str, **fields) -> None:
        """Press a button of the ticket's card on a person's phone."""
        card_id = self.card(link)["id"]
        phones = Outside(self.sandbox)
        [phone] = phones.get("/").all("data-person", person)
        for form in phone.find(attrs={"data-card": card_id}).select("form"):
            if form.find("button").get_text(strip=True) == button:
                assert phones.post(form["action"], fields, follow=True).status == 200
                return
        raise LookupError(f"{person} has no button {button}")

    def file(self, subject: str, sql: str = "SELECT 1;") -> str:
        """zhangsan files a ticket; its path."""
        fields = {"subject": subject, "sql": sql}
        return self.person("zhangsan").submit("/projects/shop/tickets/new", fields).goes_to

    def ticket(self, link: str, who: str = "admin") -> Page:
        return self.person(who).get(link)

    def status(self, link: str) -> str:
        return self.ticket(link).marks("data-status")[0]

    def cards(self, link: str) -> list[str]:
        """The states of the ticket's cards, as its page shows them."""
        return self.ticket(link).marks("data-approval")

    def asked(self, link: str) -> str:
        """Wait until the open step's card is over there; the ticket's path again."""
        until(lambda: self.cards(link)[-1:] == ["pending"], f"{link} asks")
        return link


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Demo:
    folder = tmp_path_factory.mktemp("contract")
    port = free_port(2)
    settings = {"PORTAL_PORT": str(port), "PORTAL_DINGTALK_WITHDRAW_SECONDS": "1.25"}
    tree = copy_tree(folder)
    log = folder / "demo.log"
    with running(["wsgi.py", "--demo"], settings, "Portal: ", log, tree) as lines:
        made = Demo(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}", lines)
        made.control("/rules", withdraw_after=1)
        assert (tree / "instance" / "demo.db").exists()
        yield made
