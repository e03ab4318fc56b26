"""How is a model handed to other programs, each proven equal to Keras?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from receta.cli.options import ClassNames, Json, Logits, PixelValues, Trust
from receta.cli.printing.console import print_json
from receta.cli.printing.progress import progress
from receta.cli.reading import read_file_options, read_words, tell_guess, tell_unchecked
from receta.core.errors import RecetaError

GROUP = "From data to a model"
AFTER = "serve"
EXAMPLES = (
    ("receta export runs/photos --to onnx,web", "for ONNX Runtime, and as a page"),
    ("receta export runs/photos --to litert:int8", "small, for a phone"),
    (
        "receta export mine.keras --to onnx --names cat,dog",
        "a network that receta did not train",
    ),
)


def export(
    what: Annotated[
        Path,
        typer.Argument(
            metavar="RUN|FILE",
            help="A run folder, or anybody's network: .keras, .h5, .json, SavedModel.",
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="A,B:VARIANT",
            help="Targets, such as onnx,litert:int8; `receta list targets` shows all.",
        ),
    ],
    as_json: Json = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Gets one folder a target; RUN/exports without."),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(help="Share of validation accuracy that a smaller variant may lose.")
    ] = 0.01,
    calibrate: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Of FILE: real rows that smaller variants are calibrated and "
            "judged on: pictures, or numbers (.npz, .npy, .csv).",
        ),
    ] = None,
    names: ClassNames = None,
    pixels: PixelValues = None,
    logits: Logits = False,
    trust: Trust = False,
) -> None:
    """Write a model for other programs, each proven equal to Keras."""
    from receta import exporters

    is_run = _is_run(what)
    targets = list(dict.fromkeys(read_words(to)))
    if not targets:
        raise RecetaError(
            "--to names no target; expected some, such as keras,onnx. `receta list targets` "
            "shows all."
        )
    if not 0 <= tolerance <= 1:
        raise RecetaError(
            f"--tolerance {tolerance:g} is out of bounds; expected a share of accuracy, 0 to 1."
        )
    theirs = read_file_options(what, names=names, pixels=pixels, logits=logits, trust=trust)
    for refuse_unknown in (
        exporters.parse_target,
        exporters.ready,
    ):  # names before a backend starts
        for target in targets:
            refuse_unknown(target)
    shown = progress()
    subject = exporters.subject(what, **{"trust": trust, **theirs})
    subject = subject if calibrate is None else subject.calibrate(calibrate, shown)
    place = out or (what / "exports" if is_run else what.with_name(f"{what.stem}-exports"))
    done = exporters.export_each(subject, targets, place, tolerance=tolerance, progress=shown)
    if as_json:
        plain = [
            {"folder": str(bundle.folder), "bytes": bundle.bytes, **bundle.to_json()}
            for bundle in done.bundles
        ]
        refused = [str(error) for error in done.refused]
        print_json({"run" if is_run else "file": str(what), "bundles": plain, "refused": refused})
    elif done.bundles:
        from receta.cli.printing.bundles import show_bundles, show_next_of

        show_bundles(done.bundles)
        show_next_of(done.bundles)
    done.raise_refused()


def _is_run(what: Path) -> bool:
    """Whether it is a run, which has a model; RecetaError for what does not exist."""
    from receta import predictors
    from receta.training import Run

    if what.is_dir() and not predictors.is_network(what):
        tell_unchecked(Run.open(what)).best  # noqa: B018  says so in one line when there is none
        tell_guess(what)
        return True
    if not what.exists():
        raise RecetaError(
            f"{what} does not exist; expected a run folder or a file of a network (FILE.keras). "
            "Check the path."
        )
    return False
