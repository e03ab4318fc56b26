"""What does the manifest of a bundle say, and are its files as it says?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

from receta.core import disk, outside, sealing, seals, shapes
from receta.core.abstention import SURE
from receta.core.errors import RunError
from receta.core.likeness import SHAPE as LIKENESS
from receta.core.likeness import Likeness
from receta.core.records import SPEC
from receta.core.scale import SHAPE, Scale
from receta.core.shapes import Between
from receta.core.spec import DTYPES, Spec
from receta.predictors.described import Input, Output

MANIFEST = "bundle.json"
FORMAT = 1  # of bundle.json; a bundle of another one is refused, not guessed at
ADVICE = "Restore it from a copy, or export the run again."  # for whoever finds a file spoilt
_MOST_VALUES = 1 << 28  # of one input; a picture of 9,000 pixels a side
_INPUT = {"shape": [(Between(int, 1, _MOST_VALUES), None)], "dtype": set(DTYPES)}
_SHARE = (Between(float, 0, 1), None)
_SHAPE = {
    "target": str,
    "files": [str],
    "class_names": [str],
    "input": _INPUT,
    "fit": {"stretch", "crop", "pad"},
    "receta": str,
    "inputs?": [{**_INPUT, "name": str, "below": Between(int, 0, 2**62), "highest": float}],
    "max_gap": float,
    "top_agreement": _SHARE,
    "accuracy": _SHARE,
    "reference_accuracy": _SHARE,
    "judged_on": str,
    "n": Between(int, 0, 2**48),
    "sure_from?": Between(float, 0, 2),
    "thresholds?": ([float], None),
    "margins?": ([float], None),
    "variant?": str,
    "outputs?": [{"name": str, "shape": [(int, None)], "dtype": str, "gives": str}],
    "calibrated_on?": (str, None),
    "validation?": ({str: Any}, None),
    "tolerance?": (float, None),
    "one_ms?": (float, None),
    "probable?": bool,
    "scale?": SHAPE,
    "data_name?": str,
    "network?": str,
    "verdict?": str,
    "likeness?": (LIKENESS, None),
    "specs?": [SPEC],
}


# fields that are what they are in the file
_AS_WRITTEN = (
    *("target", "variant", "fit", "judged_on", "n", "receta", "validation", "tolerance", "one_ms"),
    *("probable", "calibrated_on", "data_name", "network", "verdict"),
)


def read_manifest(folder: Path) -> tuple[dict[str, Any], bool]:
    """(what bundle.json holds, whether it is sealed); RunError for none, or of another version."""
    if not (folder / MANIFEST).is_file():
        raise RunError(
            f"{folder} is no bundle (it has no {MANIFEST}); expected a folder that `receta "
            "export` made."
        )
    try:
        content = outside.read_file(folder / MANIFEST, disk.MOST_JSON)
    except OSError as error:
        raise RunError(
            f"{folder / MANIFEST} cannot be read ({error.strerror}); expected a bundle. Mend "
            "that, then repeat."
        ) from error
    plain, sealed = sealing.unseal_json(content, folder / MANIFEST, ADVICE)
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        known = plain.get("receta") if isinstance(plain, dict) else None
        written = str(known or "of an unknown version")[:40]
        raise RunError(
            f"{folder / MANIFEST} was written by receta {written} in another format; expected "
            f"format {FORMAT}. Export the run again."
        )
    return plain, sealed


def parse_manifest(folder: Path, plain: dict[str, Any]) -> dict[str, Any]:
    """The fields of a Bundle that bundle.json holds, each of the kind it must be.

    Raises RunError.
    """
    spoilt = (
        f"{folder / MANIFEST} is spoilt; expected what `receta export` writes. Export "
        "the run again."
    )
    said = shapes.mismatch(plain, _SHAPE)
    if said:
        raise RunError(spoilt.replace(";", f" ({said});", 1))
    names, files, first = plain["class_names"], plain["files"], plain["input"]
    pixels = {"name": "pixels", "highest": 255.0, "below": 0, **first}
    inputs = [
        Input(one["name"], tuple(one["shape"]), one["dtype"], one["below"], float(one["highest"]))
        # bundles of earlier versions have the one
        for one in plain.get("inputs", [pixels])
    ]
    said_from = plain.get("thresholds")
    thresholds = None if said_from is None else tuple(map(float, said_from))
    sound = (
        names
        and inputs
        and inputs[0].dtype == first["dtype"]
        and list(inputs[0].shape) == first["shape"]
        and (inputs[0].dtype != "uint8" or inputs[0].pictures)
        and all(math.prod(side or 1 for side in one.shape) <= _MOST_VALUES for one in inputs)
        and (thresholds is None or len(thresholds) == len(names))
        and all(
            name and not PurePath(name).is_absolute() and ".." not in PurePath(name).parts
            for name in files
        )
    )
    if not sound:
        raise RunError(spoilt)
    try:
        scale = Scale.from_json(plain.get("scale", {}))
        likeness = Likeness.from_json(plain["likeness"]) if plain.get("likeness") else None
        specs = tuple(map(Spec.from_json, plain.get("specs", ())))
        _refuse_misfits(plain, specs, inputs)
    except ValueError as error:
        raise RunError(spoilt.replace(";", f" ({error});", 1)) from error
    outputs = tuple(
        Output(one["name"], tuple(one["shape"]), one["dtype"], one["gives"])
        for one in plain.get("outputs", [])
    )
    given: dict[str, Any] = {name: plain[name] for name in _AS_WRITTEN if name in plain}
    shares = {
        name: None if plain[name] is None else float(plain[name])
        for name in ("top_agreement", "accuracy", "reference_accuracy")
    }
    return {
        **given,
        **shares,
        "files": tuple(files),
        "class_names": tuple(names),
        "inputs": tuple(inputs),
        "max_gap": float(plain["max_gap"]),
        # bundles of earlier versions have none
        "sure_from": float(plain.get("sure_from", SURE)),
        "thresholds": thresholds,
        "outputs": outputs,
        "scale": scale,
        "likeness": likeness,
        "specs": specs,
        "margins": None if (margins := plain.get("margins")) is None else tuple(margins),
    }


def _refuse_misfits(plain: dict[str, Any], specs: Sequence[Spec], inputs: Sequence[Input]) -> None:
    """ValueError where specs, inputs, outputs, names and margins are not of one network."""
    if not specs:  # of anybody's network
        return
    names, margins, outputs = plain["class_names"], plain.get("margins"), plain.get("outputs")
    if [one.shape for one in specs] != [one.shape for one in inputs]:
        raise ValueError("its specs are not those of its inputs")
    if len(set(names)) < len(names):
        raise ValueError("a class name is there twice")
    if outputs is not None and (not outputs or outputs[0]["shape"][-1:] != [len(names)]):
        raise ValueError("its outputs are not those of its class names")
    if margins is not None and (len(margins) != len(names) or min(margins) < 0):
        raise ValueError("its margins are not those of its values")
    if (ahead := specs[0].rhythm.horizon) and len(names) % ahead:
        raise ValueError("its horizon is not that of its values")


def refuse_changes(folder: Path, plain: dict[str, Any], files: Sequence[str], sealed: bool) -> None:
    """RunError where a file is missing, leads out of the folder, or is not as it was written."""
    missing = [name for name in files if not (folder / name).is_file()]
    if missing:
        raise RunError(
            f"{folder} lacks {', '.join(missing)}; expected every file that {MANIFEST} "
            "names. Export the run again."
        )
    for name in files:
        seals.inside(folder, name, ADVICE)
    if sealed:
        digests: dict[str, str] = plain.get("digests") or {}
        if shapes.mismatch(digests, {str: str}) or digests.keys() != set(files):
            raise RunError(
                f"{folder / MANIFEST} is spoilt (its digests are not of its files); expected "
                f"one of each. {ADVICE}"
            )
        seals.refuse_changes(folder, digests, ADVICE)
