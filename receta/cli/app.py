"""Which verbs does the command line have, and what does each print?

Nothing heavy is imported before a verb needs it, so that `receta --help` answers at once.
"""

from __future__ import annotations

import contextlib
import inspect
import math
import shlex
import signal
import sys
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from receta.cli import stopping
from receta.cli.help import Command, Verbs
from receta.cli.printing import bar, console
from receta.cli.printing.answers import tell_answers
from receta.cli.printing.console import end as _end
from receta.cli.printing.console import open_streams as _open_streams
from receta.cli.printing.console import print_json as _print_json
from receta.cli.printing.console import say as _say
from receta.cli.printing.console import tell as _tell
from receta.cli.translation import drop_language, speak
from receta.core.commands import fill_program
from receta.core.errors import (
    CheckFailed,
    ExportRefused,
    Interrupted,
    RecetaError,
    Uncalibrated,
)
from receta.core.language import said

if TYPE_CHECKING:
    from receta.core.finding import Finding
    from receta.core.predictor import Classifier
    from receta.core.recipe import Recipe
    from receta.data.dataset import Dataset
    from receta.pixels import Pixels


@dataclass(frozen=True)
class _Where:
    """DATA, --test, and the options that `receta.sources.load` has too."""

    data: Any  # a str, or None where a verb can do without
    test: str | None
    options: dict[str, Any]

    def load(self) -> Dataset:
        """The examples; a download shows how far it is."""
        from receta.sources import load

        return load(self.data, test=self.test, progress=_progress(), **self.options)


def _on_data(verb: Any) -> Any:
    """Give a verb DATA and its options in the place of its parameter `where`.

    One that judges a `model` takes DATA after it.
    """

    def called(**given: Any) -> Any:
        said = {name: given.pop(name) for name in options}
        said["shape"] = _sides(said["shape"])
        said["bad_rows"] = said["bad_rows"] or bad_rows
        return verb(_Where(given.pop("data"), given.pop("test", None), said), **given)

    # Who asks what is wrong with the data is told, not turned away by the first bad line.
    bad_rows = "quarantine" if verb.__name__ in ("audit", "clean") else "error"
    keyword, empty = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.empty
    rest = [
        one.replace(kind=keyword)
        for one in list(inspect.signature(verb, eval_str=True).parameters.values())[1:]
    ]
    names = {one.name for one in rest}
    judges = "model" in names
    options = {
        name: option
        for name, option in _DATA_OPTIONS.items()
        if not (judges and name in _OF_SPLITS_AND_TABLES)
    }
    maybe = Judged if judges else MaybeData if "undo" in names else None
    data = inspect.Parameter(
        "data", keyword, default=None if maybe else empty, annotation=maybe or Data
    )
    needed = [one for one in rest if one.default is empty]
    # In the order that --help shows: what to do before where the data's details are.
    parameters = [
        *((*needed, data) if judges else (data, *needed)),
        *([] if judges else [inspect.Parameter("test", keyword, default=None, annotation=Test)]),
        *(one for one in rest if one.default is not empty),
        *(
            inspect.Parameter(
                name,
                keyword,
                default=False if kind is bool else None,
                annotation=Annotated[kind, option],
            )
            for name, (kind, option) in options.items()
        ),
    ]
    called.__name__, called.__doc__ = verb.__name__, verb.__doc__
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return called


def _sides(shape: str | None) -> tuple[int, ...] | None:
    """Numbers of a text such as 28x28."""
    if shape is None:
        return None
    numbers = shape.lower().split("x")
    if not all(number.strip().isdecimal() for number in numbers):
        raise RecetaError(
            f"--shape {shape} is no shape; expected height x width, such as 28x28 or 32x32x3."
        )
    return tuple(map(int, numbers))


app = typer.Typer(
    name="receta",
    cls=Verbs,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Turn labelled data into a neural network that can be trusted, and say why it can.",
    epilog="Exit codes: 0 good; 1 a finding says fail; 2 wrong use or bad data; 130 interrupted, "
    "the same command goes on.",
)


def _version(asked: bool) -> None:
    if asked:
        import receta

        print(f"receta {receta.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Say which version this is."
        ),
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option(
            metavar="LANGUAGE",
            help="Speak en or es; anywhere in the line. Without it, as RECETA_LANG or LANG say.",
        ),
    ] = None,
) -> None:
    del version, lang  # `drop_language` has read it before


