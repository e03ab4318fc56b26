"""What is common to all verbs: the options before them, how one is found, how each ends?"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from receta.cli import help as help_of
from receta.cli import stopping, verbs
from receta.cli.command import Commands
from receta.cli.errors import fail
from receta.cli.printing.console import end, open_streams
from receta.cli.translation import drop_language, translate_help
from receta.core.errors import Interrupted

_EXAMPLES = (
    ("receta run photos/ --out runs/photos", "in photos/ is one folder for each class"),
    ("receta predict runs/photos new.jpg", "what is on a new picture"),
    ("receta serve runs/photos", "try it in the browser, with the camera"),
)


class Verbs(TyperGroup):
    """All verbs in groups, each with its whole sentence; Ctrl-C is an error of our own."""

    context_class = translate_help(TyperGroup.context_class)

    def __init__(self, **named: Any) -> None:
        super().__init__(**named | {"commands": Commands()})

    def invoke(self, ctx: Any) -> Any:
        """Click would print an empty line before Ctrl-C is told."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted(stopping.INTERRUPTED) from None

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The verbs by what they are for, then the few options of all."""
        help_of.write_panels(
            formatter,
            {
                title: [(name, verbs.describe(name)) for name in names]
                for title, names in verbs.list_in_groups().items()
            },
        )
        help_of.write_panels(formatter, help_of.sort_into_panels(self.get_params(ctx), ctx))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Commands to paste, then what the exit codes mean."""
        help_of.write_examples(formatter, _EXAMPLES)
        super().format_epilog(ctx, formatter)


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
def _common(
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


def main() -> None:
    """Run the command line; every error is one line and an exit code."""
    words = sys.argv[1:] or ["--help"]
    debug = "--debug" in words
    stopping.stop_on_signals()
    open_streams()
    try:
        words = drop_language([word for word in words if word != "--debug"])
        code = typer.main.get_command(app)(words, standalone_mode=False)
        sys.stdout.flush()
        end(code if isinstance(code, int) else 0)
    except BrokenPipeError:  # whoever read our output has enough
        end(0)
    except SystemExit as error:
        if not isinstance(error.__context__, BrokenPipeError):  # which Click turns into an exit
            raise
        end(0)
    except (KeyboardInterrupt, Exception) as error:
        # Click's own errors of use, and our own mistakes
        stopping.exit_on_signals()
        fail(error, debug)
