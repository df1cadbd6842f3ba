"""Feishu's list of the instances of a definition."""

import time

import pytest

PATH = "approval/v4/instances"


def listing(feishu, code, **more) -> dict:
    now = int(time.time() * 1000)
    query = {"approval_code": code, "start_time": now - 60_000, "end_time": now + 60_000} | more
    return feishu.api("GET", PATH, **query).json()


def test_codes_are_listed_in_pages_by_creation_time(feishu):
    code = feishu.definition()
    keys = {feishu.start(code) for _ in range(5)}
    feishu.start()  # of another definition
    first = listing(feishu, code, page_size=3)["data"]
    assert first["has_more"] is True
    second = listing(feishu, code, page_size=3, page_token=first["page_token"])["data"]
    assert (second["has_more"], second["page_token"]) == (False, "")
    assert {*first["instance_code_list"], *second["instance_code_list"]} == keys
    later = int(time.time() * 1000) + 1000
    assert listing(feishu, code, start_time=later)["data"]["instance_code_list"] == []


HOUR = 3_600_000


@pytest.mark.parametrize(("more", "code"), [
    ({"approval_code": ""}, 99992402), ({"approval_code": "X"}, 1390002),
    ({"start_time": ""}, 99992402), ({"end_time": "soon"}, 99992402),
    ({"start_time": 0, "end_time": 10 * HOUR + 1}, 1390001), ({"start_time": 5, "end_time": 4},
                                                              1390001),
    ({"start_time": 0, "end_time": 10 * HOUR}, 0),
    ({"page_size": 101}, 99992402), ({"page_size": 0}, 99992402), ({"page_token": "x"}, 1390001),
])
def test_what_the_list_refuses(feishu, more, code):
    assert listing(feishu, feishu.definition(), **more)["code"] == code
