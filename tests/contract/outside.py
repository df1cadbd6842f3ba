"""A program outside: it knows the portal's address and DESIGN §7's names, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup, Tag

TIMEOUT = 30


class Page:
    """What one request was answered."""

    def __init__(self, response: requests.Response):
        self.response = response
        self.status = response.status_code
        self.path = urlsplit(response.url).path
        self.soup = BeautifulSoup(response.text, "html.parser")

    @property
    def goes_to(self) -> str:
        """Where a 302 leads."""
        assert self.status == 302, f"{self.status}: {self.errors}"
        return self.response.headers["Location"]

    @property
    def errors(self) -> dict[str, str]:
        """Field name → sentence, of the elements with data-error."""
        return {tag["data-error"]: tag.get_text(" ", strip=True) for tag in self.all("data-error")}

    def all(self, mark: str, value: str | None = None) -> list[Tag]:
        """The elements with this data- mark."""
        return self.soup.find_all(attrs={mark: True if value is None else value})

    def marks(self, mark: str) -> list[str]:
        return [tag[mark] for tag in self.all(mark)]

    def form(self, path: str) -> Tag:
        """The form that posts to this path."""
        for form in self.soup.find_all("form"):
            action = urljoin(self.response.url, form.get("action") or self.response.url)
            if urlsplit(action).path == path:
                return form
        raise LookupError(f"{self.path} has no form that posts to {path}")

    def names(self, path: str) -> set[str]:
        """The names of the controls of the form that posts to this path."""
        return {tag["name"] for tag in self.form(path).select("[name]")}

    def typed(self, path: str) -> list[tuple[str, str]]:
        """What a browser would post if nobody touched the form."""
        pairs: list[tuple[str, str]] = []
        for tag in self.form(path).select("input[name], textarea[name], select[name]"):
            kind = tag.get("type", "text")
            if tag.name == "select":
                options = tag.select("option[selected]") or tag.select("option")[:1]
                pairs += [(tag["name"], option["value"]) for option in options]
            elif tag.name == "textarea":
                pairs.append((tag["name"], tag.get_text()))
            elif kind in ("checkbox", "radio"):
                pairs += [(tag["name"], tag.get("value", "on"))] if tag.has_attr("checked") else []
            elif kind not in ("file", "submit"):
                pairs.append((tag["name"], tag.get("value", "")))
        return pairs


class Outside:
    """One person's cookies."""

    def __init__(self, base: str):
        self.base = base
        self.session = requests.Session()

    def get(self, path: str, follow: bool = True) -> Page:
        url = urljoin(self.base, path)
        return Page(self.session.get(url, allow_redirects=follow, timeout=TIMEOUT))

    def post(self, path: str, data, follow: bool = False) -> Page:
        """Post these fields and nothing else."""
        url = urljoin(self.base, path)
        return Page(self.session.post(url, data, allow_redirects=follow, timeout=TIMEOUT))

    def bare(self, path: str, follow: bool = False, **fields) -> Page:
        """Post a csrf_token and these fields, without having looked at the form."""
        token = self.get("/account").soup.find(attrs={"name": "csrf_token"})["value"]
        return self.post(path, {"csrf_token": token} | fields, follow)

    def send(self, page: Page, path: str, changes: dict, to: str | None = None) -> Page:
        """Post the page's form of this path with changes; None takes a field out.

        to: the formaction of another button of the form.
        """
        pairs = [(name, value) for name, value in page.typed(path) if name not in changes]
        for name, value in changes.items():
            values = value if isinstance(value, list) else [] if value is None else [value]
            pairs += [(name, one) for one in values]
        return self.post(to or path, pairs)

    def submit(self, path: str, changes: dict, page: str | None = None) -> Page:
        """Look at the form (on its own path, or on another page) and post it with changes."""
        return self.send(self.get(page or path), path, changes)

    def sign_in(self, username: str, password: str) -> Page:
        return self.submit("/login", {"username": username, "password": password})


def until(fact: Callable[[], object], what: str, seconds: float = 20.0):
    """Look until the fact holds; answers it."""
    ends = time.monotonic() + seconds
    while True:
        found = fact()
        if found:
            return found
        assert time.monotonic() < ends, f"not within {seconds:g} s: {what}"
        time.sleep(0.1)
