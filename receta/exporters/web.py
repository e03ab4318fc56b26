"""Target web: how does a network become a page that any web host serves, camera and all?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core import disk
from receta.core.abstention import SURE
from receta.core.errors import InputError
from receta.core.spec import Spec, of_pixels
from receta.exporters import tfjs
from receta.exporters.page import examples, live_page

if TYPE_CHECKING:
    from keras import Model

AFTER = "tfjs"
ABOUT = (
    "a folder for any web host: the live page with camera, the network in it, also without a "
    "connection"
)
NOTE = "see [the live page](page.md)"
FILE = "index.html"
EXTRA, NEEDS, BACKENDS, VARIANTS, LOSSY = (
    tfjs.EXTRA,
    tfjs.NEEDS,
    tfjs.BACKENDS,
    tfjs.VARIANTS,
    tfjs.LOSSY,
)
MODEL = "model"  # folder of the network in it


def web(
    model: Model, folder: Path, about: dict[str, Any], variant: str = "", *, parts: examples.Parts
) -> None:
    """Write the page, the network for TensorFlow.js and a few validation examples.

    All addresses in it are relative, so that it may lie at any path. Raises InputError for
    a network that does not name classes of pictures, RecetaError where the page is not built.
    """
    shape = about["input"]["shape"]
    pixels = about["input"]["dtype"] == "uint8" or about["input"].get("highest") == 255
    specs = tuple(map(Spec.from_json, about.get("specs", ())))
    if not specs and (not pixels or len(shape) != 3 or len(about["class_names"]) < 2):
        raise InputError(
            f"the network takes {about['input']['dtype']} of shape {tuple(shape)} and gives "
            f"{len(about['class_names'])} values; expected one that names classes of pictures from "
            "their pixels. Choose --to tfjs, or say with --pixels what it was trained on."
        )
    live_page.copy_page(folder)
    (folder / MODEL).mkdir()
    tfjs.tfjs(model, folder / MODEL, about, variant)
    (spec,) = specs or of_pixels(tuple(shape))
    shown = examples.examples(about["class_names"], parts, spec, about.get("task", "classes"))
    if shown:
        disk.write_json(folder / "examples.json", shown, indent=None)
    told = {"sure_from": SURE, "fit": "stretch", **about}
    described = live_page.about(
        about.get("name", "model"),
        told,
        web=f"{MODEL}/",
        examples="examples.json" if shown else None,
    )
    disk.write_json(
        folder / "page.json", {"server": False, "teach": False, "models": [described]}, indent=None
    )
    live_page.keep_offline(folder)


def ready() -> None:
    """Raise MissingExtra where the page is not built, or TensorFlow.js cannot be asked."""
    live_page.files()
    tfjs.ready()


def opened(folder: Path) -> Callable[[np.ndarray], np.ndarray]:
    """The network in it, in the real TensorFlow.js."""
    return tfjs.opened(folder / MODEL)


def judging(folder: Path, width: int) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The same, with the features (n, width) that its last layer takes."""
    return tfjs.judging(folder / MODEL, width)
