"""Does a stamp follow what it stands for?"""

from __future__ import annotations

import os

import pytest

from receta.core import naming


def test_a_small_file_written_anew_within_a_tick_of_the_clock_has_another_stamp(tmp_path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("1,2")
    status = file.stat()
    before = naming.file_stamp([str(file)])
    file.write_text("1,3")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert naming.file_stamp([str(file)]) != before


def test_what_a_stamp_stands_for_is_in_it_and_content_only_of_a_few_small_files(tmp_path) -> None:
    def anew(n_bytes: int, files: int) -> bool:
        """Whether content alone, with size and time as before, makes another stamp."""
        paths = [tmp_path / f"{number}" for number in range(files)]
        stamps = []
        for letter in "ab":
            for path in paths:
                path.write_text(letter * n_bytes)
                os.utime(path, ns=(0, 0))
            stamps.append(naming.file_stamp(map(str, paths)))
        return stamps[0] != stamps[1]

    assert (anew(64 * 1024, 1), anew(64 * 1024 + 1, 1)) == (True, False)
    assert (anew(1, 16), anew(1, 17)) == (True, False)
    path = str(tmp_path / "0")
    plain = naming.file_stamp([path])
    assert len(plain) == 32
    assert naming.file_stamp([path], 3) != plain
    assert naming.file_stamp([path], 3, 4) != naming.file_stamp([path], 34)
    os.utime(path, ns=(0, 1))
    assert naming.file_stamp([path]) != plain
    os.remove(path)
    assert naming.file_stamp([path]) not in (plain, naming.file_stamp([]))


def test_numbers_in_names_are_ordered_by_value_and_no_two_names_are_equal() -> None:
    wanted = ["a", "a0", "a1", "a01", "a2", "a2b", "a10", "a10b", "b", "b" + "9" * 5000]
    shuffled = [wanted[place] for place in (8, 3, 5, 1, 6, 0, 9, 7, 4, 2)]
    key = naming.natural
    assert [name for name in sorted(shuffled, key=key) if "01" not in name] == [
        name for name in wanted if "01" not in name
    ]
    assert len({key(name) for name in wanted}) == len(wanted)
    assert sorted(["a b/1", "a/2", "a/10"], key=naming.natural_path) == ["a/2", "a/10", "a b/1"]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        *((text, True) for text in ("1", "+1.", ".5", "-3e5", "1e-400", "\t7 ", "0")),
        *((text, False) for text in ("1e400", "inf", "1_0", "0x1", "", ".", "1 2", "٣", "1\x1f")),
    ],
)
def test_a_number_is_plain_and_finite(text: str, is_one: bool) -> None:
    assert naming.is_number(text) is is_one


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["10", "9", "09.0"], ("9", "10")),
        (["0", "1"], ("0", "1")),
        (["007", "123"], ("007", "123")),
        (["100", "200"], ("100", "200")),
        (["07", "8"], ("7", "8")),
        (["-07", "-10"], ("-10", "-7")),
        (["1.5", "a10", "a9"], ("1.5", "a9", "a10")),
        ([], ()),
    ],
)
def test_classes_are_numbers_only_where_all_are_and_none_is_a_code(labels, names) -> None:
    found, places = naming.classes(labels)
    assert found == names
    assert len(places) == len(labels)


def test_names_that_look_alike_once_they_are_printable_stay_different() -> None:
    assert naming.unique(["a\n", "b"]) == [r"a\x0a", "b"]
    names = ["a\n", r"a\x0a", "a\n", r"a\x0a~2"]
    assert naming.unique(names) == [r"a\x0a~3", r"a\x0a", r"a\x0a~4", r"a\x0a~2"]
    assert naming.unique(["x\r", "x\r"]) == [r"x\x0d", r"x\x0d~2"]


def test_a_list_of_names_says_how_many_more_there_are() -> None:
    assert naming.first_few("ab", 2) == "'a', 'b'"
    assert naming.first_few("abcdefg") == "'a', 'b', 'c', 'd', 'e' and 2 more"
    assert naming.tell_aside(["a"]) == ("1 column left aside: 'a'",)
    assert naming.tell_aside("abcdefg")[0].endswith("'f' and 1 more")
    assert naming.tell_aside([]) == ()


def test_codes_of_one_length_stay_codes_where_one_begins_with_a_zero() -> None:
    assert naming.classes(["112", "012"])[0] == ("012", "112")
    assert naming.classes(["1012", "012"])[0] == ("12", "1012")
    assert naming.classes(["0", "1"])[0] == ("0", "1")
