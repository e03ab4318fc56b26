"""How is seen in TensorBoard what runs wrote?"""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path
from typing import Annotated

import typer

from receta.cli.printing.console import end, say
from receta.core.errors import RecetaError

GROUP = "For experts"
AFTER = "rate"
EXAMPLES = (("receta tensorboard runs/photos", "what a run with --tensorboard wrote"),)


def tensorboard(
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
    say(f"TensorBoard: {address}\nCtrl-C ends it.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()
    end(0)
