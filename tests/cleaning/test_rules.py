"""Do the rules that fixes are made of hold by themselves: sets, fences, nearest rows, powers?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from threadpoolctl import threadpool_limits

from receta.audits.made_up import tiny_tables
from receta.cleaning import categories, outlier, skew
from receta.cleaning.engine import imputing, planning
from receta.core.errors import InputError
from receta.core.finding import Finding
from receta.core.recipe import Recipe
from receta.probing.fences import find_fences


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=20))
def test_sets_are_what_pairs_join(pairs: list[tuple[int, int]]) -> None:
    found = planning.sets_of([(str(one), str(other)) for one, other in pairs])
    ones, others = [one for one, _ in pairs], [other for _, other in pairs]
    graph = coo_matrix((np.ones(len(pairs)), (ones, others)), shape=(13, 13))
    _, of = connected_components(graph, directed=False)
    wanted: dict[int, set[str]] = {}
    for one in {*ones, *others}:
        wanted.setdefault(int(of[one]), set()).add(str(one))
    assert sorted(map(sorted, found)) == sorted(map(sorted, wanted.values()))
    assert sum(map(len, found)) == len({*ones, *others})


def test_findings_and_names_are_told_by_the_first_and_a_count() -> None:
    one = Finding("dark", "warn", 1, "images", "0", advice="Look.")
    assert planning.why([]) == "asked for"
    assert planning.why([one]) == "dark: 1 image; expected 0."
    assert planning.why([one] * 3) == "dark: 1 image; expected 0. (and 2 more)"
    names = [str(number) for number in range(11)]
    assert planning.listed(names[:10]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert planning.listed(names).endswith("8, 9 and 1 more")


VALUES = np.append(np.random.default_rng(0).normal(size=200), [40.0, -30.0, 9.0])


def test_cells_end_at_fences_that_leave_no_cell_beyond() -> None:
    for method in ("clip", "leave_out", "winsorise"):
        low, high = outlier._bounds(VALUES, method)
        inside = VALUES[(low <= VALUES) & (high >= VALUES)]
        ends = (inside.min(), inside.max()) if method == "winsorise" else (low, high)
        rest = inside if method == "leave_out" else np.clip(VALUES, *ends)
        again = find_fences(rest)
        assert (again[0] <= rest.min() + 1e-9, rest.max() <= again[1] + 1e-9) == (True, True)
        first = find_fences(VALUES)
        assert first[0] <= low < high <= first[1]
    assert outlier._bounds(VALUES[:3], "clip") is None


def table(n: int = 40) -> tuple[list, np.ndarray]:
    dice = np.random.default_rng(1)
    size = dice.normal(10, 3, n)
    colour = [["red", "green", "blue"][k] for k in dice.integers(0, 3, n)]
    wanted = size * 2
    for row in (1, 5, 7):
        wanted[row] = np.nan
    size[9] = np.nan
    columns = [
        tiny_tables.column("size", size),
        tiny_tables.column("colour", colour),
        tiny_tables.column("weight", wanted),
    ]
    return columns, np.arange(n) >= 3


def test_a_cell_takes_the_mean_of_its_five_nearest_training_rows() -> None:
    """Gower's distance by hand: squared standardised numbers and 1 for another category."""
    columns, inside = table()
    found = imputing.nearest(columns, columns[2], np.array([1, 5]), inside)
    size, colour, weight = (column.numbers() for column in columns)
    there = inside & np.isfinite(size)
    scaled = (size - size[there].mean()) / size[there].std()
    donors = np.flatnonzero(inside & np.isfinite(weight))
    for value, row in zip(found, (1, 5), strict=True):
        apart = []
        for donor in donors:
            parts = [float(colour[row] != colour[donor])]
            if np.isfinite(scaled[donor]):
                parts.append((scaled[row] - scaled[donor]) ** 2)
            apart.append(sum(parts) / len(parts))
        chosen = donors[np.argsort(apart, kind="stable")[:5]]
        assert value == pytest.approx(weight[chosen].mean())


def test_few_rows_or_one_value_are_filled_by_what_they_agree_on() -> None:
    columns, inside = table(40)
    few = np.flatnonzero(inside)[:11]
    only = np.zeros(40, bool)
    only[few] = True
    known = columns[2].numbers()[only & ~columns[2].missing]
    assert len(known) == 9
    found = imputing.modelled(columns, columns[2], np.array([1]), only)
    assert found.tolist() == [pytest.approx(known.mean())]
    columns, inside = table(200)
    learnt = imputing.modelled(columns, columns[2], np.array([1, 5]), inside)
    assert learnt == pytest.approx(2 * columns[0].numbers()[[1, 5]], abs=1.5)
    assert imputing._agreed(np.array([2.0, 1.0, 2.0]), "category") == 2.0
    assert imputing._agreed(np.array([2.0, 1.0, 3.0]), "number") == 2.0


