"""Does the server answer as its bundle does, and refuse everything else clearly?"""

from __future__ import annotations

import base64
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import numpy as np
import pytest
from patience import PATIENCE
from server.serving import serving
from shell import bomb, environment, receta

from receta import server
from receta.core.errors import MissingExtra, RecetaError
from receta.data import image
from receta.server import api
from receta.server.models import Model


@pytest.fixture(scope="module")
def address(bundles, digits_run):
    with serving([bundles["onnx"], digits_run]) as address:
        yield address


@pytest.fixture
def client(address):
    with httpx.Client(base_url=address, timeout=PATIENCE) as client:
        yield client


def refused(response: httpx.Response, status: int, *words: str) -> None:
    """A refusal is JSON with a word and one line, without a trace or a path."""
    assert response.status_code == status, response.text
    plain = response.json()
    assert sorted(plain) == ["code", "error", "reason"]
    assert "\n" not in plain["reason"]
    assert not re.search(
        r"Traceback|File \"|/[a-z]+/[a-z_]+\.(py|onnx|keras)|site-packages", response.text
    )
    for word in words:
        assert word in plain["reason"], plain
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


# Answers


def test_probabilities_equal_those_of_the_bundle(client, bundles, digit_files) -> None:
    bundle = bundles["onnx"]
    for file in digit_files:
        said = client.post("/v1/predict?top=10", content=file.read_bytes()).json()["predictions"][0]
        own = bundle.predict(image.decode(file.read_bytes(), (8, 8), 1, fit=bundle.fit)[None])[0]
        got = {row["class"]: row["probability"] for row in said["top"]}
        assert [got[name] for name in bundle.class_names] == pytest.approx(
            own.tolist(), abs=1e-6
        ), file
        assert said["top"][0]["class"] == bundle.class_names[own.argmax()]
        assert said["sure"] == (own.max() >= 0.5 and not said["none"])


def test_every_way_of_sending_gives_the_same_answer(client, digit_files) -> None:
    content = digit_files[1].read_bytes()
    text = base64.b64encode(content).decode()
    answers = [
        client.post("/v1/predict", content=content),
        client.post("/v1/predict", content=content, headers={"content-type": "image/jpeg"}),
        client.post(
            "/v1/predict",
            content=content,
            headers={"content-type": "application/x-www-form-urlencoded"},
        ),
        client.post("/v1/predict", files={"file": ("one.jpg", content, "image/jpeg")}),
        client.post("/v1/predict", files={"picture": ("one.jpg", content)}),
        client.post("/v1/predict", json={"image": text}),
        client.post("/v1/predict", json={"image": f"data:image/jpeg;base64,{text}"}),
        client.post(
            "/v1/predict",
            json={"image": "\n".join(text[at : at + 60] for at in range(0, len(text), 60))},
        ),
    ]
    tops = [answer.json()["predictions"][0]["top"] for answer in answers]
    assert all(top == tops[0] for top in tops)
    assert len(tops[0]) == 5
    assert [answer.json()["predictions"][0]["id"] for answer in answers] == [
        *["image"] * 3,
        *["one.jpg"] * 2,
        *["image"] * 3,
    ]


def test_the_answer_is_what_the_command_line_says(client, bundles, digit_files) -> None:
    files = digit_files[:4]
    said = client.post(
        "/v1/predict?top=3", files=[("file", (str(file), file.read_bytes())) for file in files]
    ).json()
    printed = receta("predict", bundles["onnx"].folder, *files, "--top", "3", "--json").good().json
    assert [one["id"] for one in said["predictions"]] == [file.name for file in files]
    for ours, theirs in zip(said["predictions"], printed["predictions"], strict=True):
        assert [row["class"] for row in ours["top"]] == [row["class"] for row in theirs["top"]]
        expected = [row["probability"] for row in theirs["top"]]
        assert [row["probability"] for row in ours["top"]] == pytest.approx(expected, abs=1e-6)
        assert ours["sure"] == theirs["sure"]


