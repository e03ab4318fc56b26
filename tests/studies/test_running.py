"""Are trials done once, gone on with, and given up on as they should be?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from receta.core.deadline import Deadline
from receta.core.errors import RunError
from receta.studies import (
    Division,
    Outcome,
    Study,
    StudyFolder,
    Trial,
    Watch,
    hold,
    list_studies,
    run_trials,
)

STUDY = Study(verb="ablate", data="digits", fingerprint="1", recipe={}, asked={"seeds": 2})


class Fake:
    """Workers whose processes end at once; `ends` says with which code, by trial and try."""

    jobs = 2

    def __init__(self, ends: Callable[[int, int], int]) -> None:
        self.ends, self.tries = ends, dict[int, int]()

    def start(self, folder: Path) -> Ended:
        number = int(folder.name)
        self.tries[number] = self.tries.get(number, 0) + 1
        code = self.ends(number, self.tries[number])
        if code == 0:
            outcome = StudyFolder.open(folder.parent.parent)
            write(outcome, number)
        elif code > 0:
            (folder / "log.txt").write_text(f"Traceback\nreceta: error of {number}.\n")
        return Ended(code)

    def close(self) -> None: ...


class Ended:
    def __init__(self, code: int) -> None:
        self.code = code

    def ended(self) -> int:
        return self.code

    def stop(self) -> None: ...


def write(folder: StudyFolder, number: int) -> None:
    from receta.core import disk

    outcome = Outcome(number=number, state="finished", epochs=3)
    disk.write_json(folder.folder_of(number) / "outcome.json", outcome.to_json())


def trials(n: int) -> list[Trial]:
    return [
        Trial(number=i, name=f"trial {i}", settings={"seed": i}, division=Division(seed=i))
        for i in range(n)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder.begin(tmp_path / "study", STUDY)


def test_a_finished_trial_is_never_done_again(folder: StudyFolder) -> None:
    first = Fake(lambda number, turn: 0)
    assert [one.number for one in run_trials(folder, trials(3), first)] == [0, 1, 2]
    second = Fake(lambda number, turn: 0)
    assert [one.number for one in run_trials(folder, trials(5), second)] == [0, 1, 2, 3, 4]
    assert second.tries == {3: 1, 4: 1}


def test_a_trial_that_fails_is_tried_once_more_and_then_told(folder: StudyFolder) -> None:
    fake = Fake(lambda number, turn: 2 if number == 1 else 0)
    said: list[str] = []
    found = {o.number: o for o in run_trials(folder, trials(3), fake, watch=Watch(say=said.append))}
    assert fake.tries == {0: 1, 1: 2, 2: 1}
    assert (found[1].state, found[1].why) == ("failed", "error of 1.")
    assert said == ["trial 1 (trial 1): error of 1. It is gone on with."]


def test_a_trial_that_a_signal_ended_is_gone_on_with_however_often_it_gets_further(
    folder: StudyFolder,
) -> None:
    class Progressing(Fake):
        def start(self, folder: Path) -> Ended:
            path = folder / "run" / "rungs" / "mlp" / f"{self.tries.get(0, 0)}.npz"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
            return super().start(folder)

    fake = Progressing(lambda number, turn: 0 if turn == 25 else -9)
    assert [one.state for one in run_trials(folder, trials(1), fake)] == ["finished"]
    assert fake.tries == {0: 25}


def test_a_trial_that_a_signal_always_ends_at_the_same_place_is_given_up(
    folder: StudyFolder,
) -> None:
    fake = Fake(lambda number, turn: -9)
    [found] = run_trials(folder, trials(1), fake)
    assert (found.state, found.why) == ("failed", "its process was ended by signal 9.")


def test_three_failing_trials_in_a_row_stop_the_study_with_the_first_error(
    folder: StudyFolder,
) -> None:
    fake = Fake(lambda number, turn: 1)
    with pytest.raises(RunError, match=r"^3 trials failed .* The first error: error of 0\. Mend"):
        list(run_trials(folder, trials(9), fake))
    assert max(fake.tries) <= 4
    well = Fake(lambda number, turn: 0)
    assert len(list(run_trials(folder, trials(9), well))) == 9


def test_a_failed_trial_of_a_finished_study_is_tried_again_only_where_asked_for(
    folder: StudyFolder,
) -> None:
    list(run_trials(folder, trials(1), Fake(lambda number, turn: 1)))
    fake = Fake(lambda number, turn: 0)
    assert [o.state for o in run_trials(folder, trials(1), fake, again=False)] == ["failed"]
    assert [o.state for o in run_trials(folder, trials(1), fake)] == ["finished"]
    assert folder.failure_of(0) is None


def test_a_study_whose_time_is_over_begins_nothing(folder: StudyFolder) -> None:
    fake = Fake(lambda number, turn: 0)
    assert list(run_trials(folder, trials(3), fake, deadline=Deadline(0.0))) == []
    assert fake.tries == {}


def test_a_trial_of_another_question_under_the_same_number_is_refused(folder: StudyFolder) -> None:
    folder.ask(trials(1)[0])
    other = Trial(number=0, name="x", settings={"seed": 9}, division=Division(seed=9))
    with pytest.raises(RunError, match="asks for another trial"):
        folder.ask(other)


def test_two_parents_cannot_hold_one_study(folder: StudyFolder) -> None:
    with hold(folder.path), pytest.raises(RunError, match="one parent a study"):
        with hold(folder.path):
            pass


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fingerprint": "2"}, "other data"),
        ({"recipe": {"epochs": 3}}, r"another recipe \(epochs: None -> 3\)"),
        ({"verb": "tune"}, "`receta ablate`"),
        ({"asked": {"changes": []}}, r"other questions \(changes"),
    ],
)
def test_another_study_in_the_folder_is_refused_and_removed_only_by_force(
    change: dict[str, object], words: str, folder: StudyFolder
) -> None:
    other = Study(**{**vars(STUDY), **change})
    list(run_trials(folder, trials(1), Fake(lambda number, turn: 0)))
    with pytest.raises(RunError, match=words) as caught:
        StudyFolder.begin(folder.path, other)
    assert "--force" in str(caught.value)
    assert folder.outcome_of(0) is not None
    assert StudyFolder.begin(folder.path, other, force=True).trials() == []


def test_more_seeds_of_the_same_study_are_added(folder: StudyFolder) -> None:
    more = Study(**{**vars(STUDY), "asked": {"seeds": 5}})
    assert StudyFolder.begin(folder.path, more).study.asked == {"seeds": 5}
    assert StudyFolder.open(folder.path).study.asked == {"seeds": 5}


def test_a_study_whose_files_are_spoilt_is_one_line(folder: StudyFolder) -> None:
    (folder.path / "study.json").write_text('{"format": 1, "verb": 3}')
    with pytest.raises(RunError, match="is damaged") as caught:
        StudyFolder.open(folder.path)
    assert "\n" not in str(caught.value)
    assert [one.state for one in list_studies(folder.path.parent)] == ["damaged"]


def test_a_folder_of_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("")
    with pytest.raises(RunError, match="holds other files"), hold(tmp_path):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["photo.jpg"]


def test_a_list_tells_how_far_a_study_is(folder: StudyFolder) -> None:
    list(run_trials(folder, trials(2), Fake(lambda number, turn: 1 if number else 0)))
    with hold(folder.path):
        [row] = list_studies(folder.path.parent)
    assert (row.state, row.begun, row.done, row.failed) == ("running", 2, 1, 1)
    assert list_studies(folder.path)[0].state == "unfinished"
