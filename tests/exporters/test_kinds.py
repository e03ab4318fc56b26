"""Do networks of rows, windows and texts say the same in every target, whatever is missing?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kinds.scenes import scene

from receta import export, kinds, predict
from receta.core.errors import ExportRefused
from receta.exporters.evidence import own_examples

KINDS = ("flats", "days", "moods")
TARGETS = ("keras", "saved_model", "litert", "tfjs", "openvino")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    place = tmp_path_factory.mktemp("kinds")
    return {name: scene(name, place).run(place / name) for name in KINDS}


def spoilt(run) -> np.ndarray:
    """Examples with missing cells, unseen categories and unknown words."""
    evidence = own_examples.examples_of(run)
    (spec,) = evidence.inputs.specs
    return kinds.of_specs((spec,)).spoil(spec, evidence.inputs.take(evidence.validation[0][:9]))


def numbers(answer: object) -> list[float]:
    """All numbers of an answer, however deep."""
    if isinstance(answer, dict | list):
        inner = answer.values() if isinstance(answer, dict) else answer
        return [found for one in inner for found in numbers(one)]
    return [float(answer)] if isinstance(answer, int | float) else []


def new_file(name: str, place: Path) -> Path:
    """A file with what a run is asked about, as strangers write it."""
    if name == "flats":
        text = "city,area,sold,extra\nMadrid,70,2021-03-04,1\nLugo,,,2\n,55,,3\n"
    elif name == "moods":
        text = "text\nhappy sun\nxylophone\n" + "rain " * 3_000 + "\n"
    else:
        lines = [f"2025-01-{day:02},{20 + day % 5}" for day in range(1, 15)]
        text = "\n".join(["day,value", *lines]) + "\n"
    (place / "new.csv").write_text(text, encoding="utf-8")
    return place / "new.csv"


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "target", ["onnx", *(pytest.param(one, marks=pytest.mark.slow) for one in TARGETS)]
)
def test_a_bundle_answers_as_its_run_does(name, target, runs, tmp_path) -> None:
    run = runs[name]
    bundle = export(run, target, tmp_path / target)
    assert bundle.max_gap < 1e-4
    assert bundle.specs == run.specs
    assert [one.name for one in bundle.inputs] == [run.specs[0].name]
    given = spoilt(run)
    expected = run.predict(given)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(bundle.predict(given), expected, rtol=1e-3, atol=1e-4)
    file = new_file(name, tmp_path)
    theirs, ours = list(predict(bundle, file)), list(predict(run, file))
    assert len(theirs) == len(ours) > 0
    for one, other in zip(theirs, ours, strict=True):
        assert one.keys() == other.keys()
        np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-3, atol=1e-4)
    export(run, target, tmp_path / target)  # in the place of the first


@pytest.mark.parametrize("name", KINDS)
def test_whole_numbers_that_cannot_hold_an_example_are_refused_in_one_line(
    name, runs, tmp_path
) -> None:
    pytest.importorskip("tflite_micro")
    with pytest.raises(ExportRefused, match="c_array file") as caught:
        export(runs[name], "c_array", tmp_path / "c")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "c").exists()
