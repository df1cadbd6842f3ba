"""What must hold on every page of the portal; tests/page.py asks it of each answer."""

from __future__ import annotations

import re
from pathlib import Path

from bs4 import BeautifulSoup, Tag

import portal

_SPRITE = Path(portal.__file__).parent / "static" / "icons.svg"
ICONS = set(re.findall(r'<symbol id="([^"]+)"', _SPRITE.read_text()))
_LEFTOVERS = re.compile(r"\{\{|\{%|\bUndefined\b|<portal\.|object at 0x")


def check(page) -> None:
    """What must hold on every page."""
    where = page.path
    assert page.answer.mimetype == "text/html", f"{where}: {page.answer.mimetype}"
    assert "charset=utf-8" in page.answer.headers["Content-Type"], where
    assert "unsafe-inline" not in page.answer.headers["Content-Security-Policy"], where
    # Thousands of pages are checked: each is walked through once.
    tags = page.soup.find_all(True)
    _check_frame(page.soup, tags, where)
    _check_ids(tags, where)
    _check_forms(tags, where)
    _check_controls(tags, where)
    _check_nothing_inline(tags, where)
    _check_icons(tags, where)
    _check_leftovers(page.soup, tags, where)
    _check_markup(page)


def _named(tags: list[Tag], *names: str) -> list[Tag]:
    return [tag for tag in tags if tag.name in names]


def _check_frame(soup: BeautifulSoup, tags: list[Tag], where: str) -> None:
    headings = _named(tags, "h1")
    assert len(headings) == 1, f"{where}: {len(headings)} h1"
    assert text_of(soup.h1), f"{where}: empty h1"
    assert re.fullmatch(r"\S.* - Portal", text_of(soup.title)), f"{where}: {soup.title}"
    assert soup.html.get("lang") == "zh-CN", where
    assert len(_named(tags, "main")) == 1, where


def _check_ids(tags: list[Tag], where: str) -> None:
    ids = [tag["id"] for tag in tags if "id" in tag.attrs]
    known = set(ids)
    assert len(ids) == len(known), f"{where}: twice {[i for i in ids if ids.count(i) > 1]}"
    for tag in tags:
        for attribute in ("aria-describedby", "aria-labelledby", "aria-controls"):
            assert set(tag.get(attribute, "").split()) <= known, f"{where}: {attribute} of {tag}"


def _check_forms(tags: list[Tag], where: str) -> None:
    for form in _named(tags, "form"):
        assert form.get("action"), f"{where}: a form without action"
        if form.get("method", "get").lower() == "post":
            tokens = form.find_all("input", attrs={"name": "csrf_token"})
            assert len(tokens) == 1, f"{where}: {len(tokens)} csrf_token in {form['action']}"
            assert tokens[0]["value"], where


def _check_controls(tags: list[Tag], where: str) -> None:
    labelled = {label["for"] for label in _named(tags, "label") if label.has_attr("for")}
    silent = {"hidden", "submit", "button"}
    for control in _named(tags, "input", "select", "textarea"):
        if control.get("type") in silent:
            continue
        named = control.get("id") in labelled or control.get("aria-label")
        named = named or control.get("aria-labelledby") or control.find_parent("label")
        assert named, f"{where}: no label for {control}"
        if control.get("type") == "password":
            assert control.get("autocomplete"), f"{where}: no autocomplete at {control}"
            assert not control.get("value"), f"{where}: a secret was rendered back"
    for button in _named(tags, "button"):
        assert button.get("type"), f"{where}: no type at {button}"
        assert text_of(button) or button.get("aria-label"), f"{where}: no name at {button}"


def _check_nothing_inline(tags: list[Tag], where: str) -> None:
    assert not _named(tags, "style"), where
    assert not [tag for tag in _named(tags, "script") if not tag.get("src")], where
    for tag in tags:
        inline = [name for name in tag.attrs if name == "style" or name.startswith("on")]
        assert not inline, f"{where}: {inline} at {tag.name}"
        for name in ("href", "src", "action", "formaction"):
            target = tag.get(name, "").strip().lower()
            assert not target.startswith(("javascript:", "data:")), f"{where}: {target}"


def _check_icons(tags: list[Tag], where: str) -> None:
    for use in _named(tags, "use"):
        assert use["href"].split("#")[1] in ICONS, f"{where}: no symbol for {use['href']}"


def _check_leftovers(soup: BeautifulSoup, tags: list[Tag], where: str) -> None:
    for text in soup.find_all(string=True):
        if text.strip() in {"None", "True", "False"} or _LEFTOVERS.search(text):
            quoted = text.find_parent(["pre", "textarea", "code"])
            assert quoted, f"{where}: {text.strip()[:200]} in {text.parent.name}"
    for tag in _named(tags, "a", "form", "link", "option"):
        for name in ("href", "action", "value"):
            assert tag.get(name) != "None", f"{where}: {tag}"


def _check_markup(page) -> None:
    assert not page.markup_errors, f"{page.path}: {page.markup_errors[:3]}"


def text_of(tag: Tag | None) -> str:
    """What people read in it, blanks collapsed."""
    return " ".join(tag.get_text(" ").split()) if tag else ""
