"""How is TensorBoard started, and is it there at all?

Apart from what writes its files, because that loads Keras.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from receta.core.errors import MissingExtra, RecetaError


def ready() -> None:
    """MissingExtra with the line to install where TensorBoard is not there."""
    if importlib.util.find_spec("tensorboard") is None:
        raise MissingExtra(
            "TensorBoard is not installed; expected it for event files and their page. Run: pip "
            "install 'receta[tensorboard]'"
        )


def start(folder: Path, port: int = 6006) -> tuple[Any, str]:
    """(TensorBoard, its address) on 127.0.0.1, showing all event files below a folder.

    It runs beside this program, and ends with it. port 0 takes a free one. Raises
    MissingExtra where it is not installed, RecetaError for a port that is taken.
    """
    ready()
    import logging
    import warnings

    with warnings.catch_warnings():
        # tensorboard 2.21 brings an old html5lib along
        warnings.simplefilter("ignore", DeprecationWarning)
        program = importlib.import_module("tensorboard.program")

    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    board = program.TensorBoard()
    board.configure(
        argv=[
            "tensorboard",
            "--logdir",
            str(folder),
            "--host",
            "127.0.0.1",
            "--port",
            str(port or "0"),
            "--load_fast",
            "false",
        ]
    )
    try:
        return board, str(board.launch())
    except program.TensorBoardServerException as error:
        raise RecetaError(
            f"port {port} cannot be used ({error.msg}); expected a free one. Give another with "
            "--port, or 0 for any."
        ) from error
