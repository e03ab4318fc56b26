"""Do `predict` and `evaluate` survive a bundle whose files are mutated, or name other files?"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from _attack import Attack, Lure, files, mutated, numbered
from run_folders import make_picture, make_run, spoilt

N_MUTATED, N_SPOILT = 24, 16
TARGETS = ("onnx", "keras")


def attacks(folder: Path, rng: random.Random, lure: Lure) -> Iterator[Attack]:
    """Some 50, on copies of two bundles of one run of the digits."""
    from receta import exporters

    make_run(folder / "run")
    sound = {target: folder / "sound" / target for target in TARGETS}
    for target, place in sound.items():
        exporters.export(exporters.subject(folder / "run"), target, place)
    picture = make_picture(folder)
    places = numbered(folder)
    for number in range(N_MUTATED + N_SPOILT):
        bundle = next(places) / "bundle"
        shutil.copytree(sound[TARGETS[number % 2]], bundle)
        if number < N_MUTATED:
            chosen = rng.choice(files(bundle))
            how, content = mutated(chosen.read_bytes(), rng, [b"\x08\x09", b"PK\x03\x04", b"{}"])
        else:
            chosen = bundle / "bundle.json"
            how, content = spoilt(chosen, rng, lure)
        chosen.write_bytes(content)
        yield Attack(f"{chosen.name}: {how}", ["predict", str(bundle), str(picture)])
    for key, value in (
        ("files", [f"../../../../../..{lure.secret}"]),
        ("files", [str(lure.secret)]),
        ("files", ["/dev/zero"]),
        ("target", "saved_model"),
        ("target", "../evil"),
        ("class_names", ["a"] * 10),
        ("class_names", ["x" * 10**6] * 10),
        ("input", {"shape": [10**9, 10**9, 3], "dtype": "uint8"}),
        ("input", {"shape": [-1], "dtype": "object"}),
    ):
        bundle = next(places) / "bundle"
        shutil.copytree(sound["onnx"], bundle)
        said = json.loads((bundle / "bundle.json").read_text())
        (bundle / "bundle.json").write_text(json.dumps({**said, key: value}))
        yield Attack(
            f"bundle.json: {key} is {str(value)[:40]}", ["predict", str(bundle), str(picture)]
        )
