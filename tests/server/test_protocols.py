"""Do clients of other servers get the bundle's own answers?"""

from __future__ import annotations

import base64
import json

import httpx
import numpy as np
import pytest
from patience import PATIENCE
from server.serving import serving

from receta.data import image


@pytest.fixture(scope="module")
def address(bundles):
    with serving([bundles["onnx"], bundles["keras"]]) as address:
        yield address


@pytest.fixture(scope="module")
def client(address):
    with httpx.Client(base_url=address, timeout=PATIENCE) as client:
        yield client


@pytest.fixture(scope="module")
def some(digit_files, bundles):
    """Encoded pictures, their pixels, and the bundle's probabilities."""
    contents = [file.read_bytes() for file in digit_files[:5]]
    pixels = np.stack([image.decode(content, (8, 8), 1) for content in contents])
    return contents, pixels, bundles["onnx"].predict(pixels)


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


# TensorFlow Serving


@pytest.mark.parametrize(
    "path",
    ["/v1/models/onnx:predict", "/v1/models/onnx/versions/1:predict", "/v1/models/keras:predict"],
)
def test_tensorflow_serving_gets_rows_of_probabilities(path, client, some) -> None:
    contents, pixels, expected = some
    for instances in (
        [{"b64": b64(one)} for one in contents],
        [{"pixels": {"b64": b64(one)}} for one in contents],
        pixels.tolist(),
        pixels[..., 0].tolist(),
        pixels.reshape(len(pixels), -1).tolist(),
        pixels.astype(float).tolist(),
        [{"pixels": one} for one in pixels.tolist()],
    ):
        said = client.post(
            path, json={"instances": instances, "signature_name": "serving_default"}
        ).json()
        np.testing.assert_allclose(said["predictions"], expected, atol=1e-6)


def test_tensorflow_serving_gets_columns_where_it_asks_by_column(client, some) -> None:
    contents, pixels, expected = some
    for inputs in (
        pixels.tolist(),
        {"pixels": pixels.tolist()},
        [{"b64": b64(one)} for one in contents],
    ):
        said = client.post("/v1/models/onnx:predict", json={"inputs": inputs}).json()
        np.testing.assert_allclose(said["outputs"], expected, atol=1e-6)


def test_tensorflow_serving_is_told_state_and_metadata(client) -> None:
    for path in ("/v1/models/onnx", "/v1/models/onnx/versions/1"):
        assert client.get(path).json() == {
            "model_version_status": [
                {
                    "version": "1",
                    "state": "AVAILABLE",
                    "status": {"error_code": "OK", "error_message": ""},
                }
            ]
        }
    said = client.get("/v1/models/onnx/metadata").json()
    assert said["model_spec"] == {"name": "onnx", "signature_name": "", "version": "1"}
    inputs = said["metadata"]["signature_def"]["signature_def"]["serving_default"]["inputs"]
    assert [side["size"] for side in inputs["pixels"]["tensor_shape"]["dim"]] == [
        "-1",
        "8",
        "8",
        "1",
    ]


# Open Inference Protocol


def tensor(name: str, kind: str, shape: list[int], **more: object) -> dict[str, object]:
    return {"name": name, "datatype": kind, "shape": shape, **more}


def test_open_inference_takes_pixels_and_pictures(client, some) -> None:
    contents, pixels, expected = some
    for given in (
        tensor("pixels", "UINT8", list(pixels.shape), data=pixels.reshape(-1).tolist()),
        tensor("pixels", "UINT8", list(pixels.shape), data=pixels.tolist()),
        tensor("image", "BYTES", [len(contents)], data=[b64(one) for one in contents]),
    ):
        said = client.post(
            "/v2/models/onnx/versions/1/infer", json={"id": "7", "inputs": [given]}
        ).json()
        assert (said["id"], said["model_name"], said["model_version"]) == ("7", "onnx", "1")
        probabilities, names = said["outputs"]
        assert (probabilities["datatype"], probabilities["shape"]) == ("FP32", [5, 10])
        np.testing.assert_allclose(np.reshape(probabilities["data"], (5, 10)), expected, atol=1e-6)
        assert names["data"] == [str(one) for one in expected.argmax(axis=1)]


