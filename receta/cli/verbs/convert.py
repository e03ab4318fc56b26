"""How are data written in another form, and proven to be the same?"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from receta.cli.options import Json, Where, read_sides
from receta.cli.printing.console import print_json, tell
from receta.cli.printing.program import fill_program
from receta.cli.printing.progress import progress
from receta.core.errors import RecetaError

GROUP = "Data"
AFTER = "split"
EXAMPLES = (
    ("receta convert photos/ photos.parquet --to parquet", "read back and compared"),
    ("receta convert photos/ small --to image_folder --size 96x96", "smaller pictures"),
)


def convert(
    where: Where,
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
    sides = read_sides("--size", size, "96x96")
    if sides is not None and len(sides) != 2:
        raise RecetaError(f"--size {size} is no size; expected height x width, such as 96x96.")
    done = converting.convert(
        where.load(progress()),
        to,
        out,
        size=sides and (sides[0], sides[1]),
        progress=progress(),
    )
    if as_json:
        return print_json(done.to_json())
    options = [shlex.join([f"--{name}", str(value)]) for name, value in done.options.items()]
    tell(f"{counted(done.n, 'examples')} in {done.place}; read back, and the same.")
    print(fill_program(" ".join(["receta look", shlex.quote(str(done.place)), *options])))
    if done.left_out:
        first, n = done.left_out[0], len(done.left_out)
        tell(f"{n} {'was' if n == 1 else 'were'} left out, such as {first.id}: {first.reason}")
