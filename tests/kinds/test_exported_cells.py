"""Does an export answer for rows of every kind of column as the run does, on every target?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kinds.test_cells import write_rows

from receta import evaluation, exporters, journey
from receta.core import disk
from receta.core.errors import InputError
from receta.core.recipe import Recipe
from receta.training import Run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("cells")
    recipe = Recipe(rungs=("prior", "tabular"), epochs=3, precision="float32", threads=2)
    place = write_rows(folder / "rows.csv")
    return journey.run(place, out=folder / "run", target="price", recipe=recipe, force=True)


@pytest.mark.parametrize("target", ["onnx", "litert", "tfjs", "keras"])
def test_new_rows_with_unknown_and_missing_cells_are_answered_alike(
    run: Run, target: str, tmp_path: Path
) -> None:
    # the prior may be better than three epochs: the network itself is asked
    place = tmp_path / "new.csv"
    head = "colour,size,day,code,hours\n"
    rows = ("red,999990,2023-02-03T01:00:00,003,1", "pink,,,,", ",1000040,2031-01-01,999,4")
    place.write_text(head + "\n".join(rows) + "\n")
    bundle = exporters.export(run, target, tmp_path / "bundle")
    answers = [[one["value"] for one in evaluation.predict(it, place)] for it in (run, bundle)]
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-4, atol=1e-4)


def test_run_json_says_what_each_column_is_and_a_missing_one_is_refused(
    run: Run, tmp_path: Path
) -> None:
    plain = disk.read_json(run.folder / "run.json")
    (spec,) = plain["input"]["specs"]
    assert {one["kind"] for one in spec["columns"]} == {"number", "date", "category"}
    place = tmp_path / "new.csv"
    place.write_text("colour,size,day,code\nred,1,2023-02-03,003\n")
    with pytest.raises(InputError, match="has no column 'hours'"):
        evaluation.predict(run, place)
