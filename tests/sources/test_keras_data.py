"""Are Keras's data sets read out of Keras's own files, and is it said which file to put where?"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pickle
import socket
import struct
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from answering import Answers, answering

from receta.core.errors import InputError, UnknownName
from receta.sources import keras_data, load

TEN = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """An empty home of Keras, an empty cache, and no network."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}/"
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(keras_data, "KERAS_FILES", nowhere)
    monkeypatch.setattr(keras_data, "CIFAR_FILES", nowhere)
    monkeypatch.setattr(keras_data, "DEBIAN_FILES", str(tmp_path / "debian"))
    (tmp_path / "keras" / "datasets").mkdir(parents=True)
    return tmp_path / "keras" / "datasets"


@pytest.fixture
def server(monkeypatch):
    with answering() as answers:
        monkeypatch.setattr(keras_data, "KERAS_FILES", f"{answers.address}/")
        monkeypatch.setattr(keras_data, "CIFAR_FILES", f"{answers.address}/")
        yield answers


def refused(place: str) -> str:
    with pytest.raises(InputError) as caught:
        load(place)
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)
    return str(caught.value)


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, dtype=np.uint8)


def mnist(path: Path) -> bytes:
    np.savez_compressed(
        path,
        x_train=random(20, 28, 28),
        y_train=np.arange(20) % 10,
        x_test=random(10, 28, 28),
        y_test=np.arange(10),
    )
    return path.read_bytes()


def served(
    server: Answers, monkeypatch, name: str, content: bytes, digest: str | None = None
) -> None:
    server.give(f"/{name}", content)
    monkeypatch.setitem(keras_data.DIGESTS, name, digest or hashlib.sha256(content).hexdigest())


def test_what_is_not_there_is_downloaded_once_and_proved(home, server, monkeypatch, tmp_path):
    served(server, monkeypatch, "mnist.npz", mnist(tmp_path / "m.npz"))
    data = load("keras:mnist")
    assert Counter(data.parts) == {"train": 20, "test": 10}
    assert data.class_names == tuple("0123456789")
    assert (data[3] == np.load(home / "mnist.npz")["x_train"][3][..., None]).all()
    load("keras:mnist")
    assert server.paths == ["/mnist.npz"]


def test_a_file_with_another_checksum_is_not_kept(home, server, monkeypatch, tmp_path):
    served(server, monkeypatch, "mnist.npz", mnist(tmp_path / "m.npz"), "0" * 64)
    text = refused("keras:mnist")
    assert f"{server.address}/mnist.npz" in text
    assert "0" * 64 in text
    assert str(home / "mnist.npz") in text
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_answer_that_is_no_file_is_one_line(home, server, status):
    server.give("/mnist.npz", b"sorry", status)
    assert f"the server answers {status}" in refused("keras:mnist")
    assert list(home.iterdir()) == []


def test_a_download_that_ends_early_is_not_kept(home, server, monkeypatch, tmp_path):
    content = mnist(tmp_path / "m.npz")
    served(server, monkeypatch, "mnist.npz", content)
    server.give("/mnist.npz", content[:100], Content_Length=str(len(content)), Connection="close")
    assert "no connection" in refused("keras:mnist")
    assert list(home.iterdir()) == []


def test_without_network_the_line_names_the_file_and_that_file_works(home):
    text = refused("keras:mnist")
    assert f"{keras_data.KERAS_FILES}mnist.npz" in text
    assert f"expected that file as {home / 'mnist.npz'}" in text
    mnist(home / "mnist.npz")
    assert len(load("keras:mnist")) == 30


def test_an_unknown_name_lists_all_and_the_nearest():
    with pytest.raises(
        UnknownName, match=r"one of mnist, fashion_mnist, .*Did you mean 'fashion_mnist'\?"
    ) as caught:
        load("keras:fashion-mnist")
    assert "boston" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04" + b"\0" * 50])
@pytest.mark.parametrize("name", ["mnist", "imdb", "california_housing"])
def test_a_spoilt_file_is_one_line_that_names_it(home, name, content):
    (home / f"{name}.npz").write_bytes(content)
    (home / "imdb_word_index.json").write_text("{}")
    assert str(home / f"{name}.npz") in refused(f"keras:{name}")


def fashion(folder: Path, labels: np.ndarray) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part, n in (("train", len(labels)), ("t10k", 3)):
        images = struct.pack(">4B3I", 0, 0, 8, 3, n, 28, 28) + random(n, 28, 28).tobytes()
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        numbers = struct.pack(">4BI", 0, 0, 8, 1, n) + labels[:n].astype(np.uint8).tobytes()
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(numbers))


