"""Does the server answer only under names that it knows, on every path, whatever else a request says?"""

from __future__ import annotations

import re
import socket
import urllib.parse

import httpx
import numpy as np
import pytest
from patience import PATIENCE
from server.serving import begun, serving

from receta.core.errors import InputError
from receta.server.hosts import Hosts, named_hosts

PATHS = (
    "/",
    "/page.json",
    "/docs",
    "/openapi.json",
    "/healthz",
    "/readyz",
    "/metrics",
    "/assets/x.js",
    "/models/m/web/model.json",
    "/v1/models",
    "/v1/models/m",
    "/v1/models/m/metadata",
    "/v1/teach",
    "/v2",
    "/v2/health/live",
    "/v2/models/m",
    "/nowhere",
)
POSTS = (
    "/v1/predict",
    "/v1/models/m:predict",
    "/v2/models/m/infer",
    "/v1/teach/pictures?class=a",
    "/v1/teach/classes?name=a",
    "/v1/teach/training?minutes=1",
)
FOREIGN = (
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example.",
    "EVIL.example",
    "localhost@evil.example",
    "evil.example#localhost",
    "localhost evil.example",
    "localhost:1:2",
    "[::1",
    "::1",
    "[localhost]",
    "0x7f000001",
    "2130706433",
    "",
    "localhost..",
    "\xe9vil",
    "a" * 300,
)
OURS = (
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1",
    "127.0.0.1:1",
    "192.168.1.7:8000",
    "[::1]",
    "[::1]:8000",
    "[fe80::1]",
    socket.gethostname(),
)


class Fair:
    """Says that both classes are as probable."""

    class_names, input_shape, folder = ("a", "b"), (8, 8, 1), "m"

    def predict(self, inputs):
        return np.full((len(inputs), 2), 0.5, np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hosts") / "mine"


@pytest.fixture(scope="module")
def address(folder):
    with serving(Fair(), teach=folder, hosts=["my.site"]) as address:
        yield address


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"Authorization": "Bearer x"},
        {"X-Forwarded-Host": "localhost", "Forwarded": "host=localhost"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
def test_no_path_answers_under_a_strange_name(more, address, folder) -> None:
    port = address.rpartition(":")[2]
    headers = {
        "Host": f"evil.example:{port}",
        "Origin": f"http://evil.example:{port}",
        "X-Receta": "teach",
        **more,
    }
    with httpx.Client(base_url=address, headers=headers) as client:
        for method, path in [
            *(("GET", path) for path in PATHS),
            *(("POST", path) for path in POSTS),
            ("OPTIONS", "/v1/predict"),
            ("HEAD", "/"),
            ("DELETE", "/v1/teach/pictures"),
            ("PUT", "/v1/models"),
        ]:
            response = client.request(method, path)
            assert response.status_code == 421, (method, path)
            assert method == "HEAD" or re.search(
                r"was asked as 'evil\.example.*--allow-host NAME", response.text
            )
    assert not folder.exists()


def test_names_are_compared_as_browsers_write_them(address) -> None:
    for host in FOREIGN:
        assert (
            httpx.get(f"{address}/v1/models", headers={"Host": host.encode("latin-1")}).status_code
            == 421
        ), host
    for host in (*OURS, "my.site", "MY.SITE.:443"):
        assert httpx.get(f"{address}/v1/models", headers={"Host": host}).status_code == 200, host


def test_a_host_is_named_once(address) -> None:
    split = urllib.parse.urlsplit(address)
    for lines in (
        b"",
        b"Host: localhost\r\nHost: localhost\r\n",
        b"Host: localhost\r\nhOST: evil.example\r\n",
    ):
        assert asked(
            split, b"GET /healthz HTTP/1.1\r\n" + lines + b"Connection: close\r\n\r\n"
        ).startswith(b"HTTP/1.1 400 ")


def asked(split: urllib.parse.SplitResult, request: bytes) -> bytes:
    with socket.create_connection((split.hostname, split.port), timeout=PATIENCE) as line:
        line.sendall(request)
        return line.makefile("rb").read()


def test_the_command_judges_the_host_of_the_target_too(folder) -> None:
    with begun("serve", "--teach", folder, "--port", "0", "--allow-host", "my.site") as (
        _,
        address,
    ):
        split = urllib.parse.urlsplit(address)
        end = b"\r\nConnection: close\r\n\r\n"
        for target, host, status in (
            (b"/healthz", b"my.site", b"200"),
            (b"http://my.site/healthz", b"evil.example", b"200"),
            (b"http://evil.example/v1/teach", b"localhost", b"421"),
            (b"http://localhost@evil.example:80/healthz", b"localhost", b"421"),
            (b"http://[::1]:8000/healthz", b"evil.example", b"200"),
        ):
            answer = asked(split, b"GET %s HTTP/1.1\r\nHost: %s%s" % (target, host, end))
            assert answer.startswith(b"HTTP/1.1 " + status), (target, answer[:200])
        upgrade = (
            b"Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Key: "
            b"eA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert asked(
            split, b"GET /v1/teach HTTP/1.1\r\nHost: evil.example\r\n" + upgrade
        ).startswith(b"HTTP/1.1 421")
        # headers behind a body, without an end
        with socket.create_connection((split.hostname, split.port), timeout=PATIENCE) as line:
            line.sendall(
                b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
                b"chunked\r\n\r\n1\r\na\r\n0\r\n"
            )
            with pytest.raises(ConnectionError):
                line.sendall((b"X: " + b"y" * 65_533 + b"\r\n") * 2_000)
        assert httpx.get(f"{address}/healthz").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://203.0.113.5", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://my.site", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "file://"},
        {"Origin": "chrome-extension://localhost"},
    ],
)
def test_a_page_of_another_site_asks_for_nothing(headers, address) -> None:
    for path in POSTS:
        response = httpx.post(address + path, headers={"X-Receta": "teach", **headers})
        assert response.status_code == 403, path
        assert "a page of another site asks" in response.text
    assert (
        "access-control-allow-origin"
        not in httpx.get(f"{address}/v1/models", headers=headers).headers
    )