def test_open_inference_takes_and_gives_binary_tensors(client, some) -> None:
    contents, pixels, expected = some
    framed = b"".join(len(one).to_bytes(4, "little") + one for one in contents)
    for given, tail in (
        (
            tensor(
                "pixels", "UINT8", list(pixels.shape), parameters={"binary_data_size": pixels.size}
            ),
            pixels.tobytes(),
        ),
        (tensor("image", "BYTES", [5], parameters={"binary_data_size": len(framed)}), framed),
    ):
        head = json.dumps({"inputs": [given], "parameters": {"binary_data_output": True}}).encode()
        answer = client.post(
            "/v2/models/onnx/infer",
            content=head + tail,
            headers={"Inference-Header-Content-Length": str(len(head))},
        )
        length = int(answer.headers["inference-header-content-length"])
        outputs = json.loads(answer.content[:length])["outputs"]
        assert [one["parameters"]["binary_data_size"] for one in outputs] == [200, 25]
        got = np.frombuffer(answer.content[length : length + 200], np.float32).reshape(5, 10)
        np.testing.assert_allclose(got, expected, atol=1e-6)
        assert answer.content[length + 200 :][4:5] == str(expected[0].argmax()).encode()


def test_open_inference_is_told_what_there_is(client) -> None:
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    assert client.get("/v2").json()["name"] == "receta"
    assert client.get("/v2/models/onnx/ready").json() == {"name": "onnx", "ready": True}
    said = client.get("/v2/models/keras").json()
    assert said["inputs"] == [{"name": "pixels", "datatype": "UINT8", "shape": [-1, 8, 8, 1]}]
    assert said["outputs"][0] == {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]}


@pytest.mark.parametrize("output", ["probabilities", "class"])
def test_open_inference_gives_the_outputs_that_are_asked_for(output, client, some) -> None:
    given = tensor("image", "BYTES", [1], data=[b64(some[0][0])])
    said = client.post(
        "/v2/models/onnx/infer", json={"inputs": [given], "outputs": [{"name": output}]}
    ).json()
    assert [one["name"] for one in said["outputs"]] == [output]


def test_every_protocol_tells_noise_from_digits(client, some, bundles) -> None:
    pixels = some[1]
    noise = np.random.default_rng(0).integers(0, 256, pixels.shape, np.uint8)
    for model in ("onnx", "keras"):
        assert (
            client.get("/v1/models").json()["models"][0]["none"]
            == bundles["onnx"].likeness.figures()
        )
        for shown, expected in ((pixels, False), (noise, True)):
            unlike = bundles["onnx"].judge(shown)[1]
            own = client.post(
                f"/v1/predict?model={model}", json={"instances": shown.tolist()}
            ).json()["predictions"]
            assert [one["none"] for one in own] == [expected] * 5
            np.testing.assert_allclose([one["unlike"] for one in own], unlike, atol=1e-5)
            served = client.post(
                f"/v1/models/{model}:predict", json={"instances": shown.tolist()}
            ).json()
            assert served["none"] == [expected] * 5
            np.testing.assert_allclose(served["unlike"], unlike, atol=1e-5)
            given = tensor("pixels", "UINT8", list(shown.shape), data=shown.reshape(-1).tolist())
            asked = {"inputs": [given], "outputs": [{"name": "none"}, {"name": "unlike"}]}
            none, how = client.post(f"/v2/models/{model}/infer", json=asked).json()["outputs"]
            assert none == {
                "name": "none",
                "datatype": "BOOL",
                "shape": [5],
                "data": [expected] * 5,
            }
            np.testing.assert_allclose(how["data"], unlike, atol=1e-5)
    said = client.get("/v2/models/onnx").json()["outputs"]
    assert [(one["name"], one["datatype"]) for one in said[2:]] == [
        ("none", "BOOL"),
        ("unlike", "FP32"),
    ]


# The server's own