@pytest.mark.parametrize("where", ["keras/datasets/fashion-mnist", "debian"])
def test_fashion_is_read_from_keras_or_from_debian_with_names(tmp_path, where):
    fashion(tmp_path / where, np.arange(10))
    data = load("keras:fashion_mnist")
    assert data.class_names[0] == "T-shirt/top"
    assert data.class_names[9] == "Ankle boot"
    assert Counter(data.parts) == {"train": 10, "test": 3}
    assert repr(data.source).startswith("keras_data('keras:fashion_mnist'")


def test_fashion_with_a_strange_label_is_one_line(home):
    fashion(home / "fashion-mnist", np.arange(11))
    assert "label 10" in refused("keras:fashion_mnist")


def test_one_lacking_file_of_fashion_is_named(home):
    fashion(home / "fashion-mnist", np.arange(10))
    (home / "fashion-mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    assert str(home / "fashion-mnist" / "t10k-labels-idx1-ubyte.gz") in refused(
        "keras:fashion_mnist"
    )


def cifar_files(kind: str, form: str) -> dict[str, bytes]:
    """Small files of the publisher: 2 pictures of each class a batch."""
    classes = {"10": 10, "100": 100}[kind]
    labels = np.arange(2 * classes) % classes
    coarse = labels // 5
    names = TEN if kind == "10" else [f"thing {n}" for n in range(100)]
    groups = [f"group {n}" for n in range(20)]
    batches = (
        [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]
        if kind == "10"
        else ["train", "test"]
    )
    files = {}
    for seed, name in enumerate(batches):
        pixels = np.random.default_rng(seed).integers(0, 256, (len(labels), 3072), dtype=np.uint8)
        if form == "binary":
            front = labels[:, None] if kind == "10" else np.stack([coarse, labels], axis=1)
            files[f"{name}.bin"] = np.hstack([front.astype(np.uint8), pixels]).tobytes()
        else:
            said = (
                {b"labels": labels.tolist()}
                if kind == "10"
                else {b"fine_labels": labels.tolist(), b"coarse_labels": coarse.tolist()}
            )
            files[name] = pickle.dumps({b"data": pixels, **said}, protocol=2)
    if form == "binary":
        meta = (
            {"batches.meta.txt": names}
            if kind == "10"
            else {"fine_label_names.txt": names, "coarse_label_names.txt": groups}
        )
        return files | {name: ("\n".join(lines) + "\n\n").encode() for name, lines in meta.items()}
    if kind == "10":
        return files | {
            "batches.meta": pickle.dumps(
                {b"label_names": [one.encode() for one in names]}, protocol=2
            )
        }
    return files | {
        "meta": pickle.dumps(
            {b"fine_label_names": names, b"coarse_label_names": groups}, protocol=2
        )
    }


