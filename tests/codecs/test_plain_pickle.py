"""Are data read out of pickles, and is everything else refused without being run?"""

from __future__ import annotations

import collections
import datetime
import functools
import io
import os
import pickle
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from receta.codecs import plain_pickle
from receta.codecs.pickled_values import Refused
from receta.codecs.plain_pickle import plain

BATCH = {
    b"data": np.arange(12, dtype=np.uint8).reshape(3, 4),
    b"labels": [1, 255, 256, 70_000, -5, 2**40, -(2**70)],
    "é": (1.5, None, True),
}


class Runs:
    """Unpickling this would run a command."""

    def __init__(self, call, *given):
        self.call, self.given = call, given

    def __reduce__(self):
        return self.call, self.given


@pytest.mark.parametrize("protocol", [1, 2, 3, 4, 5])
def test_plain_data_are_what_pickle_gives(protocol):
    found = plain(pickle.dumps(BATCH, protocol=protocol))
    assert list(found) == list(BATCH)
    assert np.array_equal(found[b"data"], BATCH[b"data"])
    assert found[b"labels"] == BATCH[b"labels"]
    assert found["é"] == BATCH["é"]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    "array",
    [
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(4, dtype=">i4"),
        np.array(["a", "bc"]),
        np.array([True, False]),
        np.array([[1, 2], [3]], dtype=object),
        np.zeros((0, 3), np.float32),
        np.array([b"ab", b"c"]),
    ],
    ids=str,
)
def test_arrays_are_what_numpy_gives(array, protocol):
    found = plain(pickle.dumps([array], protocol=protocol))[0]
    assert found.dtype == array.dtype
    assert found.tolist() == array.tolist()


values = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats(allow_nan=False)
    | some.text()
    | some.binary(),
    lambda inner: (
        some.lists(inner)
        | some.dictionaries(some.text() | some.integers(), inner)
        | some.tuples(inner, inner)
    ),
    max_leaves=20,
)


@given(values, some.integers(2, 5))
def test_any_plain_value_comes_back(value, protocol):
    assert plain(pickle.dumps(value, protocol=protocol)) == value


def test_files_of_python_2_are_read():
    # pickle.dumps({'data': 'ab\xff', 'labels': [7]}, 2) of Python 2.7
    content = b"\x80\x02}q\x00(U\x04dataq\x01U\x03ab\xffq\x02U\x06labelsq\x03]q\x04K\x07au."
    assert plain(content) == {b"data": b"ab\xff", b"labels": [7]}


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    "hostile",
    [
        Runs(os.system, "touch hacked"),
        Runs(eval, "open('hacked', 'w')"),
        Runs(subprocess.check_output, ["touch", "hacked"]),
        Runs(exec, "open('hacked','w')"),
        Runs(functools.partial, os.system),
        Runs(getattr, "os", "system"),
        Runs(bytes, 10**12),
        collections.OrderedDict(a=1),
        datetime.date(2020, 1, 1),
        Path("x"),
        np.random.default_rng(0),
        Runs(np.load, "x"),
        Runs(np.ndarray, (2,)),
    ],
    ids=lambda one: getattr(getattr(one, "call", None), "__name__", type(one).__name__),
)
def test_whatever_calls_something_is_refused_and_not_run(hostile, protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused) as caught:
        plain(pickle.dumps({"data": [hostile]}, protocol=protocol))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "hacked").exists()


def test_a_refusal_names_what_would_have_been_imported():
    with pytest.raises(Refused, match=r"import 'posix\.system'"):
        plain(pickle.dumps(Runs(os.system, "x")))


@pytest.mark.parametrize(
    "text", ["O8,O8", "(2,3)f4", ",1", "V8", "i8;", "m8[s]", "{'a':1}", "O" * 100]
)
def test_types_of_arrays_that_numpy_would_evaluate_are_refused(text):
    code = b"cnumpy\ndtype\n(X" + len(text).to_bytes(4, "little") + text.encode() + b"K\x00K\x01tR."
    with pytest.raises(Refused):
        plain(code)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b".",
        b"\x80\x02",
        b"]",
        b"(",
        b"e.",
        b"h\x00.",
        b"\x8d" + b"\xff" * 8,
        b"R.",
        b"b.",
        b"0.",
        b"\x95.",
    ],
)
def test_what_is_cut_off_is_refused(content):
    with pytest.raises(Refused):
        plain(content)


