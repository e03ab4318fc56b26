"""Does a new version take over without a lost request?"""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import httpx
import numpy as np
import pytest
from patience import PATIENCE
from sealing import seal_bundle
from server.serving import begun, serving

from receta.core.errors import RecetaError, RunError
from receta.server.metrics import Metrics
from receta.server.models import Models
from receta.server.places import place
from receta.server.watching import Watch


class Constant:
    """Is sure of one class."""

    class_names, input_shape = ("old", "new"), (8, 8, 1)

    def __init__(self, said: int) -> None:
        self.said = said

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        return np.eye(2, dtype=np.float32)[[self.said] * len(inputs)]


def renamed(source: Path, to: Path, names: list[str]) -> None:
    """A copy of a bundle whose classes are called otherwise, its manifest last."""
    to.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        shutil.copy(path, to / path.name)
    seal_bundle(to, class_names=names)


NAMES = {version: [f"{version}-{i}" for i in range(10)] for version in (1, 2, 3)}


@pytest.fixture
def versions(bundles, tmp_path):
    folder = tmp_path / "digits"
    for version in (1, 2):
        renamed(bundles["onnx"].folder, folder / str(version), NAMES[version])
    return folder


@pytest.fixture
def watch(versions):
    said: list[str] = []
    models = Models()
    watch = Watch([place(versions)], models, Metrics(), said.append)
    watch.fill()
    watch.said, watch.models = said, models
    return watch


def test_folders_with_numbers_are_versions_and_the_newest_answers(watch) -> None:
    assert watch.models.versions("digits") == [1, 2]
    assert watch.models.get("digits").class_names[0] == "2-0"
    assert watch.models.get("digits", 1).class_names[0] == "1-0"
    assert watch.models.get("digits", 3) is None


def test_a_new_version_answers_and_one_whose_folder_goes_is_dropped(
    watch, versions, bundles
) -> None:
    renamed(bundles["onnx"].folder, versions / "3", NAMES[3])
    watch.look()
    assert watch.models.get().class_names[0] == "3-0"
    shutil.rmtree(versions / "1")
    shutil.rmtree(versions / "3")
    watch.look()
    assert watch.models.versions("digits") == [2]
    assert watch.said[-2:] == [
        f"digits: version {version} is gone, and answers no more" for version in (1, 3)
    ]
    shutil.rmtree(versions)
    watch.look()
    assert watch.models.versions("digits") == [2]  # the last one stays


def test_a_version_that_cannot_be_loaded_changes_nothing_and_is_said_once(
    watch, versions, bundles
) -> None:
    renamed(bundles["onnx"].folder, versions / "3", NAMES[3])
    (versions / "3" / "model.onnx").write_bytes(b"nonsense")
    watch.look()
    watch.look()
    assert watch.models.versions("digits") == [1, 2]
    assert len(watch.said) == 1
    assert "digits stays as it was: " in watch.said[0]
    assert "3/model.onnx was damaged or edited since receta wrote it" in watch.said[0]


def test_a_version_whose_files_come_after_its_manifest_answers_once_it_is_whole(
    watch, versions, bundles
) -> None:
    source = bundles["onnx"].folder
    renamed(source, versions / "3", NAMES[3])
    (versions / "3" / "model.onnx").unlink()
    watch.look()
    (versions / "3" / "model.onnx").write_bytes((source / "model.onnx").read_bytes()[:1000])
    watch.look()
    assert watch.models.versions("digits") == [1, 2]
    assert len(watch.said) == 2
    shutil.copy(source / "model.onnx", versions / "3" / "model.onnx")
    watch.look()
    assert watch.models.get().class_names[0] == "3-0"


def test_a_bundle_written_anew_takes_the_place_of_the_old_one(bundles, tmp_path) -> None:
    renamed(bundles["onnx"].folder, tmp_path / "one", NAMES[1])
    models = Models()
    watch = Watch([place(tmp_path / "one")], models, Metrics(), lambda text: None)
    watch.fill()
    watch.look()
    old = models.get("one")
    assert (old.version, old.class_names[0]) == (1, "1-0")
    renamed(bundles["onnx"].folder, tmp_path / "one", NAMES[2])
    watch.look()
    assert models.versions("one") == [2]
    assert models.get("one").class_names[0] == "2-0"


