"""How does a trained network leave the house, proven equal to itself? The door `export`.

The shelf of targets: one file a target. What it declares is said by `Target`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receta.core.errors import ExportRefused, RecipeError, Uncalibrated, UnknownName
from receta.core.progress import Progress, Unasked
from receta.core.registry import nearest
from receta.exporters.writing.form import Form
from receta.predictors.bundle import SHELF, Bundle
from receta.predictors.target import Target

if TYPE_CHECKING:
    from receta.exporters.subjects.subject import Subject
    from receta.exporters.writing.several import Done
    from receta.training import Run

__all__ = [
    "SHELF",
    "Target",
    "evidence",
    "export",
    "export_each",
    "folder_name",
    "page",
    "parse_target",
    "ready",
    "refuse_uncalibrated",
    "refuse_unknown_pixels",
    "subject",
]


def export(
    what: Run | Subject | str | Path,
    target: str,
    folder: str | Path,
    *,
    tolerance: float = 0.01,
    calibrate: str | Path | None = None,
    progress: Progress = Unasked(),
) -> Bundle:
    """Write a network for one target, and prove it equal to Keras.

    what: a run, a file of a network (FILE.keras), or what `subject` made of one. target: a
    name such as "onnx", or with a variant, "litert:int8". The folder gets the network and
    bundle.json; an older bundle of the same target in it gives way. The written file is
    reopened in its own runtime and compared on the run's validation and test pictures,
    alone and 16 at a time. calibrate: real rows for a network from a file, which smaller
    variants are calibrated and judged on: pictures, or numbers as .npz, .npy or .csv.
    Raises ExportRefused when the probabilities differ by more than 1e-4 (values by as much of
    their column's range), or a smaller variant loses more than `tolerance` of the validation
    accuracy or of the range of a column (nothing stays behind then); Uncalibrated for a smaller
    variant where neither calibrate nor the network tells which values it takes; MissingExtra,
    UnknownName, and RunError for a run without a network or whose pictures are gone.
    """
    from receta.exporters.subjects.subject import Subject
    from receta.exporters.writing import bundles

    if not 0 <= tolerance <= 1:
        raise RecipeError(
            f"tolerance={tolerance:g} is out of bounds; expected a share of accuracy, 0 to 1. "
            "Set --tolerance."
        )
    ready(target)
    given = what if isinstance(what, Subject) else subject(what)
    given = given if calibrate is None else given.calibrate(calibrate, progress)
    return bundles.write(given, parse_target(target), Path(folder), tolerance, progress)


def subject(
    what: Run | str | Path,
    *,
    class_names: Sequence[str] = (),
    pixels: str | None = None,
    logits: bool = False,
    trust: bool = False,
) -> Subject:
    """What `export` takes for several targets at once: a run's network, or one from a file.

    Of a file: class_names, in the order of its outputs (two for a single one that tells two
    classes apart); pixels: the values that it was trained on ("0..1"), so that what is
    written takes pixels as they are; logits: whether it gives logits, of which probabilities
    are then made; trust: whether it may bring code of its own along. Raises InputError, RunError.
    """
    from receta.exporters.subjects.from_file import of_file
    from receta.exporters.subjects.subject import of_run
    from receta.training import Run

    if isinstance(what, Run):
        return of_run(what)
    if Path(what).is_dir() and (Path(what) / "run.json").is_file():
        return of_run(Run.open(what, trust=trust))
    return of_file(Path(what), class_names, pixels=pixels, logits=logits, trust=trust)


def export_each(
    what: Subject, targets: Sequence[str], place: Path, *, tolerance: float, progress: Progress
) -> Done:
    """Write one folder a target below a place; what is refused does not hinder the others."""
    from receta.exporters.writing.several import Done

    bundles, refused, without_rows = list[Bundle](), list[ExportRefused](), list[str]()
    for target in targets:
        folder = place / folder_name(target)
        try:
            bundles.append(export(what, target, folder, tolerance=tolerance, progress=progress))
        except Uncalibrated:
            without_rows.append(target)
        except ExportRefused as error:
            refused.append(error)
    if without_rows:
        refused.append(refuse_uncalibrated(without_rows, what))
    return Done(tuple(bundles), tuple(refused))


def refuse_unknown_pixels(pixels: str | None) -> None:
    """InputError for values of pixels that have no name here."""
    from receta.exporters.subjects import from_file

    from_file.refuse_unknown_pixels(pixels)


def refuse_uncalibrated(targets: Sequence[str], what: Subject) -> Uncalibrated:
    """The refusal of all smaller variants that nothing real is there for, in one line."""
    from receta.exporters.writing.proof import say_uncalibrated

    return Uncalibrated(say_uncalibrated(targets, what))


def parse_target(target: str) -> Form:
    """A target as it is written: `litert:int8`, `c-array`.

    Raises UnknownName with the nearest.
    """
    given, colon, variant = target.partition(":")
    name = given.replace("-", "_")
    module = SHELF.module(name)
    variants: dict[str, str] = module.VARIANTS
    if (colon or variant) and variant not in variants:
        known = f"one of {', '.join(variants)}" if variants else "none, for it has no variants"
        raise UnknownName(
            f"variant '{variant}' of target {name} is unknown; expected "
            f"{known}.{nearest(variant, variants)}"
        )
    return Form(module, name, variant)


def folder_name(target: str) -> str:
    """Name of a folder for a target's bundle.

    >>> folder_name("litert:int8")
    'litert-int8'
    """
    _, name, variant = parse_target(target)
    return f"{name}-{variant}" if variant else name


def ready(target: str) -> Any:
    """The module of a target that can be written here, before any work is done.

    Raises UnknownName for a target that is not on the shelf and MissingExtra for one
    whose packages or backend are not installed.
    """
    from receta.exporters.writing import bundles

    module, name, _ = parse_target(target)
    bundles.require(name, module)
    return module
