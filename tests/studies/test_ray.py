"""Are trials done on a cluster those of this machine, whatever happens to its machines?"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from receta.core.errors import MissingExtra, RecetaError, RecipeError
from receta.studies import carrying, open_workers
from receta.studies.runners import ray as runner

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_RAY = importlib.util.find_spec("ray") is None
NEEDS_RAY = pytest.mark.skipif(WITHOUT_RAY, reason="needs: pip install 'receta[ray]'")

# A cluster of loopback: a head that does nothing, a machine that is killed when a trial has begun,
# and another one that joins. The same study is done here, too.
SCENE = """
import json, os, secrets, sys, threading, time
from pathlib import Path
os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(16),
                  RAY_USAGE_STATS_ENABLED="0", CUDA_VISIBLE_DEVICES="")
from ray.cluster_utils import Cluster
from receta.core.recipe import Recipe
from receta.studies import Division, Question, Trial, begin, hold, open_workers, read, run_trials
from receta.studies.running import Watch

out = Path(sys.argv[1])

def do(name, on, watch):
    question = Question(verb="ablate", data="sklearn:iris", recipe=Recipe(
        rungs=("mlp",), epochs=60, precision="float32", threads=1), asked={}, options={},
        out=out / name)
    trials = [Trial(number=n, name=f"seed {n}", settings={"seed": n}, division=Division(seed=n))
              for n in range(3)]
    data, examples = read(question)
    with hold(question.folder), open_workers(2, on=on) as workers:
        folder = begin(question, data, examples)
        return folder, list(run_trials(folder, trials, workers, watch=watch))

small = dict(object_store_memory=100 << 20, include_dashboard=False)
cluster = Cluster(initialize_head=True, head_node_args=dict(num_cpus=0, **small))
first = cluster.add_node(num_cpus=1, object_store_memory=100 << 20)
said, ended = [], []
thread = threading.Thread(target=lambda: ended.append(
    do("cluster", cluster.address, Watch(say=said.append))), daemon=True)
thread.start()
until = time.monotonic() + 400
def history():
    return [*out.glob("cluster/trials/*/curve.json")]
while not history() and time.monotonic() < until and thread.is_alive():
    time.sleep(0.05)
cluster.remove_node(first, allow_graceful=False)
cluster.add_node(num_cpus=2, object_store_memory=100 << 20)
thread.join(600)
cluster.shutdown()
folder, _ = ended[0]
here, _ = do("here", "new", Watch())
def plain(outcome):
    told = outcome.to_json()
    curve = [{key: value for key, value in row.items() if key != "seconds"}
             for row in told["curve"]]
    return {**told, "curve": curve, "seconds": None}

pairs = zip(folder.outcomes().values(), here.outcomes().values(), strict=True)
print(json.dumps({
    "said": said,
    "states": [one.state for one in folder.outcomes().values()],
    "same": [plain(one) == plain(other) for one, other in pairs],
}))
"""


@NEEDS_RAY
@pytest.mark.slow  # a cluster begins, and six processes load TensorFlow: about 90 s
def test_a_study_survives_the_death_of_a_machine_and_equals_that_of_this_machine(
    tmp_path: Path,
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SCENE, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["states"] == ["finished"] * 3
    assert any("signal 9" in line for line in found["said"])
    assert found["same"] == [True] * 3


@NEEDS_RAY
def test_an_address_without_a_cluster_is_one_line() -> None:
    with pytest.raises(RecetaError, match=r"no Ray cluster answers at 127\.0\.0\.1:9") as caught:
        with open_workers(on="127.0.0.1:9"):
            pass
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not WITHOUT_RAY, reason="Ray is installed here")
def test_without_ray_the_line_says_what_to_install() -> None:
    with pytest.raises(MissingExtra, match=r"pip install 'receta\[ray\]'"):
        with open_workers(on="auto"):
            pass


@pytest.mark.parametrize("place", ["auto,cpu=1", "auto,cpus=many", "auto,gpus=-1", "auto,"])
def test_what_a_trial_takes_is_checked(place: str) -> None:
    with pytest.raises(RecipeError, match="--on got"):
        runner.read_place(place)


def test_files_of_a_trial_come_back_as_they_were(tmp_path: Path) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    (there / "run" / "rungs").mkdir(parents=True)
    (there / "asked.json").write_text("{}")
    (there / "run" / "rungs" / "state.npz").write_bytes(bytes(range(256)))
    (there / ".lock").write_text("")
    carrying.write_files(here, carrying.read_files(there))
    assert carrying.read_files(here) == carrying.read_files(there)
    assert not (here / ".lock").exists()
    carrying.write_files(here, {"run/rungs/state.npz": None})
    assert not (here / "run" / "rungs" / "state.npz").exists()


@pytest.mark.parametrize("name", ["../out", "/etc/x", "a/../../b", ""])
def test_a_machine_writes_into_the_folder_of_its_trial_alone(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecetaError, match="expected one inside"):
        carrying.write_files(tmp_path / "trial", {name: b"x"})
    assert not (tmp_path / "out").exists()


def test_data_are_unpacked_once_and_hold_what_was_sent(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "cat").mkdir(parents=True)
    (data / "cat" / "a.npy").write_bytes(np.arange(9, dtype=np.uint8).tobytes())
    packed, place = carrying.pack(str(data)), tmp_path / "cache" / carrying.stamp(str(data))
    first = carrying.unpack(packed, place)
    assert (first / "cat" / "a.npy").read_bytes() == (data / "cat" / "a.npy").read_bytes()
    (first / "seen").write_text("")
    assert (carrying.unpack(packed, place) / "seen").exists()
    (data / "cat" / "b.npy").write_bytes(b"")
    assert carrying.stamp(str(data)) != place.name