def test_a_run_is_served_too_and_asked_by_name(client, digit_files) -> None:
    names = [model["name"] for model in client.get("/v1/models").json()["models"]]
    assert names == ["onnx", "digits"]
    content = digit_files[0].read_bytes()
    tops = [
        client.post("/v1/predict", params={"model": name}, content=content).json()["predictions"][
            0
        ]["top"]
        for name in names
    ]
    assert [row["class"] for row in tops[0]] == [row["class"] for row in tops[1]]
    refused(client.post("/v1/predict?model=other", content=content), 404, "'other'", "onnx, digits")


def test_models_of_the_same_folder_name_are_told_apart(bundles) -> None:
    application = server.app([bundles["onnx"], bundles["onnx"], bundles["keras"]])
    assert application.state.models.names() == ["onnx", "onnx-2", "keras"]


def test_many_at_once_get_each_their_own_answer(client, bundles, digit_files) -> None:
    alone = {
        file: client.post("/v1/predict", content=file.read_bytes()).json() for file in digit_files
    }
    together: list[tuple[object, object]] = []

    def ask(file) -> None:
        for _ in range(5):
            together.append((file, client.post("/v1/predict", content=file.read_bytes()).json()))

    threads = [threading.Thread(target=ask, args=(file,)) for file in digit_files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(together) == 5 * len(digit_files)
    assert all(answer == alone[file] for file, answer in together)


def test_while_a_network_computes_the_server_answers_others(bundles, digit_files) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow:
        class_names, input_shape, folder = ("a", "b"), (8, 8, 1), "slow"

        def predict(self, inputs):
            if inputs.any():
                begun.set()
                go_on.wait(30)
            return np.full((len(inputs), 2), 0.5, np.float32)

    with serving(Slow()) as address:
        asked = threading.Thread(
            target=httpx.post,
            args=(f"{address}/v1/predict",),
            kwargs={"content": digit_files[0].read_bytes()},
        )
        asked.start()
        try:
            assert begun.wait(30)
            assert httpx.get(f"{address}/healthz", timeout=5).json() == {"alive": True}
        finally:
            go_on.set()
            asked.join()


# Refusals


@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ({"content": b""}, 400, ("the body is empty",)),
        (
            {"content": b"hello"},
            422,
            ("image: not a picture: text", "; expected a picture, whole, as one of JPEG, PNG"),
        ),
        ({"content": b"\xff\xd8\xff\xe0 nothing more"}, 422, ("cut off before its header ends",)),
        ({"files": {"file": ("../../etc/x.png", b"hello")}}, 422, ("x.png: not a picture: text",)),
        ({"data": {"file": "no file"}, "files": []}, 422, ("not a picture",)),
        (
            {
                "content": b"--x\r\nnonsense",
                "headers": {"content-type": "multipart/form-data; boundary=x"},
            },
            400,
            (),
        ),
        ({"content": b"nonsense", "headers": {"content-type": "multipart/form-data"}}, 400, ()),
        (
            {
                "content": b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
                "headers": {"content-type": "multipart/form-data; boundary=x"},
            },
            400,
            ("the form holds no file",),
        ),
        ({"files": [("file", ("x.png", b"x"))] * 17}, 400, ("16",)),
        (
            {"content": b"{", "headers": {"content-type": "application/json"}},
            400,
            ("the JSON cannot be used, as it is not valid (", "at byte 1", "base64"),
        ),
        (
            {"content": b"[" * 100_000, "headers": {"content-type": "application/json"}},
            400,
            ("the JSON cannot be used",),
        ),
        (
            {"content": b"\xff\xfe\x00", "headers": {"content-type": "application/json"}},
            400,
            ("the JSON cannot be used",),
        ),
        ({"json": ["image"]}, 400, ("the JSON cannot be used",)),
        ({"json": {"picture": ""}}, 400, ("the JSON cannot be used, as its key is 'picture'",)),
        (
            {"content": b"x", "params": {"version": "9"}},
            404,
            ("there is no version 9 of", "expected one of 1."),
        ),
        ({"json": {"image": 7}}, 400, ("image is no text",)),
        ({"json": {"image": "not base64!"}}, 400, ("image is not in base64",)),
        ({"json": {"image": "ñ"}}, 400, ("image is not in base64",)),
        ({"json": {"image": "data:image/png,abc"}}, 400, ("the data: URI is not in base64",)),
        ({"json": {"image": ""}}, 422, ("image: empty file",)),
        # 20 GB as an array
        (
            {"json": {"instances": [["a" * 1_000_000, *[""] * 5_000]]}},
            400,
            ("instances[0] holds no numbers",),
        ),
        (
            {
                "content": b'{"instances": [' + b"[" * 900 + b"]" * 900 + b"]}",
                "headers": {"content-type": "application/json"},
            },
            400,
            (),
        ),
        ({"content": b"x", "params": {"top": "0"}}, 400, ("top=0 cannot be used",)),
        ({"content": b"x", "params": {"top": "many"}}, 400, ("top=many cannot be used",)),
    ],
    ids=lambda value: str(value)[:50] if isinstance(value, dict) else None,
)
def test_a_body_that_cannot_be_used_is_a_clear_refusal(how, status, words, client) -> None:
    refused(client.post("/v1/predict", **how), status, *words)
    assert client.get("/readyz").json() == {"ready": True}


