"""What must be kept so that a killed training goes on as if nothing had happened?

All variables (weights, optimizer slots, counters of random generators), the running
metrics, and where in which epoch it stood, in one file that is replaced as a whole. Why
Keras' own BackupAndRestore is not enough: LOG.md, "exact resume".
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from receta.core import disk
from receta.core.errors import RunError


def variables(model: Any) -> list[Any]:
    """Every variable that training changes, each once, in a fixed order."""
    found: dict[int, Any] = {}
    for variable in [*model.variables, *model.optimizer.variables]:
        found.setdefault(id(variable), variable)
    return list(found.values())


def save(path: Path, model: Any, best: list[np.ndarray], meta: dict[str, Any]) -> None:
    """Write the state atomically: arrays v0, v1, ..., best weights b0, ..., and JSON."""
    from keras import ops

    arrays = {f"v{index}": ops.convert_to_numpy(variable) for index, variable in enumerate(variables(model))}
    arrays |= {f"b{index}": array for index, array in enumerate(best)}
    text = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    with disk.replacing(path) as temporary, open(temporary, "wb") as handle:
        np.savez(handle, meta=text, **arrays)


def load(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """(JSON, arrays) of a state file, or None where there is none."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        meta: dict[str, Any] = json.loads(arrays.pop("meta").tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RunError(
            f"{path} cannot be read ({error}); expected the state of an unfinished training. "
            f"Delete that file to train this rung anew."
        ) from error
    return meta, arrays


def restore(model: Any, arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Put all variables back; returns the best weights so far."""
    targets = variables(model)
    if sum(name.startswith("v") for name in arrays) != len(targets):
        raise RunError("the state was written by another network; expected the same. Choose another folder with --out.")
    for index, variable in enumerate(targets):
        variable.assign(arrays[f"v{index}"])
    return [arrays[f"b{index}"] for index in range(sum(name.startswith("b") for name in arrays))]
