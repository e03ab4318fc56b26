"""How does `--help` show verbs and options: the most needed first, nothing cut short?"""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from receta.cli.translation import translate_help
from receta.core.language import translate
from receta.data.options import READING, TABLES

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
    READING: (),  # whose options say so themselves
    TABLES: (),
    "A network in a file": ("calibrate", "names", "pixels", "logits"),
}
# options that most users want
FIRST = ("to", "rung", "out", "budget", "test", "group", "weights", "fix")
_PANEL_OF = {name: panel for panel, names in PANELS.items() for name in names}


class Command(TyperCommand):
    """A verb whose options stand in groups, with examples at the end."""

    context_class = translate_help(TyperCommand.context_class)
    examples: tuple[tuple[str, str], ...] = ()

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, the options that most need, then the others by what they are about."""
        write_panels(formatter, sort_into_panels(self.get_params(ctx), ctx))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Commands to paste, and what each is for."""
        write_examples(formatter, self.examples)


def sort_into_panels(options: list[Any], ctx: Any) -> dict[str, list[tuple[str, str]]]:
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
                else one.rich_help_panel or _PANEL_OF.get(one.name or "", "Options")
            )
            panels[kind].append(told)
    return panels


def write_panels(formatter: Any, panels: dict[str, list[tuple[str, str]]]) -> None:
    """Each title with its names, and what is told of each."""
    widest = max(len(name) for rows in panels.values() for name, _ in rows)
    for title, rows in panels.items():
        if rows:
            with formatter.section(title):
                # One width for all groups, so that their columns stand below each other.
                formatter.write_dl([(name.ljust(min(widest, 28)), told) for name, told in rows])


def write_examples(formatter: Any, examples: tuple[tuple[str, str], ...]) -> None:
    """Commands to paste, and what each is for."""
    if not examples:
        return
    examples = tuple((command, translate(what)) for command, what in examples)
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
