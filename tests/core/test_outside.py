"""Is a file from outside read within its bounds, whatever it is?"""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from contextlib import nullcontext

import pytest

from receta.core import outside
from receta.core.errors import InputError, RunError


def test_a_file_is_read_and_pipes_devices_folders_and_large_files_are_named(tmp_path):
    (tmp_path / "sound").write_bytes(b"abc")
    assert outside.read_file(tmp_path / "sound", 3) == b"abc"
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path / "pipe", "pipe or device"),
        ("/dev/zero", "pipe or device"),
        (tmp_path, "directory"),
        (tmp_path / "sound", "more than"),
    ):
        with pytest.raises(OSError, match=words):
            outside.read_file(path, 2)


def test_a_file_of_just_the_bound_is_read_and_one_byte_more_is_not(tmp_path) -> None:
    (tmp_path / "a").write_bytes(b"ab")
    assert outside.read_file(tmp_path / "a", 2) == b"ab"
    with pytest.raises(OSError, match=r"^\[Errno \d+\] 2e-06 MB, more than 1e-06 MB are read$"):
        outside.read_file(tmp_path / "a", 1)


@pytest.mark.parametrize("content", ["[]", b"[]", b"\xef\xbb\xbf[]"])
def test_json_has_a_bound_of_bytes(content) -> None:
    assert outside.parse_json(content, "a.json", most=len(content)) == []
    with pytest.raises(InputError, match="0 MB, more than 0 MB of JSON"):
        outside.parse_json(content, "a.json", most=len(content) - 1)


def test_json_is_read_to_its_deepest_and_no_deeper() -> None:
    def nested(depth: int) -> str:
        return '{"a":[' * (depth // 2) + "]}" * (depth // 2)

    assert outside.parse_json(nested(200), "a.json")
    with pytest.raises(InputError, match="nested deeper than 200"):
        outside.parse_json(f"[{nested(200)}]", "a.json")
    assert [outside.measure_depth([[[1]]], most) for most in (1, 2, 3, 9)] == [2, 3, 3, 3]
    assert outside.measure_depth([], 9) == 1


def test_keys_stand_once_and_numbers_are_finite_where_that_is_asked() -> None:
    twice = '{"b": 1, "a": 1, "a": 2}'
    assert outside.parse_json(twice, "a.json") == {"a": 2, "b": 1}
    own = {"most": 99, "advice": "Run it again."}
    with pytest.raises(RunError, match=r"the key 'a' stands there twice.*Run it again"):
        outside.parse_own_json(twice, "a.json", **own)
    assert outside.parse_own_json('{"a": {"a": 1}}', "a.json", **own) == {"a": {"a": 1}}
    with pytest.raises(InputError, match="NaN is no number of JSON"):
        outside.parse_json("[NaN]", "a.json")
    assert str(outside.parse_json("[NaN]", "a.json", finite=False)) == "[nan]"


@pytest.mark.parametrize(
    ("size", "packed", "most", "refused"),
    [
        (16 * 2**20, 0, 2**30, False),  # so much may grow out of nothing
        (16 * 2**20 + 1, 0, 2**30, True),
        (200 * 2**20, 2**20, 2**30, False),  # two hundred times
        (200 * 2**20 + 1, 2**20, 2**30, True),
        (7, 7, 7, False),
        (8, 8, 7, True),
    ],
)
def test_a_member_of_an_archive_may_grow_to_its_bound(size, packed, most, refused) -> None:
    info = zipfile.ZipInfo("a")
    info.file_size, info.compress_size = size, packed
    with pytest.raises(InputError, match="unpacks from") if refused else nullcontext():
        outside.refuse_bomb(info, "a.zip", most=most)


def test_bytes_may_grow_to_their_bound() -> None:
    for packed, most in ((1, 256 * 2**20), (2 * 2**20, 400 * 2**20)):
        outside.refuse_growth("a", packed, most)
        with pytest.raises(InputError, match="as a decompression bomb does"):
            outside.refuse_growth("a", packed, most + 1)
    outside.refuse_growth("a", 10, 30, growth=3, free=5)
    with pytest.raises(InputError, match=r"from 1e-05 MB to 3.1e-05 MB .* most 3 times"):
        outside.refuse_growth("a", 10, 31, growth=3, free=5)


def test_a_packed_stream_is_read_piece_by_piece_and_a_damaged_one_told() -> None:
    whole = bytes(range(256)) * 4
    packed = gzip.compress(whole)
    pieces = list(outside.gunzip("a.gz", io.BytesIO(packed), 1000))
    assert [len(piece) for piece in pieces] == [1000, 24]
    assert b"".join(pieces) == whole
    for spoilt in (packed[:-9], b"no gzip", packed[:20] + b"\xff" * 20 + packed[40:]):
        with pytest.raises(InputError, match="is cut off or damaged"):
            list(outside.gunzip("a.gz", io.BytesIO(spoilt)))


def test_a_stream_may_grow_to_a_hundred_times_and_64_mb(monkeypatch) -> None:
    monkeypatch.setattr(outside, "FREE_STREAM", 1000)
    packed = gzip.compress(bytes(50_000))
    assert len(packed) * 100 < 50_000
    with pytest.raises(InputError, match="most 100 times as much"):
        list(outside.gunzip("a.gz", io.BytesIO(packed), 1000))
    assert (outside.MOST_STREAM, outside.MOST_GROWTH, outside.DEEPEST) == (100, 200, 200)
    assert (outside.MOST_JSON, outside.FREE_UNPACKED) == (64 * 2**20, 256 * 2**20)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("x" * 150), "x" * 150),
        (ValueError("x" * 151), "x" * 149 + "…"),
        (ValueError(), "ValueError"),
        (AttributeError("a"), "AttributeError: a"),
        (TypeError("a"), "TypeError: a"),
        (OSError(2, "gone"), "gone"),
        (OSError("words"), "words"),
        (RecursionError("x"), "it is nested too deep"),
        (ValueError("a\x00\x1bb  c"), "a b c"),
    ],
)
def test_an_error_of_others_is_one_short_line(error: Exception, words: str) -> None:
    assert outside.tell_error(error) == words