def test_a_truncated_picture_is_refused_with_its_reason(client, digit_files) -> None:
    refused(client.post("/v1/predict", content=digit_files[0].read_bytes()[:-30]), 422, "truncated")


def test_a_decompression_bomb_is_refused_unread(client) -> None:
    refused(client.post("/v1/predict", content=bomb()), 422, "decompression bomb")


@pytest.mark.parametrize("way", ["raw", "chunked", "form"])
def test_a_body_larger_than_the_limit_is_refused_though_it_is_read(way, client) -> None:
    large = b"x" * (api.MOST_BYTES + 1)
    how = {
        "raw": {"content": large},
        "chunked": {"content": iter([large[:5_000_000], large[5_000_000:]])},
        "form": {"files": {"file": ("x.png", large)}},
    }[way]
    refused(client.post("/v1/predict", **how), 413, "larger than 10 MB")


def test_other_paths_and_methods_are_refused_as_json(client) -> None:
    refused(client.get("/nowhere"), 404)
    refused(client.get("/v1/predict"), 405)
    refused(client.post("/"), 405)
    refused(client.get("/redoc"), 404)


@pytest.mark.parametrize(
    ("header", "may"),
    [
        (None, False),
        ("Bearer wrong", False),
        ("Bearer", False),
        ("Basic s3cret", False),
        ("s3cret", False),
        ("Bearer s3cret ñ", False),
        ("Bearer s3cret", True),
        ("bearer s3cret", True),
    ],
)
def test_a_token_is_asked_for_where_one_is_set(
    header, may, bundles, digit_files, token_address
) -> None:
    headers = {} if header is None else {"Authorization": header.encode()}
    content = digit_files[0].read_bytes()
    for response in (
        httpx.post(f"{token_address}/v1/predict", content=content, headers=headers),
        httpx.get(f"{token_address}/v1/models", headers=headers),
    ):
        if may:
            assert response.status_code == 200
        else:
            refused(response, 401, "token")
            assert response.headers["www-authenticate"] == "Bearer"
    assert httpx.get(f"{token_address}/healthz").status_code == 200
    assert httpx.get(f"{token_address}/").status_code == 200


@pytest.fixture(scope="module")
def token_address(bundles):
    with serving(bundles["onnx"], token="s3cret") as address:
        yield address


