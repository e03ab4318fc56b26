"""A server of pictures on this machine that can also be slow, endless, wrong or hostile."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Handler"], None]


class PictureServer(ThreadingHTTPServer):
    """Answers by path; counts what it was asked for.

    released: set it, and answers that hang go on.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()
        self.most_at_once = self.at_once = 0
        self.lock = threading.Lock()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def url(self, path: str) -> str:
        return f"http://{self.server_address[0]}:{self.port}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what half of the tests are about."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: PictureServer

    def do_GET(self) -> None:
        server = self.server
        with server.lock:
            server.asked.append(self.path)
            server.headers.append(dict(self.headers))
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
        try:
            server.answers.get(self.path, status(404))(self)
        finally:
            with server.lock:
                server.at_once -= 1

    def log_message(self, *words: object) -> None:
        """Nothing."""


@contextlib.contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[PictureServer]:
    """A server that runs inside the with statement."""
    server = PictureServer(host)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def good(content: bytes, kind: str | None = "image/png", code: int = 200, **headers: str) -> Answer:
    """An answer of some bytes; kind None: without a content type."""

    def answer(to: Handler) -> None:
        to.send_response(code)
        if kind is not None:
            to.send_header("Content-Type", kind)
        to.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            to.send_header(name.replace("_", "-"), value)
        to.end_headers()
        to.wfile.write(content)

    return answer


def status(code: int, **headers: str) -> Answer:
    """An answer without a picture."""
    return good(b"nothing", "text/plain", code, **headers)


def redirect(location: str, code: int = 302) -> Answer:
    """An answer that leads elsewhere."""
    return status(code, Location=location)


def first_then(*answers: Answer) -> Answer:
    """The first answer once, then the next one ...; the last one for ever."""
    left = list(answers)

    def answer(to: Handler) -> None:
        with to.server.lock:
            now = left.pop(0) if len(left) > 1 else left[0]
        now(to)

    return answer


def hangs(then: Answer) -> Answer:
    """Nothing until the server's event is set."""

    def answer(to: Handler) -> None:
        to.server.released.wait(30)
        then(to)

    return answer


def endless(head: bytes, piece: bytes = b"\0" * 65536, pause_s: float = 0) -> Answer:
    """A picture that never ends, without a length; with a pause it drips."""

    def answer(to: Handler) -> None:
        to.send_response(200)
        to.send_header("Content-Type", "image/png")
        to.send_header("Connection", "close")
        to.end_headers()
        to.wfile.write(head)
        while not to.server.released.wait(pause_s):
            to.wfile.write(piece)
        to.close_connection = True

    return answer


def drips_its_head() -> Answer:
    """Headers that never end, a letter at a time."""

    def answer(to: Handler) -> None:
        to.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not to.server.released.wait(0.02):
            to.wfile.write(b"a")
            to.wfile.flush()
        to.close_connection = True

    return answer


def cut_off(content: bytes) -> Answer:
    """Fewer bytes than were announced."""

    def answer(to: Handler) -> None:
        to.send_response(200)
        to.send_header("Content-Type", "image/png")
        to.send_header("Content-Length", str(2 * len(content)))
        to.end_headers()
        to.wfile.write(content)
        to.close_connection = True

    return answer