def test_while_an_export_is_being_written_the_old_one_answers(bundles, tmp_path) -> None:
    renamed(bundles["onnx"].folder, tmp_path / "one", NAMES[1])
    models = Models()
    watch = Watch([place(tmp_path / "one")], models, Metrics(), lambda text: None)
    watch.fill()
    (tmp_path / "one" / "bundle.json").unlink()
    watch.look()
    assert models.get("one").class_names[0] == "1-0"


def test_the_fastest_of_a_runs_bundles_answers(bundles, tmp_path) -> None:
    for target in ("onnx", "keras"):
        shutil.copytree(bundles[target].folder, tmp_path / "both" / target)
    assert place(tmp_path / "both").open(1).target == "onnx"  # of the fast ones; keras is none


def test_bundles_of_different_runs_are_not_taken_for_one(bundles, tmp_path) -> None:
    for number, target in enumerate(("onnx", "keras")):
        renamed(bundles[target].folder, tmp_path / "mixed" / target, NAMES[number + 1])
    with pytest.raises(RunError, match="holds bundles of different runs"):
        place(tmp_path / "mixed").open(1)


def test_a_run_is_served_by_its_export(digits_run, bundles, tmp_path) -> None:
    shutil.copytree(digits_run.folder, tmp_path / "run")
    assert not hasattr(place(tmp_path / "run").open(1), "target")
    shutil.copytree(bundles["onnx"].folder, tmp_path / "run" / "exports" / "onnx")
    os.utime(tmp_path / "run" / "run.json", (0, 0))
    assert place(tmp_path / "run").open(1).target == "onnx"


def test_an_export_of_another_network_does_not_answer_for_a_run(
    digits_run, bundles, tmp_path
) -> None:
    shutil.copytree(digits_run.folder, tmp_path / "run")
    other = tmp_path / "run" / "exports" / "onnx"
    shutil.copytree(bundles["onnx"].folder, other)
    seal_bundle(other, network="0" * 64)  # newer than the run, of the same classes and shape
    assert not hasattr(place(tmp_path / "run").open(1), "target")


def test_a_link_among_the_exports_is_passed_over(digits_run, bundles, tmp_path) -> None:
    shutil.copytree(digits_run.folder, tmp_path / "run")
    (tmp_path / "run" / "exports").mkdir()
    (tmp_path / "run" / "exports" / "onnx").symlink_to(bundles["onnx"].folder)
    assert not hasattr(place(tmp_path / "run").open(1), "target")


def test_a_folder_that_holds_nothing_is_refused(tmp_path) -> None:
    with pytest.raises(RecetaError, match="holds neither"):
        place(tmp_path)


def test_a_swap_loses_no_request_and_later_ones_see_the_new(digit_files) -> None:
    """Many clients ask all the time while a predictor is put in ten times."""
    old, new = Constant(0), Constant(1)
    from receta import server

    application = server.app(old)
    models = application.state.models
    (name,) = models.names()
    content, ended = digit_files[0].read_bytes(), threading.Event()
    seen: list[list[tuple[int, str]]] = [[] for _ in range(8)]

    def ask(mine: list[tuple[int, str]]) -> None:
        with httpx.Client(base_url=address, timeout=PATIENCE) as client:
            while not ended.is_set():
                said = client.post("/v1/predict", content=content)
                mine.append((said.status_code, said.json()["predictions"][0]["top"][0]["class"]))

    with serving(None, application=application) as address:
        threads = [threading.Thread(target=ask, args=(mine,)) for mine in seen]
        for thread in threads:
            thread.start()
        for number in range(10):
            models.put(name, Constant(number % 2))
        models.put(name, new)
        after = httpx.post(f"{address}/v1/predict", content=content).json()
        ended.set()
        for thread in threads:
            thread.join()
    assert (after["predictions"][0]["top"][0]["class"], after["version"]) == ("new", 12)
    assert {status for mine in seen for status, _ in mine} == {200}


def test_the_command_takes_over_a_new_version_at_sighup(versions, bundles, digit_files) -> None:
    with begun("serve", versions, "--port", "0") as (process, address):
        picture = digit_files[0].read_bytes()

        def ask() -> dict:
            return httpx.post(f"{address}/v1/predict", content=picture, timeout=PATIENCE).json()

        assert ask()["version"] == 2
        renamed(bundles["onnx"].folder, versions / "3", NAMES[3])
        process.send_signal(1)  # SIGHUP
        assert process.stderr.readline() == "digits: version 3 answers from now on\n"
        assert (ask()["version"], ask()["predictions"][0]["top"][0]["class"][:2]) == (3, "3-")