def test_the_own_protocol_takes_several_pictures_and_pixels(client, some) -> None:
    contents, pixels, expected = some
    uris = [f"data:image/png;base64,{b64(one)}" for one in contents]
    for body in (
        {"images": [b64(one) for one in contents]},
        {"images": uris},
        {"instances": pixels.tolist()},
        {"instances": [{"b64": b64(one)} for one in contents]},
    ):
        said = client.post("/v1/predict?top=10", json=body).json()["predictions"]
        assert [one["id"] for one in said] == list("01234")
        for one, row in zip(said, expected, strict=True):
            assert {top["class"]: top["probability"] for top in one["top"]} == pytest.approx(
                {str(i): p for i, p in enumerate(row.tolist())}, abs=1e-6
            )


def test_pixels_of_another_size_are_fitted_as_pictures_are(client, bundles) -> None:
    large = np.arange(40 * 56, dtype=np.uint8).reshape(40, 56)
    expected = bundles["onnx"].predict(image.resize(large[..., None], (8, 8), 1)[None])[0]
    said = client.post("/v1/models/onnx:predict", json={"instances": [large.tolist()]}).json()
    np.testing.assert_allclose(said["predictions"][0], expected, atol=1e-6)


@pytest.mark.parametrize(("threshold", "sure"), [("0", True), ("1", False), ("0.000001", True)])
def test_a_threshold_says_from_when_on_an_answer_is_sure(threshold, sure, client, some) -> None:
    said = client.post(f"/v1/predict?threshold={threshold}", content=some[0][0]).json()
    assert said["predictions"][0]["sure"] is sure


# Refusals, in each protocol's own form

PIXELS = [[0] * 8] * 8


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        (
            "/v1/models/nix:predict",
            {"instances": [PIXELS]},
            404,
            "there is no model 'nix'; expected one of onnx, keras",
        ),
        (
            "/v1/models/onnx/versions/7:predict",
            {"instances": [PIXELS]},
            404,
            "there is no version 7 of 'onnx'; expected one of 1",
        ),
        (
            "/v1/models/onnx:regress",
            {"instances": [PIXELS]},
            404,
            "the method 'regress' is unknown",
        ),
        ("/v1/models/onnx:predict", {}, 400, '{"instances": [...]}'),
        (
            "/v1/models/onnx:predict",
            {"instances": [PIXELS], "inputs": [PIXELS]},
            400,
            "the keys 'instances', 'inputs'",
        ),
        ("/v1/models/onnx:predict", {"instances": {}}, 400, "instances is no list"),
        (
            "/v1/models/onnx:predict",
            {"instances": []},
            400,
            "0 pictures in one request; expected 1 to 256",
        ),
        ("/v1/models/onnx:predict", {"instances": [PIXELS] * 257}, 400, "257 pictures"),
        (
            "/v1/models/onnx:predict",
            {"instances": [[[0] * 8] * 7 + [[0]]]},
            400,
            "instances[0] has rows of different lengths",
        ),
        (
            "/v1/models/onnx:predict",
            {"instances": [[[0.5] * 8] * 8]},
            400,
            "or fractions; expected whole numbers from 0 to 255",
        ),
        (
            "/v1/models/onnx:predict",
            {"instances": [[[256] * 8] * 8]},
            400,
            "numbers from 256 to 256",
        ),
        (
            "/v1/models/onnx:predict",
            {"instances": [[["a"] * 8] * 8]},
            400,
            "instances[0] holds no numbers",
        ),
        ("/v1/models/onnx:predict", {"instances": [[1, 2, 3]]}, 400, "has the shape [3]"),
        (
            "/v1/models/onnx:predict",
            {"instances": [{"b64": "*"}]},
            400,
            "instances[0] is not in base64",
        ),
        (
            "/v1/models/onnx:predict",
            {"instances": [{"b64": "aGVsbG8="}]},
            400,
            "instances[0]: not a picture: text",
        ),
        ("/v1/models/onnx:predict", {"instances": [{"a": 1, "b": 2}]}, 400, "has 2 inputs"),
        (
            "/v1/models/onnx:predict",
            {"instances": [PIXELS], "signature_name": "x"},
            400,
            "the signature is unknown",
        ),
        ("/v2/models/nix/infer", {}, 404, "there is no model 'nix'"),
        ("/v2/models/onnx/infer", {}, 400, "inputs is no list of tensors"),
        (
            "/v2/models/onnx/infer",
            {"inputs": [{"datatype": "UINT8", "shape": "x"}]},
            400,
            "the shape cannot be used",
        ),
        (
            "/v2/models/onnx/infer",
            {"inputs": [{"datatype": "UINT8", "shape": [1, 8, 8]}]},
            400,
            "data is no list",
        ),
        (
            "/v2/models/onnx/infer",
            {"inputs": [{"datatype": "FP32", "shape": [1], "data": [1]}]},
            400,
            "cannot be used; expected one, of encoded pictures",
        ),
        (
            "/v2/models/onnx/infer",
            {"inputs": [{"datatype": "UINT8", "shape": [1, 8, 8], "data": [1]}]},
            400,
            "the data hold 1 values",
        ),
        (
            "/v2/models/onnx/infer",
            {"inputs": [{"datatype": "BYTES", "shape": [2], "data": ["aGVsbG8="]}]},
            400,
            "hold 1 values; expected 2",
        ),
        (
            "/v2/models/onnx/infer",
            {"inputs": [{"datatype": "BYTES", "shape": [99999, 99999], "data": []}]},
            400,
            "expected 1 to 256",
        ),
        (
            "/v2/models/onnx/infer",
            {
                "inputs": [{"datatype": "BYTES", "shape": [1], "data": ["aGVsbG8="]}],
                "outputs": [{"name": "x"}],
            },
            400,
            "the outputs ['x'] are unknown",
        ),
    ],
)
def test_a_wrong_request_is_refused_in_the_words_of_its_protocol(
    path, body, status, words, client
) -> None:
    answer = client.post(path, json=body)
    assert (answer.status_code, list(answer.json())) == (status, ["error"]), answer.text
    assert words in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"images": []}, 400, "0 pictures"),
        ({"images": "x"}, 400, "images is no list"),
        ({"images": ["aGVsbG8="]}, 422, "0: not a picture: text"),
        ({"image": "aGVsbG8=", "top": 3}, 400, "it has 2 keys"),
        ({"instances": [[[300] * 8] * 8]}, 400, "instances[0] holds numbers from 300"),
    ],
)
def test_a_wrong_list_is_refused(body, status, words, client) -> None:
    answer = client.post("/v1/predict", json=body)
    assert answer.status_code == status
    assert words in answer.json()["reason"]


