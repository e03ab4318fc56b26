"""How does `--help` show verbs and options: the most needed first, nothing cut short?"""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

from receta.core.errors import Interrupted
from receta.core.language import said

# In this order, below "Arguments" and "Options", where all that is not named here stands.
PANELS = {
    "For experts": (
        "recipe",
        "settings",
        "backend",
        "tensorboard",
        "callbacks",
        "force",
        "trust",
        "tolerance",
        "limit",
        "cors",
        "allow_host",
    ),
    "How the data are read, where it is not seen": (
        "label",
        "content",
        "task",
        "shape",
        "bad_rows",
        "allow_private",
    ),
    "Tables and series": ("target", "series", "window", "horizon"),
    "A network in a file": ("calibrate", "names", "pixels", "logits"),
}
# options that most users want
FIRST = ("to", "rung", "out", "budget", "test", "group", "weights", "fix")
_PANEL_OF = {name: panel for panel, names in PANELS.items() for name in names}

VERBS = {
    "From data to a model": ("run", "predict", "serve", "export", "evaluate", "runs"),
    "Data": ("look", "audit", "clean", "split", "convert"),
    "For experts": ("train", "check", "rate", "tensorboard", "list"),
}

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("receta run photos/ --out runs/photos", "in photos/ is one folder for each class"),
        ("receta predict runs/photos new.jpg", "what is on a new picture"),
        ("receta serve runs/photos", "try it in the browser, with the camera"),
    ),
    "run": (
        ("receta run photos/", "in photos/ is one folder for each class"),
        (
            "receta run photos/ --budget 5m --out runs/photos",
            "in five minutes, into a folder of your choice",
        ),
        ("receta run photos.zip --test other_photos/", "judged on other pictures alone"),
        ("receta run photos/ --group '^(.*?)_'", "what has one name before _ stays in one part"),
    ),
    "train": (
        ("receta train photos/ --rung cnn", "one model; `receta list rungs` shows all"),
        ("receta train photos/ --rung cnn --set epochs=20", "with a setting of yours"),
    ),
    "rate": (("receta rate photos/ --rung cnn --out curve.png", "with a drawing of the curve"),),
    "look": (
        ("receta look photos/", "classes, sizes, what was taken for what"),
        ("receta look photos/ --out samples.png", "with some pictures of each class"),
    ),
    "audit": (
        ("receta audit photos/ --report audit.html", "with the pictures that were found"),
        ("receta audit photos/ --also label_error", "also what takes minutes"),
    ),
    "clean": (
        ("receta clean photos/ --dry-run", "what would be done"),
        (
            "receta clean photos/ --fix duplicate --out tidy",
            "one finding; your files stay as they are",
        ),
        ("receta run tidy", "tidy is DATA for every verb"),
        ("receta clean --undo tidy", "take it back"),
    ),
    "convert": (
        ("receta convert photos/ photos.parquet --to parquet", "read back and compared"),
        ("receta convert photos/ small --to image_folder --size 96x96", "smaller pictures"),
    ),
    "split": (("receta split photos/ --out parts.json", "which picture would be in which part"),),
    "check": (("receta check photos/ --rung cnn", "in seconds, before hours of training"),),
    "evaluate": (
        ("receta evaluate runs/photos", "the scores on its own test part"),
        ("receta evaluate runs/photos more_photos/", "on other labelled pictures"),
    ),
    "predict": (
        ("receta predict runs/photos new.jpg", "what is on a picture"),
        ("receta predict runs/photos new/ --top 1 --json", "on all in a folder, for a program"),
    ),
    "export": (
        ("receta export runs/photos --to onnx,web", "for ONNX Runtime, and as a page"),
        ("receta export runs/photos --to litert:int8", "small, for a phone"),
        (
            "receta export mine.keras --to onnx --names cat,dog",
            "a network that receta did not train",
        ),
    ),
    "serve": (
        ("receta serve runs/photos", "a run, on a page and over HTTP"),
        ("receta serve --teach mine", "make a model with the camera, from nothing"),
    ),
    "tensorboard": (("receta tensorboard runs/photos", "what a run with --tensorboard wrote"),),
    "runs": (
        ("receta runs", "all in the folder runs"),
        ("receta runs elsewhere --json", "for a program"),
    ),
    "list": (
        ("receta list rungs", "the models there are"),
        ("receta list settings", "what --set takes"),
    ),
}


class Command(TyperCommand):
    """A verb whose options stand in groups, with examples at the end."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, the options that most need, then the others by what they are about."""
        _write_panels(formatter, _panels_of(self.get_params(ctx), ctx))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Commands to paste, and what each is for."""
        _write_examples(formatter, EXAMPLES.get(ctx.info_name or "", ()))


class Verbs(TyperGroup):
    """All verbs in groups, each with its whole sentence; Ctrl-C is an error of our own."""

    def invoke(self, ctx: Any) -> Any:
        """Click would print an empty line before Ctrl-C is told."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted(
                "interrupted; what is done is kept. The same command goes on from there."
            ) from None

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The verbs by what they are for, then the few options of all."""
        verbs = {
            title: [(name, self.commands[name].help or "") for name in names]
            for title, names in VERBS.items()
        }
        _write_panels(formatter, verbs)
        _write_panels(formatter, _panels_of(self.get_params(ctx), ctx))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Commands to paste, then what the exit codes mean."""
        _write_examples(formatter, EXAMPLES[""])
        super().format_epilog(ctx, formatter)


def _panels_of(options: list[Any], ctx: Any) -> dict[str, list[tuple[str, str]]]:
    """What is told of arguments and options, by panel; the first of FIRST before the others."""
    panels: dict[str, list[tuple[str, str]]] = {
        name: [] for name in ("Arguments", "Options", *PANELS)
    }
    place = {name: at for at, name in enumerate(FIRST)}
    for one in sorted(options, key=lambda one: place.get(one.name or "", len(place))):
        told = one.get_help_record(ctx)
        if told is not None:
            kind = (
                "Arguments"
                if one.param_type_name == "argument"
                else _PANEL_OF.get(one.name or "", "Options")
            )
            panels[kind].append(told)
    return panels


def _write_panels(formatter: Any, panels: dict[str, list[tuple[str, str]]]) -> None:
    widest = max(len(name) for rows in panels.values() for name, _ in rows)
    for title, rows in panels.items():
        if rows:
            with formatter.section(title):
                # One width for all groups, so that their columns stand below each other.
                formatter.write_dl([(name.ljust(min(widest, 28)), told) for name, told in rows])


def _write_examples(formatter: Any, examples: tuple[tuple[str, str], ...]) -> None:
    if not examples:
        return
    examples = tuple((command, said(what)) for command, what in examples)
    widest = max(len(command) for command, _ in examples)
    beside = widest + 5 + max(len(what) for _, what in examples) <= formatter.width
    with formatter.section("Examples"):
        for command, what in examples:
            # Written as it stands: a command that is wrapped cannot be pasted.
            formatter.write(
                f"  {command.ljust(widest)}   {what}\n"
                if beside
                else f"  {command}\n      {what}\n"
            )
