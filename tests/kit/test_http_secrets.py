"""No secret in an exception or a log (pitfall 25), and one log line an exchange."""

import logging
import socket

import pytest

from tests.kit.door import WHOLE, ask, refused
from tests.raw_servers import RawServer, answer, resets, says

SECRET = "CANARY-token-Zq83hRk"


@pytest.fixture
def logged(caplog):
    """Everything logged at any level, also after an app has taken the portal's own loggers."""
    ours = logging.getLogger("portal")
    before = ours.level, ours.propagate
    ours.setLevel(logging.DEBUG)
    ours.propagate = True
    caplog.set_level(logging.DEBUG)
    yield caplog
    ours.setLevel(before[0])
    ours.propagate = before[1]


def _everything_in(error) -> str:
    texts = []
    while error is not None:
        texts.append(f"{error!r} {error} {getattr(error, 'args', ())}")
        error = error.__cause__ or error.__context__
    return " ".join(texts)


@pytest.mark.parametrize(
    "script",
    [resets, says(WHOLE[:30]), says(answer(b"", "302 Found", "Location: /x")), says(b"nonsense")],
    ids=["reset", "half head", "redirect", "no http"],
)
def test_no_secret_in_an_exception_or_a_log(script, logged):
    """Pitfall 25: the access token of the old API stands in the URL."""
    with RawServer(script) as server:
        error = refused(
            server.url + "/topapi/v2/user/get",
            params={"access_token": SECRET},
            headers={"x-acs-dingtalk-access-token": SECRET},
            json={"appSecret": SECRET},
        )
    assert SECRET not in _everything_in(error)
    assert SECRET not in logged.text
    assert SECRET not in str([vars(record) for record in logged.records])


def test_no_secret_when_nobody_listens_or_the_head_is_malformed(logged):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = refused(f"http://127.0.0.1:{port}/gettoken", params={"appsecret": SECRET})
    malformed = b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\n\r\n{}"
    with RawServer(says(malformed)) as server:
        ask(server.url, params={"appsecret": SECRET})
    assert SECRET not in _everything_in(error) + logged.text


def test_one_log_line_an_exchange(logged):
    with RawServer(says(WHOLE)) as server:
        ask(server.url + "/v1.0/workflow/forms", params={"name": "x"})
    lines = [record for record in logged.records if record.name == "portal.kit.http"]
    assert len(lines) == 1
    assert lines[0].http_path == "/v1.0/workflow/forms"
    assert lines[0].http_outcome == 200
    assert lines[0].http_method == "POST"
    assert "name" not in lines[0].getMessage()
