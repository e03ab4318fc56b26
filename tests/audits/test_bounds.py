"""Do audits of tables and pictures decide at their bounds, and one beyond, as they say?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from receta.audits import blurry, identifier, missing, numeric_category, outlier, skew
from receta.audits.irregular_steps import irregular_steps
from receta.audits.made_up import tiny_tables


@pytest.mark.parametrize(
    ("share", "link", "words"),
    [
        (1.0, None, "Nothing stands in this column"),
        (0.999, None, "Most of it would be made up"),
        (0.501, None, "Most of it would be made up"),
        (0.5, None, "A network takes the median in their place"),
        (0.051, None, "A network takes the median in their place"),
        (0.05, None, "So few matter little"),
        (0.05, 0.9, "the target is another, nearly always (link 0.90)"),
        (0.8, 0.89, "keep whether it is missing as a column"),
    ],
)
def test_advice_on_missing_cells_goes_by_their_share_and_link(share, link, words) -> None:
    assert words in missing._advice(share, link, tiny_tables.honest())


def test_a_missing_category_is_told_to_be_a_level_and_not_a_median() -> None:
    said = missing._advice(0.2, 0.5, tiny_tables.honest(), is_category=True)
    assert "'missing' for a category of its own" in said
    assert "median" not in said


def test_a_code_that_a_run_takes_for_a_category_is_not_told_to_be_made_one() -> None:
    table = tiny_tables.honest(60, pclass=[float(row % 3 + 1) for row in range(60)])
    (finding,) = numeric_category.numeric_category(table, None)
    assert "takes it for a category already" in finding.advice
    assert "--fix" not in finding.advice


def test_the_link_of_missing_cells_is_cramers_v_or_a_correlation_of_ranks() -> None:
    """Oracles: SciPy's chi-square of the table of counts, and Spearman's correlation."""
    dice = np.random.default_rng(0)
    targets = dice.integers(0, 3, 600)
    mask = dice.random(600) < np.array([0.1, 0.3, 0.5])[targets]
    table = np.array([[np.sum(mask[targets == k]), np.sum(~mask[targets == k])] for k in range(3)])
    statistic = stats.chi2_contingency(table, correction=False).statistic
    assert missing._chi_square(mask, targets) == (pytest.approx(statistic), 2)
    assert missing._link(mask, targets, 1) == pytest.approx(np.sqrt(statistic / 600))
    values = dice.normal(size=600) + mask
    expected = stats.spearmanr(values, mask).statistic
    assert missing._link(mask, values, 1) == pytest.approx(abs(expected))
    assert missing._link(mask, values[:, None], 1) is None
    for none in (np.zeros(600, bool), np.ones(600, bool)):
        assert missing._link(none, targets, 1) is None


@pytest.mark.parametrize(("tests", "found"), [(1, True), (10**9, False)])
def test_a_link_may_be_chance_where_many_columns_are_tried(tests: int, found: bool) -> None:
    mask = np.arange(200) < 40
    targets = np.where(np.arange(200) < 70, 1.0, 0.0) + np.arange(200) * 1e-9
    targets[::2] = 0.5
    link = missing._link(mask, targets, tests)
    assert (link is not None) is found


def test_a_link_that_is_small_is_none_however_sure() -> None:
    n = 40_000
    targets = np.arange(n) % 2
    for share, found in ((0.545, False), (0.555, True)):
        mask = np.zeros(n, bool)
        for one, part in ((0, 1 - share), (1, share)):
            of_class = np.flatnonzero(targets == one)
            mask[of_class[: int(part * len(of_class))]] = True
        assert (missing._link(mask, targets, 1) is not None) is found


def test_classes_that_would_miss_fewer_than_five_cells_are_not_tested() -> None:
    targets = np.repeat([0, 1, 2], [50, 50, 49])
    mask = np.zeros(149, bool)
    mask[:15] = True  # a share of 0.1007: 5.03, 5.03 and 4.93 by chance
    assert missing._chi_square(mask, targets)[1] == 1
    assert missing._chi_square(mask, np.repeat([0, 1], [50, 99]))[1] == 1
    assert missing._chi_square(mask, np.repeat([0, 1], [49, 100])) == (0.0, 0)


def test_ranks_of_equal_values_are_their_middle() -> None:
    values = np.array([3.0, 1.0, 3.0, 2.0, 3.0])
    assert (missing._ranks(values) + 0.5).tolist() == stats.rankdata(values).tolist()


@pytest.mark.parametrize("n", [10, 50, 600, 10_000])
def test_the_fence_of_pictures_lets_the_farthest_of_sound_ones_be_named_in_5_percent(n) -> None:
    """Of n normal numbers one is beyond upper quartile + fence x range with a chance of 5 %."""
    fence = outlier._fence_of(n)
    upper = stats.norm.isf(0.25)
    chance = n * stats.norm.sf(upper + fence * 2 * upper)
    assert fence >= 1.75
    assert chance == pytest.approx(0.05) if fence > 1.75 else chance <= 0.05


def test_how_far_beyond_is_counted_in_ranges_of_the_own_class() -> None:
    values = np.concatenate([np.arange(100.0), 1000 + 10 * np.arange(100.0)])
    targets, learnt = np.repeat([0, 1], 100), np.ones(200, bool)
    values[[99, 199]] = 500.0, 5000.0
    found = outlier._beyond(values, targets, learnt)
    least = float(np.subtract(*np.quantile(values, [0.75, 0.25])))
    for at, own in ((99, values[:100]), (199, values[100:])):
        low, high = np.quantile(own, [0.25, 0.75])
        assert found[at] == pytest.approx((values[at] - high) / max(high - low, least))
    known = learnt.copy()
    known[:100] = False  # a class of which nothing was learnt is judged by all others
    low, high = np.quantile(values[100:], [0.25, 0.75])
    assert outlier._beyond(values, targets, known)[99] == pytest.approx((500 - high) / (high - low))


def test_sharpness_is_the_steepest_edge_over_contrast_and_enlarging_is_made_up_for() -> None:
    look = np.zeros(4, [("edge", "f8"), ("light", "u1"), ("darkest", "u1")])
    look["edge"], look["light"], look["darkest"] = 50, (200, 200, 10, 200), (100, 100, 10, 0)
    own = np.array([[96, 96], [48, 24], [500, 500], [0, 96]])
    assert blurry.sharpness(look, own, (96, 96)).tolist() == [0.5, 2.0, 50.0, 50 * 96 / 200]


def tailed(n: int) -> np.ndarray:
    return np.exp(1.5 * stats.norm.ppf((np.arange(n) + 0.5) / n))


@pytest.mark.parametrize(("n", "found"), [(49, False), (50, True)])
def test_a_tail_is_looked_for_in_fifty_numbers(n: int, found: bool) -> None:
    assert (skew._tail(tailed(n)) is not None) is found


@pytest.mark.parametrize(("distinct", "found"), [(9, False), (10, True)])
def test_a_tail_is_looked_for_in_ten_different_numbers(distinct: int, found: bool) -> None:
    values = np.repeat(4.0 ** np.arange(distinct), [2 ** (distinct - k) for k in range(distinct)])
    many = np.concatenate([values, np.repeat(np.unique(values)[1], 3)])
    assert (skew._tail(many) is not None) is found


def test_half_of_the_cells_may_be_the_same() -> None:
    tail = 10 * tailed(100)
    for same, found in ((100, True), (101, False)):
        assert (skew._tail(np.concatenate([np.ones(same), tail])) is not None) is found


def test_half_a_percent_at_either_end_is_no_tail_and_the_plainest_way_is_taken() -> None:
    values = tailed(400)
    before, after, way = skew._tail(values)
    assert before == pytest.approx(stats.skew(values[2:-2]))
    assert (way, after) == ("log", pytest.approx(stats.skew(np.log(values[2:-2])), abs=1e-9))
    assert skew._tail(np.append(stats.norm.ppf((np.arange(199) + 0.5) / 199), 1e6)) is None
    turned = skew._tail(-values)
    assert turned[0] == pytest.approx(-before)
    assert turned[2] == "yeo_johnson"


def test_the_distances_of_an_irregular_series_are_those_that_are_named() -> None:
    times = (np.datetime64("2001-01-01") + np.arange(30)).astype("datetime64[s]")
    times[10] += np.timedelta64(12, "h")
    (found,) = irregular_steps(tiny_tables.series(np.arange(30.0), times), None)
    examples = [[one[:10] for one in pair] for pair in found.shown["examples"]]
    assert examples == [["2001-01-10", "2001-01-11"], ["2001-01-11", "2001-01-12"]]


@pytest.mark.parametrize(
    ("n", "span", "order", "name", "found"),
    [
        (20, 40, -1, "size", True),  # half of their range, in any order
        (20, 41, -1, "size", False),
        (20, 200, 1, "size", True),  # a tenth, where they rise
        (20, 201, 1, "size", False),
        (20, 999, -1, "customerId", True),
        (19, 19, 1, "id", False),  # too few rows
    ],
)
def test_running_numbers_are_an_identifier_from_their_density_on(
    n, span, order, name, found
) -> None:
    numbers = np.append(np.arange(n - 1), span - 1)[::order]
    column = tiny_tables.column(name, numbers.astype(float))
    assert (identifier.identifies(column) is not None) is found
    twice = np.append(numbers[:-1], numbers[0]).astype(float)
    assert identifier.identifies(tiny_tables.column(name, twice)) is None