def tar(files: dict[str, bytes], folder: str = "inside") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def lay(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("kind", ["10", "100"])
def test_cifar_is_the_same_out_of_every_form_of_its_files(home, kind):
    pickled = "cifar-10-batches-py" if kind == "10" else "cifar-100-python"
    name = "cifar10" if kind == "10" else "cifar100"
    found = []
    for place, form in (
        (f"cifar-{kind}-binary.tar.gz", "binary"),
        (f"{pickled}.tar.gz", "python"),
        (f"{pickled}-target_archive", "python"),
        (pickled, "python"),
        (f"{pickled}-target/{pickled}", "python"),
    ):
        path = home / place
        if "." in place or place.endswith("archive"):
            path.write_bytes(tar(cifar_files(kind, form)))
        else:
            lay(path, cifar_files(kind, form))
        data = load(f"keras:{name}")
        found.append(
            (
                data.class_names,
                data.targets.tolist(),
                data.parts,
                data.ids,
                np.stack(list(data)).tobytes(),
            )
        )
        path.rename(home / f"{place.replace('/', '-')}.done")
    assert all(one == found[0] for one in found)
    names, targets, parts, ids, pixels = found[0]
    assert names[:2] == (("airplane", "automobile") if kind == "10" else ("thing 0", "thing 1"))
    assert Counter(parts) == (
        {"train": 100, "test": 20} if kind == "10" else {"train": 200, "test": 200}
    )
    assert targets[:3] == [0, 1, 2]
    assert ids[-1] == "test-19" if kind == "10" else "test-199"
    first = np.random.default_rng(0).integers(
        0, 256, (20 if kind == "10" else 200, 3072), dtype=np.uint8
    )[0]
    assert pixels[:3072] == first.reshape(3, 32, 32).transpose(1, 2, 0).tobytes()


@pytest.mark.parametrize("form", ["binary", "python"])
def test_cifar100_has_fine_and_coarse_classes(home, form):
    place = home / ("cifar-100-binary.tar.gz" if form == "binary" else "cifar-100-python.tar.gz")
    place.write_bytes(tar(cifar_files("100", form)))
    assert load("keras:cifar100").class_names == load("keras:cifar100:fine").class_names
    coarse = load("keras:cifar100:coarse")
    assert coarse.class_names == tuple(f"group {n}" for n in range(20))
    assert (coarse.targets == load("keras:cifar100").targets // 5).all()


def test_cifar_is_downloaded_without_pickles(home, server, monkeypatch):
    content = tar(cifar_files("10", "binary"))
    served(server, monkeypatch, "cifar-10-binary.tar.gz", content, hashlib.md5(content).hexdigest())
    assert len(load("keras:cifar10")) == 120
    assert server.paths == ["/cifar-10-binary.tar.gz"]


class Runs:
    def __reduce__(self):
        return os.system, ("touch hacked",)


def test_a_hostile_batch_is_refused_in_one_line_and_runs_nothing(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = cifar_files("10", "python") | {
        "data_batch_2": pickle.dumps({b"data": Runs()}, protocol=2)
    }
    lay(home / "cifar-10-batches-py", files)
    text = refused("keras:cifar10")
    assert "data_batch_2" in text
    assert "would import 'posix.system'" in text
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"data_batch_1.bin": b""},
        {"data_batch_1.bin": b"x" * 3000},
        {"data_batch_3.bin": b"\x0b" + b"\0" * 3072},
        {"batches.meta.txt": b""},
        {"batches.meta.txt": b"a\na\n"},
        {"test_batch.bin": None},
    ],
    ids=str,
)
def test_spoilt_files_of_cifar_are_one_line(home, change):
    files = {
        name: content
        for name, content in (cifar_files("10", "binary") | change).items()
        if content is not None
    }
    (home / "cifar-10-binary.tar.gz").write_bytes(tar(files))
    assert str(home / "cifar-10-binary.tar.gz") in refused("keras:cifar10")


@pytest.mark.parametrize(
    "batch",
    [
        {},
        [],
        {b"data": 3},
        {b"data": np.zeros((2, 5), np.uint8), b"labels": [0, 1]},
        {b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, -1]},
        {b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, [1, 2]]},
        {b"data": np.zeros((2, 3072), np.float32), b"labels": [0, 1]},
    ],
    ids=str,
)
def test_pickles_of_other_things_are_one_line(home, batch):
    lay(
        home / "cifar-10-batches-py",
        cifar_files("10", "python") | {"data_batch_4": pickle.dumps(batch, protocol=2)},
    )
    assert "data_batch_4" in refused("keras:cifar10")


