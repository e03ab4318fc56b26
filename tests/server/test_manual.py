"""Do the examples of the manual's page on the server do what they show?"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE
from server.serving import serving
from shell import environment

from receta.server.limits import Limits

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "server.md").read_text(encoding="utf-8")
CURLS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S)
    for line in block.splitlines()
    if line.startswith("curl")
]
PROGRAMS = re.findall(r"```python\n(.*?)```", TEXT, re.S)
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def place(bundles, digit_files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("manual")
    (folder / "new.jpg").write_bytes(digit_files[1].read_bytes())
    with serving(bundles["onnx"]) as address:
        yield folder, address


@pytest.mark.parametrize("line", CURLS)
def test_every_curl_line_of_the_manual_is_answered(line, place) -> None:
    folder, address = place
    words = [
        "bash",
        "-c",
        line.replace(ADDRESS, address).replace("curl ", "curl -sS --fail-with-body ", 1),
    ]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr + done.stdout
    if "/metrics" in line:
        for name in set(re.findall(r"`(receta_[a-z_]+)`", TEXT)) - {"receta_reloads_total"}:
            assert name in done.stdout
    elif "predict" in line and "/v1/predict" in line:
        assert {one["top"][0]["class"] for one in json.loads(done.stdout)["predictions"]} == {"0"}
    else:
        assert json.loads(done.stdout)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_of_the_manual_runs(program, place) -> None:
    folder, address = place
    code = program.replace(ADDRESS, address)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout in ("", "0\n", "not sure\n")


def test_the_manual_names_every_limit_with_its_value() -> None:
    assert CURLS
    assert PROGRAMS
    shown = dict(re.findall(r"`([a-z_]+)=(\d+)`", TEXT))
    assert {name: float(value) for name, value in shown.items()} == {
        name: float(value) for name, value in vars(Limits()).items()
    }