def test_pages_of_this_server_ask_also_behind_something_that_renames_it(address) -> None:
    port = address.rpartition(":")[2]
    for headers in (
        {"Origin": address},
        {"Host": "my.site", "Origin": "https://my.site"},
        {"Host": f"LOCALHOST:{port}", "Origin": f"http://localhost:{port}"},
        {"Origin": "https://my.site", "Sec-Fetch-Site": "same-origin"},
    ):
        response = httpx.post(f"{address}/v1/predict", headers=headers)
        assert (response.status_code, response.json()["error"]) == (400, "bad_request"), headers


def test_the_secret_opens_every_name_and_a_wrong_one_none() -> None:
    with serving(Fair(), token="s3cret") as address:
        for secret, host, status in (
            ("s3cret", "my.site", 200),
            ("wrong", "my.site", 421),
            ("wrong", "localhost", 401),
        ):
            headers = {"Host": host, "Authorization": f"Bearer {secret}"}
            assert httpx.get(f"{address}/v1/models", headers=headers).status_code == status, (
                secret,
                host,
            )
        assert httpx.get(f"{address}/", headers={"Host": "my.site"}).status_code == 421


def test_a_name_of_a_host_is_a_name_alone() -> None:
    assert named_hosts(["My.Site.", "::1", "nas", "[::2]"]) == ("my.site", "[::1]", "nas", "[::2]")
    for wrong in ("http://my.site", "my.site:80", "", "a b"):
        with pytest.raises(
            InputError, match=r"is no name of a host; expected one such as my\.site"
        ):
            named_hosts([wrong])
    assert not Hosts(["0.0.0.0"]).is_known("")
