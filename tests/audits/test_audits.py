"""Do the audits count rightly, and does each thing wrong have one name?"""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import PATIENCE
from PIL import Image

from receta.audits import SHELF, audit
from receta.audits.made_up.tiny_folders import classes, pixels, write
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from tests.fakes import Arrays, FakePixels, Folder

# Audits of which example stands where: the pictures of these tests are noise, of which others say
# other things.
COUNTING = (
    "unreadable",
    "truncated",
    "leak",
    "group_leak",
    "label_conflict",
    "duplicate",
    "imbalance",
    "small_class",
)


def found(data: Dataset, fake: FakePixels | None = None) -> dict[str, Finding]:
    findings = audit(data, pixels=fake or FakePixels(data), only=COUNTING)  # type: ignore[arg-type]
    assert [finding.check for finding in findings] == list(COUNTING)
    return {finding.check: finding for finding in findings}


def pictures(numbers: list[int], targets: list[int], parts: list[str] | None = None) -> Dataset:
    ids = [f"{index}" for index in range(len(numbers))]
    named = {"ids": ids, "class_names": ["a", "b", "c"], **({"parts": parts} if parts else {})}
    return Dataset.of(Arrays([pixels(number) for number in numbers], targets, **named))


def test_audits_come_in_the_order_of_their_gravity():
    assert tuple(name for name in SHELF.names() if name in COUNTING) == COUNTING


def test_audit_finds_nothing_in_sound_data(tmp_path):
    data = Dataset.of(Folder(write(tmp_path, classes(cat=25, dog=30))))
    assert {finding.verdict for finding in found(data).values()} == {"ok"}


