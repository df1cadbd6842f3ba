"""A browser's tab that remembers everything that went wrong in it."""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
WAIT_SECONDS = 30.0
# The browser says so of every refused form's page; the status itself is looked at elsewhere.
REFUSED = "Failed to load resource: the server responded with a status of 4"
REPORT_CSP = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""


class Tab:
    """faults: console errors, CSP reports, script errors, failed and foreign requests, 5xx."""

    def __init__(self, page: Page, base: str):
        self.page = page
        self.base = base
        self.faults: list[str] = []
        self.answers: list[Response] = []
        page.set_default_timeout(10_000)
        page.add_init_script(REPORT_CSP)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._fault(f"script: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def goto(self, path: str) -> Tab:
        """Open this path of the site (or a whole address)."""
        self.page.goto(path if "://" in path else self.base + path)
        return self

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def css(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def fill(self, form: str = "main", **fields: str) -> Tab:
        """Type into the fields of these names ("__" stands for "-") inside the form."""
        for name, value in fields.items():
            self.css(f"{form} [name='{name.replace('__', '-')}']").fill(value)
        return self

    def press(self, name: str, within: str = "main") -> Tab:
        """Click the button or link with exactly this text, spaces aside, and arrive; or unfold."""
        pattern = re.compile(r"^\s*" + r"\s*".join(name.replace(" ", "")) + r"\s*$")
        found = self.css(f"{within} button, {within} a.btn, {within} summary")
        found = found.filter(has_text=pattern, visible=True).first
        if found.evaluate("element => element.tagName") == "SUMMARY":
            found.click()
        else:
            self.follow(found)
        return self

    def follow(self, control: Locator) -> None:
        """Click what leads to another page, and wait for that page."""
        with self.page.expect_navigation():
            control.click()

    def reload_until(self, selector: str) -> Locator:
        """Reload the page, as people do, until this is on it."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self.css(selector).count():
            assert time.monotonic() < deadline, f"no {selector} on {self.page.url}: {self.text()}"
            self.page.wait_for_timeout(250)
            self.page.reload()
        return self.css(selector)

    def text(self, selector: str = "main") -> str:
        return " ".join(self.css(selector).first.inner_text().split())

    def _fault(self, sentence: str) -> None:
        self.faults.append(f"{self.path}: {sentence}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(REFUSED):
            self._fault(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.base + "/", "data:")):
            self._fault(f"foreign request: {request.url}")

    def _failed(self, request: Request) -> None:
        # A page that is left while it loads ends its requests itself.
        if "ERR_ABORTED" not in (request.failure or ""):
            self._fault(f"failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        self.answers.append(response)
        if response.status >= 500:
            self._fault(f"{response.status} {response.url}")