def test_a_sample_of_rows_is_as_large_as_is_allowed_and_in_order() -> None:
    rows = np.arange(10, 20)
    assert imputing._some(rows, 10, "x") is rows
    some = imputing._some(rows, 9, "x")
    assert len(set(some.tolist())) == 9
    assert (np.diff(some) > 0).all()


def test_the_power_of_a_column_is_the_likeliest_and_knows_no_unit() -> None:
    values = np.random.default_rng(2).lognormal(size=400)
    learnt = skew._learnt(values)
    lower, centre, upper = np.quantile(values, [0.25, 0.5, 0.75])
    assert (learnt["centre"], learnt["scale"]) == (centre, pytest.approx((upper - lower) / 2))
    scaled = (values - centre) / learnt["scale"]
    best = max(np.linspace(-4, 6, 1001), key=lambda power: stats.yeojohnson_llf(power, scaled))
    assert learnt["power"] == pytest.approx(best, abs=0.02)
    assert skew._learnt(values * 1e6)["power"] == pytest.approx(learnt["power"], abs=1e-3)
    assert skew._learnt(np.array([1.0] * 9 + [5.0]))["scale"] == pytest.approx(1.2)
    assert skew._learnt(np.ones(5))["scale"] == 1.0


@pytest.mark.parametrize(("n", "fine"), [(100, True), (101, False)])
def test_a_column_becomes_a_hundred_at_most(n: int, fine: bool) -> None:
    column = tiny_tables.column("c", [f"k{row}" for row in range(n)])
    known = [f"k{row}" for row in range(n)]
    if fine:
        step, _ = categories._step(column, known, np.ones(n), "one_hot")
        assert step["names"][:2] == ["c=k0", "c=k1"]
    else:
        with pytest.raises(InputError, match="would make 101 columns of 'c'; expected at most 100"):
            categories._step(column, known, np.ones(n), "one_hot")
    step, _ = categories._step(column, known[:2], np.array([1, 3]), "frequency")
    assert step["shares"] == {"k0": 0.25, "k1": 0.75}


def test_a_free_name_is_the_next_that_nobody_has() -> None:
    assert [categories._free("a", taken) for taken in (set(), {"a"}, {"a", "a~2"})] == [
        *("a", "a~2", "a~3")
    ]


def test_examples_that_are_spared_or_gone_are_not_left_out() -> None:
    data = tiny_tables.honest(60)
    work = planning.Work(data, Recipe(), spared=["row-2"])
    reasons = {"row-1": "x", "row-2": "x", "gone": "x"}
    (entry,) = work.leave_out(reasons, "dark", [])
    assert (entry.n, entry.what) == (1, "left out 1 example: row-1")
    (entry,) = work.leave_out(reasons, "dark", [], always=True)
    assert entry.n == 2
    assert work.leave_out({"gone": "x"}, "dark", []) == []
    inside = work.training()
    assert 30 < inside.sum() < 60
    assert [entry.code for entry in work.entries] == ["parts"]
    assert work.training() is work.training()


def test_a_row_is_filled_alike_alone_and_among_a_thousand() -> None:
    dice = np.random.default_rng(3)
    size = dice.normal(size=1300)
    weight = np.where(np.arange(1300) < 1100, np.nan, size)
    columns = [tiny_tables.column("size", size), tiny_tables.column("weight", weight)]
    inside = np.arange(1300) >= 1100
    every = imputing.nearest(columns, columns[1], np.arange(1100), inside)
    for row in (0, 499, 500, 999, 1000, 1099):
        alone = imputing.nearest(columns, columns[1], np.array([row]), inside)
        assert every[row] == alone[0]
        assert abs(every[row] - size[row]) < 0.6 or abs(size[row]) > 1.5


