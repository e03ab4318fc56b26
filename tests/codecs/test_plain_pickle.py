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
