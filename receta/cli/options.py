"""Which options do several verbs have, and what does `--help` say of each?

An option stands here once, as a type that a verb writes into its signature. What every verb asks
about its data stands in `receta/data/options.py`: a parameter of the type `Where` stands for all.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from receta.core.errors import RecetaError
from receta.data.options import questions

if TYPE_CHECKING:
    from receta.core.progress import Progress
    from receta.core.recipe import Recipe
    from receta.data.dataset import Dataset, Splits

_Class = TypeVar("_Class")

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
_TYPES: dict[str, Any] = {  # all others are texts
    "bool": bool,
    "int | None": int | None,
    "tuple[str, ...]": list[str] | None,
}


def ask_about_data(*, of_model: bool) -> Callable[[type[_Class]], type[_Class]]:
    """A field for each of `receta.data.options.Options`, with what --help says of it.

    of_model: also those that a trained model knows.
    """

    def add(reading: type[_Class]) -> type[_Class]:
        for field, asked in questions():
            if asked.is_of_model and not of_model:
                continue
            kind = _TYPES.get(str(field.type), str | None)
            names = [f"--{field.name.replace('_', '-')}"] if kind is bool else []
            option = typer.Option(
                *names,
                metavar=asked.metavar,
                help=asked.help,
                min=asked.least,
                rich_help_panel=asked.panel,
            )
            reading.__annotations__[field.name] = Annotated[kind, option]
            setattr(reading, field.name, False if kind is bool else None)
        return reading

    return add


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Where data are, and how they are read where that is not seen."""

    data: Any

    def options(self) -> dict[str, Any]:
        """What `receta.sources.load` is told beside DATA and --test, of what was said."""
        every = (field.name for field, _ in questions())
        given = {name: getattr(self, name, None) for name in every}
        told = {name: value for name, value in given.items() if value not in (None, False, [])}
        if "shape" in told:
            told["shape"] = read_sides("--shape", told["shape"], "28x28 or 32x32x3")
        return told

    def load(self, progress: Progress, known: Mapping[str, Any] | None = None) -> Dataset:
        """The examples; a download shows how far it is. known: what a model says of them."""
        from receta.sources import load

        told = {**(known or {}), **self.options()}
        return load(self.data, test=getattr(self, "test", None), progress=progress, **told)


@dataclass(frozen=True, kw_only=True)
@ask_about_data(of_model=False)
class JudgedOn(Reading):
    """Labelled data that a model is judged on."""

    data: JudgedData = None


@dataclass(frozen=True, kw_only=True)
@ask_about_data(of_model=True)
class Where(Reading):
    """DATA and --test, and all that is asked about them."""

    data: Data
    test: Test = None

    def without_bad_rows(self) -> Where:
        """The same for who asks what is wrong with the data.

        Such a person is told of the first bad line, and not turned away by it.
        """
        changes: dict[str, Any] = {"bad_rows": self.options().get("bad_rows", "quarantine")}
        return dataclasses.replace(self, **changes)

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
StudyOut = Annotated[
    Path | None,
    typer.Option("--out", metavar="STUDY", help="Study folder; the same one is gone on with."),
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
On = Annotated[
    str,
    typer.Option(
        "--on",
        metavar="ADDRESS",
        help="Do trials on a Ray cluster: auto, or ray://HOST:PORT; with what each takes: "
        "auto,cpus=2,gpus=0.5.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        max=1024,
        help="Train the network in N processes together, with JAX; it pays where each has a GPU "
        "or a machine of its own.",
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
