"""Does every audit flag its culprit and spare its innocent?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from receta.audits import SHELF, audit
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from tests.fakes import FakePixels, Folder

NAMES = SHELF.names()


def findings_of(name: str, example: str, folder: Path) -> tuple[Dataset, list[Finding]]:
    module = SHELF.module(name)
    written = getattr(module, example)(folder)
    if isinstance(written, Dataset):  # a table or a series, made in memory
        assert written.kind in module.KINDS
        return written, getattr(module, name)(written, None)
    assert Path(written) == folder
    data = Dataset.of(Folder(folder, getattr(module, "GROUP", None)))
    return data, getattr(module, name)(data, FakePixels(data))


@pytest.mark.parametrize("name", NAMES)
def test_audit_spares_the_innocent(name, tmp_path):
    _, findings = findings_of(name, "innocent", tmp_path)
    assert [finding.verdict for finding in findings] == ["ok"]
    assert findings[0].check == name
    assert findings[0].advice == ""
    assert findings[0].ids == findings[0].pairs == ()


@pytest.mark.parametrize("name", NAMES)
def test_audit_flags_the_culprit_and_says_what_to_do(name, tmp_path):
    data, findings = findings_of(name, "culprit", tmp_path)
    assert findings
    for finding in findings:
        assert finding.check == name
        assert finding.verdict in ("warn", "fail")
        assert finding.where
        assert finding.advice.endswith(".")
        assert set(finding.ids) <= {
            *data.ids,
            *(column.name for column in getattr(data.source, "columns", ())),
            *(stray.id for stray in getattr(data.source, "strays", ())),
        }
        assert {one for pair in finding.pairs for one in pair} <= set(data.ids)
        assert len(set(finding.pairs)) == len(finding.pairs)


@pytest.mark.parametrize("name", NAMES)
def test_audit_declares_its_unit_and_bound(name, tmp_path):
    module = SHELF.module(name)
    _, findings = findings_of(name, "culprit", tmp_path)
    assert all(finding.unit == module.UNIT for finding in findings)
    assert all(f"{module.BOUND:g}" in finding.expected for finding in findings)


@pytest.mark.parametrize("example", ["innocent", "culprit"])
@pytest.mark.parametrize("name", NAMES)
def test_findings_of_audits_are_plain_json_and_come_back(name, example, tmp_path):
    _, findings = findings_of(name, example, tmp_path)
    for finding in findings:
        text = json.dumps(finding.to_json(), allow_nan=False)
        assert Finding.from_json(json.loads(text)) == finding


@pytest.mark.parametrize("name", NAMES)
def test_examples_of_audits_are_found_by_the_real_sources_and_pixels(name, tmp_path, monkeypatch):
    sources = pytest.importorskip("receta.sources")
    if not hasattr(sources, "load") or hasattr(SHELF.module(name), "GROUP"):
        pytest.skip("without groups there is nothing to find")
    if "images" not in getattr(SHELF.module(name), "KINDS", ("images",)):
        pytest.skip("its examples are made in memory")
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))
    if isinstance(SHELF.module(name).culprit(tmp_path / "kind"), Dataset):
        pytest.skip("its examples are made in memory")
    for example, verdicts in (("innocent", ("ok",)), ("culprit", ("warn", "fail"))):
        data = sources.load(getattr(SHELF.module(name), example)(tmp_path / example))
        assert {f.verdict for f in audit(data, only=[name]) if f.check == name} <= set(verdicts)