@pytest.mark.parametrize(
    ("head", "length"), [(b'{"inputs": []}', b"99"), (b'{"inputs": []}', b"x"), (b"{", b"1")]
)
def test_a_wrong_length_of_binary_data_is_refused(head, length, client) -> None:
    answer = client.post(
        "/v2/models/onnx/infer", content=head, headers={"Inference-Header-Content-Length": length}
    )
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models/onnx:predict"),
        ("POST", "/v1/models/onnx"),
        ("DELETE", "/v2/models/onnx"),
        ("GET", "/v2/models/onnx/infer"),
        ("POST", "/v2"),
    ],
)
def test_another_method_is_told_the_right_one(method, path, client) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == ("POST" if method == "GET" else "GET")


# Figures and the document


def test_metrics_count_requests_and_pictures(client, some) -> None:
    def figure(line: str) -> float:
        text = client.get("/metrics").text
        return next(
            (float(row.split()[-1]) for row in text.splitlines() if row.startswith(line)), 0.0
        )

    lines = (
        'receta_requests_total{protocol="predict",status="200"}',
        'receta_pictures_total{model="onnx"}',
    )
    before = [figure(line) for line in lines]
    client.post("/v1/predict", json={"images": [b64(one) for one in some[0]]}).raise_for_status()
    assert [figure(line) for line in lines] == [before[0] + 1, before[1] + 5]
    assert figure("process_resident_memory_bytes") > 1e6


def test_the_document_names_every_path_and_the_page_shows_it(client) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {
        "/v1/predict",
        "/v1/models/{name}:predict",
        "/v2/models/{name}/versions/{version}/infer",
        "/metrics",
    } <= set(document["paths"])
    page = client.get("/docs").text
    assert all(path in page for path in document["paths"])
