"""How is a shelf of interchangeable things found, listed and looked up?

A shelf is a package; every file in it without a leading underscore is one entry, and holds
a function of the file's own name. Dropping a file in is all it takes. A folder in it is no
entry, but an engine that entries work with.
An entry that declares PARAMETER is one of many kin, told apart behind a colon:
`pretrained:MobileNetV2`.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from types import ModuleType
from typing import Annotated, get_args, get_origin, get_type_hints

from receta.core.errors import RecetaError, UnknownName


def nearest(name: str, known: Iterable[str]) -> str:
    """' Did you mean 'x'?' for the nearest known name, or ''.

    >>> nearest("epoch", ["epochs", "seed"])
    " Did you mean 'epochs'?"
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


def _hold_to(contract: type, module: ModuleType, place: str) -> None:
    """RecetaError that names the first thing of a Protocol which an entry lacks, and what it is."""
    declared = get_type_hints(contract, include_extras=True)
    expected = {
        name: get_args(hint)[1] if get_origin(hint) is Annotated else "a value"
        for name, hint in declared.items()
    }
    expected |= {
        name: f"a function: {inspect.getdoc(member)}"
        for name, member in vars(contract).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    for name, what in expected.items():
        found = getattr(module, name, None)
        if found is None or (what.startswith("a function: ") and not callable(found)):
            raise RecetaError(
                f"{place} lacks {name}; expected {what.rstrip('.')}. Define it there."
            )


class Shelf:
    """The entries of one package, each imported when it is asked for; a list of them imports all.

    contract: a Protocol of what each entry holds, looked at when it is loaded; without one an entry
    is a function of the module's own name.
    """

    def __init__(self, package: str, kind: str, *, contract: type | None = None) -> None:
        self.package = package
        self.kind = kind
        self.contract = contract
        self._loaded: dict[str, ModuleType] = {}

    @functools.cached_property
    def _entries(self) -> tuple[str, ...]:
        room = importlib.import_module(self.package)
        return tuple(
            sorted(
                entry.name
                for entry in pkgutil.iter_modules(room.__path__)
                if not (entry.ispkg or entry.name.startswith("_"))
            )
        )

    def _load(self, entry: str) -> ModuleType:
        """The module of an entry; it is looked at once, as a server asks for it at every
        request.
        """
        if entry not in self._loaded:
            self._loaded[entry] = self._import_checked(entry)
        return self._loaded[entry]

    def _import_checked(self, entry: str) -> ModuleType:
        module = importlib.import_module(f"{self.package}.{entry}")
        if self.contract is not None:
            _hold_to(self.contract, module, f"{self.package.rpartition('.')[2]}/{entry}.py")
        elif not callable(getattr(module, entry, None)):
            raise RecetaError(
                f"{self.package}/{entry}.py has no function {entry}; expected one "
                f"of the file's own name. Define it, or let the file begin with '_'."
            )
        return module

    @functools.cached_property
    def _modules(self) -> dict[str, ModuleType]:
        return {entry: self._load(entry) for entry in self._entries}

    def names(self) -> tuple[str, ...]:
        """All entries, by the order each declares (ORDER), then by name."""
        return tuple(
            sorted(self._modules, key=lambda n: (getattr(self._modules[n], "ORDER", 1000), n))
        )

    def module(self, name: str) -> ModuleType:
        """The module of that name; raises UnknownName with the nearest.

        A name may bring a parameter (`entry:parameter`) where the entry takes one; what
        it may be is the entry's own function `known` to say.
        """
        entry, colon, parameter = name.partition(":")
        if entry not in self._entries:
            raise UnknownName(
                f"{self.kind} '{name}' is unknown; expected one of {', '.join(self.names())}."
                f"{nearest(entry, self._entries)}"
            )
        module = self._load(entry)
        if colon and not hasattr(module, "PARAMETER"):
            raise UnknownName(
                f"{self.kind} '{name}' has a parameter; expected plain '{entry}', which takes "
                "none. Leave it away."
            )
        if colon:
            module.known(parameter)
        return module

    def __iter__(self) -> Iterable[ModuleType]:
        """The modules, in the order of `names`."""
        return iter(self._modules[name] for name in self.names())