def test_a_fault_of_the_server_shows_no_trace_and_no_path(digit_files, caplog) -> None:
    class Broken:
        class_names, input_shape, folder = ("a", "b"), (8, 8, 1), "/secret/place"

        def predict(self, inputs):
            if inputs.any():
                raise RuntimeError("/secret/place/model.onnx is broken")
            return np.full((len(inputs), 2), 0.5, np.float32)

    with serving(Broken()) as address:
        response = httpx.post(f"{address}/v1/predict", content=digit_files[0].read_bytes())
    refused(response, 500, "its log says why")
    assert "secret" not in response.text
    assert "/secret/place/model.onnx is broken" in caplog.text


def test_a_fault_behind_the_front_is_one_line_too_and_told_once(
    bundles, monkeypatch, caplog
) -> None:
    def fail(self):
        raise RuntimeError("/secret/place is broken")

    with serving(bundles["onnx"]) as address:
        monkeypatch.setattr(Model, "about", fail)
        refused(httpx.get(f"{address}/v1/models"), 500, "its log says why")
    assert caplog.text.count("RuntimeError: /secret/place is broken") == 1


def test_a_lone_surrogate_in_a_name_is_spelled_out(digit_files) -> None:
    class Odd:
        class_names, input_shape, folder = ("a\ud800", "b"), (8, 8, 1), "no-such-folder/odd"

        def predict(self, inputs):
            return np.full((len(inputs), 2), [0.9, 0.1], np.float32)

    with serving(Odd()) as address:
        (model,) = httpx.get(f"{address}/v1/models").json()["models"]
        said = httpx.post(f"{address}/v1/predict", content=digit_files[0].read_bytes()).json()
    assert model["class_names"] == ["a\\ud800", "b"]
    assert said["predictions"][0]["top"][0]["class"] == "a\\ud800"


@pytest.mark.parametrize(
    ("unit", "status"),
    [
        (b"[],", 413),
        (b'{"a":1},', 413),
        (b"1,", 400),
    ],
)
def test_lists_of_a_json_are_bounded_before_they_are_made(unit, status, client) -> None:
    content = b'{"instances":[' + unit * 500_001 + b"1]}"
    for path in ("/v1/predict", "/v1/models/onnx:predict", "/v2/models/onnx/infer"):
        response = client.post(path, content=content, headers={"content-type": "application/json"})
        assert response.status_code == status
        assert ("more than 500000 lists" in response.text) == (status == 413)


def test_a_form_that_cannot_be_read_writes_no_line_into_the_log(client, caplog) -> None:
    head = {"content-type": "multipart/form-data; boundary=x"}
    refused(client.post("/v1/predict", content=b"--y\r\nnonsense", headers=head), 400)
    assert caplog.text == ""


def test_every_answer_bears_the_security_headers(client) -> None:
    for path in (
        "/",
        "/page.json",
        "/icon.svg",
        "/docs",
        "/openapi.json",
        "/metrics",
        "/healthz",
        "/v1/models",
        "/nowhere",
    ):
        headers = client.get(path).headers
        for name, value in api.HEADERS.items():
            assert headers[name] == value, (path, name)


def test_the_page_asks_nobody_but_its_server(client) -> None:
    page = client.get("/").text
    files = [*re.findall(r'(?:src|href)="([^"]+)"', page), "./docs", "./docs.css"]
    assert any(name.endswith(".js") for name in files)
    assert any(name.endswith(".css") for name in files)
    for name in files:
        assert name.startswith("./"), name  # relative: it runs from any path
        found = client.get(name.removeprefix("."))
        assert found.status_code == 200
        assert not re.search(r"https?://(?!www\.w3\.org/)", found.text), name


def test_a_file_that_is_no_part_of_the_page_is_refused(client) -> None:
    for path in (
        "/assets/nothing.js",
        "/tfjs/..%2findex.html",
        "/assets/..%2f..%2fcli.py",
        "/models/onnx/web/bundle.json",
        "/models/nobody/web/model.json",
        "/models/nobody/examples.json",
    ):
        refused(client.get(path), 404)


