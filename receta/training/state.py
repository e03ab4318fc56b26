"""What must be kept so that a killed training goes on as if nothing had happened?

All variables (weights, optimizer slots, counters of random generators), the running
metrics, and where in which epoch it stood, in one file that is replaced as a whole. Why
Keras' own BackupAndRestore is not enough: LOG.md, "exact resume".
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from receta.core import disk, shapes
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

    arrays = {
        f"v{index}": ops.convert_to_numpy(variable)
        for index, variable in enumerate(variables(model))
    }
    arrays |= {f"b{index}": array for index, array in enumerate(best)}
    text = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    with disk.replacing(path) as temporary, open(temporary, "wb") as handle:
        np.savez(handle, meta=text, **arrays)


def load(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """(JSON, arrays) of a state file, or None where there is none."""
    if not path.exists():
        return None
    try:
        arrays = disk.read_npz(path)
        meta: dict[str, Any] = json.loads(arrays.pop("meta").tobytes())
    except (RunError, ValueError, KeyError, RecursionError) as error:
        raise error_of_damage(path, error) from error
    if said := shapes.mismatch(meta, _META):
        raise error_of_damage(path, said)
    return meta, arrays


def error_of_damage(path: Path, why: object) -> RunError:
    """The error for a state that cannot be gone on from."""
    return RunError(
        f"{path} cannot be read ({why}); expected the state of an unfinished training. Delete "
        "that file to train this rung anew."
    )


_META = {
    **dict.fromkeys(("epoch", "step", "wait", "best_epoch", "done", "total", "reductions"), int),
    "finished": bool,
    "cooling": bool,
    "at": float,
    "seconds": float,
    "judge_s": (float, None),
    "best_score": ([Any, Any], None),
    "history": [{str: Any}],
    "callbacks": [Any],
    "metrics": [Any],
    "watched": [Any],
}


def restore(model: Any, arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Put all variables back; returns the best weights so far."""
    targets = variables(model)
    if sum(name.startswith("v") for name in arrays) != len(targets):
        raise RunError(
            "the state was written by another network; expected the same. Choose another folder "
            "with --out."
        )
    for index, variable in enumerate(targets):
        variable.assign(arrays[f"v{index}"])
    return best_of(arrays)


def best_of(arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The best weights so far, of the arrays of a state."""
    return [arrays[f"b{index}"] for index in range(sum(name.startswith("b") for name in arrays))]
