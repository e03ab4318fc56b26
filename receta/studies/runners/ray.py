"""How are trials done by the machines of a Ray cluster?

Ray places a small actor for each trial. It begins the same process as `here` does, in a folder of
its machine, and gives back what that process writes, so that another machine can go on with it.
The folder of the study stays the parent's; a machine that goes away takes nothing with it.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from receta.core.errors import MissingExtra, RecipeError, RunError
from receta.studies import carrying
from receta.studies.runners import Workers

AFTER = "here"
QUESTION = "on the machines of a Ray cluster"

_KILLED = -9
_ANSWER_S = 5.0  # in which something must listen at an address
_RESOURCES = {"cpus": "num_cpus", "gpus": "num_gpus"}


def ray(jobs: int, place: str = "auto") -> Workers:
    """Workers on the cluster at an address; `auto` finds the one that this machine is part of.

    place: ADDRESS[,cpus=1][,gpus=0.5], with what each trial takes. Raises MissingExtra without Ray,
    RunError where no cluster answers.
    """
    return RayWorkers(jobs, place)


class RayWorkers:
    """Each trial is a process beside an actor of Ray."""

    def __init__(self, jobs: int, place: str) -> None:
        self.jobs = jobs
        address, self._takes = read_place(place)
        self._ray = connect(address)
        self._actor = self._ray.remote(carrying.Carrier)
        self._data: dict[str, Any] = {}  # what was sent, by its stamp

    def start(self, folder: Path) -> RayWorking:
        """An actor that does the trial, or goes on with it."""
        actor = self._actor.options(max_restarts=0, **self._takes).remote()
        sent = carrying.read_files(folder)
        study = carrying.read_study(folder)
        data, test = self._send(study["data"]), self._send(study["test"])
        names = (data[0], test[0])
        begun = actor.begin.remote(folder.name, study, sent, names, data[1], test[1])
        return RayWorking(self._ray, actor, folder, begun)

    def _send(self, data: str | None) -> tuple[str, Any]:
        """(what data are called there, their archive in the cluster); nothing of a mere name."""
        if data is None or not carrying.is_on_disk(data):
            return "", None
        name = carrying.stamp(data)
        if name not in self._data:
            self._data[name] = self._ray.put(carrying.pack(data))
        return name, self._data[name]

    def close(self) -> None:
        """Leave the cluster; its own processes stay."""
        self._ray.shutdown()


class RayWorking:
    """One trial on some machine of the cluster."""

    def __init__(self, cluster: Any, actor: Any, folder: Path, begun: Any) -> None:
        self._ray, self._actor, self._folder = cluster, actor, folder
        self._waited: Any = begun  # an answer that is on its way
        self._code: int | None = None
        self._known: Mapping[str, str] = {}

    def ended(self) -> int | None:
        """Its exit code, once its files are here; None while it works."""
        if self._code is not None or self._waited is None:
            return self._code
        ready, _ = self._ray.wait([self._waited], timeout=0)
        if not ready:
            return None
        try:
            told = self._ray.get(self._waited)
        except (self._ray.exceptions.RayActorError, self._ray.exceptions.RaySystemError):
            self._code, self._waited = _KILLED, None  # its machine or its actor is gone
            return self._code
        if told is not None:
            code, changed, self._known = told
            carrying.write_files(self._folder, changed)
            if code is not None:
                self._code, self._waited = code, None
                self._end_actor()
                return code
        self._waited = self._actor.look.remote(self._known)
        return None

    def stop(self) -> None:
        """End it at once; what came back of it is kept."""
        self._waited = None
        self._end_actor()

    def _end_actor(self) -> None:
        with contextlib.suppress(Exception):  # it may be gone already
            self._ray.kill(self._actor)


def read_place(place: str) -> tuple[str, dict[str, float]]:
    """(address, what a trial takes) of ADDRESS[,cpus=1][,gpus=0.5].

    >>> read_place("ray://head:10001,cpus=2,gpus=0.5")
    ('ray://head:10001', {'num_cpus': 2.0, 'num_gpus': 0.5})
    """
    address, *words = place.split(",")
    takes: dict[str, float] = {"num_cpus": 1.0}
    for word in words:
        name, _, number = word.partition("=")
        try:
            takes[_RESOURCES[name]] = float(number)
        except (KeyError, ValueError):
            raise RecipeError(
                f"--on got {word[:40]!r}; expected cpus=NUMBER or gpus=NUMBER. Say it as in "
                "--on auto,cpus=2,gpus=0.5"
            ) from None
        if not 0 <= takes[_RESOURCES[name]] <= 4096:
            raise RecipeError(
                f"--on got {word[:40]!r}; expected a number from 0 to 4096. Say it as in "
                "--on auto,cpus=2,gpus=0.5"
            )
    return address or "auto", takes


def connect(address: str) -> Any:
    """Ray, connected to a cluster; RunError in one line where none answers."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray as cluster
    except ImportError:
        raise MissingExtra(
            "Ray is not installed; expected it for --on. Run: pip install 'receta[ray]'"
        ) from None
    if not cluster.is_initialized():
        _refuse_silent(address)
        try:
            cluster.init(address=address, log_to_driver=False, logging_level="error")
        except Exception as error:  # Ray raises anything where no cluster answers
            raise _error_of_silence(address, _first_line(error)) from error
    return cluster


def _refuse_silent(address: str) -> None:
    """RunError where nothing listens at HOST:PORT: Ray itself would try for minutes."""
    host, found, port = address.removeprefix("ray://").rpartition(":")
    if not found:
        return
    try:
        with socket.create_connection((host, int(port)), timeout=_ANSWER_S):
            pass
    except (OSError, ValueError, OverflowError) as error:
        raise _error_of_silence(address, _first_line(error)) from error


def _error_of_silence(address: str, why: str) -> RunError:
    return RunError(
        f"no Ray cluster answers at {address[:80]} ({why}); expected one. Begin it with `ray start "
        "--head`, name it with --on, and give every machine the same RAY_AUTH_TOKEN."
    )


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__
