"""Does every target keep its side of the bargain?"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE

from receta.exporters import SHELF, parse_target
from receta.predictors import Bundle

ROOT = Path(__file__).resolve().parents[2]
TARGETS = SHELF.names()
VARIANTS = [
    f"{target}:{variant}"
    for target in TARGETS
    for variant in getattr(SHELF.module(target), "VARIANTS", {})
]


def lossy(target: str) -> bool:
    module, _, variant = parse_target(target)
    return variant in getattr(module, "LOSSY", ())


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_declares_what_it_writes_and_needs(target: str) -> None:
    module = SHELF.module(target)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    assert Path(module.FILE).name == module.FILE
    assert module.EXTRA in extras
    assert module.NEEDS
    assert set(module.BACKENDS) <= {"tensorflow", "jax", "torch"}
    assert 0 < len(module.ABOUT) <= 100
    assert all(0 < len(about) <= 100 for about in getattr(module, "VARIANTS", {}).values())
    assert set(getattr(module, "LOSSY", ())) <= {"", *getattr(module, "VARIANTS", {})}


@pytest.mark.parametrize("target", [*TARGETS, *VARIANTS])
def test_a_bundle_holds_the_proof_that_it_equals_its_run(target, bundles, digits_run) -> None:
    bundle = bundles[target]
    assert bundle.reference_accuracy == digits_run.scores["accuracy"]
    if lossy(target):
        assert 0 < bundle.max_gap < 0.1
        assert bundle.top_agreement > 0.9
        assert (
            bundle.validation["reference_accuracy"] - bundle.validation["accuracy"]
            <= bundle.tolerance
            == 0.01
        )
    else:
        assert 0 <= bundle.max_gap <= 1e-4
        assert bundle.top_agreement == 1
        assert bundle.accuracy == bundle.reference_accuracy
    assert (bundle.judged_on, bundle.n) == ("test", digits_run.scores["n"])
    assert bundle.class_names == digits_run.class_names
    assert bundle.input_shape == digits_run.input_shape == (8, 8, 1)


@pytest.mark.parametrize("target", TARGETS)
def test_a_bundle_opens_again_as_what_was_returned(target, bundles) -> None:
    assert Bundle.open(bundles[target].folder) == bundles[target]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n", [1, 16, 300])
def test_a_bundle_predicts_as_its_run_does(target, n, bundles, digits_run) -> None:
    pictures = np.random.default_rng(n).integers(0, 256, (n, 8, 8, 1), np.uint8)
    answers = Bundle.open(bundles[target].folder).predict(pictures)
    assert answers.dtype == np.float32
    assert np.abs(answers - digits_run.predict(pictures)).max() < (0.2 if lossy(target) else 1e-5)


@pytest.mark.parametrize(
    "target", [name for name in TARGETS if name not in ("keras", "saved_model")]
)
def test_a_bundle_predicts_without_keras_and_tensorflow(target, bundles) -> None:
    code = f"""
import sys
import numpy as np
from receta import Bundle
bundle = Bundle.open({str(bundles[target].folder)!r})
print(bundle.predict(np.zeros((2, 8, 8, 1), np.uint8)).shape)
print(*sorted({{"keras", "tensorflow", "jax", "torch", "sklearn", "scipy", "pandas", "matplotlib"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=ROOT,
    )
    shape, loaded = done.stdout.splitlines()
    assert shape == "(2, 10)", done.stderr
    assert loaded == ""
