"""How is a shelf of interchangeable things found, held to its contract, ordered and looked up?

A shelf is a package; every file in it without a leading underscore is one entry. A folder in it is
no entry, but an engine that entries work with. What an entry holds is said once, by a Protocol
beside the shelf's door; a file that holds it is all it takes.
`__call__` of the Protocol is the entry's function of the file's own name. What has a value there,
and functions marked `optional`, an entry may leave away: it then has the Protocol's own.
AFTER names the entry behind which one stands. An entry that declares PARAMETER is one of many kin,
told apart behind a colon: `pretrained:MobileNetV2`.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import inspect
import pkgutil
import types
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from receta.core.errors import RecetaError, UnknownName

F = TypeVar("F", bound=Callable[..., Any])


def nearest(name: str, known: Iterable[str]) -> str:
    """' Did you mean 'x'?' for the nearest known name, or ''.

    >>> nearest("epoch", ["epochs", "seed"])
    " Did you mean 'epochs'?"
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


def optional(function: F) -> F:
    """Mark a function of a contract that an entry may leave away; its body is then the entry's."""
    function.is_optional = True  # type: ignore[attr-defined]
    return function


def hold(module: ModuleType, contract: type, place: str) -> None:
    """Give a module what it may leave away of a contract.

    Raises RecetaError that names the first thing which it lacks or has otherwise, and what it is.
    """
    for name, hint in get_type_hints(contract, include_extras=True).items():
        _hold_value(module, contract, name, hint, place)
    for name, member in vars(contract).items():
        if not inspect.isfunction(member):
            continue
        if name == "__call__":
            own = place.rpartition("/")[2].removesuffix(".py")
            _hold_function(module, own, member, place)
        elif not name.startswith("_"):
            _hold_function(module, name, member, place)


def required(contract: type) -> tuple[str, ...]:
    """What an entry must hold of a contract; NAME is its function of the file's own name."""
    values = [name for name in contract.__annotations__ if not hasattr(contract, name)]
    functions = [
        "NAME" if name == "__call__" else name
        for name, member in vars(contract).items()
        if inspect.isfunction(member)
        and (name == "__call__" or not name.startswith("_"))
        and not getattr(member, "is_optional", False)
    ]
    return (*values, *functions)


def _hold_value(module: ModuleType, contract: type, name: str, hint: Any, place: str) -> None:
    kind, what = get_args(hint)[:2] if get_origin(hint) is Annotated else (hint, "a value")
    if not hasattr(module, name) and hasattr(contract, name):
        setattr(module, name, getattr(contract, name))
    if not hasattr(module, name):
        raise RecetaError(f"{place} lacks {name}; expected {what.rstrip('.')}. Define it there.")
    if not _is_of(getattr(module, name), kind):
        raise RecetaError(
            f"{place} has {name} = {getattr(module, name)!r}; expected {what.rstrip('.')}. "
            "Change it there."
        )


def _hold_function(module: ModuleType, name: str, member: Callable[..., Any], place: str) -> None:
    if callable(getattr(module, name, None)):
        return
    if getattr(member, "is_optional", False):
        setattr(module, name, functools.partial(member, module))
        return
    what = " ".join((inspect.getdoc(member) or "").split())
    raise RecetaError(
        f"{place} lacks {name}; expected a function: {what.rstrip('.')}. Define it there."
    )


def _is_of(value: Any, kind: Any) -> bool:
    """Whether a value is of a type, as far as its outermost form tells."""
    outer = get_origin(kind) or kind
    if outer in (Union, types.UnionType):
        return any(_is_of(value, one) for one in get_args(kind))
    if outer is Literal:
        return value in get_args(kind)
    if outer is float:
        return isinstance(value, int | float)
    return not isinstance(outer, type) or isinstance(value, outer)


def in_order(after: Mapping[str, str], shelf: str) -> tuple[str, ...]:
    """Names in order: each behind the one that it names; '' names the beginning.

    Of several behind the same one those that fewer stand behind come first, so that a newcomer
    stands at the place that it asks for. Raises RecetaError for a name that is no entry, and for a
    circle.

    >>> in_order({"b": "a", "a": "", "c": "b", "new": "a"}, "audits")
    ('a', 'new', 'b', 'c')
    """
    behind: dict[str, list[str]] = defaultdict(list)
    for name, one in after.items():
        if one and one not in after:
            raise RecetaError(
                f"{shelf}/{name}.py has AFTER = {one!r}; expected an entry of this shelf."
                f"{nearest(one, after)} Change it there."
            )
        behind[one].append(name)

    def follow(name: str) -> tuple[str, ...]:
        tails = [(one, *follow(one)) for one in sorted(behind[name])]
        return tuple(one for tail in sorted(tails, key=len) for one in tail)

    found = follow("")
    lost = sorted(after.keys() - set(found))
    if lost:
        raise RecetaError(
            f"{shelf}/{lost[0]}.py stands behind itself by its AFTER; expected an order with a "
            "beginning. Change it there."
        )
    return found


class Shelf:
    """The entries of one package, each imported when it is asked for; a list of them imports all.

    contract: a Protocol of what each entry holds, looked at when it is loaded.
    """

    def __init__(self, package: str, kind: str, *, contract: type) -> None:
        self.package = package
        self.kind = kind
        self.contract = contract
        self._loaded: dict[str, ModuleType] = {}

    def _entries(self) -> tuple[str, ...]:
        room = importlib.import_module(self.package)
        return _files(tuple(room.__path__))

    def _load(self, entry: str) -> ModuleType:
        """The module of an entry; it is looked at once, as a server asks for it at every
        request.
        """
        if entry not in self._loaded:
            module = importlib.import_module(f"{self.package}.{entry}")
            hold(module, self.contract, f"{self._title}/{entry}.py")
            self._loaded[entry] = module
        return self._loaded[entry]

    @property
    def _title(self) -> str:
        return self.package.rpartition(".")[2]

    def names(self) -> tuple[str, ...]:
        """All entries: in the order of their AFTER; by name, where the contract has none."""
        entries = self._entries()
        if "AFTER" not in self.contract.__annotations__:
            return entries
        return in_order({name: self._load(name).AFTER for name in entries}, self._title)

    def module(self, name: str) -> ModuleType:
        """The module of that name; raises UnknownName with the nearest.

        A name may bring a parameter (`entry:parameter`) where the entry takes one; what
        it may be is the entry's own function `known` to say.
        """
        entry, colon, parameter = name.partition(":")
        if entry not in self._entries():
            raise UnknownName(
                f"{self.kind} '{name}' is unknown; expected one of {', '.join(self.names())}."
                f"{nearest(entry, self._entries())}"
            )
        module = self._load(entry)
        if colon and not getattr(module, "PARAMETER", ""):
            raise UnknownName(
                f"{self.kind} '{name}' has a parameter; expected plain '{entry}', which takes "
                "none. Leave it away."
            )
        if colon:
            module.known(parameter)
        return module

    def function(self, name: str) -> Callable[..., Any]:
        """The function of an entry's own name; raises UnknownName as `module` does."""
        found: Callable[..., Any] = getattr(self.module(name), name.partition(":")[0])
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._entries()

    def __iter__(self) -> Iterator[ModuleType]:
        """The modules, in the order of `names`."""
        return iter([self._load(name) for name in self.names()])


@functools.lru_cache
def _files(folders: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the files in these folders, sorted, without those that begin with '_'."""
    found = (entry.name for entry in pkgutil.iter_modules(folders) if not entry.ispkg)
    return tuple(sorted(name for name in found if not name.startswith("_")))
