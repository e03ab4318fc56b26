"""What do many trainings tell together? The room of studies: ablate, and others that follow.

A study lies in a folder (study). It asks for trials (trial), which processes of their own do
(trial_process), a few at a time (running), on some runner of the shelf `runners`. The parent alone
decides what is asked next; so a study that is killed at any moment goes on to the same bits.
"""

from __future__ import annotations

from receta.studies.ablated import Ablation
from receta.studies.ablation import ablate
from receta.studies.cross_validation import CrossValidation, cross_validate
from receta.studies.judged import JudgedVariant
from receta.studies.listing import ListedStudy, list_studies
from receta.studies.preparing import Question, begin, read
from receta.studies.running import Scene, Watch, open_workers, run_trials
from receta.studies.search import Tuning, tune
from receta.studies.study import Study, StudyFolder, hold
from receta.studies.trial import Division, Outcome, Trial

__all__ = [
    "Ablation",
    "CrossValidation",
    "Division",
    "JudgedVariant",
    "ListedStudy",
    "Outcome",
    "Question",
    "Scene",
    "Study",
    "StudyFolder",
    "Trial",
    "Tuning",
    "Watch",
    "ablate",
    "begin",
    "comparison",
    "cross_validate",
    "ensembles",
    "hold",
    "list_studies",
    "open_workers",
    "read",
    "run_trials",
    "tune",
]
