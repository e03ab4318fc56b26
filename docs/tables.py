"""Which tables of the manual come from the entries of the shelves? `make docs` writes them anew.

A table stands between `<!-- table: NAME -->` and `<!-- end of table -->`, in README.md and docs/.

    python docs/tables.py            write the tables that are stale; say which
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the package of this checkout

from receta import (
    audits,
    checks,
    cleaning,
    converting,
    exporters,
    kinds,
    models,
    sources,
    tasks,
    yardsticks,
)
from receta.cli import verbs
from receta.core.registry import Shelf, required

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "README.md",
    *(f"docs/{name}.md" for name in ("checks", "cleaning", "data", "exports", "recipe")),
)
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n)(.*?)(<!-- end of table -->)", re.DOTALL)
_KINDS = {"images": "pictures", "table": "tables", "series": "series", "texts": "texts"}
_ADDED = {
    "source": sources.shelf,
    "audit": audits.SHELF,
    "fix": cleaning.SHELF,
    "format": converting.SHELF,
    "check": checks.SHELF,
    "rung": models.SHELF,
    "yardstick": yardsticks.SHELF,
    "target": exporters.SHELF,
    "kind": kinds.SHELF,
    "task": tasks.SHELF,
    "verb": verbs.SHELF,
}
MOST_NAMED = 8


def in_markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)


def name_of(entry: ModuleType) -> str:
    """The name of an entry, as code."""
    return f"`{entry.__name__.rpartition('.')[2]}`"


def in_words(entry: ModuleType) -> str:
    """The kinds of data, and the tasks, that an audit is for."""
    left = [words for kind, words in _KINDS.items() if kind not in entry.KINDS]
    named = ", ".join(words for kind, words in _KINDS.items() if kind in entry.KINDS)
    of = named if len(left) > 1 else f"all but {left[0]}" if left else "all"
    return of if len(entry.TASKS) == len(tasks.names()) else f"{of}, of {' or '.join(entry.TASKS)}"


def checks_table() -> str:
    """What is looked at of a network."""
    return in_markdown(
        ("check", "when", "what is measured", "sound"),
        [(name_of(one), one.STAGE, one.MEASURES, one.SOUND) for one in checks.SHELF],
    )


def audits_table() -> str:
    """What is looked at of data."""
    return in_markdown(
        ("audit", "of", "finds", "warns (or fails)"),
        [(name_of(one), in_words(one), one.FINDS, one.WARNS) for one in audits.SHELF],
    )


def fixes_table() -> str:
    """What can be done about each finding."""

    def ways(one: ModuleType) -> str:
        by_kind = "; ".join(
            f"{_KINDS[kind]}: {', '.join(some)}" for kind, some in one.METHODS_OF.items()
        )
        some = by_kind if {*one.METHODS_OF} >= {*one.KINDS} else ", ".join(one.METHODS)
        if by_kind and some != by_kind:
            some = f"{some}; {by_kind}"
        return f"{some} ({one.NOTE})" if one.NOTE else some

    return in_markdown(
        ("finding", "methods, the first by default"),
        [(", ".join(f"`{code}`" for code in one.MENDS), ways(one)) for one in cleaning.SHELF],
    )


def sources_table() -> str:
    """What can be given as data, the commonest first."""
    rows = [(one.FORM, name_of(one), one.FACTS) for one in sources.shelf]
    return in_markdown(("DATA", "read by", "facts"), rows[::-1])


def formats_table() -> str:
    """What data can be written as."""
    return in_markdown(
        ("`--to`", "OUT", "holds", "of"),
        [
            (
                name_of(one),
                f"`{one.SUFFIX}`" if one.SUFFIX else "folder",
                one.ABOUT,
                ", ".join(_KINDS[kind] for kind in one.KINDS),
            )
            for one in converting.SHELF
        ],
    )


def targets_table() -> str:
    """Where a network can go."""

    def about(one: ModuleType) -> str:
        variants = ", ".join(f"`{name}` ({text})" for name, text in one.VARIANTS.items())
        said = [one.ABOUT, one.NOTE, f"variants: {variants}" if variants else ""]
        return "; ".join(text for text in said if text)

    return in_markdown(
        ("target", "file", "needs", "for"),
        [
            (name_of(one), f"`{one.FILE}`", f"`receta[{one.EXTRA}]`", about(one))
            for one in exporters.SHELF
        ],
    )


def rungs_table() -> str:
    """The ladder, and what each rung brings along."""

    def settings(some: Mapping[str, object]) -> str:
        return ", ".join(f"{name}={value}" for name, value in some.items())

    def own(one: ModuleType) -> str:
        said = settings(one.DEFAULTS)
        many = settings(one.DEFAULTS_FOR_MANY)
        if many:
            said += f"; from {models.MANY:,} training examples on {many}"
        return said or "-"

    return in_markdown(
        ("rung", "what it is", "its own defaults"),
        [(name_of(one), one.ORIGIN, own(one)) for one in models.SHELF],
    )


def contracts_table() -> str:
    """What one file holds, for each shelf."""

    def row(kind: str, shelf: Shelf) -> tuple[str, str, str]:
        folder = shelf.package.replace(".", "/")
        names = required(shelf.contract)
        held = f"`{' '.join(names[:MOST_NAMED])}`"
        held += f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        return kind, f"`{folder}/NAME.py`", f"{held} (`{shelf.contract.__name__}`)"

    heads = ("add a", "file", "that holds")
    return in_markdown(heads, [row(kind, shelf) for kind, shelf in _ADDED.items()])


TABLES: dict[str, Callable[[], str]] = {
    "checks": checks_table,
    "audits": audits_table,
    "fixes": fixes_table,
    "sources": sources_table,
    "formats": formats_table,
    "targets": targets_table,
    "rungs": rungs_table,
    "contracts": contracts_table,
}


def renew(text: str) -> str:
    """A page with its tables as the entries say today."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n\n{found[4]}", text)


def stale(root: Path = ROOT) -> dict[Path, str]:
    """The pages whose tables are not as the entries say, each as it should be."""
    pages = {root / name: (root / name).read_text(encoding="utf-8") for name in PAGES}
    return {path: renewed for path, text in pages.items() if (renewed := renew(text)) != text}


def main() -> None:
    """Write the pages that are stale."""
    for path, text in stale().items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}: its tables are written anew\n")


if __name__ == "__main__":
    main()
