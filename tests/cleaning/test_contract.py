"""Does every fix on the shelf mend what its findings say, and nothing else?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from receta.audits import SHELF as AUDITS
from receta.cleaning import SHELF, choose_fixes, codes, methods, plan
from receta.core.finding import Finding
from receta.data import steps
from receta.data.dataset import Dataset
from tests.fakes import FakePixels, Folder

# label_error trains models, and raises its suspicion anew on fewer examples:
# tests/cleaning/test_fixes.py looks at its fix.
PAIRS = [
    (code, method)
    for code in codes()
    if code in AUDITS.names() and code != "label_error"
    for method in methods(code)
]


def culprit(code: str, folder: Path) -> Dataset:
    module = AUDITS.module(code)
    written = module.culprit(folder)
    return (
        written
        if isinstance(written, Dataset)
        else Dataset.of(Folder(folder, getattr(module, "GROUP", None)))
    )


def audited(code: str, data: Dataset) -> list[Finding]:
    return getattr(AUDITS.module(code), code)(
        data, FakePixels(data) if data.kind == "images" else None
    )


def cells(data: Dataset) -> dict[str, list[object]]:
    return {
        column.name: [column.cell(row) for row in range(len(column))] for column in data.columns
    }


def test_every_code_is_mended_by_one_fix():
    assert len(set(codes())) == len(codes())


@pytest.mark.parametrize("name", SHELF.names())
def test_a_fix_declares_what_it_is_for(name):
    module = SHELF.module(name)
    assert set(module.KINDS) <= {"images", "table", "series", "texts"}
    assert module.METHODS
    for some in module.METHODS_OF.values():
        assert set(some) <= set(module.METHODS)


def test_every_audit_is_mended_or_says_what_to_do_instead():
    helpless = [name for name in AUDITS.names() if not AUDITS.module(name).INSTEAD]
    assert set(helpless) <= set(codes())
    assert not {*AUDITS.names()} & {*codes()} - {*helpless}


@pytest.mark.parametrize(("code", "method"), PAIRS)
def test_a_fix_ends_the_finding_it_is_for(code, method, tmp_path):
    data = culprit(code, tmp_path)
    if all(c != code for _, c, _ in choose_fixes([code], data.kind)):
        pytest.skip(f"{code} mends no {data.kind}")
    module = next(module for module, c, _ in choose_fixes([code], data.kind) if c == code)
    if method not in module.METHODS_OF.get(data.kind, module.METHODS):
        pytest.skip(f"{method} is not for {data.kind}")
    findings = audited(code, data)
    done = plan(data, findings, fix=[f"{code}={method}"])
    assert done.entries or done.notes
    if not done.notes:
        assert [finding.verdict for finding in audited(code, done.after)] == ["ok"]
    # The steps are plain JSON and do the same again.
    again = steps.apply(data, json.loads(json.dumps(done.steps, allow_nan=False)))
    assert again.ids == done.after.ids
    assert again.class_names == done.after.class_names
    assert (again.targets == done.after.targets).all() or np.array_equal(
        again.targets, done.after.targets, equal_nan=True
    )
    assert cells(again) == cells(done.after)


@pytest.mark.parametrize(("code", "method"), PAIRS)
def test_a_fix_changes_nothing_of_data_without_its_finding(code, method, tmp_path):
    module = AUDITS.module(code)
    written = module.innocent(tmp_path)
    data = (
        written
        if isinstance(written, Dataset)
        else Dataset.of(Folder(tmp_path, getattr(module, "GROUP", None)))
    )
    if code == "missing":  # fills what other fixes take as missing too, where it is asked for
        pytest.skip("asked for by name")
    fitting = [(c, m) for _, c, m in choose_fixes([code], data.kind) if c == code]
    if not fitting:
        pytest.skip(f"{code} mends no {data.kind}")
    module = next(module for module, c, _ in choose_fixes([code], data.kind) if c == code)
    if method not in module.METHODS_OF.get(data.kind, module.METHODS):
        pytest.skip(f"{method} is not for {data.kind}")
    assert plan(data, audited(code, data), fix=[f"{code}={method}"]).after is data


@pytest.mark.parametrize(("code", "method"), PAIRS)
def test_a_fix_touches_only_what_the_finding_names(code, method, tmp_path):
    data = culprit(code, tmp_path)
    if (
        data.kind != "table"
        or method == "leave_out"
        or all(c != code for _, c, _ in choose_fixes([code], data.kind))
    ):
        pytest.skip("its rows are looked at elsewhere")
    module = next(module for module, c, _ in choose_fixes([code], data.kind) if c == code)
    if method not in module.METHODS_OF.get(data.kind, module.METHODS):
        pytest.skip(f"{method} is not for {data.kind}")
    findings = audited(code, data)
    after = plan(data, findings, fix=[f"{code}={method}"]).after
    named = {finding.facts.column for finding in findings if finding.facts.column}
    assert after.ids == data.ids
    before, now = cells(data), cells(after)
    for name in set(before) - named:
        assert now[name] == before[name]
