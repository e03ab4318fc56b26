"""Target litert: how is the network kept for phones and small computers?"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receta.exporters.formats import graph, lite
from receta.exporters.subjects import naming

if TYPE_CHECKING:
    from keras import Model

AFTER = "saved_model"
ABOUT = (
    "one .tflite file for LiteRT (TensorFlow Lite): Android, iOS, Raspberry Pi; raw uint8 pixels in"
)
FILE = "model.tflite"
EXTRA = "litert"
NEEDS = ("tensorflow", "ai_edge_litert")
BACKENDS = ("tensorflow",)
VARIANTS = {
    "static": "takes one picture at a time, as LiteRT.js in browsers needs it",
    "float16": "weights of 16 bits: half the size",
    "dynamic": "weights of 8 bits, computed with floats: a quarter of the size",
    "int8": "whole numbers of 8 bits throughout, calibrated on training pictures: a quarter of "
    "the size, fastest",
}
LOSSY = ("float16", "dynamic", "int8")


def litert(
    model: Model,
    folder: Path,
    about: dict[str, Any],
    variant: str = "",
    *,
    rows: Callable[[int], Any],
) -> None:
    """Write a LiteRT file; a ZIP at its end holds labels.txt and receta.json, as its metadata do.

    `unzip -p model.tflite labels.txt` shows them; interpreters do not read that far.
    """
    form = "" if variant == "static" else variant
    content = lite.convert(
        model, form, rows, naming.of_outputs(model, about), batch=1 if variant == "static" else None
    )
    (folder / FILE).write_bytes(content)
    with zipfile.ZipFile(folder / FILE, "a") as archive:
        archive.writestr(
            "labels.txt", "".join(f"{name}\n" for name in about.get("class_names", ()))
        )
        archive.writestr("receta.json", graph.spell_about(about))


def opened(folder: Path) -> Callable[[Any], Any]:
    """The network in LiteRT's own interpreter, without TensorFlow."""
    with zipfile.ZipFile(folder / FILE) as archive:
        told = json.loads(archive.read("receta.json"))
    return lite.runtime((folder / FILE).read_bytes(), told)
