"""How does a model answer over HTTP, with a page to try it?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from receta.cli.options import Trust
from receta.cli.printing.progress import progress
from receta.cli.reading import tell_guess
from receta.core.errors import RecetaError

GROUP = "From data to a model"
AFTER = "predict"
EXAMPLES = (
    ("receta serve runs/photos", "a run, on a page and over HTTP"),
    ("receta serve --teach mine", "make a model with the camera, from nothing"),
)


def serve(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[BUNDLE...]", help="Bundles that `receta export` wrote, or run folders."
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 is every one of this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8000,
    token: Annotated[
        str | None,
        typer.Option(envvar="RECETA_TOKEN", help="Secret that every request must bring."),
    ] = None,
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
    for folder in folders or ():
        tell_guess(folder)
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
        progress=progress(),
    )
