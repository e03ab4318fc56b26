"""What does a study need to know of its data before the first trial?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from receta import audits, kinds, sources
from receta.cleaning import DEFAULT_FIXES, clean
from receta.core.progress import Progress, Unasked, tell_stage
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset
from receta.data.examples import Examples
from receta.data.options import Options
from receta.studies.study import Study, StudyFolder, default_folder, settle_recipe

_STOPS = ("target_leakage",)  # audits that a study must not go past


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a verb asks of data: where they are, the recipe of all trials, and its own words.

    asked: what the verb alone knows. jobs: trials at a time. out: the folder, where it was named.
    """

    verb: str
    data: str | Path
    recipe: Recipe
    asked: dict[str, Any]
    test: str | Path | None = None
    options: dict[str, Any]
    jobs: int = 1
    out: str | Path | None = None
    force: bool = False

    def unread(self) -> Study:
        """The study without what is seen only when the data are read."""
        return Study(
            verb=self.verb,
            data=str(self.data),
            test=None if self.test is None else str(self.test),
            options=Options(**self.options).words(),
            fingerprint="",
            recipe=settle_recipe(self.recipe, self.jobs),
            asked=self.asked,
            jobs=self.jobs,
        )

    @property
    def folder(self) -> Path:
        """Where the study lies."""
        return Path(self.out) if self.out else default_folder(self.unread())


def read(question: Question, progress: Progress = Unasked()) -> tuple[Dataset, Examples]:
    """The data of a question, and its readable examples; RecipeError for what cannot be."""
    tell_stage(progress, "looking at the data")
    study = question.unread()
    data = sources.load(study.data, test=study.test, progress=progress, **study.options)
    recipe = kinds.climbed(question.recipe, data)
    return data, kinds.read(data, recipe, progress)


def begin(
    question: Question, data: Dataset, examples: Examples, progress: Progress = Unasked()
) -> StudyFolder:
    """The study of a question in its folder, begun or found again; the caller holds that.

    What a run leaves out of the data (copies, leaks) no trial sees. Raises RunError for a folder
    of another study, DataRefused where a column gives the target away.
    """
    folder, unread = question.folder, question.unread()
    fingerprint = examples.inputs.fingerprint(data)
    left_out: dict[str, str] = {}
    if not _is_known(folder, fingerprint):
        pixels = examples.inputs if data.is_seen else None
        wanted = (*DEFAULT_FIXES, *_STOPS)
        findings = audits.audit(data, pixels=pixels, only=wanted, progress=progress)
        if not question.force:
            audits.refuse(findings)
        before = {one.id for one in examples.left_out}
        kept = clean(examples, findings)
        left_out = {one.id: one.reason for one in kept.left_out if one.id not in before}
    else:
        left_out = StudyFolder.open(folder).study.left_out
    plain = {**unread.to_json(), "fingerprint": fingerprint, "left_out": left_out}
    return StudyFolder.begin(folder, Study.from_json(plain), force=question.force)


def _is_known(folder: Path, fingerprint: str) -> bool:
    """Whether a study of these very data lies there, so that they were audited."""
    if not (folder / "study.json").exists():
        return False
    return StudyFolder.open(folder).study.fingerprint == fingerprint
