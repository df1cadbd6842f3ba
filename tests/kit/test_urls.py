"""Which `next` stays on this site, and which hosts mean the machine itself."""

import pytest

from portal.kit.urls import is_loopback, safe_next

LEAVING = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "/\\\\evil.example",
    "//\\evil.example",
    "https://evil.example",
    "HTTPS://evil.example",
    "http:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "ftp://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\x00//evil.example",
    "/\x00/evil.example",
    "\x0b//evil.example",
    "//evil.example/%2f..",
    "//user@evil.example",
    "//evil.example:80/x",
    "//[::1]/x",
    "evil.example",
    "@evil.example",
    "?next=//evil.example",
    "#//evil.example",
    "./evil",
    "",
    None,
]
STAYING = [
    "/",
    "/account",
    "/projects/default/tickets/1",
    "/settings/members?q=a&after=b",
    "/projects/default/tickets?q=%E5%B7%A5%E5%8D%95#steps",
    "/x?next=//evil.example",
    "/x//y",
    "/:80",
    "/@evil.example",
]


@pytest.mark.parametrize("target", LEAVING)
def test_a_next_that_leaves_the_site_is_dropped(target):
    assert safe_next(target) is None


@pytest.mark.parametrize("target", STAYING)
def test_a_path_of_this_site_is_kept(target):
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "127.0.0.1",
        "127.9.9.9",
        "[::1]",
        "::1",
        "0.0.0.0",
        "169.254.169.254",
        "::ffff:127.0.0.1",
        "fe80::1",
    ],
)
def test_hosts_that_mean_the_machine_itself(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["portal.example.com", "10.0.0.5", "192.168.1.2", "8.8.8.8"])
def test_hosts_that_others_can_reach(host):
    assert not is_loopback(host)
