"""How does a set-up become a trained network that can be resumed and repeated? The door `train`.

A run climbs its rungs (climbing). Each is one attempt (one_rung): its recipe is settled (decisions,
rates, planning, preparing), it is trained (rung, or transfer and fine_tuning; fitting and journal
resume exactly), and what came of it is a RungResult. The best one is delivered.
"""

from __future__ import annotations

from receta.training.beginning import Work, describe, lay_out, parts_of
from receta.training.climbing import climb, reopen, train
from receta.training.finish import LeftOut, all_findings, finish, is_finished
from receta.training.hurry import had_no_time, tell_hurry
from receta.training.ladder import choose_ladder, suit_recipe
from receta.training.opening import OpenFolder, begin, open_folder
from receta.training.planning import open_epochs
from receta.training.result import ADVICE, RungResult, choose, find_better
from receta.training.run import Run
from receta.training.run_folder import FILES, default_folder
from receta.training.yardstick import read_answers

__all__ = [
    "ADVICE",
    "FILES",
    "LeftOut",
    "OpenFolder",
    "Run",
    "RungResult",
    "Work",
    "all_findings",
    "begin",
    "callbacks",
    "choose",
    "choose_ladder",
    "climb",
    "default_folder",
    "describe",
    "expected",
    "find_better",
    "finish",
    "had_no_time",
    "is_finished",
    "ladder",
    "lay_out",
    "listing",
    "open_epochs",
    "open_folder",
    "parts_of",
    "rates",
    "read_answers",
    "reopen",
    "showing",
    "suit_recipe",
    "tell_hurry",
    "train",
]
