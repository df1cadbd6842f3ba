"""The page helper: a path or endpoint in, a checked page out; forms filled as a browser would.

    visitor = Visitor(app)
    page = visitor.get("/login")                      # or visitor.get("members.edit", member_id=1)
    page = page.form(has="username").fill(username="admin", password="…").send()
    assert page.h1 == "待我处理"; page.errors == {}; page.flashes == [("success", "已保存。")]

Every HTML answer goes through `check`: one h1, a title, no duplicate ids, labels, an action and
a csrf_token in every form, nothing inline, no leftovers of templates, valid HTML.
"""

from __future__ import annotations

import re
from io import BytesIO
from urllib.parse import urlsplit

import html5lib
from bs4 import BeautifulSoup, Tag
from bs4.builder import HTML5TreeBuilder
from flask import Flask, url_for
from werkzeug.datastructures import MultiDict

from tests.page_checks import check, text_of

REDIRECTS = {301, 302, 303, 307, 308}


class Visitor:
    """A browser without scripts. client: by default a new one, signed in as nobody."""

    def __init__(self, app: Flask, client=None):
        self.app = app
        self.client = client or app.test_client()

    def get(self, target: str, status: int = 200, **values) -> Page:
        """The page at this path or endpoint; redirects are followed when status is 200."""
        return self._arrive(self.client.get(self.path(target, **values)), status)

    def post(self, target: str, data: dict | MultiDict, status: int = 302, **values) -> Page:
        """Send fields without a form of ours; with this visitor's own csrf_token."""
        fields = MultiDict(data)
        fields.setdefault("csrf_token", self.csrf_token())
        return self._arrive(self.client.post(self.path(target, **values), data=fields), status)

    def path(self, target: str, **values) -> str:
        if target.startswith("/"):
            return target
        with self.app.test_request_context():
            return url_for(target, **values)

    def csrf_token(self) -> str:
        """The token of this visitor's session, read from the account or the sign-in page."""
        answer = self.client.get("/account", follow_redirects=True)
        return re.search(r'name="csrf_token" value="([^"]+)"', answer.text).group(1)

    def _arrive(self, answer, status: int) -> Page:
        """Check the status; then follow redirects, as a browser does."""
        first = answer.status_code
        path = answer.request.path
        followed = first in REDIRECTS and status in {200, first}
        for _hop in range(5):
            if answer.status_code not in REDIRECTS:
                break
            path = answer.headers["Location"]
            assert not urlsplit(path).netloc, f"a redirect left the site: {path}"
            answer = self.client.get(path)
        assert followed or first == status, f"{first} instead of {status}\n{answer.text[:3000]}"
        return Page(self, answer, path, first)


class StrictBuilder(HTML5TreeBuilder):
    """Builds the tree, and keeps what it had to forgive: to parse twice takes twice as long."""

    def __init__(self):
        super().__init__(store_line_numbers=False)
        self.errors: list = []

    def feed(self, markup: str) -> None:
        parser = html5lib.HTMLParser(tree=self.create_treebuilder)
        self.underlying_builder.parser = parser
        parser.parse(markup)
        self.errors = parser.errors


class Page:
    """One answer in HTML. path: where it was found; sent_status: the first status on the way.

    markup_errors: what the HTML's parser had to forgive.
    """

    def __init__(self, visitor: Visitor, answer, path: str, sent_status: int):
        self.visitor = visitor
        self.answer = answer
        self.path = path
        self.status = answer.status_code
        self.sent_status = sent_status
        self.html = answer.get_data(as_text=True)
        builder = StrictBuilder()
        self.soup = BeautifulSoup(self.html, builder=builder)
        self.markup_errors = builder.errors
        check(self)

    @property
    def h1(self) -> str:
        return text_of(self.soup.h1)

    @property
    def title(self) -> str:
        return text_of(self.soup.title)

    @property
    def text(self) -> str:
        """What people read in the main part, blanks collapsed."""
        return text_of(self.soup.main)

    def select(self, css: str) -> list[Tag]:
        return self.soup.select(css)

    def one(self, css: str) -> Tag:
        found = self.soup.select(css)
        assert len(found) == 1, f"{len(found)} × {css} on {self.path}"
        return found[0]

    @property
    def flashes(self) -> list[tuple[str, str]]:
        return [(tag["data-flash"], text_of(tag)) for tag in self.select("[data-flash]")]

    @property
    def errors(self) -> dict[str, str]:
        """Field name → its sentence."""
        return {tag["data-error"]: text_of(tag) for tag in self.select("[data-error]")}

    def form(self, has: str | None = None, action: str | None = None) -> Form:
        """The one form with a control of this name, or with this action."""
        found = [
            tag
            for tag in self.select("form")
            if (has is None or tag.find(attrs={"name": has}))
            and (action is None or urlsplit(tag["action"]).path == action)
        ]
        assert len(found) == 1, f"{len(found)} forms with {has or action} on {self.path}"
        return Form(self, found[0])


