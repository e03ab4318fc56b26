"""How do other programs see a search? Its trials in a storage of Optuna, such as SQLite.

The storage is a copy: what is asked next follows from the folders of the trials alone. One that was
lost, or that a killed process left behind, is made anew from them.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from receta.core import outside
from receta.core.errors import InputError
from receta.studies.tuning.past import Goal, Past, as_frozen, import_optuna
from receta.studies.tuning.space import Space

_OWNER = "receta"  # the attribute by which a study is known as ours
_WAIT_S = 60  # for another writer of SQLite
_CONNECT_S = 10


class Record:
    """The copy of one search. address: of a storage of Optuna, '' for study.db in the folder."""

    def __init__(self, folder: Path, address: str, goal: Goal, space: Space) -> None:
        self.space, self.is_own = space, not address
        self.file = folder / "study.db"
        self.address = address or f"sqlite:///{self.file.absolute()}"
        self.name, self.goal = folder.name, goal
        self.known: list[tuple[Any, ...]] = []
        self._storage: Any = None
        self._open()

    def close(self) -> None:
        """Let go of the storage."""
        engine = getattr(self._storage, "engine", None)
        if engine is not None:
            self._storage.remove_session()
            engine.dispose()

    def _open(self) -> None:
        try:
            self.study = self._connect()
            self._take_over()
        except InputError:
            raise
        except Exception as error:
            if self.is_own and self.file.exists():  # damaged: it is made of the trials
                self.close()
                self.file.unlink()
                self.study = self._connect()
                self._take_over()
                return
            raise self._error(error) from error

    def _connect(self) -> Any:
        optuna = import_optuna()
        self.close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a storage is young
            self._storage = _open_storage(self.address)
            return optuna.create_study(
                storage=self._storage,
                study_name=self.name,
                direction="maximize" if self.goal.better == "higher" else "minimize",
                load_if_exists=True,
            )

    def _take_over(self) -> None:
        """Know what it holds; InputError for a study that is not ours."""
        trials = self.study.get_trials(deepcopy=False)
        if trials and _OWNER not in self.study.user_attrs:
            raise InputError(
                f"{_without_password(self.address)} holds a study {self.name!r} of somebody else; "
                "expected none, or one of this search. Choose another --storage or --out."
            )
        self.study.set_user_attr(_OWNER, "a copy of the trials of a study of receta")
        self.known = [_key(trial) for trial in trials]

    def keep(self, past: Sequence[Past]) -> None:
        """Let it hold these trials, in their order; InputError where it cannot be written."""
        done = [one for one in past if one.state != "running"]
        frozen = [as_frozen(one, self.space) for one in done]
        keys = [_key(trial) for trial in frozen]
        if keys[: len(self.known)] == self.known and len(keys) == len(self.known):
            return
        try:
            if keys[: len(self.known)] != self.known:
                self._begin_anew()
            for trial in frozen[len(self.known) :]:
                self.study.add_trial(trial)
        except Exception as error:
            raise self._error(error) from error
        self.known = keys

    def _begin_anew(self) -> None:
        optuna = import_optuna()
        optuna.delete_study(study_name=self.name, storage=self.study._storage)
        self.study, self.known = self._connect(), []
        self._take_over()

    def _error(self, error: Exception) -> InputError:
        said = outside.tell_error(error).replace(self.address, _without_password(self.address))
        return InputError(
            f"the storage {_without_password(self.address)} cannot be used ({said}); expected one "
            "of Optuna, such as postgresql+psycopg://user@host/name. Start it, mend --storage, or "
            "leave it out."
        )


def _open_storage(address: str) -> Any:
    """The storage of an address: of SQLAlchemy, journal:FILE, or grpc://HOST:PORT."""
    storages = import_optuna().storages
    scheme = address.partition(":")[0]
    if scheme == "journal":
        from optuna.storages.journal import JournalFileBackend

        return storages.JournalStorage(JournalFileBackend(address.partition(":")[2]))
    if scheme == "grpc":
        parts = urlsplit(address)
        return storages.GrpcStorageProxy(host=parts.hostname or "", port=parts.port or 13000)
    waiting = {"timeout": _WAIT_S} if scheme == "sqlite" else {}
    if scheme.startswith("postgresql"):
        waiting = {"connect_timeout": _CONNECT_S}
        address = address.replace("postgresql://", "postgresql+psycopg://", 1)
    return storages.RDBStorage(address, engine_kwargs={"connect_args": waiting})


def _key(trial: Any) -> tuple[Any, ...]:
    """What of a trial must be the same in the copy."""
    return (
        trial.state.name,
        trial.value if trial.state.name == "COMPLETE" else None,
        tuple(sorted(trial.params.items())),
    )


def _without_password(address: str) -> str:
    """An address as it may be shown.

    >>> _without_password("postgresql://me:secret@host/name")
    'postgresql://me:…@host/name'
    """
    head, at, tail = address.rpartition("@")
    user, colon, _ = head.partition("//")[2].partition(":")
    return f"{head.partition('//')[0]}//{user}:…@{tail}" if at and colon else address
