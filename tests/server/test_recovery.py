"""Does the server outlive its worker, its clients and its own end?"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import urllib.parse

import httpx
import numpy as np
import psutil
import pytest
from patience import PATIENCE
from sealing import seal_bundle
from server.serving import begun, serving
from shell import receta

SLOW = """
import sys, threading
import numpy as np
from receta import server
from receta.cli.printing.progress import progress

class Slow:
    class_names, input_shape, folder = ("a", "b"), (8, 8, 1), "no-such-folder/slow"
    def predict(self, inputs):
        if inputs.any():
            threading.Event().wait(float(sys.argv[1]))
        return np.full((len(inputs), 2), 0.5, np.float32)

server.serve(Slow(), port=0, progress=progress())
"""
PYTHON = [sys.executable, "-c", SLOW]


def worker(process) -> psutil.Process:
    (found,) = psutil.Process(process.pid).children()
    return found


def connected(address: str) -> socket.socket:
    split = urllib.parse.urlsplit(address)
    return socket.create_connection((split.hostname, split.port), timeout=PATIENCE)


def test_a_worker_killed_under_load_fails_only_what_is_in_flight(bundles, digit_files) -> None:
    content, clients, failed, ended = digit_files[0].read_bytes(), 8, [], threading.Event()
    answered = [0] * clients

    def ask(me: int) -> None:
        with httpx.Client(base_url=address, timeout=PATIENCE) as client:
            while not ended.is_set():
                try:
                    assert client.post("/v1/predict", content=content).status_code == 200
                    answered[me] += 1
                except httpx.TransportError:
                    failed.append(me)

    with begun("serve", bundles["onnx"].folder, "--port", "0") as (process, address):
        threads = [threading.Thread(target=ask, args=(me,)) for me in range(clients)]
        for thread in threads:
            thread.start()
        while min(answered) < 5:
            threading.Event().wait(0.01)
        first = worker(process)
        first.kill()
        before = list(answered)
        while any(now < then + 5 for now, then in zip(answered, before, strict=True)):
            threading.Event().wait(0.01)
        ended.set()
        for thread in threads:
            thread.join()
        assert worker(process).pid != first.pid
        assert "receta_restarts 1.0" in httpx.get(f"{address}/metrics").text
        assert process.stderr.readline() == "the worker died; it is started again\n"
    assert len(failed) == len(set(failed)) <= clients  # each client at most once


def test_a_worker_that_stands_still_or_loses_its_parent_ends(bundles) -> None:
    with begun("serve", bundles["onnx"].folder, "--port", "0") as (process, _):
        orphan = worker(process)
        process.kill()
        process.wait()
        assert psutil.wait_procs([orphan], timeout=PATIENCE)[1] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_in_flight_is_answered_before_the_end(number, digit_files) -> None:
    said: list[int] = []
    with begun("1", program=PYTHON) as (process, address):
        content = digit_files[0].read_bytes()
        ask = lambda: httpx.post(f"{address}/v1/predict", content=content, timeout=PATIENCE)  # noqa: E731
        asked = threading.Thread(target=lambda: said.append(ask().status_code))
        asked.start()
        while "receta_requests_busy 1.0" not in httpx.get(f"{address}/metrics").text:
            pass
        process.send_signal(number)
        asked.join()
        assert process.wait(60) == 0
    assert said == [200]


class Held:
    """Answers when it is let."""

    class_names, input_shape, folder = ("a", "b"), (8, 8, 1), "held"

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        if inputs.any():
            self.begun.set()
            assert self.go_on.wait(60)
        return np.full((len(inputs), 2), 0.5, np.float32)


def test_more_requests_than_may_wait_are_told_to_come_back(digit_files) -> None:
    content, held = digit_files[0].read_bytes(), Held()
    with serving(held, limits=["waiting=1"]) as address:
        asked = threading.Thread(
            target=httpx.post,
            args=(f"{address}/v1/predict",),
            kwargs={"content": content, "timeout": PATIENCE},
        )
        asked.start()
        assert held.begun.wait(60)
        answer = httpx.post(f"{address}/v1/predict", content=content)
        assert (answer.status_code, answer.headers["retry-after"], answer.json()["error"]) == (
            429,
            "1",
            "busy",
        )
        # only predictions are counted
        assert httpx.get(f"{address}/v1/models/held").status_code == 200
        held.go_on.set()
        asked.join()
        assert httpx.post(f"{address}/v1/predict", content=content).status_code == 200


def test_who_waits_longer_than_allowed_is_told_to_come_back(digit_files) -> None:
    held = Held()
    with serving(held, limits=["wait_s=0.1"]) as address:
        answer = httpx.post(
            f"{address}/v1/predict", content=digit_files[0].read_bytes(), timeout=PATIENCE
        )
        held.go_on.set()
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["error"]) == (
        429,
        "5",
        "busy",
    )


@pytest.fixture(scope="module")
def impatient(bundles):
    limits = [
        word
        for one in ("head_s=0.3", "body_s=0.3", "connections=20", "body=100000")
        for word in ("--limit", one)
    ]
    with begun("serve", bundles["onnx"].folder, "--port", "0", *limits) as (_, address):
        yield address


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT",
    ],
)
def test_a_client_whose_head_never_ends_is_dropped(sent, impatient) -> None:
    with connected(impatient) as client:
        client.sendall(sent)
        got = b"".join(iter(lambda: client.recv(65_536), b""))  # until the server closes
    assert got == b"" or (b"200 OK" in got and sent.startswith(b"GET /healthz"))


def test_a_client_that_drips_its_head_is_dropped(impatient) -> None:
    with connected(impatient) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        client.settimeout(0.05)
        for _ in range(1000):
            try:
                client.sendall(b"x: y\r\n")
                if client.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return
    pytest.fail("it was not dropped")


def test_a_body_that_does_not_come_is_refused_in_time(impatient) -> None:
    with connected(impatient) as client:
        client.sendall(
            b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc"
        )
        assert b"408 " in client.recv(65_536).partition(b"\r\n")[0]


def test_a_client_that_hangs_up_half_way_is_dropped(impatient) -> None:
    with connected(impatient) as client:
        client.sendall(
            b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc"
        )
        client.shutdown(socket.SHUT_WR)
        assert client.recv(65_536) == b""
    assert httpx.get(f"{impatient}/healthz").status_code == 200


def test_an_endless_head_is_refused(impatient) -> None:
    with connected(impatient) as client:
        client.sendall(b"GET / HTTP/1.1\r\nx: " + b"y" * 100_000)
        assert b"431 " in client.recv(65_536).partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (b"x: " + b"y" * 65_000 + b"\r\n", b"200 "),
        (b"x: " + b"y" * 100_000 + b"\r\n", b"431 "),
        (b"a: b\r\n" * 98, b"200 "),
        (b"a: b\r\n" * 9_000, b"431 "),
    ],
)
def test_a_whole_head_is_bounded_in_bytes_and_in_lines(lines, status, impatient) -> None:
    with connected(impatient) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + lines + b"\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: "
        b"chunked\r\n\r\n0\r\n\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://[::1/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
        b"xchunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_one_line_of_json(sent, impatient) -> None:
    with connected(impatient) as client:
        client.sendall(sent)
        head, _, content = b"".join(iter(lambda: client.recv(65_536), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/json" in head
    told = json.loads(content)
    assert (told["error"], told["code"]) == ("bad_request", "bad_request")
    assert "HTTP/1.1" in told["reason"]
    assert "\n" not in told["reason"]


def test_what_is_no_http_behind_a_request_takes_no_answer_from_it(impatient) -> None:
    with connected(impatient) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = client.recv(65_536)
        assert got.endswith(b'{"alive":true}')
        client.sendall(b"nonsense\r\n\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 400 ")


def test_more_connections_than_allowed_are_refused_and_room_comes_back(impatient) -> None:
    held = [connected(impatient) for _ in range(20)]
    try:
        with connected(impatient) as client:
            assert b"429 " in client.recv(65_536).partition(b"\r\n")[0]
    finally:
        for one in held:
            one.close()
    for _ in range(200):  # until the server has noticed
        try:
            if httpx.get(f"{impatient}/healthz", timeout=5).status_code == 200:
                break
        except httpx.TransportError:
            pass
        threading.Event().wait(0.02)
    else:
        pytest.fail("no room came back")


def test_a_limit_that_is_unknown_or_no_number_is_one_line(bundles) -> None:
    receta("serve", bundles["onnx"].folder, "--limit", "bodi=5").refused(
        "the limit 'bodi' is unknown", "Did you mean 'body'?"
    )
    receta("serve", bundles["onnx"].folder, "--limit", "body=-5").refused(
        "--limit body=-5 cannot be used", "body=10000000"
    )


def test_a_bundle_that_cannot_be_loaded_is_one_line_and_no_worker_stays(bundles, tmp_path) -> None:
    folder = tmp_path / "spoilt"
    folder.mkdir()
    for path in bundles["onnx"].folder.iterdir():
        (folder / path.name).write_bytes(
            path.read_bytes() if path.suffix == ".json" else b"nonsense"
        )
    seal_bundle(folder)  # else its digests speak first
    receta("serve", folder, "--port", "0").refused("the network in", "cannot be used", "xport")
    assert not [
        one
        for one in psutil.Process(os.getpid()).children(recursive=True)
        if str(folder) in one.cmdline()
    ]