class Form:
    """A form with the values a browser would send."""

    def __init__(self, page: Page, tag: Tag):
        self.page = page
        self.tag = tag
        self.values = MultiDict(_successful(tag))

    def fill(self, **values) -> Form:
        """Type values in: text, a list for repeated fields, True/False for a check box,
        (bytes, file name) for a file. Names with a dash: fill(**{"steps-0-kind": "audit"})."""
        for name, value in values.items():
            controls = self.tag.find_all(attrs={"name": name})
            assert controls, f"no control {name} in the form {self.tag['action']}"
            if isinstance(value, bool):
                shown = controls[0].get("value", "on")
                self.values.setlist(name, [shown] if value else [])
            elif isinstance(value, tuple):
                self.values.setlist(name, [(BytesIO(value[0]), value[1])])
            else:
                self.values.setlist(name, value if isinstance(value, list) else [str(value)])
        return self

    def without_files(self) -> Form:
        """As a program sends it: the stand-in of an unchosen file could be sent only once."""
        for control in self.tag.select("input[type=file]"):
            self.values.pop(control["name"], None)
        return self

    def send(self, status: int = 302, button: str | None = None) -> Page:
        """Press the first submit button, or the one with this text. Follows the redirect."""
        pressed = self._button(button)
        values, action = MultiDict(self.values), self.tag["action"]
        if pressed is not None:
            action = pressed.get("formaction") or action
            if pressed.get("name"):
                values.add(pressed["name"], pressed.get("value", ""))
        client = self.page.visitor.client
        if self.tag.get("method", "get").lower() == "get":
            answer = client.get(action, query_string=values)
        else:
            multipart = self.tag.get("enctype") == "multipart/form-data"
            kind = "multipart/form-data" if multipart else "application/x-www-form-urlencoded"
            answer = client.post(action, data=values, content_type=kind)
        return self.page.visitor._arrive(answer, status)

    def _button(self, text: str | None) -> Tag | None:
        own = [
            tag
            for tag in self.page.select("button, input[type=submit]")
            if tag.get("type", "submit") == "submit"
            and (tag.find_parent("form") is self.tag or tag.get("form") == self.tag.get("id", " "))
        ]
        if text is None:
            return own[0] if own else None
        named = [tag for tag in own if text_of(tag).replace(" ", "") == text.replace(" ", "")]
        assert len(named) == 1, f"{len(named)} buttons {text} in {self.tag['action']}"
        return named[0]


def _successful(form: Tag) -> list[tuple[str, object]]:
    """The form's successful controls, in order (HTML, "constructing the form data set")."""
    pairs: list[tuple[str, object]] = []
    for control in form.find_all(["input", "select", "textarea"]):
        name = control.get("name")
        if not name or control.has_attr("disabled"):
            continue
        kind = control.get("type", "text") if control.name == "input" else control.name
        if kind in {"submit", "button", "reset", "image"}:
            continue
        if kind == "file":
            pairs.append((name, (BytesIO(b""), "")))
        elif kind in {"checkbox", "radio"}:
            if control.has_attr("checked"):
                pairs.append((name, control.get("value", "on")))
        elif kind == "select":
            pairs += [(name, value) for value in _selected(control)]
        elif kind == "textarea":
            pairs.append((name, control.get_text().removeprefix("\n").replace("\n", "\r\n")))
        else:
            pairs.append((name, control.get("value", "")))
    return pairs


def _selected(select: Tag) -> list[str]:
    options = select.find_all("option")
    chosen = [option for option in options if option.has_attr("selected")]
    if not chosen and options and not select.has_attr("multiple"):
        chosen = options[:1]
    return [option.get("value", text_of(option)) for option in chosen]