# Where the data are, and what is to be known about them: every verb that takes DATA has these
# (`_on_data`).
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
Test = Annotated[str | None, typer.Option(metavar="DATA", help="Test on these examples alone.")]
_DATA_OPTIONS: dict[str, tuple[Any, Any]] = {
    "group": (
        str | None,
        typer.Option(
            metavar="REGEX|COLUMN", help="What must not stand in two parts, such as a person."
        ),
    ),
    "label": (str | None, typer.Option(metavar="COLUMN|KEY", help="Where the labels stand.")),
    "shape": (
        str | None,
        typer.Option(metavar="HxW[xC]", help="Shape of pictures that stand as rows of pixels."),
    ),
    "bad_rows": (
        str | None,
        typer.Option(
            metavar="error|quarantine",
            help="CSV rows that cannot be read: stop, or leave them out.",
        ),
    ),
    "target": (
        str | None,
        typer.Option(metavar="COLUMN", help="Read a table; this column is to be predicted."),
    ),
    "task": (
        str | None,
        typer.Option(
            metavar="classes|labels|values",
            help="One class each, several labels, or numbers of a table; guessed and told without.",
        ),
    ),
    "series": (
        str | None,
        typer.Option(
            metavar="COLUMN", help="Read a series in time; this column is to be forecast."
        ),
    ),
    "window": (int | None, typer.Option(min=1, help="Steps that a forecast sees.")),
    "horizon": (int | None, typer.Option(min=1, help="Steps that it forecasts.")),
    "content": (
        str | None,
        typer.Option(
            metavar="COLUMN|KEY", help="Where the pictures stand: bytes, file names or addresses."
        ),
    ),
    "allow_private": (
        bool,
        typer.Option("--allow-private", help="Download from addresses of this network too."),
    ),
}
# which a model that judges pictures is not asked about
_OF_SPLITS_AND_TABLES = ("group", "target", "series", "window", "horizon")
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
Grid = Annotated[
    Path | None, typer.Option(metavar="FILE.png", help="Write a labelled grid of samples.")
]
Ids = Annotated[Path | None, typer.Option(metavar="FILE.json", help="Write the ids of each part.")]
Judged = Annotated[
    str | None,
    typer.Argument(
        metavar="[DATA]", help="Other labelled data; without, the scores on the run's test part."
    ),
]
ShelfName = Annotated[
    str | None,
    typer.Argument(
        metavar="[SHELF]", help="sources, audits, formats, rungs, checks, targets or settings."
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
Rung = Annotated[
    str | None, typer.Option(metavar="NAME", help="One model instead of the whole ladder.")
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
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Show the figures that only experts read too.")
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")
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
Exported = Annotated[
    Path,
    typer.Argument(
        metavar="RUN|FILE",
        help="A run folder, or anybody's network: .keras, .h5, .json, SavedModel.",
    ),
]
Targets = Annotated[
    str,
    typer.Option(
        metavar="A,B:VARIANT",
        help="Targets, such as onnx,litert:int8; `receta list targets` shows all.",
    ),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust", help="Let a model bring code of its own along (SavedModels, Lambda layers)."
    ),
]
Token = Annotated[
    str | None, typer.Option(envvar="RECETA_TOKEN", help="Secret that every request must bring.")
]
Bundles = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[BUNDLE...]", help="Bundles that `receta export` wrote, or run folders."
    ),
]
AnyModel = Annotated[
    Path,
    typer.Argument(
        metavar="RUN|BUNDLE|FILE",
        help="A run folder, a bundle of `receta export`, or anybody's network (.keras, .h5).",
    ),
]


