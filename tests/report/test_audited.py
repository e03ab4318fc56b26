"""Does the page of an audit show what was found, and nothing that could run?"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from receta import audit, load
from receta.report.audited import write_audit


def folder(place: Path) -> Path:
    for name, shade in (("cat", 40), ("dog", 200)):
        (place / name).mkdir(parents=True)
        for n in range(4):
            picture = Image.effect_noise((40, 30), 60 + n * 20 + shade // 8).convert("RGB")
            picture.save(place / name / f"{n}.png")
    (place / "dog" / "<script>alert(1)<script>.png").write_bytes(
        (place / "dog" / "0.png").read_bytes()
    )
    return place


def test_pairs_stand_side_by_side_and_names_are_only_text(tmp_path):
    data = load(folder(tmp_path / "pets"))
    findings = audit(data)
    write_audit(
        data, findings, tmp_path / "audit.html", title="pets <b>", command="receta audit pets"
    )
    text = (tmp_path / "audit.html").read_text()
    assert text.count('<li class="couple">') == 1
    assert "alert(1)" in text
    assert "<script>alert" not in text
    assert "pets &lt;b&gt;" in text
    assert "receta audit pets" in text
    assert "http://" not in text.replace("http://www.w3.org", "")


def test_clean_data_are_told_to_be_clean(tmp_path):
    data = load("digits")
    findings = [finding for finding in audit(data) if finding.verdict == "ok"]
    write_audit(data, findings, tmp_path / "audit.html", title="digits")
    text = (tmp_path / "audit.html").read_text()
    assert "Nothing wrong was found" in text
    assert 'id="found"' not in text
