"""Text without a place to break stays within the window."""

from urllib.parse import urlsplit

import pytest

from tests.problems.conftest import LIST, problems
from tests.tickets.conftest import shop

__all__ = ["problems", "shop"]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("text", ["'" * 160, "\u2019" * 160, "x" * 160])
def test_nothing_is_wider_than_the_window(shop, problems, chromium, width, text):
    (only,) = problems.add(text, schema="s" * 128)
    finding = {"rule": "r" * 60, "level": "error", "message": text}
    problems.change(only, findings=[finding], remark=text)
    problems.switch_on()
    visitor = shop.sign_in("lead")
    visitor.get(LIST).form(has="ids").fill(ids=[str(only)]).send(302, "推送到 Coding")
    problems.settle(only, failure=text, failure_code="c" * 100, cure=text)

    def answer(route):
        parts = urlsplit(route.request.url)
        found = visitor.client.get(parts.path)
        route.fulfill(status=found.status_code, body=found.data, content_type=found.mimetype)

    page = chromium.new_page(viewport={"width": width, "height": 800}, java_script_enabled=False)
    page.route("**/*", answer)
    for path in (LIST, f"{LIST}/{only}"):
        page.goto(f"http://portal.invalid{path}")
        sizes = page.evaluate(
            """() => [document.documentElement, ...document.querySelectorAll(".table-scroll")]
            .map((one) => one.scrollWidth - one.clientWidth)"""
        )
        assert max(sizes) <= 0, (path, sizes)
    page.close()
