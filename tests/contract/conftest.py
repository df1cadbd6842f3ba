"""`python wsgi.py --demo` in a copy of the tree, for outside programs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
import requests

from tests.browser.processes import ROOT, running
from tests.contract.outside import Outside, Page, until
from tests.platforms import PLATFORMS
from tests.servers_tools import free_port

COPIED = ("portal", "wsgi.py")
_NUMBERS = count(1)


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

    def new_admin(self) -> Outside:
        """Somebody who has pressed no test button yet: ten a minute is the limit."""
        username, given, own = f"tester{next(_NUMBERS)}", "Given-by-admin-1", "My-own-choice-2"
        fields = {"username": username, "password": given, "role": "admin", "is_enabled": "y"}
        assert self.person("admin").submit("/settings/members/new", fields).status == 302
        outside = Outside(self.portal)
        assert outside.sign_in(username, given).status == 302
        assert outside.bare("/account", current_password=given, new_password=own).status == 302
        return outside

    def control(self, path: str, **order) -> dict:
        """POST to the sandbox's /control."""
        answer = requests.post(f"{self.sandbox}/control{path}", json=order, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def every_card(self, provider: str) -> list[dict]:
        """All cards on this platform, oldest first."""
        every = requests.get(f"{self.sandbox}/control/cards", timeout=10).json()["cards"]
        return [card for card in every if card["provider"] == provider]

    def card(self, link: str, provider: str) -> dict:
        """The newest card on this platform whose 工单链接 is this address's."""
        url = f"{self.portal}{link}"

        def found():
            return [one for one in self.every_card(provider) if one["form"]["工单链接"] == url]

        return until(found, f"a card of {link} in {provider}")[-1]

    def outcome(self, link: str, provider: str) -> str:
        """What became of that card over there: open, approved, rejected or withdrawn."""
        return PLATFORMS[provider].outcome(self.card(link, provider))

    def phone(self, person: str, link: str, button: str, provider: str, **fields) -> None:
        """Press a button of the ticket's card of this platform on a person's phone."""
        card_id = self.card(link, provider)["id"]
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

    def cards(self, link: str, provider: str) -> list[str]:
        """The states of the ticket's cards in this provider, as its page shows them."""
        tags = self.ticket(link).all("data-approval")
        return [tag["data-approval"] for tag in tags if tag["data-provider"] == provider]

    def asked(self, link: str) -> str:
        """Wait until the open step's cards are over there; the ticket's path again."""
        for provider in PLATFORMS:
            until(lambda one=provider: self.cards(link, one)[-1:] == ["pending"], f"{link} asks")
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


@pytest.fixture(params=sorted(PLATFORMS))
def provider(request) -> str:
    """Both are on; the story happens on this one."""
    return request.param


@pytest.fixture
def other(provider) -> str:
    """The platform on which nobody presses anything."""
    (name,) = set(PLATFORMS) - {provider}
    return name


@pytest.fixture
def tester(demo) -> Outside:
    """An admin of this test's own."""
    return demo.new_admin()