def test_unreadable_names_every_picture_and_its_reason(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(pixels(0).repeat(16, 0).repeat(16, 1)).save(buffer, "JPEG")
    spoilt = {"cat/empty.jpg": b"", "cat/half.jpg": buffer.getvalue()[:-100]}
    data = Dataset.of(Folder(write(tmp_path, {**classes(cat=2, dog=2), **spoilt})))
    finding, cut = found(data)["unreadable"], found(data)["truncated"]
    assert (finding.verdict, finding.measured, finding.where) == ("warn", 1, "1 of 6")
    assert finding.ids == ("cat/empty.jpg",)
    assert finding.shown["cat/empty.jpg"] == "empty file: 0 bytes"
    assert (cut.verdict, cut.measured, cut.ids) == ("warn", 1, ("cat/half.jpg",))
    assert cut.shown["cat/half.jpg"].startswith("truncated")


def test_unreadable_pictures_are_not_each_others_duplicates(tmp_path):
    spoilt = {f"train/{label}/{n}.png": b"nothing" for label in ("cat", "dog") for n in range(3)}
    spoilt["test/cat/x.png"] = b"nothing"
    data = Dataset.of(
        Folder(write(tmp_path, {**spoilt, "train/cat/good.png": 1, "test/dog/good.png": 2}))
    )
    findings = found(data)
    assert findings["unreadable"].measured == 7
    assert {findings[name].verdict for name in ("leak", "label_conflict", "duplicate")} == {"ok"}


def test_duplicate_counts_the_copies_and_pairs_each_with_the_first():
    finding = found(pictures([1, 2, 1, 1, 2, 3], [0, 1, 0, 0, 1, 1]))["duplicate"]
    assert (finding.verdict, finding.measured) == ("warn", 3)
    assert finding.ids == ("2", "3", "4")
    assert finding.pairs == (("0", "2"), ("0", "3"), ("1", "4"))
    assert finding.where == "copies of 2 images, out of 6"


def test_leak_counts_images_of_the_later_part_and_names_all_that_are_concerned():
    parts = ["train", "train", "train", "test", "test", "test", "validation"]
    findings = found(pictures([1, 1, 2, 1, 3, 2, 3], [0, 0, 1, 0, 1, 1, 1], parts))
    finding = findings["leak"]
    assert (finding.verdict, finding.measured) == ("fail", 3)
    assert finding.ids == ("3", "4", "5")
    assert set(finding.pairs) == {("0", "3"), ("1", "3"), ("2", "5"), ("6", "4")}
    assert (
        finding.where == "1 of 3 in test stand in validation too; 2 of 3 in test stand in train too"
    )
    assert findings["duplicate"].pairs == (("0", "1"),)


def test_leak_is_not_looked_for_where_the_data_name_no_parts():
    finding = found(pictures([1, 1], [0, 0]))["leak"]
    assert (finding.verdict, finding.where) == ("ok", "the data name no validation or test part")


def test_rows_without_a_part_count_as_train():
    findings = found(pictures([1, 1, 1], [0, 0, 0], ["", "train", "test"]))
    assert set(findings["leak"].pairs) == {("0", "2"), ("1", "2")}
    assert findings["duplicate"].pairs == (("0", "1"),)


def test_leak_says_when_the_label_differs_too():
    finding = found(pictures([1, 1], [0, 1], ["train", "test"]))["leak"]
    assert "Of the 1 pairs 1 carry two labels." in finding.advice


def test_label_conflict_names_all_of_the_picture_and_its_classes():
    findings = found(pictures([1, 1, 1, 2, 2, 4], [0, 1, 0, 1, 2, 2]))
    finding = findings["label_conflict"]
    assert (finding.verdict, finding.measured) == ("warn", 5)
    assert finding.ids == ("0", "1", "2", "3", "4")
    assert set(finding.pairs) == {("0", "1"), ("2", "1"), ("3", "4")}
    assert finding.where == "2 images stand there 5 times, under 'a' and 'b', 'b' and 'c'"
    assert findings["duplicate"].pairs == (("0", "2"),)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 4),
            st.integers(0, 2),
            st.sampled_from(["train", "validation", "test", ""]),
        ),
        min_size=1,
        max_size=14,
    )
)
def test_every_pair_of_equal_pictures_has_one_name_and_no_other_pair_has_any(rows):
    numbers, targets, parts = (list(column) for column in zip(*rows, strict=True))
    findings = found(pictures(numbers, targets, parts))
    named: dict[tuple[str, str], str] = {}
    for check in ("leak", "label_conflict", "duplicate"):
        for pair in findings[check].pairs:
            assert named.setdefault((min(pair), max(pair)), check) == check
    concerned = {
        check: {one for pair in findings[check].pairs for one in pair} for check in findings
    }
    for index, row in enumerate(rows):
        part = row[2] or "train"
        doubles = [
            other for place, other in enumerate(rows) if place != index and other[0] == row[0]
        ]
        inside = [other for other in doubles if (other[2] or "train") == part]
        assert (f"{index}" in concerned["leak"]) == any(
            (other[2] or "train") != part for other in doubles
        )
        assert (f"{index}" in concerned["label_conflict"]) == any(
            other[1] != row[1] for other in inside
        )
        assert (f"{index}" in concerned["duplicate"]) == any(other[1] == row[1] for other in inside)
    for one, other in named:
        assert numbers[int(one)] == numbers[int(other)]


def test_pictures_that_only_look_alike_when_small_are_not_named():
    data = pictures([1, 2, 2, 3], [0, 0, 0, 1])
    fake = FakePixels(data)
    fake.pixel_digests[:] = fake.pixel_digests[0]
    findings = found(data, fake)
    assert findings["duplicate"].pairs == (("1", "2"),)
    assert findings["label_conflict"].verdict == "ok"


def test_the_same_picture_in_two_file_formats_is_a_duplicate(tmp_path):
    data = Dataset.of(Folder(write(tmp_path, {**classes(cat=2, dog=2), "cat/same.bmp": 1})))
    assert found(data)["duplicate"].pairs == (("cat/1.png", "cat/same.bmp"),)


def test_audits_look_at_the_view_and_not_at_the_whole_source():
    whole = pictures([1, 1, 2, 3], [0, 0, 1, 1])
    assert found(whole.take([1, 2, 3]), FakePixels(whole))["duplicate"].verdict == "ok"
    later = found(whole.take([0, 1, 3]), FakePixels(whole))["duplicate"]
    assert later.pairs == (("0", "1"),)


