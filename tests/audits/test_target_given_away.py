"""Does a run stop where a column gives the target away, and are sums with the target found?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from receta import audit, load, run
from receta.core.errors import DataRefused
from receta.core.recipe import Recipe


def written(folder: Path, **columns: np.ndarray) -> str:
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


@pytest.fixture
def parts_of_a_sum() -> dict[str, np.ndarray]:
    chance = np.random.default_rng(0)
    names = ("food", "rent", "price")
    return {name: chance.integers(0, 99_999, 300) / 100 for name in names}


def test_a_column_that_is_the_sum_of_others_and_the_target_is_found(
    tmp_path: Path, parts_of_a_sum: dict[str, np.ndarray]
) -> None:
    total = np.round(sum(parts_of_a_sum.values()), 2)
    noise = np.random.default_rng(1).normal(size=300).round(3)
    place = written(tmp_path, total=total, noise=noise, **parts_of_a_sum)
    (found,) = audit(load(place, target="price"), only=["target_leakage"])
    assert (found.verdict, found.ids) == ("warn", ("total",))
    assert "it is the sum of 'price' and 'food', 'rent'" in found.where


def test_columns_that_only_help_add_up_to_nothing(
    tmp_path: Path, parts_of_a_sum: dict[str, np.ndarray]
) -> None:
    near = sum(parts_of_a_sum.values()) + np.random.default_rng(1).normal(size=300)
    place = written(tmp_path, near=np.round(near, 2), **parts_of_a_sum)
    (found,) = audit(load(place, target="price"), only=["target_leakage"])
    assert found.verdict == "ok"


def test_a_run_stops_at_a_copy_of_the_target_unless_it_is_forced(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    sick = chance.integers(0, 2, 120)
    place = written(
        tmp_path, height=chance.normal(size=120).round(2), code=np.where(sick, "x", "y"), sick=sick
    )
    recipe = Recipe(rungs=("prior",))
    with pytest.raises(DataRefused, match=r"^target_leakage: column 'code': .*--force\.$") as error:
        run(place, target="sick", out=tmp_path / "run", recipe=recipe)
    assert error.value.exit_code == 1
    assert [one.ids for one in error.value.findings if one.failed] == [("code",)]
    forced = run(place, target="sick", out=tmp_path / "run", recipe=recipe, force=True)
    assert forced.best.rung == "prior"