@pytest.mark.parametrize(("levels", "is_known"), [(64, True), (65, False)])
def test_a_category_of_very_many_levels_tells_no_distance(levels: int, is_known: bool) -> None:
    code = np.append(np.arange(levels), levels - 1)
    weight = np.append(np.arange(levels) * 1.0, np.nan)
    columns = [
        tiny_tables.column("code", [f"k{one:02}" for one in code]),
        tiny_tables.column("weight", weight),
    ]
    (found,) = imputing.nearest(
        columns, columns[1], np.array([levels]), np.arange(levels + 1) < levels
    )
    same_first = [levels - 1.0, 0, 1, 2, 3] if is_known else [0, 1, 2, 3, 4]
    assert found == np.mean(same_first)


def test_what_does_not_vary_or_is_not_known_in_training_changes_no_distance() -> None:
    columns, inside = table()
    rows = np.array([1, 5, 7])
    expected = imputing.nearest(columns, columns[2], rows, inside)
    unknown = np.where(inside, np.nan, 5.0)
    more = [
        *columns,
        tiny_tables.column("same", np.ones(40)),
        tiny_tables.column("unknown", unknown),
        tiny_tables.column("huge", np.where(np.arange(40) % 2, 1e308, -1e308)),
    ]
    with np.errstate(all="ignore"):
        assert imputing.nearest(more, columns[2], rows, inside) == pytest.approx(expected)


def test_a_category_of_too_many_levels_leaves_the_other_columns(monkeypatch) -> None:
    columns, inside = table()
    rows = np.array([1, 5, 7])
    alone = imputing.nearest([columns[0], columns[2]], columns[2], rows, inside)
    monkeypatch.setattr(imputing, "_FEW", 2)
    some = [columns[1], columns[0], columns[2]]
    assert imputing.nearest(some, columns[2], rows, inside) == pytest.approx(alone)


def test_a_model_is_scikit_learns_of_all_that_training_knows() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    with threadpool_limits(1):  # threads that wait for each other take minutes on a busy machine
        columns, inside = table(300)
        size, colour, weight = (column.numbers() for column in columns)
        rows = np.array([1, 5, 7])
        unknown = tiny_tables.column("unknown", np.where(inside, np.nan, 5.0))
        given = [*columns, unknown]
        settings_of = {"max_iter": 100, "early_stopping": False, "random_state": 0}
        known = inside & np.isfinite(weight)
        one = HistGradientBoostingRegressor(**settings_of)
        one.fit(np.stack([size, colour], axis=1)[known], weight[known])
        expected = one.predict(np.stack([size, colour], axis=1)[rows])
        assert imputing.modelled(given, columns[2], rows, inside).tolist() == expected.tolist()
        other = HistGradientBoostingClassifier(**settings_of)
        other.fit(np.stack([size, weight], axis=1)[inside], colour[inside])
        expected = other.predict(np.stack([size, weight], axis=1)[rows])
        assert imputing.modelled(given, columns[1], rows, inside).tolist() == expected.tolist()
        none = [columns[2], unknown]
        assert imputing.modelled(none, columns[2], rows, inside) == pytest.approx(
            np.full(3, np.nanmean(weight[inside]))
        )


def test_a_column_of_few_training_rows_takes_a_sample_of_them(monkeypatch) -> None:
    monkeypatch.setattr(imputing, "MOST_DONORS", 6)
    columns, inside = table()
    (found,) = imputing.nearest(columns, columns[2], np.array([1]), inside)
    known = columns[2].numbers()
    donors = imputing._some(np.flatnonzero(inside & np.isfinite(known)), 6, "weight")
    assert min(abs(found - np.delete(known[donors], at).mean()) for at in range(6)) < 1e-12


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 9), st.sampled_from(("clip", "leave_out", "winsorise")))
def test_cells_within_the_fences_stay(seed: int, method: str) -> None:
    values = np.random.default_rng(seed).standard_t(2, 120)
    low, high = outlier._bounds(values, method)
    first = find_fences(values)
    assert first[0] <= low <= np.quantile(values, 0.25)
    assert np.quantile(values, 0.75) <= high <= first[1]


def test_twenty_values_in_a_row_have_no_bounds_that_are_not_finite() -> None:
    assert outlier._bounds(np.append(np.arange(19.0), 1e9), "clip") is not None
    assert outlier._bounds(np.arange(19.0), "clip") is None


def test_the_power_is_looked_for_from_minus_four_to_six() -> None:
    tail = np.random.default_rng(0).pareto(0.3, 500)
    assert skew._power(tail) >= -4
    assert skew._power(-(tail**0.05)) > 4
    power = skew._power(np.random.default_rng(1).normal(size=400))
    assert power == pytest.approx(1, abs=0.15)
    assert power == round(power, 6)
