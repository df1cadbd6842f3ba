"""What must hold wherever a page is looked at: accessible, within the screen, light."""

from __future__ import annotations

import os
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.tab import DESKTOP, PHONE, Tab

LARGEST_PAGE = 150_000
MOST_REQUESTS = 12
RULES = [
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22aa",
    "best-practice",
]
RUN_AXE = """async (rules) => {
  const result = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
  return result.violations.map(rule => [rule.id, rule.help, rule.nodes.map(node => node.target)]);
}"""


def is_light(tab: Tab) -> None:
    """By what came over the wire to a browser that has seen nothing of us before."""
    sizes = {}
    for answer in tab.answers:
        parts = answer.request.sizes()
        sizes[answer.url] = parts["responseBodySize"] + parts["responseHeadersSize"]
    assert len(tab.answers) <= MOST_REQUESTS, list(sizes)
    assert sum(sizes.values()) <= LARGEST_PAGE, sizes


def fits_and_is_accessible(tab: Tab, name: str) -> None:
    """On a desk and on a phone; the tab keeps the desk's size. name: of the pictures."""
    tab.page.evaluate(AXE_SCRIPT)
    for size, screen in (("phone", PHONE), ("desk", DESKTOP)):
        tab.page.set_viewport_size(screen)
        _keep_picture(tab, f"{name} - {size}")
        overflow = tab.page.evaluate(
            "() => document.scrollingElement.scrollWidth - window.innerWidth"
        )
        assert overflow <= 0, f"{size}: {overflow} px wider than the screen"
        found = tab.page.evaluate(RUN_AXE, RULES)
        assert found == [], f"{size}: {found}"


def _keep_picture(tab: Tab, name: str) -> None:
    """For people: PORTAL_PICTURES=<folder> keeps a picture of every page."""
    folder = os.environ.get("PORTAL_PICTURES")
    if folder:
        tab.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
