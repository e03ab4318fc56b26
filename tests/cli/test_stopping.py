"""Is one line said, and no traceback, whenever the user stops receta?"""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from shell import PATIENCE, environment

# The name of a language is looked up while the error is being said: there the signal comes.
SCRIPT = """
import os, signal, sys
from receta.cli import app, errors
real = errors.translate
def translate(text):
    if {when!r} == "before":
        os.kill(os.getpid(), {number})
    return real(text)
def say(line):
    print(line, file=sys.stderr, flush=True)
    errors.stopping.note_last_line(line)
    os.kill(os.getpid(), {number})
errors.translate = translate
if {when!r} == "after":
    errors.say = say
sys.argv = ["receta", *{words!r}]
app.main()
"""
STOPPED = "receta: interrupted; what is done is kept. The same command goes on from there.\n"
ERROR = "receta: nowhere/x does not exist;"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("when", "begins"), [("before", STOPPED), ("after", ERROR)])
def test_who_stops_it_while_an_error_is_said_reads_one_line(
    number: int, when: str, begins: str
) -> None:
    script = SCRIPT.format(when=when, number=int(number), words=["look", "nowhere/x"])
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )
    assert done.stderr.startswith(begins)
    assert done.stderr.count("\n") == 1
    assert (done.stdout, done.returncode) == ("", 130)
