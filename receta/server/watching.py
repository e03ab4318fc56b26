"""How does a new version take over while the server answers?"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from receta.server.metrics import Metrics
from receta.server.models import Models
from receta.server.places import Place, Signature

LOOK_S = 1.0  # between two looks at the folders: a handful of `stat` calls


class Watch:
    """Looks at the places of models, and lets what is new there answer.

    A version whose folder goes is dropped, but for the last. One that cannot be loaded is
    said once, and what answered goes on.
    """

    def __init__(
        self, places: Sequence[Place], models: Models, metrics: Metrics, say: Callable[[str], None]
    ) -> None:
        self._places, self._models, self._metrics, self._say = places, models, metrics, say
        self._seen: dict[str, dict[int, Signature]] = {}
        self.wake = asyncio.Event()

    def fill(self) -> None:
        """Load all places for the first time; raises RecetaError."""
        for place in self._places:
            self._seen[place.name] = place.versions()
            for version in self._seen[place.name]:
                self._models.add(place.name, place.open(version, self._say), version).warm()

    async def __call__(self) -> None:
        """Until it is cancelled; `wake` makes it look at once."""
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self.wake.wait()
            self.wake.clear()
            try:
                await loop.run_in_executor(self._models.pool, self.look)
            except Exception as error:
                # of a folder that somebody writes to anything may come; what answers goes on
                self._say(
                    f"the folders cannot be looked at ({type(error).__name__}: {error}); they "
                    "are looked at again"
                )

    def look(self) -> None:
        """Take over what changed since the last look."""
        for place in self._places:
            before, now = self._seen[place.name], place.versions()
            if not now or before == now:  # nothing there: an export writes its manifest last
                continue
            self._seen[place.name] = now
            for version in sorted(now):
                if before.get(version) != now[version]:
                    self._take(place, version)
            for version in before.keys() - now.keys():
                self._models.drop(place.name, version)
                self._say(f"{place.name}: version {version} is gone, and answers no more")

    def _take(self, place: Place, version: int) -> None:
        try:
            predictor = place.open(version, self._say)
            model = self._models.put(place.name, predictor, version if place.has_versions else None)
        except Exception as error:  # a folder that is copied at this moment may hold anything
            self._metrics.reloads.labels("failed").inc()
            self._say(f"{place.name} stays as it was: {error}")
        else:
            self._metrics.reloads.labels("loaded").inc()
            self._say(f"{model.name}: version {model.version} answers from now on")
