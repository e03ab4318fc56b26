"""Can anything that a client sends make the server fail or grow?"""

from __future__ import annotations

import base64
import json
import random
import re

import httpx
import psutil
import pytest
from kinds.scenes import scene
from patience import PATIENCE
from server.serving import begun
from shell import bomb

from receta import export

pytestmark = pytest.mark.slow
REQUESTS = 10_000


@pytest.fixture(scope="module")
def served(bundles):
    with begun("serve", bundles["onnx"].folder, "--port", "0") as (process, address):
        yield process, address


@pytest.fixture(scope="module")
def served_values(tmp_path_factory):
    """A server of a network for rows and of one for windows."""
    place = tmp_path_factory.mktemp("values")
    for name in ("iris", "days"):
        export(scene(name, place).run(place / name), "onnx", place / "bundles" / name)
    folders = [place / "bundles" / name for name in ("iris", "days")]
    with begun("serve", *folders, "--port", "0") as (process, address):
        yield process, address


@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
@pytest.mark.parametrize("what", ["served", "served_values"])
def test_requests_made_up_from_the_document_are_answered_as_it_says(mode, what, request) -> None:
    """By schemathesis: no 5xx, only documented statuses, types and shapes.

    Nothing invalid taken.
    """
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis.errors import Unsatisfiable
    from schemathesis import GenerationMode
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    _, address = request.getfixturevalue(what)
    failures: list[str] = []
    how = settings(
        max_examples=50,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    for found in schemathesis.openapi.from_url(f"{address}/openapi.json").get_all_operations():
        operation = found.ok()

        # text that is base64 need not be a picture, so what is valid by the document may be refused
        def ask(case) -> None:
            case.call_and_validate(
                base_url=address, timeout=PATIENCE, excluded_checks=[positive_data_acceptance]
            )

        try:
            how(given(operation.as_strategy(generation_mode=GenerationMode[mode]))(ask))()
        except Unsatisfiable:  # nothing can be wrong about a GET without parameters
            continue
        except BaseExceptionGroup as error:
            failures.append(f"{operation.label}: {error}: {[str(one) for one in error.exceptions]}")
    assert failures == []


def broken(rng: random.Random, good: bytes) -> tuple[str, dict[str, object]]:
    """A path and a request that is wrong in some way, or only nearly right."""
    body = bytearray(good)
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(body))
        match rng.randrange(4):
            case 0:
                body[at] = rng.randrange(256)
            case 1:
                del body[at : at + rng.randrange(1, 200)]
            case 2:
                body[at:at] = rng.randbytes(rng.randrange(1, 50))
            case 3:
                body = body[: at + 1]
        body = body or bytearray(b"x")
    junk = bytes(body)
    b64 = base64.b64encode(junk).decode()
    values = [
        b64,
        b64[:-1],
        "",
        None,
        7,
        -1,
        1e300,
        True,
        [],
        {},
        [[]],
        [[[0]]],
        "data:,",
        f"data:image/png;base64,{b64}",
        {"b64": b64},
        [[0, 256], [1, 2]],
        [["a"]],
        {"b64": {"b64": b64}},
        "\ud83d\ude00",
        [[[]]] * 3,
        [0] * 64,
        [[0.5] * 8] * 8,
        [[7] * 8] * 8,
    ]
    key = rng.choice(["image", "images", "instances", "inputs", "x", ""])
    value = rng.choice([rng.choice(values), [rng.choice(values) for _ in range(rng.randrange(4))]])
    tensor = {
        "name": rng.choice(["pixels", "image", 3]),
        "datatype": rng.choice(["UINT8", "BYTES", "FP32", None]),
        "shape": rng.choice(
            [[1], [1, 8, 8, 1], [2, 64], [0], [-1], "x", [10**12, 10**12], [1, 8, 8, 1, 1]]
        ),
        "data": value,
        "parameters": rng.choice([{}, {"binary_data_size": rng.choice([0, 5, -1, 10**9, "x"])}, 3]),
    }
    path = rng.choice(
        ["/v1/predict", "/v1/predict?top=3", "/v1/models/onnx:predict", "/v2/models/onnx/infer"]
    )
    match rng.randrange(7):
        case 0:
            return path, {
                "content": junk,
                "headers": {
                    "content-type": rng.choice(
                        ["image/png", "x", "", "application/json; charset=x"]
                    )
                },
            }
        case 1:
            return path, {
                "files": [
                    ("file", (rng.choice(["a", "", "\x00", "ñ.jpg"]), junk))
                    for _ in range(rng.randrange(1, 4))
                ]
            }
        case 2:
            return path, {
                "content": json.dumps({key: value}),
                "headers": {"content-type": "application/json"},
            }
        case 3:
            outputs = rng.choice([None, [{"name": "class"}], 3])
            return "/v2/models/onnx/infer", {
                "content": json.dumps({"inputs": [tensor], "outputs": outputs})
            }
        case 4:
            head = json.dumps({"inputs": [tensor]}).encode()
            length = rng.choice([len(head), 0, len(head) + 10**6, len(head) - 1])
            return "/v2/models/onnx/infer", {
                "content": head + junk,
                "headers": {"inference-header-content-length": str(length)},
            }
        case 5:
            text = json.dumps({key: value}).encode()
            at = rng.randrange(len(text))
            return path, {
                "content": text[:at] + junk[:20] + text[at:],
                "headers": {"content-type": "application/json"},
            }
        case _:
            form = b"--b\r\ncontent-disposition: form-data; name=f; filename=x\r\n\r\n" + junk
            kind = rng.choice(
                [
                    "multipart/form-data; boundary=b",
                    "multipart/form-data",
                    "multipart/form-data; boundary=" + "b" * 200,
                ]
            )
            return path, {
                "content": form + rng.choice([b"", b"\r\n--b--", b"\r\n--b"]),
                "headers": {"content-type": kind},
            }


def test_ten_thousand_broken_requests_are_each_answered_and_memory_stays(
    served, digit_files
) -> None:
    """No 5xx, one line of reason, no path of this machine.

    As much memory after the last fifth as before it, within 10 %.
    """
    process, address = served
    (worker,) = psutil.Process(process.pid).children()
    rng = random.Random(5)
    statuses: dict[int, int] = {}
    before = 0
    with httpx.Client(base_url=address, timeout=PATIENCE) as client:
        for number in range(REQUESTS):
            if number == REQUESTS * 4 // 5:
                before = worker.memory_info().rss
            path, how = broken(rng, digit_files[rng.randrange(len(digit_files))].read_bytes())
            answer = client.post(path, **how)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            assert answer.status_code in (200, 400, 404, 413, 422), (path, how, answer.text)
            if answer.status_code != 200:
                plain = answer.json()
                assert "\n" not in (plain.get("reason") or plain["error"])
                assert not re.search(r"Traceback|\.py|/tmp/|/home/", answer.text)
        assert client.post("/v1/predict", content=bomb()).status_code == 422
        assert (
            client.post("/v1/predict", content=digit_files[0].read_bytes()).json()["predictions"][
                0
            ]["top"][0]["class"]
            == "0"
        )
    assert statuses[200] > 100  # some damage is none
    assert min(statuses.get(400, 0), statuses.get(422, 0)) > 1000
    assert worker.memory_info().rss < 1.1 * before
    assert psutil.Process(process.pid).children() == [worker]  # the same that began
