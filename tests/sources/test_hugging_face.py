"""Are data sets of the Hub downloaded once, with a token for nobody else, and found offline?"""

from __future__ import annotations

import json
import shutil
import socket
from collections import Counter
from pathlib import Path

import pytest
from answering import answering

from receta.core.errors import InputError
from receta.sources import hugging_face, load


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """An empty cache of the Hub, an empty cache of ours, and no network."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{free.getsockname()[1]}")
    for name in ("HF_TOKEN", "HF_HUB_CACHE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "huggingface" / "hub"


@pytest.fixture
def files(tmp_path) -> dict[str, bytes]:
    """Contents of a small data set, by part."""
    hugging_face.sample(tmp_path / "made")
    found = sorted((tmp_path / "made").rglob("*.parquet"))
    return {path.name.partition("-")[0]: path.read_bytes() for path in found}


@pytest.fixture
def server(monkeypatch, files):
    """A Hub of our own with receta/pets."""
    with answering() as answers:
        monkeypatch.setenv("HF_ENDPOINT", answers.address)
        urls = {
            part: [answers.give(f"/files/{part}/0.parquet", content)]
            for part, content in files.items()
        }
        answers.give("/api/datasets/receta/pets/parquet", json.dumps({"default": urls}).encode())
        yield answers


def refused(place: str, **options) -> str:
    with pytest.raises(InputError) as caught:
        load(place, **options)
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)
    return str(caught.value)


def test_what_is_listed_is_downloaded_once(server):
    for _ in range(2):
        data = load("hf:receta/pets")
        assert Counter(data.parts) == {"train": 8, "test": 4}
        assert data.class_names == ("cat", "dog")
    assert server.paths == [
        "/api/datasets/receta/pets/parquet",
        "/files/test/0.parquet",
        "/files/train/0.parquet",
    ]
    assert repr(data.source) == "hugging_face('hf:receta/pets', 12 pictures, 2 classes)"


def test_a_download_that_was_cut_off_goes_on_where_it_was(server, files):
    server.give("/files/train/0.parquet", b"", 500)
    assert "the server answers 500" in refused("hf:receta/pets")
    server.give("/files/train/0.parquet", files["train"])
    assert len(load("hf:receta/pets")) == 12
    assert Counter(server.paths)["/files/test/0.parquet"] == 1


def test_a_token_goes_to_the_hub_alone_and_only_if_it_is_set(server, files, monkeypatch):
    with answering() as elsewhere:
        direct = elsewhere.give("/train.parquet", files["train"])
        target = elsewhere.give("/test.parquet", files["test"])
        moved = server.give("/moved", b"", 302, Location=target)
        listed = {"default": {"train": [direct], "test": [moved]}}
        server.give("/api/datasets/receta/pets/parquet", json.dumps(listed).encode())
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        assert len(load("hf:receta/pets")) == 12
        assert [headers.get("authorization") for _, headers in server.asked] == [
            "Bearer hf_secret"
        ] * 2
        assert elsewhere.paths == ["/train.parquet", "/test.parquet"]
        assert not any("hf_secret" in str(headers) for _, headers in elsewhere.asked)


def test_without_a_token_none_is_sent(server, home):
    home.parent.mkdir(parents=True)
    (home.parent / "token").write_text("hf_stored")
    load("hf:receta/pets")
    assert not any("authorization" in headers for _, headers in server.asked)


@pytest.mark.parametrize(
    ("status", "word"),
    [(401, "HF_TOKEN"), (403, "HF_TOKEN"), (404, "no data set of that name"), (503, "503")],
)
def test_a_refusal_of_the_hub_is_one_line(server, status, word):
    server.give("/api/datasets/receta/pets/parquet", b"no", status)
    assert word in refused("hf:receta/pets")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"3",
        b"{}",
        b'{"default": []}',
        b'{"default": {"train": 3}}',
        b'{"default": {"train": []}}',
        b'{"default": {"train": ["file:///etc/passwd"]}}',
        b'{"default": {"train": ["x"]}}',
    ],
)
def test_a_strange_answer_is_one_line(server, answer):
    server.give("/api/datasets/receta/pets/parquet", answer)
    refused("hf:receta/pets")


def test_configurations_are_chosen(server, files):
    urls = {part: [f"{server.address}/files/{part}/0.parquet"] for part in files}
    server.give(
        "/api/datasets/receta/pets/parquet", json.dumps({"small": urls, "large": urls}).encode()
    )
    assert "'large', 'small'" in refused("hf:receta/pets")
    assert "Did you mean 'small'?" in refused("hf:receta/pets/smal")
    assert len(load("hf:receta/pets/small")) == 12


def test_offline_the_users_own_cache_is_read(home, tmp_path, files):
    text = refused("hf:receta/pets")
    place = home / "datasets--receta--pets" / "snapshots" / "0"
    assert str(place) in text
    place.mkdir(parents=True)
    for part, content in files.items():
        (place / f"{part}-00000-of-00001.parquet").write_bytes(content)
    assert len(load("hf:receta/pets")) == 12
    shutil.rmtree(home)
    assert str(place) in refused("hf:receta/pets")


def test_offline_is_asked_for(server, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE is set" in refused("hf:receta/pets")
    assert server.asked == []


def test_the_revision_called_main_counts(home, files, monkeypatch):
    base = home / "datasets--receta--pets"
    for revision in ("aaa", "bbb"):
        (base / "snapshots" / revision / "data").mkdir(parents=True)
        for part, content in files.items():
            (base / "snapshots" / revision / "data" / f"{part}-0.parquet").write_bytes(content)
    (base / "refs").mkdir()
    for revision in ("aaa", "bbb"):
        (base / "refs" / "main").write_text(revision)
        assert f"/{revision}/" in load("hf:receta/pets").source._files[0]


@pytest.mark.parametrize(
    "name", ["hf:", "hf:a/b/c/d", "hf:../../etc", "hf:a b/c", "hf:a/../b", "hf:https://x.y"]
)
def test_what_is_no_name_is_one_line(name):
    refused(name)


def test_a_data_set_without_pictures_is_one_line(server, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"text": ["a", "b"], "label": [0, 1]}), tmp_path / "t.parquet")
    url = server.give("/t.parquet", (tmp_path / "t.parquet").read_bytes())
    server.give(
        "/api/datasets/receta/texts/parquet", json.dumps({"default": {"train": [url]}}).encode()
    )
    text = refused("hf:receta/texts")
    assert text.startswith("hf:receta/texts holds no pictures")
    assert "--target COLUMN" in text
