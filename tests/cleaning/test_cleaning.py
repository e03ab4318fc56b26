"""Does cleaning leave out what was found, and nothing else?"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receta.audits import audit
from receta.audits.made_up.tiny_folders import classes, pixels, write
from receta.cleaning import DEFAULT_FIXES, clean
from receta.core.errors import InputError, UnknownName
from receta.core.finding import Finding
from receta.data.dataset import Dataset, Quarantined
from tests.fakes import Arrays, FakePixels, Folder

# those that leave pictures out by what they hold
FIXES = ("unreadable", "leak", "label_conflict", "duplicate")


def pictures(numbers: list[int], targets: list[int], parts: list[str] | None = None) -> Dataset:
    named = {"ids": [f"{index}" for index in range(len(numbers))], "class_names": ["a", "b", "c"]}
    return Dataset.of(
        Arrays(
            [pixels(n) for n in numbers], targets, **named, **({"parts": parts} if parts else {})
        )
    )


def audited(data: Dataset) -> list[Finding]:
    return audit(data, pixels=FakePixels(data))  # type: ignore[arg-type]


def gone(data: Dataset, fix: set[str] | None = None) -> dict[str, str]:
    return {one.id: one.reason for one in clean(data, audited(data), fix=fix).left_out}


@pytest.mark.parametrize("fix", [None, set(), {"duplicate"}])
def test_clean_always_leaves_out_what_cannot_be_read(tmp_path, fix):
    data = Dataset.of(Folder(write(tmp_path, {**classes(cat=2, dog=2), "cat/empty.png": b""})))
    cleaned = clean(data, audited(data), fix=fix)
    assert cleaned.left_out == (Quarantined("cat/empty.png", "empty file: 0 bytes"),)
    assert cleaned.ids == ("cat/0.png", "cat/1.png", "dog/0.png", "dog/1.png")


def test_clean_touches_nothing_on_the_disk(tmp_path):
    spoilt = {**classes(cat=2, dog=2), "cat/empty.png": b"", "cat/again.png": 1, "dog/cat.png": 1}
    data = Dataset.of(Folder(write(tmp_path, spoilt)))
    before = {path: path.read_bytes() for path in Path(tmp_path).rglob("*") if path.is_file()}
    assert len(clean(data, audited(data), fix=FIXES)) < len(data)
    assert {
        path: path.read_bytes() for path in Path(tmp_path).rglob("*") if path.is_file()
    } == before


def test_clean_keeps_the_first_of_each_set_of_duplicates():
    assert gone(pictures([1, 2, 1, 1, 2], [0, 1, 0, 0, 1])) == {
        "2": "duplicate of 0",
        "3": "duplicate of 0",
        "4": "duplicate of 1",
    }


def test_clean_takes_leaks_out_of_train_and_never_out_of_test():
    data = pictures(
        [1, 1, 2, 1, 2, 3], [0, 0, 1, 0, 1, 1], ["train", "train", "", "test", "test", "train"]
    )
    assert gone(data) == dict.fromkeys(("0", "1"), "leak: the same picture as 3") | {
        "2": "leak: the same picture as 4"
    }


def test_clean_leaves_a_conflict_of_labels_to_a_person_unless_told_otherwise():
    data = pictures([1, 1, 2], [0, 1, 1])
    assert "label_conflict" not in DEFAULT_FIXES
    assert gone(data) == {}
    assert gone(data, {"label_conflict"}) == {
        "0": "label conflict: the same picture as 1, which is labelled 'b'",
        "1": "label conflict: the same picture as 0, which is labelled 'a'",
    }


def test_clean_spares_the_test_part_of_the_data_unless_told_otherwise():
    data = pictures([1, 1, 2, 2], [0, 0, 1, 1], ["test", "test", "train", "train"])
    assert list(gone(data)) == ["3"]
    assert list(gone(data, {"duplicate"})) == ["1", "3"]


def test_clean_does_only_what_fix_names():
    data = pictures([1, 1, 2, 2], [0, 0, 1, 1], ["train", "train", "train", "test"])
    assert list(gone(data, {"duplicate"})) == ["1"]
    assert list(gone(data, {"leak"})) == ["2"]
    assert gone(data, set()) == {}


def test_clean_leaves_out_nothing_for_findings_without_a_remedy():
    data = pictures([1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 1])
    assert {f.check for f in audited(data) if f.verdict == "warn"} == {"imbalance", "small_class"}
    assert clean(data, audited(data), fix=FIXES) is data


def test_clean_names_the_nearest_of_unknown_codes():
    with pytest.raises(UnknownName) as caught:
        clean(pictures([1], [0]), [], fix={"duplicates"})
    assert str(caught.value).startswith(
        "fix 'duplicates' is unknown; expected some of class_names, unreadable, truncated, leak, "
    )
    assert str(caught.value).endswith(" Did you mean 'duplicate'?")
    assert "\n" not in str(caught.value)


def test_clean_names_the_nearest_of_unknown_methods():
    with pytest.raises(UnknownName) as caught:
        clean(pictures([1], [0]), [], fix=["label_error=relable"])
    assert str(caught.value) == (
        "method 'relable' of fix 'label_error' is unknown; expected one of leave_out, relabel. "
        "Did you mean 'relabel'?"
    )


@pytest.mark.parametrize("code", ["imbalance", "small_class", "drift", "shortcut"])
def test_clean_says_what_to_do_instead_where_no_change_of_data_helps(code):
    with pytest.raises(
        InputError, match=rf"fix '{code}' is not to be had by cleaning; expected .*\. Instead: "
    ) as caught:
        clean(pictures([1], [0]), [], fix=[code])
    assert "\n" not in str(caught.value)


def test_clean_refuses_two_methods_of_one_code():
    with pytest.raises(InputError, match="asked for as leave_out and as relabel"):
        clean(pictures([1], [0]), [], fix=["label_error=leave_out", "label_error=relabel"])


def test_clean_takes_one_name_as_a_name():
    assert (
        len(clean(pictures([1, 1], [0, 0]), audited(pictures([1, 1], [0, 0])), fix="duplicate"))
        == 1
    )


def test_clean_keeps_the_copy_when_the_first_is_already_gone():
    data = pictures([1, 1], [0, 0])
    findings = audited(data)
    assert clean(data.without({"0": "by hand"}), findings).ids == ("1",)


rows_of_any_kind = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 2), st.sampled_from(["train", "validation", "test", ""])
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(rows_of_any_kind, st.sets(st.sampled_from(FIXES)))
def test_cleaned_data_pass_the_audits_that_they_were_cleaned_by(rows, fix):
    data = pictures(*(list(column) for column in zip(*rows, strict=True)))
    cleaned = clean(data, audited(data), fix=fix)
    left = (
        {finding.check for finding in audited(cleaned) if finding.verdict != "ok"}
        if len(cleaned)
        else set()
    )
    assert not left & fix
    assert len(cleaned) + len(cleaned.left_out) == len(data)
    if "label_conflict" not in fix:  # no picture is lost altogether
        assert {rows[int(one)][0] for one in cleaned.ids} == {row[0] for row in rows}


@settings(max_examples=60, deadline=None)
@given(rows_of_any_kind)
def test_clean_by_default_keeps_the_whole_test_part_and_leaves_no_leak(rows):
    data = pictures(*(list(column) for column in zip(*rows, strict=True)))
    cleaned = clean(data, audited(data))
    assert {one for one, row in zip(data.ids, rows, strict=True) if row[2] == "test"} <= set(
        cleaned.ids
    )
    assert not [
        finding
        for finding in audited(cleaned)
        if finding.check == "leak" and finding.verdict != "ok"
    ]
