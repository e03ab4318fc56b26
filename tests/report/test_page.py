"""Does the report say everything, honestly, and can nothing in the data break it?"""

from __future__ import annotations

import dataclasses
import itertools
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from report.report_facts import (
    CASES,
    HOSTILE,
    digits_facts,
    hostile_facts,
    many_facts,
    minimal_facts,
    photo_facts,
)

from receta.checks import SHELF as CHECKS
from receta.core.finding import Finding
from receta.report import Facts, story, verdict, words
from receta.report.charts import confusion, pictures, plots, sketches
from receta.report.page import render_page, write_page

VOID = {"meta", "link", "img", "br", "wbr", "input", "hr"}
SECTIONS = ["verdict", "data", "input", "checks", "ladder", "winner", "mistakes", "repeat"]
SHAPES = {"path", "rect", "circle"}

DRAWN = [name for name in CHECKS.names() if CHECKS.module(name).SKETCH]


class Tree(HTMLParser):
    """Tags in order, with every tag closed where it was opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs), (
            f"an attribute twice in <{tag} {attrs}>"
        )
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in SHAPES | VOID
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def text(self) -> str:
        return re.sub(
            r"\s+", " ", "".join(text for tag, text in self.texts if tag not in ("style", "script"))
        )

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def htmls() -> dict[str, str]:
    return {name: render_page(make()) for name, make in CASES.items()}


@pytest.fixture(params=CASES)
def html(request, htmls) -> str:
    return htmls[request.param]


def test_every_tag_is_closed_and_no_id_is_used_twice(html):
    ids = [attrs["id"] for _, attrs in Tree(html).tags if attrs.get("id")]
    assert len(ids) == len(set(ids))


def test_every_section_is_there_in_the_order_of_the_contents(html):
    tree = Tree(html)
    assert [attrs["id"] for attrs in tree.all("section")] == SECTIONS
    assert [attrs["href"] for attrs in tree.all("a") if not attrs.get("class")][:8] == [
        f"#{name}" for name in SECTIONS
    ]


def test_headings_go_down_one_level_at_a_time_below_a_single_h1(html):
    levels = [int(tag[1]) for tag, _ in Tree(html).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_nothing_is_loaded_from_outside_the_page(html):
    tree = Tree(html)
    assert "http://" not in re.sub(r'xmlns="[^"]*"', "", html)
    assert "https://" not in html
    for tag, attrs in tree.tags:
        for name in ("src", "href", "action", "data", "srcset", "poster"):
            assert (attrs.get(name) or "data:").startswith(("data:", "#")), (tag, attrs)
    assert "@import" not in html
    assert "url(" not in html
    assert "default-src 'none'" in html


def test_the_page_stays_below_three_megabytes(html):
    assert len(html.encode()) < 3_000_000


def test_every_picture_has_an_alternative_text_and_every_table_headings(html):
    tree = Tree(html)
    assert all("alt" in attrs for attrs in tree.all("img"))
    assert all(
        attrs.get("scope") in ("col", "row")
        for attrs in tree.all("th")
        if attrs.get("aria-hidden") != "true"
    )
    assert len(tree.all("caption")) == len(tree.all("table"))
    assert [attrs["lang"] for attrs in tree.all("html")] == ["en"]
    assert all(len(tree.all(landmark)) == 1 for landmark in ("main", "nav", "footer"))


def test_names_of_classes_files_and_rungs_cannot_become_markup(htmls):
    tree = Tree(htmls["hostile"])
    assert len(tree.all("script")) == 1
    assert len(tree.all("style")) == 1
    assert not [attrs for _, attrs in tree.tags if any(name.startswith("on") for name in attrs)]
    assert "49" not in tree.text().replace("{{ 7*7 }}", "").split("it's")[1][:20]
    assert "<script>alert(1)</script>" in tree.text()
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", htmls["hostile"]
    )
    assert all(words.visible(name) in re.sub(r"\s+", " ", tree.text()) for name in HOSTILE)


def test_every_rung_with_a_history_has_both_curves_in_its_own_colour(htmls):
    for name, make in CASES.items():
        facts = make()
        for i, rung in enumerate(facts.rungs):
            lines = re.findall(
                rf'<path class="(line[a-z ]*)" style="stroke:var\(--c{i % 8}\)"', htmls[name]
            )
            same = [other for other in facts.rungs[i::8] if other.history]
            assert len(lines) == 4 * len(same), (name, rung.name)
            if rung.history and len(rung.history) > 1:
                assert lines.count("line") == lines.count("line dashed") == 2 * len(same)


def test_the_curves_of_all_rungs_share_their_axes(htmls):
    figures = re.findall(r'<figure class="card curve">.*?</figure>', htmls["digits"], re.S)
    assert len(figures) == 4
    labels = [
        re.findall(r'<div class="[xy]" aria-hidden="true">(.*?)</div>', figure)
        for figure in figures
    ]
    assert all(one == labels[0] for one in labels)


def test_curves_stay_inside_their_frame(html):
    for path in re.findall(r'<path class="line[^"]*" style="[^"]*" d="([^"]*)"', html):
        assert all(-0.01 <= float(number) <= 100.01 for number in re.findall(r"[\d.]+", path))


def test_a_history_of_one_epoch_is_drawn_as_a_dot(htmls):
    assert len(re.findall('class="line dot" style="stroke:var', htmls["one_epoch"])) >= 12


def test_not_a_number_in_a_history_leaves_a_gap_and_does_not_reach_the_page():
    base = digits_facts()
    history = [
        *base.rungs[1].history[:3],
        {"epoch": 4, "loss": float("nan"), "val_loss": float("inf")},
    ]
    html = render_page(
        dataclasses.replace(
            base, rungs=[dataclasses.replace(base.rungs[1], history=history)], best="linear"
        )
    )
    assert not re.search(r'd="[^"]*(nan|inf)', html)


def test_a_rung_whose_loss_never_was_a_number_leaves_the_page_whole():
    base = digits_facts()
    history = [{"epoch": 1, "loss": float("nan"), "val_loss": float("nan"), "accuracy": 0.1}]
    lost = dataclasses.replace(base.rungs[1], name="lost", history=history)
    html = render_page(dataclasses.replace(base, rungs=[*base.rungs, lost]))
    assert "lost" in html
    assert not re.search(r'd="[^"]*(nan|inf)', html)


def test_the_verdict_says_when_the_interval_includes_a_linear_model():
    text = Tree(render_page(photo_facts())).text()
    assert (
        "inside the interval: on this test part the network is not shown to be better than it."
        in text
    )
    assert "The test part is small" in text


@pytest.mark.parametrize(
    ("best", "interval", "baselines", "said"),
    [
        ("cnn", [0.95, 0.99], {"prior": 0.1, "linear": 0.9}, "is above a plain linear model"),
        ("cnn", [0.85, 0.89], {"prior": 0.1, "linear": 0.9}, "A plain linear model does better"),
        (
            "cnn",
            [0.49, 0.55],
            {"prior": 0.5, "linear": 0.5},
            "do not show that anything useful was learnt",
        ),
        (
            "linear",
            [0.85, 0.89],
            {"prior": 0.1, "linear": 0.87},
            "The simplest model that learns won",
        ),
        (
            "cnn",
            [0.85, 0.89],
            {"prior": 0.1},
            "far more than always naming the most frequent class",
        ),
    ],
)
def test_the_conclusion_follows_from_interval_and_baselines(best, interval, baselines, said):
    facts = dataclasses.replace(
        minimal_facts(),
        best=best,
        scores={
            "accuracy": sum(interval) / 2,
            "interval": interval,
            "baselines": baselines,
            "n": 900,
        },
    )
    assert said in verdict.conclusions(facts)[0]


def test_what_cannot_be_judged_is_not_called_far_more_than_a_guess():
    scores = {"accuracy": 0.77, "interval": [0.57, 0.9], "baselines": {"prior": 0.2}, "n": 22}
    facts = dataclasses.replace(minimal_facts(), best="cnn", scores=scores)
    said = verdict.conclusions(facts)[0].replace(words.THIN, " ")
    assert said == "Always naming the most frequent class reaches 20.0 %."


def test_failures_of_rungs_that_were_not_chosen_do_not_count_against_the_winner():
    rungs = digits_facts().rungs
    only = dataclasses.replace(
        digits_facts(),
        rungs=rungs,
        findings=[
            Finding("loss_at_init", "ok", 1, "", "", where="cnn"),
            Finding("loss_at_init", "fail", 1, "", "", where="xception"),
        ],
    )
    assert (
        verdict.troubles(only)
        == "Nothing speaks against cnn: of 2 checks, only 1 on rungs that were not chosen did "
        "not pass."
    )
    mine = dataclasses.replace(
        only, findings=[*only.findings, Finding("leak", "fail", 3, "pictures", "0", where="test")]
    )
    assert verdict.troubles(mine).startswith(
        "Of 3 checks, 1 failed: read it before you rely on this model."
    )


def test_what_the_run_has_seen_to_itself_is_folded_and_speaks_against_nothing():
    flip = Finding(
        "keeps_labels", "warn", -0.8, "points", "no loss", where="cnn: flip", mended=True
    )
    facts = dataclasses.replace(
        digits_facts(), findings=[Finding("leak", "ok", 0, "images", "0"), flip]
    )
    assert verdict.troubles(facts) == "The one check passed."
    html = render_page(facts)
    assert "1 check that the run acted on itself" in html
    assert "Do varied pictures keep their labels?" in html
    assert "read it before" not in html


def test_a_check_that_could_not_be_judged_has_not_passed():
    unsaid = Finding("filters_smooth", "ok", None, "", "", judged=False)
    facts = dataclasses.replace(
        digits_facts(), findings=[Finding("leak", "ok", 0, "images", "0")] * 2 + [unsaid]
    )
    assert verdict.troubles(facts) == "All 2 checks passed; 1 could not be judged."
    none = dataclasses.replace(facts, findings=[unsaid])
    assert verdict.troubles(none) == "None of 1 checks could be judged."


def test_classes_of_about_one_size_are_one_line_and_others_a_table():
    even = "10 classes of 120 to 180 pictures each"
    assert story.say_alike([120] * 4 + [180] * 6, "pictures") == even
    assert story.say_alike([119] * 4 + [180] * 6, "pictures") == ""
    facts = digits_facts()
    one_line = re.search(r"10 classes of [0-9]+ to [0-9]+ pictures each", render_page(facts))
    rare = {part: [counts[0] // 3, *counts[1:]] for part, counts in facts.data.counts.items()}
    uneven = dataclasses.replace(facts, data=dataclasses.replace(facts.data, counts=rare))
    assert one_line
    assert "10 classes of " not in render_page(uneven)


def test_every_verdict_is_said_in_a_word_and_not_by_colour_alone(htmls):
    badges = re.findall(
        r'<span class="badge (ok|warn|fail)">.*?</svg>\s*(\w+)</span>', htmls["digits"], re.S
    )
    assert {("ok", "Passed"), ("warn", "Warning"), ("fail", "Failed")} == set(badges)
    assert len(badges) == len(digits_facts().findings)


def test_every_known_check_has_its_small_picture():
    drawn = {one.check for one in digits_facts().findings if sketches.sketch(one, {})}
    assert drawn == set(DRAWN)


@pytest.mark.parametrize(
    "shown",
    [
        None,
        {},
        [],
        3,
        {"filters": "abc"},
        {"filters": [[1, [2]]]},
        {"steps": [1], "loss": []},
        {"steps": None, "loss": None},
        {"epochs": ["a"], "change": ["b"]},
        {"real": None, "blind": 1},
        {"rungs": 3, "losses": 4},
        {"measured": "x", "expected": 1},
        {"epochs": [], "change": []},
    ],
)
@pytest.mark.parametrize("check", DRAWN)
def test_a_finding_whose_shown_is_strange_only_loses_its_picture(check, shown):
    assert sketches.sketch(Finding(check, "ok", 1.0, "", "", shown=shown), {}) == ""


def test_many_classes_get_a_small_map_and_few_a_table(htmls):
    assert '<svg class="map"' in htmls["many"]
    assert '<table class="matrix' not in htmls["many"]
    assert '<svg class="map"' in htmls["hundred"]
    assert '<table class="matrix few"' in htmls["photos"]
    table = confusion.table(["a", "b"], [[5, 0], [2, 3]])
    assert len(re.findall("<td", table)) == 4
    assert table.count('class="hit"') == 2
    assert 'title="true b, said a: 2 of 5 (40.0\u202f%)"' in table
    assert "<rect" in confusion.small_map(
        [str(i) for i in range(50)], np.eye(50, dtype=int).tolist()
    )


def test_small_pictures_keep_their_pixels_and_large_ones_are_smooth(htmls):
    assert 'class="pixelated ' in htmls["digits"]
    assert "data:image/png" in htmls["digits"]
    assert 'class="smooth ' in htmls["photos"]
    assert "data:image/jpeg" in htmls["photos"]


@pytest.mark.parametrize(
    "shape", [(8, 8), (8, 8, 1), (1, 1, 3), (65, 300, 3), (400, 3, 1), (700, 900, 4)]
)
def test_a_picture_of_any_shape_fits_into_its_bytes(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    uri = pictures.data_uri(pixels, most_bytes=9_000)
    assert len(uri) < 9_000 * 4 / 3 + 40 or max(shape[:2]) <= pictures.SMALL_PX


def test_a_small_picture_survives_the_page_unchanged():
    import base64
    import io

    from PIL import Image

    pixels = digits_facts().samples[3].pixels
    content = base64.b64decode(pictures.data_uri(pixels).partition(",")[2])
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(content))), pixels[:, :, 0])


def test_long_lists_are_cut_and_say_so(htmls):
    assert "and 30 more" in Tree(htmls["photos"]).text()
    assert htmls["photos"].count("/") > 0


def test_numbers_read_as_a_person_would_write_them():
    assert [
        words.number(value)
        for value in (0, 236952, 1.0, 0.5, 12.345, 0.000021, -0.031, None, float("nan"))
    ] == [
        "0",
        "236,952",
        "1",
        "0.5",
        "12.3",
        "2.1 × 10⁻⁵",
        "−0.031",
        "–",
        "not a number",
    ]
    assert [
        words.percent(value).replace(words.THIN, " ")
        for value in (0, 1, 0.5, 0.99996, 0.0002, None)
    ] == [
        "0 %",
        "100 %",
        "50.0 %",
        "> 99.9 %",
        "< 0.1 %",
        "–",
    ]
    assert [
        words.duration(value).replace(words.THIN, " ") for value in (0.01, 2.1, 60, 3700, None)
    ] == [
        "< 0.1 s",
        "2.1 s",
        "1 min 0 s",
        "1 h 1 min",
        "–",
    ]
    assert words.setting((28, 28)) == "28 × 28"
    assert words.setting(("prior", "cnn")) == "prior, cnn"


@pytest.mark.parametrize(
    "scale",
    [
        plots.Scale(0, 1),
        plots.Scale(0.2, 0.93),
        plots.Scale(1, 30),
        plots.Scale(0.001, 2.5, log=True),
        plots.Scale(0.9, 1.1, log=True),
        plots.Scale(-3, 1e-9),
        plots.Scale(1e-9, 1e9, log=True),
        plots.Scale(0.5, 1.5),
    ],
)
def test_ticks_are_few_rising_and_inside_their_axis(scale):
    ticks = scale.ticks()
    assert 1 <= len(ticks) <= 6
    assert ticks == sorted(set(ticks))
    slack = 1e-6 * (scale.high if scale.log else scale.high - scale.low)
    assert all(scale.low - slack <= tick <= scale.high + slack for tick in ticks)


def test_the_same_facts_give_the_same_page_to_the_byte(htmls):
    assert render_page(many_facts()) == htmls["many"]


def test_write_puts_the_whole_page_under_its_name_and_nothing_else(tmp_path):
    write_page(hostile_facts(), tmp_path / "run" / "report.html")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["report.html"]
    assert (tmp_path / "run" / "report.html").read_text("utf-8") == render_page(hostile_facts())


def test_a_run_without_a_winner_says_so():
    facts = dataclasses.replace(digits_facts(), best="", scores={}, mistakes=())
    assert "No model came out that can be trusted" in Tree(render_page(facts)).text()


def test_keys_of_the_scores_may_each_be_missing_or_none():
    base = digits_facts()
    for key in base.scores:
        render_page(
            Facts(
                "digits",
                base.data,
                rungs=base.rungs,
                best="cnn",
                scores={k: v for k, v in base.scores.items() if k != key},
            )
        )
        render_page(
            Facts(
                "digits", base.data, rungs=base.rungs, best="cnn", scores={**base.scores, key: None}
            )
        )
