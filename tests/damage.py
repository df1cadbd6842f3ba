"""Recorded answers, damaged: for tests that nothing but an error or a sound value comes through."""

from __future__ import annotations

import json

from hypothesis import strategies as st

_WORDS = [
    "COMPLETED", "agree", "APPROVED", "PASS", "0", "-1", "\ud800", "true", "²", "[[[[",
    '[{"id":1}]', "[" * 5000,
]  # fmt: skip
_junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(_WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=4,
)


def _places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else []
    items = enumerate(value) if isinstance(value, list) else items
    for key, inner in items:
        yield from _places(inner, (*path, key))


@st.composite
def damaged(draw, recorded):
    """One of (status, body, reader) with a few places replaced or gone, at times cut or recoded.

    Answers (status, bytes, reader).
    """
    status, body, reader = draw(st.sampled_from(recorded))
    body = json.loads(json.dumps(body))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(_places(body))))
        new = draw(_junk)
        if not path:
            body = new
            continue
        inside = body
        for key in path[:-1]:
            inside = inside[key]
        if draw(st.booleans()):
            inside[path[-1]] = new
        else:
            del inside[path[-1]]
    text = json.dumps(body).encode()
    if draw(st.integers(0, 9)) == 0:
        text = text[: draw(st.integers(0, len(text)))]
    if draw(st.integers(0, 9)) == 0:
        text = text.decode().encode(draw(st.sampled_from(["utf-16", "utf-32", "utf-8-sig"])))
    return status, text, reader
