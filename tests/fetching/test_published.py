"""Does a download of a published file end where its server hardly sends anything?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from receta.core.progress import Quiet
from receta.fetching import published


@pytest.fixture
def drip() -> Iterator[str]:
    """The address of a server that sends ten bytes of a thousand and then waits."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"0123456789")
            self.wfile.flush()
            over.wait(30)

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/file"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_server_that_hardly_sends_anything_is_left_at_its_first_bytes(
    drip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "PATIENCE_S", 0)
    monkeypatch.setattr(published, "SLOWEST", 10**9)
    monkeypatch.setattr(published, "READ_S", 5)
    with pytest.raises(published.Unreachable, match="the server sent 10 bytes in 0 s"):
        published.fetch(drip, tmp_path / "file", "", Quiet())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(published.Unreachable, match="the server sent 10 bytes in 0 s"):
        published.ask(drip)
