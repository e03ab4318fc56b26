"""What may a user say about data besides where they are? Each option stands here once.

`load`, `run` and every verb of the command line that takes DATA have their options from `Options`.
A new one is a field here, and its name in USES of the sources that it means something to.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from receta.core.errors import InputError

if TYPE_CHECKING:
    from receta.data.dataset import Task

READING = "How the data are read, where it is not seen"
TABLES = "Tables, series and texts"
_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Question:
    """How the command line asks for an option.

    panel: the heading below which --help shows it; '' with the common ones. least: the lowest
    number. is_of_model: a model knows it, so it is not asked where one is judged on other data.
    """

    help: str
    metavar: str | None = None
    panel: str = READING
    least: int | None = None
    is_of_model: bool = False


def _ask(help: str, metavar: str | None = None, **more: Any) -> dict[str, Question]:
    return {"question": Question(help=help, metavar=metavar, **more)}


@dataclass(frozen=True)
class Options:
    """What a user may say about the data besides where they are.

    label: column or key of the labels. shape: (height, width) or (height, width,
    channels) of pixels in a row. group: a column, or a regular expression on ids.
    target: the column of a table to predict. text: that of the texts. task: whether it holds
    classes or values; whether pictures have one class each or labels (several, or none).
    series: the column to forecast (of A,B the first, and both are seen), from `window` steps the
    next `horizon`. time, id: the columns of times, and of names where a file holds many series.
    season: steps until a series repeats itself. origins: how many forecasts of a series a backtest
    judges. column: what columns of a table hold, as NAME=KIND, where the guess is wrong.
    content: the key of addresses or pictures in JSON. allow_private: download from
    addresses of this network too.
    """

    label: str | None = field(default=None, metadata=_ask("Where the labels stand.", "COLUMN|KEY"))
    shape: tuple[int, ...] | None = field(
        default=None, metadata=_ask("Shape of pictures that stand as rows of pixels.", "HxW[xC]")
    )
    group: str | None = field(
        default=None,
        metadata=_ask(
            "What must not stand in two parts, such as a person.",
            "REGEX|COLUMN",
            panel="",
            is_of_model=True,
        ),
    )
    bad_rows: Literal["error", "quarantine"] = field(
        default="error",
        metadata=_ask("CSV rows that cannot be read: stop, or leave them out.", "error|quarantine"),
    )
    target: str | None = field(
        default=None,
        metadata=_ask("Read a table; this column is to be predicted.", "COLUMN", panel=TABLES),
    )
    text: str | None = field(
        default=None,
        metadata=_ask("Read texts; this column holds them.", "COLUMN", panel=TABLES),
    )
    task: Task | None = field(
        default=None,
        metadata=_ask(
            "One class each, several labels, or numbers of a table; guessed and told without.",
            "classes|labels|values",
        ),
    )
    series: str | None = field(
        default=None,
        metadata=_ask(
            "Read a series in time; this column is to be forecast.", "COLUMN", panel=TABLES
        ),
    )
    window: int | None = field(
        default=None,
        metadata=_ask("Steps that a forecast sees.", panel=TABLES, least=1, is_of_model=True),
    )
    horizon: int | None = field(
        default=None,
        metadata=_ask("Steps that it forecasts.", panel=TABLES, least=1, is_of_model=True),
    )
    time: str | None = field(
        default=None,
        metadata=_ask("The column of times of a series; found without.", "COLUMN", panel=TABLES),
    )
    id: str | None = field(
        default=None,
        metadata=_ask("The column that names each of many series.", "COLUMN", panel=TABLES),
    )
    season: int | None = field(
        default=None,
        metadata=_ask(
            "Steps until a series repeats itself; found and told without.",
            panel=TABLES,
            least=1,
            is_of_model=True,
        ),
    )
    origins: int | None = field(
        default=None,
        metadata=_ask(
            "Backtest: judge this many forecasts of each series, a horizon apart.",
            panel=TABLES,
            least=1,
            is_of_model=True,
        ),
    )
    column: tuple[str, ...] = field(
        default=(),
        metadata=_ask(
            "What a column of a table holds: number, category, date, identifier or text (the last "
            "two are left out); may be repeated. Guessed and told without.",
            "NAME=KIND",
            panel=TABLES,
            is_of_model=True,
        ),
    )
    content: str | None = field(
        default=None,
        metadata=_ask("Where the pictures stand: bytes, file names or addresses.", "COLUMN|KEY"),
    )
    allow_private: bool = field(
        default=False, metadata=_ask("Download from addresses of this network too.")
    )
    white: int | None = None  # of arrays, where other data decide it; nobody says it by hand
    # Of steps that windows are not laid on: how the file holds them. Nobody says it by hand.
    follows: Literal["", "long", "wide", "either"] = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", None if self.label is None else str(self.label))
        object.__setattr__(self, "shape", _checked_shape(self.shape))
        said = (self.column,) if isinstance(self.column, str) else tuple(self.column or ())
        object.__setattr__(self, "column", said)
        if self.bad_rows not in ("error", "quarantine"):
            raise InputError(
                f"bad_rows={self.bad_rows!r} is unknown; expected error or quarantine. Choose "
                "one of the two."
            )

    def words(self) -> dict[str, object]:
        """What was said, by option, without what was left as it is."""
        return {
            one.name: getattr(self, one.name)
            for one, _ in questions()
            if getattr(self, one.name) != one.default
        }


def questions() -> Iterator[tuple[dataclasses.Field[Any], Question]]:
    """Each field of `Options` that a user may say, and how it is asked for."""
    for one in dataclasses.fields(Options):
        if "question" in one.metadata:
            yield one, one.metadata["question"]


def spell_options(function: _Function) -> _Function:
    """The function, with each of its `**options` in the signature that `help` shows.

    >>> @spell_options
    ... def read(place: str, **options: Any) -> None: ...
    >>> str(inspect.signature(read)).partition(", label")[0]
    "(place: 'str', *"
    """
    signature = inspect.signature(function)
    *named, rest = signature.parameters.values()
    if rest.kind is not inspect.Parameter.VAR_KEYWORD:
        raise TypeError(f"{function.__name__} takes no **options; expected them at its end")
    spelled = [
        inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=one.default,
            annotation=one.type,
        )
        for one, _ in questions()
    ]
    function.__signature__ = signature.replace(parameters=[*named, *spelled])  # type: ignore[attr-defined]
    return function


def _checked_shape(shape: tuple[int, ...] | None) -> tuple[int, ...] | None:
    if shape is None:
        return None
    sides = tuple(shape)
    whole = all(isinstance(side, int) and side >= 1 for side in sides)
    if not whole or len(sides) not in (2, 3) or (len(sides) == 3 and sides[2] not in (1, 3, 4)):
        raise InputError(
            f"shape={','.join(map(str, sides))} is no shape of a picture; expected height,width or "
            f"height,width,channels with 1, 3 or 4 channels. Set it like 28,28."
        )
    return sides