def test_imbalance_measures_the_ratio_and_what_the_largest_class_alone_would_get():
    finding = found(pictures(list(range(12)), [0] * 10 + [1] * 2))["imbalance"]
    assert (finding.verdict, finding.measured, finding.expected) == ("warn", 5.0, "<= 4")
    assert finding.where == "'a' 10, 'b' 2"
    assert (
        "Who always says 'a' is right in 83% of the cases (50% if the classes were even)."
        in finding.advice
    )


def test_imbalance_counts_only_what_is_learnt_from():
    parts = ["train"] * 4 + ["test"] * 10
    finding = found(pictures(list(range(14)), [0, 0, 1, 1] + [0] * 10, parts))["imbalance"]
    assert (finding.verdict, finding.measured) == ("ok", 1.0)


def test_small_class_names_classes_without_any_image():
    finding = found(pictures(list(range(45)), [0] * 20 + [1] * 25))["small_class"]
    assert (finding.verdict, finding.measured, finding.where) == (
        "warn",
        0,
        "1 of 3 classes: 'c' 0",
    )


@pytest.mark.parametrize("groups", [None, ["p1", "p2", "p3", "p1"]])
def test_group_leak_needs_groups(groups):
    named = {"parts": ["train", "train", "test", "test"], **({"groups": groups} if groups else {})}
    finding = found(Dataset.of(Arrays([pixels(n) for n in range(4)], [0, 1, 0, 1], **named)))[
        "group_leak"
    ]
    if groups is None:
        assert (finding.verdict, finding.where) == ("ok", "no groups are named")
    else:
        assert (finding.verdict, finding.measured, finding.where) == ("warn", 1, "'p1' of 3 groups")
        assert finding.ids == ("000003.png",)
        assert finding.shown == {"p1": {"train": 1, "test": 1}}


def test_audits_of_many_rows_take_about_a_second():
    import time

    n = 100_000
    rng = np.random.default_rng(0)
    data = Dataset.of(
        Arrays([], rng.integers(0, 24, n), parts=["train"] * (n - 10) + ["test"] * 10)
    )
    fake = object.__new__(FakePixels)
    fake.reasons, fake.sizes, fake.formats = (
        {5: "empty"},
        np.full((n, 2), 28, np.int32),
        np.zeros(n, "S4"),
    )
    digests = np.array([f"{number:032x}" for number in rng.integers(0, 95_000, n)], "S32")
    fake.digests = fake.pixel_digests = digests
    begun = time.process_time()
    assert found(data, fake)["duplicate"].measured > 1000
    assert time.process_time() - begun < 5  # measured: 0.9


def test_auditing_and_splitting_need_no_keras(tmp_path):
    code = f"""
import sys
from receta.audits import audit
from receta.audits.made_up.tiny_folders import classes, write
from receta.cleaning import clean
from receta.data.dataset import Dataset
from receta.splitting import split
from tests.fakes import FakePixels, Folder
data = Dataset.of(Folder(write(__import__("pathlib").Path({str(tmp_path)!r}), classes(cat=5, dog=6))))
split(clean(data, audit(data, pixels=FakePixels(data))))
print(sorted({{"keras", "tensorflow", "jax", "torch", "pandas"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_a_png_of_a_jpeg_is_the_same_picture(tmp_path):
    dice = np.random.default_rng(0)
    for number in range(6):
        soft = Image.fromarray(dice.integers(0, 256, (9, 12, 3), np.uint8)).resize(
            (300, 220), Image.Resampling.BICUBIC
        )
        for part, name in (("train", "a"), ("train", "b")):
            (tmp_path / part / name).mkdir(parents=True, exist_ok=True)
        soft.save(tmp_path / "train" / "ab"[number % 2] / f"{number}.jpg", quality=90)
    (tmp_path / "test" / "a").mkdir(parents=True)
    with Image.open(tmp_path / "train" / "a" / "2.jpg") as picture:
        picture.save(tmp_path / "test" / "a" / "again.png")
    from receta import load

    findings = {
        finding.check: finding for finding in audit(load(tmp_path), only=["leak", "near_leak"])
    }
    assert findings["leak"].pairs == (("train/a/2.jpg", "test/a/again.png"),)
    assert findings["near_leak"].verdict == "ok"
