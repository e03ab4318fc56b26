"""How long does `receta predict BUNDLE picture.jpg` take from a cold start?

A process a time, 20 times in turns, from its start to its end. Imports alone: a process
that imports what any such answer needs (NumPy, Pillow, simplejpeg and the runtime).
processor: seconds of the processor, which other work on the machine does not lengthen as much.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _table
import numpy as np
from PIL import Image

from receta import exporters, journey
from receta.core.recipe import Recipe

TIMES = 20
RUNTIMES = {"onnx": "onnxruntime", "litert": "ai_edge_litert.interpreter", "openvino": "openvino"}


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        run = journey.run(
            "digits", out=folder / "run", recipe=Recipe(rungs=("cnn",), epochs=1), force=True
        )
        subject = exporters.subject(run)
        Image.fromarray(np.full((480, 640, 3), 90, np.uint8)).save(folder / "picture.jpg")
        commands = {}
        for target, module in RUNTIMES.items():
            exporters.export(subject, target, folder / target)
            asked = ["predict", str(folder / target), str(folder / "picture.jpg")]
            commands[f"receta predict, {target}"] = [sys.executable, "-m", "receta", *asked]
            commands[f"imports alone, {target}"] = [
                sys.executable,
                "-c",
                f"import numpy, PIL.Image, simplejpeg, {module}",
            ]
        commands["the whole command line, onnx"] = [
            sys.executable,
            "-c",
            "from receta.cli.app import main; main()",
            "predict",
            str(folder / "onnx"),
            str(folder / "picture.jpg"),
        ]
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(TIMES):
            for name, command in commands.items():
                taken[name].append(measured(command))
    rows: list[list[object]] = []
    for name, pairs in taken.items():
        walls, processors = zip(*pairs, strict=True)
        rows.append(
            [
                name,
                min(walls),
                statistics.median(walls),
                min(processors),
                statistics.median(processors),
            ]
        )
    _table.write(
        "cold_start",
        "Cold start",
        (__doc__ or "").strip(),
        ["process", "best, s", "median, s", "processor best, s", "processor median, s"],
        rows,
        [f"Load average of the machine while it was measured: {os.getloadavg()[0]:.1f}."],
    )


def measured(command: list[str]) -> tuple[float, float]:
    """(seconds by the clock, seconds of the processor) of a process."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, os.times()
    return (
        wall,
        after.children_user + after.children_system - before.children_user - before.children_system,
    )


if __name__ == "__main__":
    main()
