"""Files are small on the wire and kept by the browser; pages are neither."""

import pytest


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_style_sheet_is_compressed_and_kept(visitor, encoding):
    path = visitor.path("bootstrap.static", filename="css/bootstrap.min.css")
    answer = visitor.client.get(path, headers={"Accept-Encoding": encoding})
    assert answer.headers["Content-Encoding"] == encoding
    assert len(answer.data) < 60_000
    assert "max-age=3600" in answer.headers["Cache-Control"]


def test_a_page_is_neither_compressed_nor_kept(visitor):
    answer = visitor.client.get("/login", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
