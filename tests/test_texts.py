"""Every text that people read goes through gettext (DESIGN §1)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from jinja2 import Environment

ROOT = Path(__file__).resolve().parent.parent / "portal"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
GETTEXT = {"_", "_l", "gettext", "lazy_gettext", "ngettext", "_n"}
# Labels, console names and error texts of the platform itself: translated, they would be wrong.
PLATFORM_WORDS = {
    f"blueprints/dingtalk/{name}.py"
    for name in ("answers", "approval", "card", "checks", "code_table", "codes", "template")
} | {f"blueprints/feishu/{name}.py" for name in ("card", "codes", "definition")}
PLATFORM_WORDS.add("blueprints/coding/mandatory.py")
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html"))
MODULES = sorted(
    path
    for path in ROOT.rglob("*.py")
    if not {"sandbox", "migrations"} & set(path.parts)
    and path.name != "demo.py"
    and path.relative_to(ROOT).as_posix() not in PLATFORM_WORDS
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_say_nothing_but_through_gettext(path):
    tokens = Environment().lex(path.read_text())
    bare = [(line, text.strip()) for line, kind, text in tokens if kind == "data"]
    assert not [one for one in bare if CHINESE.search(one[1])]


def bare_texts(path: Path) -> list[tuple[int, str]]:
    """Chinese string constants outside of gettext calls and docstrings."""
    tree = ast.parse(path.read_text())
    said = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in GETTEXT:
                said |= {id(one) for one in ast.walk(node)}
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            said.add(id(body[0].value))  # a docstring
        if isinstance(node, ast.Expr):
            said.add(id(node.value))
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CHINESE.search(node.value)
        and id(node) not in said
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_say_nothing_but_through_gettext(path):
    assert bare_texts(path) == []
