"""Which options do several verbs have, and what does `--help` say of each?

An option stands here once, as a type that a verb writes into its signature. What every verb asks
about its data are the fields of `Where`: a parameter of that type stands for all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from receta.core.errors import RecetaError

if TYPE_CHECKING:
    from receta.core.progress import Progress
    from receta.core.recipe import Recipe
    from receta.data.dataset import Dataset, Splits

# What the data are, and how they are read

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="Folder, ZIP, CSV, JSON, NPZ, Parquet, IDX folder, 'digits', or a name such as "
        "keras:mnist. `receta list sources` shows all.",
    ),
]
MaybeData = Annotated[
    str | None, typer.Argument(metavar="DATA", help="As for every verb; not with --undo.")
]
JudgedData = Annotated[
    str | None,
    typer.Argument(
        metavar="[DATA]", help="Other labelled data; without, the scores on the run's test part."
    ),
]
Test = Annotated[str | None, typer.Option(metavar="DATA", help="Test on these examples alone.")]
Group = Annotated[
    str | None,
    typer.Option(
        metavar="REGEX|COLUMN", help="What must not stand in two parts, such as a person."
    ),
]
Label = Annotated[str | None, typer.Option(metavar="COLUMN|KEY", help="Where the labels stand.")]
Shape = Annotated[
    str | None,
    typer.Option(metavar="HxW[xC]", help="Shape of pictures that stand as rows of pixels."),
]
BadRows = Annotated[
    str | None,
    typer.Option(
        metavar="error|quarantine",
        help="CSV rows that cannot be read: stop, or leave them out.",
    ),
]
Target = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Read a table; this column is to be predicted."),
]
Task = Annotated[
    str | None,
    typer.Option(
        metavar="classes|labels|values",
        help="One class each, several labels, or numbers of a table; guessed and told without.",
    ),
]
Series = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Read a series in time; this column is to be forecast."),
]
Window = Annotated[int | None, typer.Option(min=1, help="Steps that a forecast sees.")]
Horizon = Annotated[int | None, typer.Option(min=1, help="Steps that it forecasts.")]
Content = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN|KEY", help="Where the pictures stand: bytes, file names or addresses."
    ),
]
AllowPrivate = Annotated[
    bool,
    typer.Option("--allow-private", help="Download from addresses of this network too."),
]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Where data are, and how they are read where that is not seen."""

    data: Any
    label: Label = None
    shape: Shape = None
    bad_rows: BadRows = None
    task: Task = None
    content: Content = None
    allow_private: AllowPrivate = False

    def options(self) -> dict[str, Any]:
        """What `receta.sources.load` is told beside DATA and --test."""
        told = {
            one.name: getattr(self, one.name)
            for one in dataclasses.fields(self)
            if one.name not in ("data", "test")
        }
        return told | {
            "shape": read_sides("--shape", self.shape, "28x28 or 32x32x3"),
            "bad_rows": self.bad_rows or "error",
        }

    def load(self, progress: Progress, known: Mapping[str, Any] | None = None) -> Dataset:
        """The examples; a download shows how far it is. known: what a model says of them."""
        from receta.sources import load

        told = self.options()
        told |= {name: value for name, value in (known or {}).items() if told.get(name) is None}
        return load(self.data, test=getattr(self, "test", None), progress=progress, **told)


@dataclass(frozen=True, kw_only=True)
class JudgedOn(Reading):
    """Labelled data that a model is judged on."""

    data: JudgedData = None
    target: Target = None
    series: Series = None


@dataclass(frozen=True, kw_only=True)
class Where(Reading):
    """DATA and --test, and all that is asked about them."""

    data: Data
    test: Test = None
    group: Group = None
    target: Target = None
    series: Series = None
    window: Window = None
    horizon: Horizon = None

    def without_bad_rows(self) -> Where:
        """The same for who asks what is wrong with the data.

        Such a person is told of the first bad line, and not turned away by it.
        """
        return dataclasses.replace(self, bad_rows=self.bad_rows or "quarantine")

    def parts(self, recipe: Recipe, progress: Progress) -> Splits:
        """The examples, read and divided as a run divides them."""
        from receta import kinds, splitting

        return splitting.split(kinds.read(self.load(progress), recipe, progress), recipe)


@dataclass(frozen=True, kw_only=True)
class MaybeWhere(Where):
    """The same for a verb that can do without DATA."""

    data: MaybeData = None  # type: ignore[assignment]  # which a verb of its own looks at


def read_sides(option: str, text: str | None, such_as: str) -> tuple[int, ...] | None:
    """Numbers of a text such as 28x28."""
    if text is None:
        return None
    numbers = text.lower().split("x")
    if not all(number.strip().isdecimal() for number in numbers):
        raise RecetaError(
            f"{option} {text} is no shape; expected height x width, such as {such_as}."
        )
    return tuple(map(int, numbers))


# What a run is made by

RecipeFile = Annotated[
    Path | None, typer.Option("--recipe", metavar="FILE", help="Settings from a TOML file.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="One setting; may be repeated. `receta list settings` shows all.",
    ),
]
Weights = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Weights of a pretrained network, which also puts that rung on the ladder: a file, or "
        "imagenet, which Keras fetches.",
    ),
]
Budget = Annotated[str | None, typer.Option(metavar="5m", help="Time for all of it: 90s, 5m, 1h.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="RUN", help="Run folder; the same one goes on with the run in it."),
]
Force = Annotated[bool, typer.Option("--force", help="Go on though a check failed.")]
TensorBoard = Annotated[
    bool, typer.Option("--tensorboard", help="Write event files; `receta tensorboard` shows them.")
]
CallbackFile = Annotated[
    Path | None,
    typer.Option(
        "--callbacks",
        metavar="FILE.py",
        help="Run this Python file and use the Keras callbacks it defines.",
    ),
]
Backend = Annotated[
    str | None,
    typer.Option(
        "--backend",
        metavar="NAME",
        help="auto, tensorflow, jax or torch; auto is JAX where it finds a GPU.",
    ),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust", help="Let a model bring code of its own along (SavedModels, Lambda layers)."
    ),
]

# A network that is there already

AnyModel = Annotated[
    Path,
    typer.Argument(
        metavar="RUN|BUNDLE|FILE",
        help="A run folder, a bundle of `receta export`, or anybody's network (.keras, .h5).",
    ),
]
ClassNames = Annotated[
    str | None,
    typer.Option(
        "--names",
        metavar="A,B",
        help="Of FILE: names of its classes, in order; both, where one output tells two apart.",
    ),
]
PixelValues = Annotated[
    str | None,
    typer.Option(
        "--pixels",
        metavar="0..1",
        help="Of FILE: the values it was trained on (0..255, 0..1, -1..1), where its layers do "
        "not scale them.",
    ),
]
Logits = Annotated[
    bool,
    typer.Option(
        "--logits", help="Of FILE: it has no softmax (or sigmoid) at its end; one is put there."
    ),
]

# What is printed

Verbose = Annotated[
    bool, typer.Option("--verbose", help="Show the figures that only experts read too.")
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")
]
