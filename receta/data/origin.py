"""Where were data read from, and how can they be read again?"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from receta.core.commands import name_place


@dataclass(frozen=True)
class Origin:
    """What the user said of data when they were read.

    data: a path or a name; '' where nobody named one. test: more of the same, for the test part.
    options: what was said beside. is_changed: whether cells or labels were changed since.
    """

    data: str = ""
    test: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    is_changed: bool = False

    @property
    def place(self) -> str:
        """How a command line names the data, quoted; '' where nobody named them."""
        if not self.data:
            return ""
        test = "" if self.test is None else f" --test {shlex.quote(self.test)}"
        return name_place(self.data, self.options) + test

    def tell_place(self, *, with_bad_rows: bool) -> str:
        """The same, with --bad-rows only where it is needed."""
        needed = {
            name: value
            for name, value in self.options.items()
            if name != "bad_rows" or with_bad_rows
        }
        return dataclasses.replace(self, options=needed).place

    def after_change(self) -> Origin:
        """The origin of data that are no longer what is to be read there."""
        return dataclasses.replace(self, is_changed=True)

    def to_json(self) -> dict[str, Any]:
        """What run.json says; options only where what is read there is still the same."""
        if not self.data:
            return {}
        known = {"name": Path(self.data).name, "source": self.data, "test": self.test}
        options = {} if self.is_changed else {"options": dict(self.options)}
        return {**known, **options, "place": self.place}


NOWHERE = Origin()
