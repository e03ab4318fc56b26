"""Does every source on the shelf keep its promises?"""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from receta.core.errors import InputError
from receta.data.dataset import Dataset, Source
from receta.sources import Options, load, shelf

NAMES = shelf.names()


@pytest.fixture(params=NAMES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return shelf.module(request.param)


@pytest.fixture
def place(module: ModuleType, tmp_path: Path) -> str:
    return module.sample(tmp_path / "data")


@pytest.fixture
def options(module: ModuleType) -> dict[str, Any]:
    """What must be said beside DATA, such as the target of a table."""
    return module.SAMPLE_OPTIONS


@pytest.fixture
def data(place: str, options: dict[str, Any]) -> Dataset:
    return load(place, **options)


def test_a_module_says_what_it_reads_in_one_line(module):
    assert module.READS
    assert "\n" not in module.READS


def test_sample_is_read_by_the_source_that_wrote_it(module, place, data, options):
    assert module.accepts(place, Options(**options))
    assert repr(data.source).startswith(module.__name__.rpartition(".")[2])


def test_nothing_is_accepted_that_does_not_exist(module, tmp_path, options):
    assert not module.accepts(str(tmp_path / "nothing.csv"), Options(**options))
    assert not module.accepts(str(tmp_path / "nothing"), Options(**options))


def test_sample_has_two_classes_of_four_examples(data):
    assert isinstance(data.source, Source)
    if data.task not in ("values", "quantiles"):
        assert len(data.class_names) >= 2
        assert (data.counts() >= 4).all()
    else:
        assert data.class_names == ()
        assert data.targets.dtype == np.float64
        assert len(data) >= 4


def test_ids_are_unique_and_printable(data):
    assert len(set(data.ids)) == len(data)
    assert all(name.isprintable() for name in data.ids)


def test_examples_are_of_the_shape_that_their_kind_has(data):
    dimensions = {"images": (3,), "table": (1,), "series": (2,), "texts": (0,)}[data.kind]
    for example in (data[0], data[len(data) - 1]):
        assert example.ndim in dimensions
        assert example.dtype.kind in (
            "u" if data.kind == "images" else "U" if data.kind == "texts" else "f"
        )


def test_images_are_uint8_of_height_width_channels(data):
    if data.kind != "images":
        pytest.skip("no images")
    for image in (data[0], data[len(data) - 1]):
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert image.shape[2] in (1, 3)


def test_same_row_gives_same_values_in_a_second_load(data, place, options):
    again = load(place, **options)
    assert again.ids == data.ids
    assert (again.targets == data.targets).all()
    assert all(
        np.array_equal(one, other, equal_nan=data.kind not in ("images", "texts"))
        for one, other in zip(data, again, strict=True)
    )
    assert again.fingerprint == data.fingerprint
    assert again.source.stamp() == data.source.stamp()


def test_what_is_given_out_can_be_changed_without_harm(data):
    before = data[0]
    changed = np.array(before)
    stored = data.source.raw(0)
    if isinstance(stored, np.ndarray):
        stored[:] = 7
    assert np.array_equal(data[0], changed, equal_nan=data.kind not in ("images", "texts"))


def test_pickled_source_is_equal(data):
    data[0]
    again = pickle.loads(pickle.dumps(data.source))
    assert repr(again) == repr(data.source)
    assert list(again.ids) == list(data.ids)
    assert again.stamp() == data.source.stamp()
    assert all(
        np.array_equal(again[row], data.source[row], equal_nan=data.kind not in ("images", "texts"))
        for row in range(min(8, len(data)))
    )


def test_pickled_source_works_in_another_folder(data, monkeypatch, tmp_path):
    pickled = pickle.dumps(data.source)
    monkeypatch.chdir(tmp_path)
    assert np.array_equal(
        pickle.loads(pickled)[0], data[0], equal_nan=data.kind not in ("images", "texts")
    )


def test_repr_is_short_and_stable(data, place, options):
    assert repr(load(place, **options).source) == repr(data.source)
    assert "\n" not in repr(data.source)
    assert len(repr(data.source)) < 80 + len(place)


def test_threads_read_what_one_reads(place, options):
    alone = [np.array(example) for example in load(place, **options)][:200]
    together = load(place, **options)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            found = list(pool.map(lambda row: together[row], range(len(alone))))
            assert all(
                np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
                for one, other in zip(alone, found, strict=True)
            )


def test_spoilt_sample_is_one_line(module, tmp_path, options):
    place = module.sample(tmp_path / "data")
    if not Path(place).exists():
        pytest.skip("a name has no file that could be spoilt; its own tests do it")
    path = Path(place)
    for file in [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]:
        file.write_bytes(b"")
    if path.is_dir() and module.__name__.endswith("image_folder"):
        for file in path.rglob("*.png"):
            file.unlink()
    with pytest.raises(InputError) as caught:
        load(place, **options)
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)
    assert str(path) in str(caught.value)


def test_import_of_the_shelf_brings_nothing_heavy():
    code = (
        "import sys; from receta.sources import shelf; shelf.names(); "
        "print([name for name in ('keras', 'tensorflow', 'pandas', 'sklearn', 'scipy', "
        "'pyarrow', 'httpx') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
