"""Which `next` stays on this site, and addresses that nobody can read."""

import pytest

from portal.kit.urls import safe_next, split

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


@pytest.mark.parametrize("address", ["http://[", "//[::1", None, ""])
def test_an_address_that_cannot_be_read_has_no_host(address):
    assert split(address).netloc == ""