@given(some.data())
def test_damaged_bytes_are_refused_or_plain_but_never_more(data):
    content = bytearray(pickle.dumps(BATCH, protocol=data.draw(some.integers(1, 5))))
    for _ in range(data.draw(some.integers(1, 6))):
        content[data.draw(some.integers(0, len(content) - 1))] = data.draw(some.integers(0, 255))
    said = ""
    try:
        plain(bytes(content[: data.draw(some.integers(0, len(content)))]))
    except Refused as error:
        said = str(error)
    assert "\n" not in said


def test_arrays_that_joblib_wrote_are_read_packed_or_not():
    import joblib

    array = np.linspace(0, 1, 45).reshape(5, 9)
    for order in (array, np.asfortranarray(array), array.astype("f4")):
        stream = io.BytesIO()
        joblib.dump(order, stream, compress=6)
        assert np.array_equal(plain(zlib.decompress(stream.getvalue())), order)


def test_an_array_may_not_lie_about_its_size():
    whole = pickle.dumps(np.arange(100, dtype=np.uint8), protocol=2)
    with pytest.raises(Refused):
        plain(whole.replace(b"Kd\x85", b"Ke\x85"))


# What a pickle names again and again


ENCODE = b"c_codecs\nencode\nq\x000"
TYPE = b"cnumpy\ndtype\nX\x02\x00\x00\x00%bK\x00K\x01\x87Rq\x020"
ARRAY = b"cnumpy.core.multiarray\n_reconstruct\n)R"


def build(text: bytes) -> bytes:
    return b"X" + len(text).to_bytes(4, "little") + text


def whole_number(n_bytes: int) -> bytes:
    return b"\x8b" + n_bytes.to_bytes(4, "little") + b"\x7f" * n_bytes


def test_what_is_made_out_of_one_text_is_counted_before_it_is_made(monkeypatch):
    text = b"a" * 10_000
    content = ENCODE + build(text) + build(b"latin1") + b"\x86q\x010(" + b"h\x00h\x01R" * 20 + b"t."
    assert plain(content) == (text,) * 20
    monkeypatch.setattr(plain_pickle, "_LEAST", 0)  # eight times its 10,000 bytes are left
    with pytest.raises(Refused, match="makes many times more than its"):
        plain(content)


def test_arrays_of_objects_out_of_one_list_are_counted(monkeypatch):
    items = b"](" + b"K\x07" * 1000 + b"eq\x030"
    state = b"(K\x01M\xe8\x03\x85h\x02\x89h\x03tq\x040"
    content = TYPE % b"O8" + items + state + b"(" + (ARRAY + b"h\x04b") * 40 + b"t."
    found = plain(content)
    assert len(found) == 40
    assert found[39].tolist() == [7] * 1000
    monkeypatch.setattr(plain_pickle, "_LEAST", 0)
    with pytest.raises(Refused, match="makes many times more than its"):
        plain(content)


def test_whole_numbers_have_a_thousand_bytes_at_most():
    assert plain(whole_number(1024) + b".") == int.from_bytes(b"\x7f" * 1024, "little")
    with pytest.raises(Refused, match="a number of 8,199 bits at byte 0"):
        plain(whole_number(1025) + b".")


@pytest.mark.parametrize(
    "shape",
    [
        b"J\xff\xff\xff\xff\x85",
        whole_number(1000) + b"\x85",
        b"]K\x01a",
        b"(" + b"K\x01" * 65 + b"t",
    ],
    ids=["negative", "huge", "a list", "of 65 sides"],
)
def test_a_shape_that_no_array_has_is_refused_before_it_is_multiplied(shape):
    state = b"(K\x01" + shape + b"h\x02\x89" + build(b"a") + b"t"
    with pytest.raises(Refused, match=r"a shape that no array has|where a tuple belongs"):
        plain(TYPE % b"u1" + ARRAY + state + b"b.")


def test_places_of_its_memory_are_small_numbers():
    with pytest.raises(Refused, match="a place 2305843009213693951 of its memory"):
        plain(b"Np%d\n." % (2**61 - 1))


def test_lists_are_no_deeper_than_thirty():
    assert plain(b"N" + b"\x85" * 30 + b".")
    with pytest.raises(Refused, match="more than 30 deep"):
        plain(b"N" + b"\x85" * 31 + b".")
    with pytest.raises(Refused, match="more than 30 deep"):
        plain(b"]2a.")  # holds itself


def test_a_list_that_stands_twice_in_each_next_one_counts_as_often_as_it_stands():
    assert plain(b"N" + b"2\x86" * 10 + b".")
    with pytest.raises(Refused, match="the same lists again and again"):
        plain(b"N" + b"2\x86" * 29 + b".")
