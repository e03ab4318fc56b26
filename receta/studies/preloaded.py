"""Which process has everything imported already, and forks one for each trial?

`python -m receta.studies.preloaded PARENT`. It imports TensorFlow and Keras, which takes seconds,
and computes nothing: TensorFlow begins its threads with its context, which each trial makes for
itself. So a fork has all that a new process would have (LOG.md, "start of a trial").
It reads lines of JSON, {"start": FOLDER}, and writes {"begun": FOLDER, "process": number} and
{"ended": number, "code": of that process}.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import sys
from pathlib import Path

from receta.core import orphans
from receta.pipeline import backend
from receta.studies import logs, trial_process
from receta.studies.study import StudyFolder
from receta.studies.trial import Trial

_USED = (
    "scipy.stats",
    "scipy.optimize",
    "sklearn.linear_model",
    "sklearn.datasets",
    "pyarrow.csv",
    "pyarrow.parquet",
    "receta.studies.curve",
    "receta.training.fine_tuning",
    "receta.training.fitting",
    "receta.training.journal",
    "receta.evaluation",
)


def preload() -> None:
    """Import what every trial uses; nothing is computed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    gc.disable()
    with backend.hush():
        for module in ("tensorflow", "keras", *_USED):
            with contextlib.suppress(ModuleNotFoundError):
                importlib.import_module(module)
    gc.freeze()
    gc.enable()


def serve() -> None:
    """Fork a process for each line that asks for one, until nobody asks any more."""
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    said = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(woken, 4096)
        _tell_ended()
        if 0 not in ready:
            continue
        more = os.read(0, 65_536)
        if not more:
            return
        *lines, said = (said + more).split(b"\n")
        for line in lines:
            folder = Path(json.loads(line)["start"])
            process = os.fork()
            if not process:
                signal.set_wakeup_fd(-1)
                _do(folder)
            _tell({"begun": str(folder), "process": process})


def _tell(plain: dict[str, str | int]) -> None:
    os.write(1, json.dumps(plain).encode() + b"\n")


def _tell_ended() -> None:
    """Say which processes have ended, and how."""
    with contextlib.suppress(ChildProcessError):
        while True:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            _tell({"ended": process, "code": os.waitstatus_to_exitcode(status)})


def _do(folder: Path) -> None:
    """Be the process of a trial; does not return."""
    code = 1
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _redirect(logs.open_log(folder))
        orphans.end_with(_parent)
        if _wants_another_backend(folder):
            trial_process.replace_process(folder, _parent)
        code = trial_process.main(folder)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def _redirect(said: int) -> None:
    """Let the process read nothing, and say everything to its log."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((0, nothing), (1, said), (2, said)):
        os.dup2(theirs, ours)


def _wants_another_backend(folder: Path) -> bool:
    recipe = StudyFolder.open(folder.parent.parent).study.recipe_of(
        Trial.read(folder / "asked.json")
    )
    return recipe.backend not in ("auto", "tensorflow")


_parent = os.getpid()

if __name__ == "__main__":
    orphans.end_with(int(sys.argv[1]))
    preload()
    serve()