def test_archives_that_are_hostile_or_cut_off_are_one_line(home, monkeypatch):
    path, whole = home / "cifar-10-binary.tar.gz", tar(cifar_files("10", "binary"))
    path.write_bytes(whole[: len(whole) // 2])
    assert str(path) in refused("keras:cifar10")
    path.write_bytes(b"no archive")
    assert str(path) in refused("keras:cifar10")
    monkeypatch.setattr("receta.sources.known.cifar._MOST_BYTES", 10**5)
    path.write_bytes(tar({"zeros": bytes(10**6), **cifar_files("10", "binary")}))
    assert "unpacks to more than" in refused("keras:cifar10")


def test_an_archive_never_writes_where_its_members_lead(home, tmp_path):
    (home / "cifar-10-binary.tar.gz").write_bytes(
        tar(cifar_files("10", "binary"), "../../../../escaped")
    )
    load("keras:cifar10")
    assert not list(tmp_path.parent.rglob("escaped"))


REVIEWS = {
    "x_train": [[5, 300, 70_000], [], [1]],
    "y_train": [1, 0, 1],
    "x_test": [[9], [8, 8]],
    "y_test": [0, 1],
}


def imdb(path: Path, **changed) -> None:
    arrays = REVIEWS | changed
    held = {}
    for name, values in arrays.items():
        if name.startswith("y"):
            held[name] = np.array(values)
        else:
            held[name] = np.empty(len(values), object)
            for at, value in enumerate(values):
                held[name][at] = value
    np.savez(path, **held)

    path.with_name("imdb_word_index.json").write_text('{"good": 5, "film": 300, "bad": 8}')


def test_reviews_are_read_in_the_words_of_their_index(home):
    imdb(home / "imdb.npz")
    data = load("keras:imdb")
    assert data.kind == "texts"
    assert data.class_names == ("negative", "positive")
    assert [str(one).split() for one in data] == [["good", "film"], [], [], [], ["bad", "bad"]]
    assert data.targets.tolist() == [1, 0, 1, 0, 1]
    assert data.parts == ("train",) * 3 + ("test",) * 2
    again = pickle.loads(pickle.dumps(data.source))
    assert str(again[4]) == "bad bad"


@pytest.mark.parametrize(
    "changed",
    [
        {"y_train": [1, 0]},
        {"y_train": [1, 0, 2]},
        {"x_train": [[1.5], [1], [1]]},
        {"x_train": [[-1], [1], [1]]},
        {"x_test": [3, 4]},
        {"x_train": [[2**31], [1], [1]]},
        {"x_train": [[2**80], [1], [1]]},
        {"x_train": [["a"], [1], [1]]},
        {"x_train": [Runs(), [1], [1]]},
    ],
    ids=lambda changed: str(changed).split(" object at")[0],
)
def test_other_reviews_are_one_line(home, changed):
    imdb(home / "imdb.npz", **changed)
    assert str(home / "imdb.npz") in refused("keras:imdb")


@pytest.mark.parametrize(("name", "columns"), [("california_housing", 8), ("boston_housing", 13)])
def test_housing_is_a_table_divided_as_keras_divides_it(home, name, columns):
    x, y = np.random.default_rng(0).normal(size=(650, columns)), np.arange(650.0)
    np.savez(home / f"{name}.npz", x=x, y=y)
    data = load(f"keras:{name}")
    assert (data.kind, data.task, len(data.columns)) == ("table", "values", columns)
    assert Counter(data.parts) == {"train": 520, "test": 130}
    order = np.arange(650)
    np.random.RandomState(113).shuffle(order)  # as in keras/src/datasets
    assert {at for at, part in enumerate(data.parts) if part == "test"} == set(order[520:].tolist())
    assert np.array_equal(data[7], x[7])


def test_the_small_california_has_the_first_600_rows(home):
    np.savez(home / "california_housing.npz", x=np.zeros((650, 8)), y=np.arange(650.0))
    assert len(load("keras:california_housing:small")) == 600


@pytest.mark.parametrize(
    "held",
    [
        {"x": np.zeros((5, 7)), "y": np.zeros(5)},
        {"x": np.zeros((5, 8)), "y": np.zeros(4)},
        {"x": np.zeros((5, 8))},
        {"x": np.zeros((5, 8)), "y": np.full(5, np.nan)},
        {"x": np.full((5, 8), "a"), "y": np.zeros(5)},
    ],
    ids=["columns", "rows", "no-y", "nan", "texts"],
)
def test_another_table_is_one_line(home, held):
    np.savez(home / "california_housing.npz", **held)
    assert str(home / "california_housing.npz") in refused("keras:california_housing")


def test_keras_is_not_loaded(home):
    mnist(home / "mnist.npz")
    code = (
        "import sys; from receta.sources import load; load('keras:mnist'); "
        "print([one for one in ('keras', 'tensorflow', 'httpx') if one in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.slow
def test_keras_itself_reads_the_same_out_of_the_same_files(home, monkeypatch):
    imdb(home / "imdb.npz")
    np.savez(
        home / "california_housing.npz",
        x=np.random.default_rng(0).normal(size=(50, 8)),
        y=np.arange(50.0),
    )
    lay(home / "cifar-10-batches-py-target" / "cifar-10-batches-py", cifar_files("10", "python"))
    code = f"""
import json, keras
from keras.src.datasets import california_housing, imdb
from keras.src.utils import file_utils
california_housing.get_file = imdb.get_file = lambda path=None, fname=None, **words: {str(home)!r} + '/' + (path or fname)
(_, y_train), (_, y_test) = california_housing.load_data()
(x_train, l_train), (x_test, l_test) = imdb.load_data(oov_char=None)
print('found', json.dumps([y_train.tolist(), y_test.tolist(), sorted(map(list, x_train)), sorted(map(list, x_test))]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    import json

    found = json.loads(
        next(line for line in done.stdout.splitlines() if line.startswith("found "))[6:]
    )
    houses, reviews = load("keras:california_housing"), load("keras:imdb")
    for part, values in (("train", found[0]), ("test", found[1])):
        assert sorted(houses.targets[[one == part for one in houses.parts]].tolist()) == sorted(
            values
        )
    # Keras begins at 3, and leaves the word of the greatest number out.
    spelled = {8: "good", 303: "film", 11: "bad"}
    for part, texts in (("train", found[2]), ("test", found[3])):
        at_part = [at for at, one in enumerate(reviews.parts) if one == part]
        theirs = [[spelled[number] for number in text if number in spelled] for text in texts]
        assert sorted(str(reviews[at]).split() for at in at_part) == sorted(theirs)
