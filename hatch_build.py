"""How does the built page get into wheels, source archives and editable installs?"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Page(BuildHookInterface):  # type: ignore[type-arg]
    """Builds web/ into receta/assets/web first; nothing is done where that stands already."""

    def dependencies(self) -> list[str]:
        """Node from PyPI, where a page must be built and the machine has none that fits."""
        page = self._page()
        return [] if page["fresh"]() or page["npm"]() else [page["NODE"]]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build; an editable install goes on without a page, a wheel does not."""
        page = self._page()
        if page["fresh"]():
            return
        try:
            page["build"]()
        except page["NotBuilt"] as error:
            if version != "editable":
                raise SystemExit(str(error)) from None
            self.app.display_warning(f"{error} Until then `receta serve` has no page.")

    def _page(self) -> dict[str, Any]:
        return runpy.run_path(str(Path(self.root) / "web" / "build.py"))
