"""How is a shelf of interchangeable things found, listed and looked up?

A shelf is a package; every module on it without a leading underscore is one entry,
and holds a function of the module's own name. Dropping a file in is all it takes.
An entry that declares PARAMETER is one of many kin, told apart behind a colon:
`pretrained:MobileNetV2`.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil
from collections.abc import Iterable
from types import ModuleType

from receta.core.errors import RecetaError, UnknownName


def nearest(name: str, known: Iterable[str]) -> str:
    """' Did you mean 'x'?' for the nearest known name, or ''.

    >>> nearest("epoch", ["epochs", "seed"])
    " Did you mean 'epochs'?"
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


class Shelf:
    """The entries of one package, each imported when it is asked for; a list of them imports all."""

    def __init__(self, package: str, kind: str) -> None:
        self.package = package
        self.kind = kind

    @functools.cached_property
    def _entries(self) -> tuple[str, ...]:
        room = importlib.import_module(self.package)
        return tuple(sorted(entry.name for entry in pkgutil.iter_modules(room.__path__) if not entry.name.startswith("_")))

    def _load(self, entry: str) -> ModuleType:
        module = importlib.import_module(f"{self.package}.{entry}")
        if not callable(getattr(module, entry, None)):
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
        return tuple(sorted(self._modules, key=lambda n: (getattr(self._modules[n], "ORDER", 1000), n)))

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
            raise UnknownName(f"{self.kind} '{name}' has a parameter; expected plain '{entry}', which takes none. Leave it away.")
        if colon:
            module.known(parameter)
        return module

    def __iter__(self) -> Iterable[ModuleType]:
        """The modules, in the order of `names`."""
        return iter(self._modules[name] for name in self.names())
