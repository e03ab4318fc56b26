"""Do all protocols take rows, windows and texts, and say of each wrong cell what was expected?"""

from __future__ import annotations

import json
import random
import re
import shutil

import httpx
import numpy as np
import pytest
from kinds.scenes import scene
from patience import PATIENCE
from server.serving import serving

from receta import Bundle, export, kinds
from receta.core.errors import InputError, RunError
from tests.sealing import seal_bundle

NAMES = ("iris", "flats", "days", "moods")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Bundles by name, of rows of classes and of values, windows and texts, and who asks them."""
    place = tmp_path_factory.mktemp("values")
    bundles = {}
    for name in NAMES:
        run = scene(name, place).run(place / name)
        bundles[name] = export(run, "onnx", place / "bundles" / name)
    with serving(list(bundles.values())) as address:
        with httpx.Client(base_url=address, timeout=PATIENCE) as client:
            yield bundles, client


def examples(bundle: Bundle) -> np.ndarray:
    """Three made-up examples, with a missing cell in the second."""
    (spec,) = bundle.specs
    rng = np.random.default_rng(0)
    if spec.dtype == "int32":
        return rng.integers(2, len(spec.vocabulary), (3, *spec.shape)).astype(np.int32)
    drawn = rng.normal(20, 5, (3, *spec.shape))
    for column in spec.columns:
        for place, name in enumerate(column.cells):
            at = spec.fields.index(name)
            drawn[:, at] = rng.normal(column.mean, column.spread, 3)
            if column.kind == "category":
                drawn[:, at] = (0, 1, len(column.vocabulary))
            if column.kind == "date":
                drawn[:, at] = (18_300, 18_301, 18_302) if not place else (0, 3_600, 0)
    drawn[1].reshape(-1)[0] = np.nan
    return drawn.astype(np.float32)


def told(values: np.ndarray) -> list[object]:
    """The same in JSON, where missing is null."""
    return json.loads(json.dumps(values.astype(float).tolist()).replace("NaN", "null"))


@pytest.mark.parametrize("name", NAMES)
def test_every_protocol_gives_the_bundles_own_answers(name, served) -> None:
    bundles, client = served
    bundle = bundles[name]
    given = examples(bundle)
    (spec,) = bundle.specs
    expected = bundle.predict(given)
    kind = kinds.of_specs(bundle.specs)
    said_so = [kind.show(spec, one) for one in given]
    for instances in (said_so, [{spec.name: one} for one in said_so]):
        body = {"instances": instances}
        said = client.post(f"/v1/models/{name}:predict", json=body).json()
        np.testing.assert_allclose(said["predictions"], expected, rtol=1e-5, err_msg=str(said))
        own = client.post(f"/v1/predict?model={name}&top=3", json=body).json()["predictions"]
        assert [one["id"] for one in own] == list("012")
        for one, row in zip(own, expected, strict=True):
            if "top" in one:
                assert one["top"][0]["probability"] == pytest.approx(row.max(), rel=1e-4)
            else:
                values = [step["yhat"] for step in one.get("steps", ())] or [one["value"]]
                medians = row[2::5] if "steps" in one else row
                np.testing.assert_allclose(values, medians, rtol=1e-4)
                assert one["interval_80"][0] < one["value"] if "value" in one else True
    by_input = {"inputs": {spec.name: said_so}}
    said = client.post(f"/v1/models/{name}:predict", json=by_input).json()["outputs"]
    np.testing.assert_allclose(said, expected, rtol=1e-5)
    datatype = {"float32": "FP32", "int32": "INT32"}[spec.dtype]
    tensor = {"name": spec.name, "datatype": datatype, "shape": list(given.shape)}
    flat = told(given.reshape(-1))
    said = client.post(f"/v2/models/{name}/infer", json={"inputs": [{**tensor, "data": flat}]})
    first = said.json()["outputs"][0]
    np.testing.assert_allclose(np.reshape(first["data"], first["shape"]), expected, rtol=1e-5)
    head = json.dumps(
        {"inputs": [{**tensor, "parameters": {"binary_data_size": given.nbytes}}]}
    ).encode()
    said = client.post(
        f"/v2/models/{name}/infer",
        content=head + given.tobytes(),
        headers={"inference-header-content-length": str(len(head))},
    ).json()
    np.testing.assert_allclose(said["outputs"][0]["data"], expected.reshape(-1), rtol=1e-5)


def test_rows_come_column_by_column_too(served) -> None:
    bundles, client = served
    bundle = bundles["iris"]
    given = examples(bundle)
    columns = dict(zip(bundle.specs[0].fields, told(given.T), strict=True))
    said = client.post("/v1/models/iris:predict", json={"inputs": columns}).json()["outputs"]
    np.testing.assert_allclose(said, bundle.predict(given), rtol=1e-5)
    tensors = [
        {"name": name, "datatype": "FP64", "shape": [3], "data": values}
        for name, values in columns.items()
    ]
    said = client.post("/v2/models/iris/infer", json={"inputs": tensors}).json()["outputs"]
    np.testing.assert_allclose(
        said[0]["data"], bundle.predict(given).reshape(-1), rtol=1e-5, err_msg=str(said)
    )
    assert said[1]["data"] == [bundle.class_names[i] for i in bundle.predict(given).argmax(axis=1)]


def test_what_can_be_asked_is_told_in_every_protocol(served) -> None:
    bundles, client = served
    (spec,) = bundles["days"].specs
    told = client.get("/v1/models").json()["models"]
    assert next(one["input"] for one in told if one["name"] == "days") == {
        "shape": list(spec.shape),
        "dtype": "float32",
    }
    assert next(one for one in told if one["name"] == "days")["specs"] == [spec.to_json()]
    inputs = client.get("/v2/models/days").json()["inputs"]
    assert inputs == [{"name": "steps", "datatype": "FP32", "shape": [-1, *spec.shape]}]
    signature = client.get("/v1/models/days/metadata").json()["metadata"]["signature_def"]
    inputs = signature["signature_def"]["serving_default"]["inputs"]
    assert list(inputs) == ["steps"]
    assert inputs["steps"]["dtype"] == "DT_FLOAT"


ROW = dict.fromkeys(
    ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"), 1
)


@pytest.mark.parametrize(
    ("name", "instances", "words"),
    [
        ("iris", [[1, 2, 3]], "instances[0] has 3 cells; expected 4"),
        ("iris", [[1, 2, 3, "x"]], "the column 'petal width (cm)' is 'x'; expected a number"),
        ("iris", [[1, 2, 3, "one"]], "is 'one'; expected a number, or null"),
        ("iris", [[1, 2, 3, [4]]], "is a list; expected a number"),
        ("iris", [[1, 2, 3, 10**400]], "number is infinity"),
        ("iris", [[1, 2, 3, 1e39]], "infinite or too large"),
        ("iris", [[1, 2, 3, True]], "the column 'petal width (cm)' is true; expected a number"),
        ("days", [[1] * 11 + [True]], "the channel 'value' is true; expected a number"),
        ("days", [[1] * 11 + ["1e308"]], "is '1e308', which is infinite or too large"),
        ("flats", [{"area": 1, "city": None, "sold": "9999-12-31T23:00-05:00"}], "expected a date"),
        ("iris", [[None] * 4], "instances[0] holds no number at all"),
        ("iris", [ROW, {**ROW, "petal": 1}], "instances[1] has 'petal', which the model does not"),
        ("iris", [{"sepal length (cm)": 1}], "instances[0] lacks 'sepal width (cm)'"),
        ("iris", ["x"], "instances[0] is 'x'; expected an object with"),
        ("iris", [], "0 rows in one request; expected 1 to 10000"),
        ("iris", [[1] * 4] * 10_001, "10001 rows in one request"),
        ("iris", {}, "instances is no list; expected"),
        ("flats", [{"area": 50, "city": "Lugo", "sold": "soon"}], "expected a date such as 2024"),
        ("flats", [{"area": [[]], "city": "Lugo", "sold": None}], "'area' is a list; expected a"),
        ("flats", [{"area": 50, "city": "Lugo", "sold": None, "cty": 1}], "has 'cty', which the"),
        ("moods", [7], "instances[0] is int; expected a text"),
        ("moods", [" ... "], "holds no word"),
        ("days", [[1] * 11], "instances[0] has 11 steps; expected at least 12"),
        ("days", [[1] * 11 + ["a"]], "instances[0][11]: the channel 'value' is 'a'"),
        ("days", [[1] * 100_001], "at most 100,000"),
        ("days", [7], "instances[0] is 7; expected a list of 12 steps"),
    ],
)
def test_a_wrong_example_is_refused_in_one_line_that_names_the_cell(
    name, instances, words, served
) -> None:
    _, client = served
    body = json.dumps({"instances": instances})
    for path in (f"/v1/predict?model={name}", f"/v1/models/{name}:predict"):
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        plain = answer.json()
        said = plain.get("reason") or plain["error"]
        assert answer.status_code == 400
        assert words in said
        assert "\n" not in said


@pytest.mark.parametrize(
    "body", [b'{"instances": [[1, 2, 3, NaN]]}', b'{"instances": ' + b"[" * 2000, b"{", b"[]", b""]
)
def test_what_is_no_json_object_is_refused(body, served) -> None:
    _, client = served
    answer = client.post("/v1/predict?model=iris", content=body)
    assert answer.status_code == 400
    assert 'expected {"instances": [{"sepal length (cm)": ' in answer.json()["reason"]


@pytest.mark.parametrize("path", ["/v1/predict?model=iris", "/v2/models/iris/infer"])
def test_a_key_that_is_there_twice_is_refused(path, served) -> None:
    _, client = served
    cells = b'"a\\"b": ":", "petal width (cm)": 1, "petal width (cm)": 2'
    answer = client.post(path, content=b'{"instances": [{%s}]}' % cells)
    assert answer.status_code == 400
    said = answer.json().get("reason") or answer.json()["error"]
    assert "the JSON has a key twice in one object; expected" in said


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("iris", '"cells", "datatype": "FP32", "shape": [1, 4], "data": [...]}]}, or a tensor for'),
        ("days", '"steps", "datatype": "FP32", "shape": [1, 12, 1]'),
        ("moods", '"text", "datatype": "BYTES", "shape": [1], "data": ["..."]'),
    ],
)
def test_a_request_without_tensors_is_told_those_of_its_model(name, expected, served) -> None:
    _, client = served
    said = client.post(f"/v2/models/{name}/infer", content=b"{}").json()["error"]
    assert expected in said
    assert "image" not in said


def test_numbers_of_a_history_are_spelled_as_in_a_file(served) -> None:
    _, client = served
    spelled = ["1_000", "1,000", " 1e3 ", "€ 1000", None, "NA", *[1000] * 6]
    plain = [1000, 1000, 1000, 1000, None, None, *[1000] * 6]
    ours, theirs = (
        client.post("/v1/models/days:predict", json={"instances": [one]}).json()["predictions"]
        for one in (spelled, plain)
    )
    assert ours == theirs


def test_unseen_categories_missing_cells_long_and_unknown_texts_never_fail(served) -> None:
    _, client = served
    asked = {
        "flats": [
            {"area": None, "city": "Lugo", "sold": None},
            {"area": "1", "city": 7, "sold": ""},
        ],
        "moods": ["xylophone " * 5_000, "happy sun", "🙂"],
        "days": [[None] * 11 + [20.0], [1e9] * 50],
    }
    for name, instances in asked.items():
        body = {"instances": instances}
        said = client.post(f"/v1/predict?model={name}", json=body).json()
        assert len(said["predictions"]) == len(instances)
        outputs = client.post(f"/v1/models/{name}:predict", json=body).json()["predictions"]
        assert np.isfinite(np.array(outputs, float)).all()
    one = client.post("/v1/predict?model=moods", json={"text": "happy sun"}).json()["predictions"][
        0
    ]
    assert one["top"][0]["class"] == "good"


def test_broken_requests_are_each_answered_in_one_line(served) -> None:
    _, client = served
    rng = random.Random(3)
    pieces: list[object] = [
        None,
        1,
        -1.5,
        1e38,
        True,
        "x",
        "",
        "2020-01-01",
        [],
        {},
        [[]],
        "\ud800",
    ]
    for _ in range(300):
        value: object = rng.choice(pieces)
        for _ in range(rng.randrange(6)):
            key = rng.choice(["area", "city", "sold", "cells", "steps", "text", "0", ""])
            value = rng.choice(
                [[value] * rng.randrange(14), {key: value}, {**ROW, key: value}, [value, 3]]
            )
        name = rng.choice(NAMES)
        path, body = rng.choice(
            [
                (f"/v1/predict?model={name}", {"instances": [value]}),
                (f"/v1/predict?model={name}", {rng.choice(["row", "text", "window"]): value}),
                (f"/v1/models/{name}:predict", {"instances": value}),
                (f"/v1/models/{name}:predict", {"inputs": value}),
                (
                    f"/v2/models/{name}/infer",
                    {
                        "inputs": [
                            {
                                "name": rng.choice(["cells", "steps", "words", "area", 3]),
                                "datatype": rng.choice(["FP32", "INT32", "BYTES", "BOOL", "FP16"]),
                                "shape": rng.choice([[1], [1, 12, 1], [2, 2], [10**9, 9], [0]]),
                                "data": value,
                            }
                        ]
                    },
                ),
            ]
        )
        content = json.dumps(body).replace("1e+38", rng.choice(["1e38", "NaN", "1e999"]))
        answer = client.post(path, content=content)
        assert answer.status_code in (200, 400, 413), (path, content, answer.text)
        if answer.status_code != 200:
            plain = answer.json()
            assert "\n" not in (plain.get("reason") or plain["error"])
            assert not re.search(r"Traceback|\.py|/tmp/", answer.text)


@pytest.mark.parametrize(
    ("name", "at", "number"),
    [
        ("moods", 0, 2**40),
        ("moods", 0, -1),
        ("iris", 0, 1e300),
        ("flats", "category", -1.0),
        ("flats", "category", 1.5),
        ("flats", "category", 1e30),
        ("days", 0, -1e300),
    ],
)
def test_what_no_network_takes_as_its_own_input_is_refused_by_every_door(
    name, at, number, served
) -> None:
    bundles, client = served
    bundle = bundles[name]
    (spec,) = bundle.specs
    given = examples(bundle).astype(np.int64 if name == "moods" else np.float64)
    if at == "category":
        (at, *_) = (spec.fields.index(one.name) for one in spec.columns if one.kind == "category")
    given[1].reshape(-1)[at] = number
    with pytest.raises(InputError, match=f"{spec.name}.*1.*expected a"):
        bundle.predict(given)
    kind = "INT64" if name == "moods" else "FP64"
    tensor = {"name": spec.name, "datatype": kind, "shape": list(given.shape)}
    data = [None if one != one else one for one in given.reshape(-1).tolist()]
    reply = client.post(f"/v2/models/{name}/infer", json={"inputs": [{**tensor, "data": data}]})
    assert reply.status_code == 400, reply.text
    assert "expected a" in reply.text


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("flats", {"margins": []}, "margins"),
        ("flats", {"margins": [-1.0]}, "margins"),
        ("flats", {"outputs": []}, "outputs"),
        ("iris", {"class_names": ["a", "b"]}, "outputs"),
        ("iris", {"class_names": ["a", "b", "b"]}, "twice"),
        ("days", {"rhythm": {"season": 0}}, "season"),
        ("days", {"rhythm": {"horizon": -1}}, "horizon"),
        ("days", {"rhythm": {"every": "x"}}, "a step is 'x'"),
        ("days", {"spread": [0]}, "spread"),
        ("moods", {"vocabulary": ["", "a", "a"]}, "words"),
        ("iris", {"fields": ["a", "a", "b", "c"]}, "fields"),
        ("iris", {"shape": [9]}, "fields"),
        ("iris", {"dtype": "object"}, "dtype"),
        ("iris", {"columns": [{"name": "a", "kind": "number"}]}, "columns"),
    ],
)
def test_a_bundle_whose_parts_do_not_fit_together_is_spoilt(
    name, changes, said, served, tmp_path
) -> None:
    copy = shutil.copytree(served[0][name].folder, tmp_path / "copy")
    spec = served[0][name].specs[0].to_json()
    own = {key: changes[key] for key in ("margins", "outputs", "class_names") if key in changes}
    seal_bundle(copy, **(own or {"specs": [spec | changes]}))
    with pytest.raises(RunError, match=f"spoilt .*{said}"):
        Bundle.open(copy)
