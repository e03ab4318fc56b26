"""Which small web server on this machine do tests of downloads ask?"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answers:
    """What the server says, by path: (status, content, headers); and what it was asked."""

    def __init__(self) -> None:
        self.address = ""
        self.known: dict[str, tuple[int, bytes, dict[str, str]]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def give(self, path: str, content: bytes, status: int = 200, **headers: str) -> str:
        """Answer a path from now on; its whole address."""
        self.known[path] = (status, content, headers)
        return self.address + path

    @property
    def paths(self) -> list[str]:
        """Paths in the order in which they were asked for."""
        return [path for path, _ in self.asked]


@contextlib.contextmanager
def answering() -> Iterator[Answers]:
    """A server on 127.0.0.1 while the block runs."""
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers.asked.append(
                (self.path, {name.lower(): value for name, value in self.headers.items()})
            )
            status, content, headers = answers.known.get(self.path, (404, b"nothing", {}))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answers.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield answers
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
