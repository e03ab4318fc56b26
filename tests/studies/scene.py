"""Which small study do the tests of studies use, and what came of it to the bit?"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path

COMMAND = [sys.executable, "-m", "receta", "ablate", "sklearn:iris", "--rung", "mlp"]
SETTINGS = ("epochs=2", "threads=1", "dropout=0.3")
CHANGES = ("dropout=0", "learning_rate=0.01")


def command(folder: Path, seeds: int) -> list[str]:
    """An ablation of a few seconds on irises."""
    told = [word for one in SETTINGS for word in ("--set", one)]
    told += [word for one in CHANGES for word in ("--change", one)]
    return [*COMMAND, *told, "--seeds", str(seeds), "--out", str(folder)]


def what_came_of(folder: Path) -> dict[str, str]:
    """By trial a digest of its outcome, without seconds, and of the bytes of its weights."""
    found = {}
    for path in sorted(folder.glob("trials/*/outcome.json")):
        plain = json.loads(path.read_text())
        del plain["seconds"]
        for row in plain["curve"]:
            row.pop("seconds", None)
        found[path.parent.name] = _digest(json.dumps(plain, sort_keys=True).encode())
        for network in sorted(path.parent.rglob("*.keras")):
            with zipfile.ZipFile(network) as file:
                weights = file.read("model.weights.h5")
            found[str(network.relative_to(folder))] = _digest(weights)
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
