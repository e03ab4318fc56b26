"""Which fixes are asked for, each by which method?"""

from __future__ import annotations

from collections.abc import Collection
from types import ModuleType

from receta.audits import SHELF as AUDITS
from receta.cleaning._contract import Fix
from receta.core.errors import InputError, UnknownName
from receta.core.registry import Shelf, nearest
from receta.data.nouns import noun_of

SHELF = Shelf("receta.cleaning", "fix", contract=Fix)
# What nobody would want to keep, and which needs no person's eye. Of a label conflict one example
# is right.
DEFAULT_FIXES = ("unreadable", "truncated", "leak", "duplicate")
# left out whatever is asked for: there is nothing to learn from
ALWAYS = ("unreadable", "truncated")


def codes() -> tuple[str, ...]:
    """Every code that can be named in `fix`, in the order they are taken."""
    return tuple(code for module in SHELF for code in module.MENDS)


def methods(code: str) -> tuple[str, ...]:
    """The methods of a code, the default first.

    >>> methods("label_error")
    ('leave_out', 'relabel')
    """
    return tuple(_module_of(code).METHODS)


def choose_fixes(
    fix: Collection[str] | None, kind: str | None = None
) -> list[tuple[ModuleType, str, str]]:
    """(module, code, method) of what is asked for, in the order of the shelf.

    Raises UnknownName for a code or a method that is none, InputError for a code without
    a fix, for two methods of one code, or a method that data of this kind do not have.
    """
    keeps_twins = kind is not None and noun_of(kind).keeps_twins
    usual = tuple(one for one in DEFAULT_FIXES if not (keeps_twins and one == "duplicate"))
    asked: dict[str, str | None] = {}
    for word in usual if fix is None else (*ALWAYS, *([fix] if isinstance(fix, str) else fix)):
        code, _, method = (part.strip() for part in word.partition("="))
        module = _module_of(code)
        if method and method not in module.METHODS:
            raise UnknownName(
                f"method '{method}' of fix '{code}' is unknown; expected one of "
                f"{', '.join(module.METHODS)}."
                f"{nearest(method, module.METHODS)}"
            )
        if method and asked.get(code) not in (None, method):
            raise InputError(
                f"fix {code} is asked for as {asked[code]} and as {method}; expected one method. "
                "Name it once."
            )
        fitting = module.METHODS_OF.get(kind)
        if method and fitting and method not in fitting:
            raise InputError(
                f"fix {code}={method} is not for {kind}; expected one of {', '.join(fitting)}. "
                "Choose one of them."
            )
        asked[code] = method or asked.get(code)
    found = []
    for module in SHELF:
        if kind is not None and kind not in module.KINDS:
            continue
        default = module.METHODS_OF.get(kind, module.METHODS)[0]
        found += [(module, code, asked[code] or default) for code in module.MENDS if code in asked]
    return found


def _module_of(code: str) -> ModuleType:
    """The module that mends a code."""
    for module in SHELF:
        if code in module.MENDS:
            return module
    if code in AUDITS.names() and AUDITS.module(code).INSTEAD:
        raise InputError(
            f"fix '{code}' is not to be had by cleaning; expected some of {', '.join(codes())}. "
            f"Instead: {AUDITS.module(code).INSTEAD}."
        )
    raise UnknownName(
        f"fix '{code}' is unknown; expected some of {', '.join(codes())}.{nearest(code, codes())}"
    )
