"""Does an audit end in findings or in one line, whatever bytes it is given?"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from receta import audit, load
from receta.core.errors import RecetaError

LIMITS = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))


def good(kind: str, seed: int) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(
        0, 256, (1 + seed % 40, 1 + seed % 23, 3), np.uint8
    )
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


@st.composite
def files(draw) -> bytes:
    """A picture, one with bytes changed or cut off, or any bytes at all."""
    picture = bytearray(
        good(
            draw(st.sampled_from(["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"])),
            draw(st.integers(0, 500)),
        )
    )
    kind = draw(st.sampled_from(["whole", "changed", "cut", "any"]))
    if kind == "any":
        return draw(st.binary(max_size=200))
    if kind == "cut":
        return bytes(picture[: draw(st.integers(0, len(picture)))])
    if kind == "changed":
        for at in draw(st.lists(st.integers(0, len(picture) - 1), min_size=1, max_size=8)):
            picture[at] = draw(st.integers(0, 255))
    return bytes(picture)


@LIMITS
@given(
    st.lists(
        st.tuples(st.sampled_from(["train/cat", "train/dog", "test/cat", "test/dog"]), files()),
        min_size=2,
        max_size=10,
    )
)
def test_an_audit_of_any_files_called_pictures_ends_in_findings_or_one_line(written):
    folder = Path(tempfile.mkdtemp())
    try:
        for number, (place, content) in enumerate(written):
            (folder / place).mkdir(parents=True, exist_ok=True)
            (folder / place / f"{number}.jpg").write_bytes(content)
        try:
            data = load(folder)
            findings = audit(data, also=["label_error"])
        except RecetaError as error:  # as where none of them can be read
            said, findings = str(error), []
        else:
            said = ""
        assert "\n" not in said
        for finding in findings:
            json.dumps(finding.to_json(), allow_nan=False)
            assert set(finding.ids) <= set(data.ids)
    finally:
        shutil.rmtree(folder)


LIKE_TEXT = st.text(st.sampled_from('0123456789,;"\n\r ay.-NaNinf{}[]:=/+'), max_size=300).map(
    str.encode
)
LIKE_TABLES = st.text(st.sampled_from("0123456789,\n.-e?fwefew"), max_size=300).map(
    lambda text: b"x,y\n1,2\n3,4\n" + text.encode()
)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.csv", {"target": "y"}),
        ("a.csv", {"series": "y", "window": 2}),
        ("a.csv", {}),
        ("a.json", {}),
        ("a.jsonl", {}),
        ("a.npz", {}),
        ("a.npz", {"target": "y"}),
        ("a.parquet", {}),
        ("a.parquet", {"target": "y"}),
        ("a.tfrecord", {}),
        ("a.zip", {}),
    ],
)
@LIMITS
@given(content=st.one_of(st.binary(max_size=300), LIKE_TEXT, LIKE_TABLES))
def test_any_bytes_under_any_suffix_end_in_data_or_one_line(name, options, content):
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / name).write_bytes(content)
        try:
            data = load(folder / name, bad_rows="quarantine", **options)
            findings = audit(data)
        except RecetaError as error:
            said = str(error)
            findings = []
        else:
            said = ""
        assert "\n" not in said
        for finding in findings:
            json.dumps(finding.to_json(), allow_nan=False)
    finally:
        shutil.rmtree(folder)