@app.command(cls=Command)
@_on_data
def run(
    where: _Where,
    out: Out = None,
    budget: Budget = None,
    weights: Weights = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    backend: Backend = None,
    tensorboard: TensorBoard = False,
    callbacks: CallbackFile = None,
    force: Force = False,
    trust: Trust = False,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Make a model from labelled data, and report how good it is."""
    chosen = _recipe(
        recipe, settings, budget, weights=weights, tensorboard=tensorboard, backend=backend
    )
    _journey(where, out, chosen, force, as_json, callbacks, trust, verbose)


@app.command(cls=Command)
@_on_data
def train(
    where: _Where,
    rung: Annotated[
        str, typer.Option(metavar="NAME", help="The model to train; `receta list rungs` shows all.")
    ],
    out: Out = None,
    budget: Budget = None,
    weights: Weights = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    backend: Backend = None,
    tensorboard: TensorBoard = False,
    callbacks: CallbackFile = None,
    force: Force = False,
    trust: Trust = False,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Train one model instead of the whole ladder; else like run."""
    chosen = _recipe(
        recipe, settings, budget, rung, weights, tensorboard=tensorboard, backend=backend
    )
    _journey(where, out, chosen, force, as_json, callbacks, trust, verbose)


@app.command(cls=Command)
@_on_data
def rate(
    where: _Where,
    rung: Annotated[
        str, typer.Option(metavar="NAME", help="The model; `receta list rungs` shows all.")
    ] = "cnn",
    out: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Draw the curve.")] = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Find a learning rate for a model in seconds."""
    from receta import kinds, splitting
    from receta.training import rates

    chosen, progress = _recipe(recipe, settings, rung=rung), _progress()
    _only_png("--out", out)
    examples = where.load()
    parts = splitting.split(kinds.read(examples, chosen, progress), chosen)
    found = rates.rate(parts, rung, chosen, trust=trust, progress=progress)
    if out:
        rates.draw(found, out)
        _say(f"curve: {out}")
    if as_json:
        return _print_json(found.to_json())
    _tell(f"learning rate for {rung}: {found.why}")
    _tell(
        f"Use it: receta train {examples.place} --rung {shlex.quote(rung)} --set "
        f"learning_rate={found.suggested:g}"
    )
    _tell(f"Or let each rung find its own: receta run {examples.place} --set learning_rate=auto")


@app.command(cls=Command)
@_on_data
def look(
    where: _Where,
    out: Grid = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    imbalance: Annotated[
        bool,
        typer.Option(
            "--imbalance", help="Show the ways to answer rare classes, and what each does."
        ),
    ] = False,
    augmented: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Draw what each augmentation makes of some pictures, "
            "and say which of them keep labels here.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show classes, sizes, and what the network gets to see."""
    from receta.pipeline import looking

    chosen = _recipe(recipe, settings)
    _only_png("--out", out)
    _only_png("--augmented", augmented)
    examples = where.load()
    if imbalance:
        return _imbalance(examples, chosen.seed, as_json)
    if augmented:
        return _augmented(examples, chosen, augmented, as_json)
    seen = looking.look(examples, chosen, progress=_progress())
    if out:
        readable = examples.without(dict(seen.left_out)) if examples.kind == "images" else examples
        looking.grid(readable, out, chosen.seed, title=Path(where.data).name)
        _say(f"picture of samples: {out}")
    begins = _begins(examples, chosen) if examples.kind == "images" else None
    if begins and begins.shape:  # what the network sees that a run begins with
        seen = replace(seen, shape=begins.shape)
    if as_json:
        return _print_json(
            {
                **seen.to_json(),
                "notes": list(examples.notes),
                **(begins.to_json() if begins else {}),
            }
        )
    for title, heads, rows in seen.tables():
        _table(title, heads, rows)
    parts = getattr(seen, "parts", {})
    print()
    if len(parts) > 1:
        _tell(f"parts in the data: {', '.join(f'{name} {n}' for name, n in parts.items())}")
    if seen.left_out:
        _tell(
            f"left out: {len(seen.left_out)}, such as {seen.left_out[0][0]}: {seen.left_out[0][1]}"
        )
    if begins:
        _tell(begins.sentence())


def _only_png(option: str, path: Path | None) -> None:
    if path is not None and path.suffix.lower() != ".png":
        raise RecetaError(
            f"{option} {path} is no picture that can be written; expected a name that ends with "
            ".png."
        )


def _begins(examples: Dataset, recipe: Recipe) -> Any:
    """With which network a run of these pictures begins."""
    from receta.data.examples import readable
    from receta.training.ladder import beginning

    pixels = _pixels(examples, recipe, _progress())
    return None if pixels is None else beginning(readable(examples, pixels), pixels, recipe)


def _augmented(examples: Dataset, recipe: Recipe, out: Path, as_json: bool) -> None:
    from receta import checks
    from receta.pixels import decode

    checks.augmentable(examples)
    pixels = decode(
        examples, recipe.image_size, recipe.channels, fit=recipe.fit, progress=_progress()
    )
    strength, found = checks.draw_augmented(examples, recipe, pixels, out, progress=_progress())
    _say(f"augmented pictures at strength {strength:g}: {out}")
    if as_json:
        return _print_json(
            {"strength": strength, "findings": [finding.to_json() for finding in found]}
        )
    for finding in found:
        used = "left out" if finding.facts.left_out else "used"
        _tell(f"{finding.facts.augmentation + ':':15}{used:10}{finding.advice}".rstrip(), " " * 25)


def _imbalance(examples: Dataset, seed: int, as_json: bool) -> None:
    from receta.pipeline import balance

    found = balance.choices(examples, seed)
    if as_json:
        return _print_json(
            {"classes": list(examples.class_names), "ways": [choice.to_json() for choice in found]}
        )
    few = len(examples.class_names) <= 6

    def shown(choice: balance.Choice) -> tuple[str, ...]:
        if not choice.counts:
            return ("",) * (len(examples.class_names) if few else 3)
        weights = [f" x {weight:.2f}" if weight != 1 else "" for weight in choice.weights]
        if few:
            return tuple(f"{n}{weight}" for n, weight in zip(choice.counts, weights, strict=True))
        small, large = (
            min(range(len(weights)), key=choice.counts.__getitem__),
            max(range(len(weights)), key=choice.counts.__getitem__),
        )
        return (
            f"{choice.counts[small]}{weights[small]}",
            f"{choice.counts[large]}{weights[large]}",
            str(sum(choice.counts)),
        )

    heads = (
        examples.class_names if few else ("smallest class", "largest class", "examples an epoch")
    )
    _table(
        "examples an epoch by class (x the weight of a mistake)",
        ("way", *heads),
        [(choice.way, *shown(choice)) for choice in found],
        ours=1 if few else None,
    )
    print()
    for choice in found:
        _tell(f"{choice.way + ':':18}{choice.about}", " " * 18)
    print()
    _tell(f"Choose one: receta run {examples.place} --set imbalance=class_weights")
    _tell("A threshold is moved by stated costs, such as --set 'costs=truth>answer=20'.")


@app.command(cls=Command)
@_on_data
def audit(
    where: _Where,
    recipe: RecipeFile = None,
    settings: Settings = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write a page with pictures of what was found."),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="CODE,...", help="These audits alone; `receta list audits` shows all."
        ),
    ] = None,
    also: Annotated[
        str | None,
        typer.Option(metavar="CODE,...", help="Audits that take minutes too, such as label_error."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what is wrong with the data."""
    from receta.audits import SHELF
    from receta.audits import audit as audit_data

    for name in (*_words(only), *_words(also)):  # the names first: loading may take long
        SHELF.module(name)
    if only is not None and not _words(only):
        raise RecetaError(
            "--only names no audit; expected some, such as leak,duplicate. `receta list audits` "
            "shows all."
        )
    if report is not None and report.suffix.lower() not in (".html", ".htm"):
        raise RecetaError(f"--report {report} is no page; expected a name that ends with .html.")
    settled, examples, progress = _recipe(recipe, settings), where.load(), _progress()
    pixels = _pixels(examples, settled, progress)
    findings = audit_data(
        examples,
        pixels=pixels,
        only=None if only is None else _words(only),
        also=_words(also),
        progress=progress,
    )
    if report:
        from receta.report.audited import write_audit

        write_audit(
            examples,
            findings,
            report,
            title=where.data,
            command=shlex.join(["receta", *sys.argv[1:]]),
        )
        _say(f"report: {report}")
    _findings(findings, as_json)


@app.command(cls=Command)
@_on_data
def clean(
    where: _Where,
    out: Annotated[
        Path | None, typer.Option(metavar="OUT", help="A folder that is then DATA for every verb.")
    ] = None,
    fix: Annotated[
        str | None, typer.Option(metavar="CODE[=METHOD],...", help="Findings to act on.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")
    ] = False,
    undo: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Take back what was done last in this folder."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="With --undo: take back all.")] = False,
    recipe: RecipeFile = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Mend what the audit found; your files stay as they are."""
    from receta import cleaning

    fixes = None if fix is None else _words(fix)
    if undo is not None:
        if (
            where.data
            or out
            or dry_run
            or (fixes is not None and len(fixes) != 1)
            or (fixes and everything)
        ):
            raise RecetaError(
                "--undo takes a folder that `receta clean` made, and --all or one --fix CODE; "
                "expected no DATA beside it."
            )
        taken = cleaning.undo(undo, everything=everything, code=fixes[0] if fixes else None)
        if as_json:
            return _print_json({"out": str(undo), "undone": taken})
        for back in taken:
            _tell(f"taken back: {back['what']}")
        return None
    if not where.data or (out is None and not dry_run):
        raise RecetaError(
            "clean needs DATA and --out OUT, a folder for what it notes; expected both. Or say "
            "--dry-run to only see it."
        )
    done = cleaning.clean_into(
        where.data,
        out,
        test=where.test,
        fix=fixes,
        recipe=_recipe(recipe, settings),
        dry_run=dry_run,
        progress=_progress(),
        **where.options,
    )
    if as_json:
        return _print_json(
            {"out": None if out is None else str(out), "dry_run": dry_run, **done.to_json()}
        )
    for entry in done.entries:
        _tell(entry.what, "  ")
        _tell(f"        because {entry.why}", " " * 8)
    for note in done.notes:
        _tell(note)
    if not done.entries:
        print("nothing to clean was found")
    elif dry_run:
        _tell(
            "that is what would be done; nothing was written. Without --dry-run it goes into "
            "--out OUT."
        )
    else:
        place = shlex.quote(str(out))
        verb = "run" if done.after.kind == "images" else "look"
        print()
        _tell(
            f"{out} is the cleaned data: `receta {verb} {place}`; taken back with `receta clean "
            f"--undo {place}`"
        )
    return None


@app.command(cls=Command)
@_on_data
def convert(
    where: _Where,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new file or folder.")],
    to: Annotated[
        str,
        typer.Option(
            metavar="FORMAT", help="Such as npz or parquet; `receta list formats` shows all."
        ),
    ],
    size: Annotated[
        str | None, typer.Option(metavar="HxW", help="Bring every picture to this size.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write data in another form, and prove that it reads back the same."""
    from receta import converting
    from receta.core.amounts import counted

    converting.SHELF.module(to)  # the name first: loading may take long
    sides = _sides(size)
    if sides is not None and len(sides) != 2:
        raise RecetaError(f"--size {size} is no size; expected height x width, such as 96x96.")
    done = converting.convert(
        where.load(), to, out, size=sides and (sides[0], sides[1]), progress=_progress()
    )
    if as_json:
        return _print_json(done.to_json())
    said = " ".join(shlex.join([f"--{name}", str(value)]) for name, value in done.options.items())
    _tell(f"{counted(done.n, 'examples')} in {done.place}; read back, and the same.")
    print(fill_program(f"receta look {shlex.quote(str(done.place))} {said}".rstrip()))
    if done.left_out:
        first, n = done.left_out[0], len(done.left_out)
        _tell(f"{n} {'was' if n == 1 else 'were'} left out, such as {first.id}: {first.reason}")


@app.command(cls=Command)
@_on_data
def split(
    where: _Where,
    out: Ids = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Show what is trained on, and what is kept for the test."""
    from receta import splitting
    from receta.core import disk
    from receta.core.reading import reading_order
    from receta.data.examples import readable

    chosen, examples = _recipe(recipe, settings), where.load()
    pixels = _pixels(examples, chosen, _progress())
    kept = readable(examples, pixels) if pixels else examples
    parts, how = splitting.split(kept, chosen), splitting.how(kept, chosen)
    plain = splitting.as_json(parts, how)
    if out:
        disk.write_json(out, plain)
        _say(f"ids of each part: {out}")
    if as_json:
        return _print_json(plain)
    named = parts.named()
    counts = [
        (parts.class_names[row], *(int(part.counts()[row]) for part in named.values()))
        for row in reading_order(parts.class_names)
    ]
    _table(how, ("class" if counts else "", *named), [*counts, (said("all"), *map(len, parts))])


@app.command(cls=Command)
@_on_data
def check(
    where: _Where,
    rung: Rung = None,
    weights: Weights = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    backend: Backend = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Check the set-up of each model before training."""
    from receta import kinds, models, splitting
    from receta.checks import check as check_parts

    chosen, progress = (
        models.ladder(_recipe(recipe, settings, rung=rung, backend=backend, weights=weights)),
        _progress(),
    )
    parts = splitting.split(kinds.read(where.load(), chosen, progress), chosen)
    _findings(check_parts(parts, chosen, trust=trust, progress=progress), as_json)


@app.command(cls=Command)
@_on_data
def evaluate(
    where: _Where,
    model: AnyModel,
    names: ClassNames = None,
    pixels: PixelValues = None,
    logits: Logits = False,
    trust: Trust = False,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Judge a model on its test part, or on other labelled data."""
    from receta import exporters, predictors
    from receta.core.reading import reading_order
    from receta.training import Run

    theirs = _of_file(model, names=names, pixels=pixels, logits=logits, trust=trust)
    if where.data is None:
        if theirs or (model / "bundle.json").is_file():
            raise RecetaError(
                f"{model} has no test part of its own; expected labelled data to judge it on. "
                "Name them behind it."
            )
        opened = _told(Run.open(model))
        scores = opened.best and opened.scores
        if scores is None:
            raise RecetaError(
                f"{model} has no scores yet; expected a finished run. Repeat the command that "
                "began it."
            )
    else:
        from receta.evaluation import judge, say_seen

        # Said before the data are read.
        answering: Classifier | None = (
            None if theirs else _told(predictors.predictor_at(model, trust=trust))
        )
        examples = where.load()
        if answering is None:
            if not names:
                _say(
                    f"--names was not given: the outputs of {model.name} are taken for "
                    f"{', '.join(examples.class_names)}, in this order."
                )
                theirs["class_names"] = examples.class_names
            answering = exporters.subject(model, **theirs)
        scores = judge(answering, examples).to_json()
        if scores.get("seen_in_training"):
            _say(say_seen(scores["seen_in_training"], scores["n"]))
    if as_json:
        return _print_json(scores)
    from receta.cli.printing.result import show_details, show_verdict

    show_verdict(scores)
    if verbose:
        show_details(scores)
    if "mean_average_precision" in scores:
        return _table(
            "by label",
            ("label", "average precision", "precision", "recall", "F1", "n", "said from"),
            [
                (
                    row["class"],
                    *(
                        "" if row[name] is None else f"{row[name]:.3f}"
                        for name in ("average_precision", "precision", "recall", "f1")
                    ),
                    row["n"],
                    f"{row['threshold']:.3f}",
                )
                for row in scores["per_class"]
            ],
        )
    rows = [
        scores["per_class"][at]
        for at in reading_order([row["class"] for row in scores["per_class"]])
    ]
    _table(
        "by class",
        ("class", "precision", "recall", "F1", "n"),
        [
            (
                row["class"],
                *(
                    f"{row[name]:.3f}" if row["n"] else "–"
                    for name in ("precision", "recall", "f1")
                ),
                row["n"],
            )
            for row in rows
        ],
    )
    if scores["top_confusions"]:
        _table(
            "most often confused",
            ("truth", "taken for", "times"),
            [(row["truth"], row["predicted"], row["n"]) for row in scores["top_confusions"]],
        )


@app.command(cls=Command)
def predict(
    model: AnyModel,
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Pictures, or folders of them.")
    ],
    top: Annotated[int, typer.Option(min=1, help="How many classes to name.")] = 5,
    names: ClassNames = None,
    pixels: PixelValues = None,
    logits: Logits = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Name the most probable classes of pictures."""
    from receta import exporters, predictors
    from receta.evaluation.predicting import predict as answer

    theirs = _of_file(model, names=names, pixels=pixels, logits=logits, trust=trust)
    answering = (
        exporters.subject(model, **theirs)
        if theirs
        else _told(predictors.predictor_at(model, trust=trust))
    )
    answers, unreadable = answer(answering, inputs, top=top, tell=_say)
    if code := tell_answers(answers, unreadable, as_json):
        raise typer.Exit(code)


def _of_file(
    model: Path, *, names: str | None, pixels: str | None, logits: bool, trust: bool
) -> dict[str, Any]:
    """What is said of anybody's network, for `exporters.subject`.

    Empty for a run or a bundle, of which all is known.
    """
    from receta import predictors
    from receta.exporters._subject import known_pixels

    known_pixels(pixels)
    if predictors.is_network(model):
        return {"class_names": _words(names), "pixels": pixels, "logits": logits, "trust": trust}
    said = [
        f"--{name}"
        for name, given in (("names", names), ("pixels", pixels), ("logits", logits))
        if given
    ]
    if said and model.exists():
        raise RecetaError(
            f"{', '.join(said)} is of networks in a file; expected none with a run or a bundle, "
            "which knows. Leave it away."
        )
    return {}


def _told(opened: Any) -> Any:
    """A run or a bundle, after its files were compared with their digests.

    Where it has none, that is said.
    """
    if opened.unchecked:
        _say(opened.unchecked)
    return opened


@app.command(cls=Command)
def export(
    what: Exported,
    to: Targets,
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
    from receta import exporters, predictors
    from receta.training import Run

    progress = _progress()
    is_run = what.is_dir() and not predictors.is_network(what)
    if is_run:
        _told(Run.open(what)).best  # noqa: B018  says so in one line when there is none
    elif not what.exists():
        raise RecetaError(
            f"{what} does not exist; expected a run folder or a file of a network (FILE.keras). "
            "Check the path."
        )
    targets = list(dict.fromkeys(name.strip() for name in to.split(",") if name.strip()))
    if not targets:
        raise RecetaError(
            "--to names no target; expected some, such as keras,onnx. `receta list targets` "
            "shows all."
        )
    if not 0 <= tolerance <= 1:
        raise RecetaError(
            f"--tolerance {tolerance:g} is out of bounds; expected a share of accuracy, 0 to 1."
        )
    theirs = _of_file(what, names=names, pixels=pixels, logits=logits, trust=trust)
    for check in (exporters.parsed, exporters.ready):  # names first: the second starts the backend
        for target in targets:
            check(target)
    subject = exporters.subject(what, **{"trust": trust, **theirs})
    subject = subject if calibrate is None else subject.calibrated(calibrate, progress)
    place = out or (what / "exports" if is_run else what.with_name(f"{what.stem}-exports"))
    bundles, refused, uncalibrated = [], list[ExportRefused](), list[str]()
    for target in targets:
        try:
            bundles.append(
                exporters.export(
                    subject,
                    target,
                    place / exporters.folder_name(target),
                    tolerance=tolerance,
                    progress=progress,
                )
            )
        except Uncalibrated:
            uncalibrated.append(target)
        except ExportRefused as error:
            refused.append(error)
    if uncalibrated:
        refused.append(exporters.uncalibrated(uncalibrated, subject))
    if as_json:
        plain = [
            {"folder": str(bundle.folder), "bytes": bundle.bytes, **bundle.to_json()}
            for bundle in bundles
        ]
        _print_json(
            {
                "run" if is_run else "file": str(what),
                "bundles": plain,
                "refused": [str(error) for error in refused],
            }
        )
    elif bundles:
        from receta.cli.printing.result import show_bundles, show_next_of

        show_bundles(bundles)
        show_next_of(bundles)
    if refused:
        raise (Uncalibrated if uncalibrated else ExportRefused)(
            " ".join(map(str, refused))
        ) from ExceptionGroup("refused", refused)


@app.command(cls=Command)
def serve(
    folders: Bundles = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 is every one of this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8000,
    token: Token = None,
    cors: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="Pages of this origin may ask (https://my.site); may be repeated.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Answer under this name too (behind a proxy, in "
            "a network of yours); may be repeated.",
        ),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="One bound, such as body=2000000 (bytes); may be repeated."
        ),
    ] = None,
    teach: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Let the page collect pictures into class folders there, and train on them.",
        ),
    ] = None,
    trust: Trust = False,
) -> None:
    """Answer over HTTP, with a page to try it; Ctrl-C ends it."""
    from receta import server

    if not folders and teach is None:
        raise RecetaError(
            "there is nothing to serve; expected a bundle or a run, or a folder to --teach from. "
            "Name one."
        )
    server.serve(
        folders or [],
        host=host,
        port=port,
        token=token,
        cors=cors or (),
        limits=limit or (),
        hosts=allow_host or (),
        teach=teach,
        trust=trust,
        progress=_progress(),
    )


@app.command("tensorboard", cls=Command)
def show_tensorboard(
    folder: Annotated[
        Path, typer.Argument(metavar="[RUNS]", help="A run, or a folder of them.")
    ] = Path("runs"),
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 6006,
) -> None:
    """Show in TensorBoard what runs wrote; Ctrl-C ends it."""
    from receta.training import showing

    showing.ready()
    if not any(folder.rglob("events.out.tfevents.*")):
        raise RecetaError(
            f"{folder} holds no event files; expected those of a run with --tensorboard. Make "
            "one, or name another folder."
        )
    _, address = showing.start(folder, port)
    _say(f"TensorBoard: {address}\nCtrl-C ends it.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()
    _end(0)


@app.command(cls=Command)
def runs(
    folder: Annotated[Path, typer.Argument(help="Where the run folders are.")] = Path("runs"),
    as_json: Json = False,
) -> None:
    """List the runs in a folder."""
    from receta.core import disk, records, seals
    from receta.core.amounts import counted

    def row(path: Path) -> dict[str, Any]:
        about, result = disk.read_json(path, records.RUN), path.parent / "result.json"
        seals.check(path.parent, "", only=("run.json", "result.json"))
        done = disk.read_json(result, records.RESULT) if result.exists() else {}
        best, test = done.get("best") or {}, done.get("test") or {}
        state = "finished" if best else "nothing passed" if done else "unfinished"
        return {
            "run": str(path.parent),
            "data": about["data"].get("name", ""),
            "created": about["created"],
            "state": state,
            "best": best.get("rung"),
            "accuracy": test.get("accuracy"),
            "interval": test.get("interval"),
            "validation_accuracy": best.get("validation_accuracy"),
        }

    rows = []
    for path in sorted(folder.glob("*/run.json")):
        try:
            rows.append(row(path))
        except (RecetaError, KeyError, TypeError, AttributeError):
            # one spoilt run does not hide the others
            rows.append(
                {
                    "run": str(path.parent),
                    "data": "",
                    "created": "",
                    "state": "damaged",
                    "best": None,
                    "accuracy": None,
                    "interval": None,
                }
            )
    if as_json:
        return _print_json({"runs": rows})
    from receta.cli.printing.result import show_reached

    if not rows:
        return _tell(f"no runs in {folder}; `receta run DATA` makes one")
    _table(
        counted(len(rows), "runs"),
        ("run", "data", "begun", "state", "best", "right on the test part"),
        [
            (
                row["run"],
                row["data"],
                row["created"][:16].replace("T", " "),
                said(row["state"]),
                row["best"] or "",
                show_reached(row),
            )
            for row in rows
        ],
    )


@app.command("list", cls=Command)
def list_shelf(shelf: ShelfName = None, as_json: Json = False) -> None:
    """List what receta knows: sources, audits, models, targets, settings."""
    shelves = _shelves()
    if shelf is not None and shelf not in shelves:
        from receta.core.registry import nearest

        raise RecetaError(
            f"shelf '{shelf}' is unknown; expected one of "
            f"{', '.join(shelves)}.{nearest(shelf, shelves)}"
        )
    chosen = {name: rows for name, rows in shelves.items() if shelf in (None, name)}
    if as_json:
        return _print_json(
            {
                name: [dict(zip(("name", "about"), row, strict=True)) for row in rows]
                for name, rows in chosen.items()
            }
        )
    for name, rows in chosen.items():
        _table(name, ("name", "about"), rows)


def main() -> None:
    """Run the command line; every error is one line and an exit code."""
    words = sys.argv[1:] or ["--help"]
    debug = "--debug" in words
    stopping.hear_once()
    _open_streams()
    try:
        words = drop_language([word for word in words if word != "--debug"])
        code = speak(typer.main.get_command(app))(words, standalone_mode=False)
        sys.stdout.flush()
        _end(code if isinstance(code, int) else 0)
    except BrokenPipeError:  # whoever read our output has enough
        _end(0)
    except SystemExit as error:
        if not isinstance(error.__context__, BrokenPipeError):  # which Click turns into an exit
            raise
        _end(0)
    except (KeyboardInterrupt, Exception) as error:
        # Click's own errors of use, and our own mistakes
        stopping.leave_at_once()
        fail(error, debug)


def fail(error: BaseException, debug: bool) -> NoReturn:
    """Say an error in one line and end with its exit code."""
    bar.end()
    if debug and not isinstance(error, KeyboardInterrupt):
        traceback.print_exc()
    if isinstance(error, KeyboardInterrupt):
        error = Interrupted(stopping.INTERRUPTED)
    if isinstance(error, RecetaError):
        _refuse(_with_trust(str(error)))
        _end(error.exit_code)
    shown = getattr(error, "format_message", None)  # Click's errors of use
    if shown is not None:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "receta"
        said = shown()
        _refuse(
            f"{said} See `{command} --help`."
            if said.endswith("?")
            else f"{said.rstrip('.')}; see `{command} --help`."
        )
    elif type(error).__name__ == "Abort" and isinstance(error.__cause__, EOFError):
        # which to Click is Ctrl-D
        fail(RuntimeError(f"EOFError: {error.__cause__}"), debug)
    elif type(error).__name__ == "Abort":
        fail(Interrupted(stopping.INTERRUPTED), debug)
    elif isinstance(error, OSError) and error.strerror:
        where = (
            f"{error.filename} cannot be used"
            if error.filename
            else "the system refuses to read or write"
        )
        _refuse(
            f"{where} ({error.strerror}); expected a place that may be read and written, with "
            "room left. "
            "Nothing that stood there is lost: check path, permissions and disk, then repeat."
        )
    elif isinstance(error, MemoryError):
        _refuse(
            "the memory is full; expected more of it to be free. Close other programs, or set a "
            "smaller "
            "image_size or batch_size, then repeat."
        )
    else:
        _refuse(
            f"{type(error).__name__}: {_one_line(str(error))[:300]}; this is a mistake of "
            "receta's own. "
            "Repeat with --debug and report what it prints."
        )
    _end(2)


def _refuse(text: str) -> None:
    """One line on stderr that says what is wrong, in the language of who reads."""
    line = f"receta: {said(_one_line(text))}"
    _say(line)
    stopping.last_line(line)


def _with_trust(text: str) -> str:
    """The text, with the very command to repeat where it advises --trust.

    Not one that holds a secret.
    """
    from receta.core import trust

    if trust.ADVICE not in text or any(word.startswith("--token") for word in sys.argv):
        return text
    return text.replace(
        trust.ADVICE,
        f"If you know where it is from: {shlex.join(['receta', *sys.argv[1:], '--trust'])}",
    )


def _one_line(text: str) -> str:
    """The text in one line that a terminal or a log file can take."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def _journey(
    where: _Where,
    out: Path | None,
    recipe: Recipe,
    force: bool,
    as_json: bool,
    callbacks: Path | None = None,
    trust: bool = False,
    verbose: bool = False,
) -> None:
    from receta import journey
    from receta.core import deadline, disk, records
    from receta.sources import Options
    from receta.training import default_folder

    folder = out or default_folder(where.data, where.test, recipe, Options(**where.options).words())
    written, failed = folder / "result.json", None
    earlier = written.read_bytes() if written.is_file() else b""
    until = deadline.of_command(recipe.budget_s or math.inf)
    given = _callbacks(callbacks, recipe)
    stopping.hear_until_heard()
    try:
        journey.run(
            where.data,
            test=where.test,
            out=folder,
            recipe=recipe,
            force=force,
            callbacks=given,
            trust=trust,
            progress=console.progress_of_run(until, verbose=verbose),
            deadline=until,
            command=shlex.join(["receta", *sys.argv[1:]]),
            **where.options,
        )
    except CheckFailed as error:
        failed = error
    except (KeyboardInterrupt, Exception) as error:
        # One that falls into a backend's own clean-up comes out as an error of the backend: the
        # timer knows better.
        if not isinstance(error, KeyboardInterrupt) and not signal.getitimer(signal.ITIMER_REAL)[0]:
            raise
        stopping.heard()
        raise Interrupted(
            f"interrupted; what is done is kept in {folder}. The same command goes on from there."
        ) from None
    bar.end()
    result, before = disk.read_json(written, records.RESULT), written.read_bytes() == earlier
    if as_json:
        _print_json(result)
    else:
        from receta.cli.printing.result import show_result

        show_result(result, folder, recipe.budget_s, verbose=verbose, before=before)
    if failed is not None:
        raise failed


def _callbacks(path: Path | None, recipe: Recipe) -> Any:
    """What the file of --callbacks defines; it may import Keras, so the backend is set up first."""
    if path is None:
        return None
    from receta.pipeline import backend

    backend.prefer(recipe.backend)
    backend.start(recipe.threads)
    from receta.training import callbacks

    return callbacks.from_file(path)


def _pixels(examples: Dataset, recipe: Recipe, progress: Any) -> Pixels | None:
    """Decoded pictures; None of data that are no pictures."""
    if examples.kind != "images":
        return None
    from receta.pixels import decode

    return decode(examples, recipe.image_size, recipe.channels, fit=recipe.fit, progress=progress)


def _words(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def _recipe(
    path: Path | None,
    settings: list[str] | None,
    budget: str | None = None,
    rung: str | None = None,
    weights: str | None = None,
    *,
    tensorboard: bool = False,
    backend: str | None = None,
) -> Recipe:
    from receta import models
    from receta.core import deadline, recipe

    changes = list(settings or [])
    if budget is not None:
        changes.append(f"budget_s={deadline.read_budget(budget)}")
    if rung is not None:
        changes.append(f"rungs={rung}")
    if weights is not None:
        changes.append(f"weights={weights}")
    if tensorboard:
        changes.append("tensorboard=true")
    if backend is not None:
        changes.append(f"backend={backend}")
    chosen = recipe.read(path, changes)
    deadline.refuse_no_second(chosen.budget_s)
    for name in chosen.rungs:
        models.SHELF.module(name)
    return chosen


def _shelves() -> dict[str, list[tuple[str, str]]]:
    from receta import audits, checks, converting, exporters, models, sources
    from receta.core.recipe import Recipe, bounds

    def first_line(module: Any) -> str:
        return str(module.__doc__).strip().splitlines()[0]

    return {
        "sources": [(name, sources.shelf.module(name).READS) for name in sources.shelf.names()],
        "audits": [(name, first_line(audits.SHELF.module(name))) for name in audits.SHELF.names()],
        "rungs": [(name, models.SHELF.module(name).ORIGIN) for name in models.SHELF.names()],
        "checks": [(name, first_line(checks.SHELF.module(name))) for name in checks.SHELF.names()],
        "formats": [
            (name, converting.SHELF.module(name).ABOUT) for name in converting.SHELF.names()
        ],
        "targets": [
            (row, about)
            for name in exporters.SHELF.names()
            for module in [exporters.SHELF.module(name)]
            for row, about in [
                (name, module.ABOUT),
                *((f"{name}:{variant}", told) for variant, told in module.VARIANTS.items()),
            ]
        ],
        "settings": [
            (name, f"{field.description} ({bounds(name)})")
            for name, field in Recipe.model_fields.items()
        ],
    }


def _findings(findings: list[Finding], as_json: bool) -> None:
    from receta.core.finding import worst

    if as_json:
        _print_json({"findings": [finding.to_json() for finding in findings]})
    else:
        from receta.cli.printing.result import show_all_findings

        show_all_findings(findings)
    if worst(findings) == "fail":
        raise typer.Exit(1)


# What is printed.


def _progress(verbose: bool = False) -> Any:
    from receta.cli.printing.console import progress

    return progress(verbose=verbose)


def _table(title: str, heads: tuple[str, ...], rows: list[Any], *, ours: int | None = None) -> None:
    from receta.cli.printing.console import table

    table(title, heads, rows, ours=ours)
