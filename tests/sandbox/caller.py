"""The sandbox's own door, as tests use it."""

import requests

LIMITS = (
    "qps", "feishu_per_minute", "feishu_t4_per_minute", "feishu_t4_per_second", "coding_qps",
)  # fmt: skip


class ControlCaller:
    """A session with one sandbox."""

    def __init__(self, base: str):
        self.base = base
        self.http = requests.Session()

    def control(self, path: str, body=None, method=None):
        method = method or ("GET" if body is None else "POST")
        return self.http.request(method, f"{self.base}/control/{path}", json=body, timeout=10)

    def reset(self):
        """As at the first start, without the limits of calls a second and a minute."""
        self.control("reset", {})
        self.control("rules", dict.fromkeys(LIMITS))
        return self