# Starting and ending


def test_a_server_that_cannot_load_is_not_ready_and_says_no_path(bundles, tmp_path) -> None:
    class Spoilt:
        class_names, input_shape, folder = ("a", "b"), (8, 8, 1), "/secret/spoilt"

        def predict(self, inputs):
            raise RuntimeError("its file is cut off")

    from starlette.testclient import TestClient

    with TestClient(
        server.app(Spoilt()), "http://localhost", raise_server_exceptions=False
    ) as client:
        refused(client.get("/readyz"), 503, "not loaded yet: spoilt")
    with pytest.raises(
        RecetaError,
        match=r"the network in .*spoilt cannot be loaded \(RuntimeError: its file is cut off\)",
    ):
        server.serve(Spoilt(), port=0)
    (tmp_path / "cut").mkdir()
    for path in bundles["onnx"].folder.iterdir():
        (tmp_path / "cut" / path.name).write_bytes(
            path.read_bytes()[: 300 if path.suffix == ".onnx" else None]
        )
    with pytest.raises(RecetaError, match=r"cut"):
        server.serve(tmp_path / "cut", port=0)


def test_a_port_in_use_is_one_line(bundles) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = ("Address already in use", f":{port}/", "--port")
        receta("serve", bundles["onnx"].folder, "--port", port).refused(*words)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"host": "no.such.host.invalid"}, "cannot be served"),
        ({"port": 70_000}, "port=70000 is out of bounds"),
        ({"cors": ["foo"]}, "--cors foo is no origin; expected one such as https://my.site"),
        ({"cors": ["https://my.site/page"]}, "is no origin"),
        ({"token": " "}, "the token is empty"),
    ],
)
def test_a_wrong_setting_stops_the_server_before_it_starts(how, words, bundles) -> None:
    with pytest.raises(RecetaError, match=words):
        server.serve(bundles["onnx"], **{"port": 0, **how})


def test_nothing_to_serve_and_missing_packages_are_named(bundles, monkeypatch) -> None:
    with pytest.raises(RecetaError, match="nothing to serve"):
        server.app([])
    monkeypatch.setattr(server, "_NEEDS", {"no_such_package": "no-such-package"})
    with pytest.raises(MissingExtra, match=r"no-such-package.*pip install 'receta\[serve\]'"):
        server.app(bundles["onnx"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_told_to_end(number, bundles, digit_files) -> None:
    command = [sys.executable, "-m", "receta", "serve", str(bundles["onnx"].folder), "--port", "0"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        try:
            told = process.stderr.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/", told)[0]
            answer = httpx.post(
                f"{address}v1/predict", content=digit_files[0].read_bytes(), timeout=PATIENCE
            )
            assert answer.json()["predictions"][0]["top"][0]["class"] == "0"
            os.kill(process.pid, number)
            assert process.wait(30) == 0
            assert (process.stdout.read(), process.stderr.read()) == ("", "ended\n")
        finally:
            process.kill()


def test_serving_loads_no_keras_for_an_onnx_bundle(bundles) -> None:
    code = f"""
import sys
from receta import Bundle
from receta.server import app
from starlette.testclient import TestClient
with TestClient(app(Bundle.open({str(bundles["onnx"].folder)!r})), "http://localhost") as client:
    client.get("/v1/models")
print(*sorted({{"keras", "tensorflow", "jax", "torch", "sklearn"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_the_page_names_its_limit_as_the_server_does() -> None:
    source = Path(__file__).resolve().parents[2] / "web" / "src" / "server.ts"
    assert f"MOST_BYTES = {api.MOST_BYTES:_}" in source.read_text(encoding="utf-8")


def test_a_run_that_is_served_itself_shows_examples_of_every_class(client, digits_run):
    answered = client.get(f"/models/{digits_run.folder.name}/examples.json")
    assert answered.status_code == 200
    assert {one["class"] for one in answered.json()} == set(digits_run.class_names)
