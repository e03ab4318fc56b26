"""Are near-copies found whatever was done to them, and are lookalikes left alone?"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFont
from threadpoolctl import threadpool_limits

from receta.audits import audit
from receta.copies.alike import _alike, alike
from receta.copies.candidates import NEAREST, candidates
from receta.copies.grouping import grouping
from receta.copies.thumbs import CROPS, HALVES, TURNS, WHOLE, contrast, spectrum, turn_pictures
from receta.core import seeds
from receta.core.finding import Finding
from receta.data import image
from receta.data.dataset import Dataset
from receta.pixels import decode
from receta.sources import load
from tests.fakes import Arrays, FakePixels

FASHION = Path("/usr/share/datasets/fashion-mnist")
CHECKS = ("near_leak", "near_conflict", "near_duplicate")


def photo(number: int, height: int = 120, width: int = 160) -> Image.Image:
    """A picture whose spectrum falls as that of photos does; always the same for a number."""
    rng = seeds.rng(number, "photo")
    down, across = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None]
    falling = 1 / np.maximum(np.hypot(down, across), 0.5 / width)
    grey = np.fft.ifft2(np.fft.fft2(rng.normal(size=(height, width))) * falling).real
    grey = (grey - grey.mean()) / grey.std()
    tint = rng.uniform(0.6, 1.2, 3)
    return Image.fromarray(np.clip(120 + 45 * grey[:, :, None] * tint, 0, 255).astype(np.uint8))


def saved(picture: Image.Image, quality: int = 92) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def cropped(
    picture: Image.Image, left: float, top: float, right: float, bottom: float
) -> Image.Image:
    return picture.crop(
        (
            round(picture.width * left),
            round(picture.height * top),
            round(picture.width * (1 - right)),
            round(picture.height * (1 - bottom)),
        )
    )


def marked(picture: Image.Image) -> Image.Image:
    """A word on a white plate that hides 7 % of the picture."""
    copy = picture.copy()
    width, height = round(copy.width * 0.5), round(copy.height * 0.14)
    plate = Image.new("RGB", (width, height), (245, 245, 245))
    ImageDraw.Draw(plate).text(
        (width / 2, height / 2), "example", (20, 20, 20), ImageFont.load_default(height * 0.8), "mm"
    )
    copy.paste(plate, (copy.width - width - 4, copy.height - height - 4))
    return copy


CHANGES = {
    "re-encoded": lambda picture: saved(picture, 50),
    "resized": lambda picture: saved(picture.resize((picture.width // 2, picture.height // 2))),
    "cropped a little at every edge": lambda picture: saved(
        cropped(picture, 0.025, 0.025, 0.025, 0.025)
    ),
    "cropped at every edge": lambda picture: saved(cropped(picture, 0.05, 0.05, 0.05, 0.05)),
    "cropped at two edges": lambda picture: saved(cropped(picture, 0.05, 0, 0, 0.05)),
    "brighter": lambda picture: saved(ImageEnhance.Brightness(picture).enhance(1.2)),
    "darker": lambda picture: saved(ImageEnhance.Brightness(picture).enhance(0.8)),
    "grey": lambda picture: saved(picture.convert("L")),
    "marked": lambda picture: saved(marked(picture)),
    "mirrored": lambda picture: saved(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
    "rotated": lambda picture: saved(picture.transpose(Image.Transpose.ROTATE_90)),
}


def named(
    pictures: list[bytes | np.ndarray], targets: list[int] | None = None, *, size: int = 96, **names
) -> dict[str, Finding]:
    targets = targets if targets is not None else [0] * len(pictures)
    data = Dataset.of(Arrays(pictures, targets, **{"class_names": ["a", "b"], **names}))
    checks = {"leak", "label_conflict", "duplicate", *CHECKS}
    findings = audit(data, pixels=FakePixels(data, (size, size)), only=checks)  # type: ignore[arg-type]
    assert {finding.check for finding in findings} == checks
    return {finding.check: finding for finding in findings}


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_is_found_whatever_was_done_to_it_and_nothing_else_is(change):
    originals = [photo(number) for number in range(24)]
    finding = named(
        [saved(one) for one in originals] + [CHANGES[change](one) for one in originals]
    )["near_duplicate"]
    assert finding.verdict == "warn"
    assert set(finding.pairs) == {(f"{n:06}.png", f"{n + 24:06}.png") for n in range(24)}
    assert finding.ids == tuple(f"{n + 24:06}.png" for n in range(24))
    assert finding.measured == 24
    if change in ("mirrored", "rotated"):
        assert f"24 {change}" in finding.where
        assert [row[2] for row in finding.shown["turned"]] == [change] * 24


def test_different_pictures_are_no_near_duplicates():
    findings = named([saved(photo(number)) for number in range(60)])
    assert {finding.verdict for finding in findings.values()} == {"ok"}


@pytest.mark.parametrize("change", CHANGES)
def test_copies_of_real_photos_are_found(shared, change):
    with zipfile.ZipFile(shared / "cats-vs-dogs" / "cats-vs-dogs.zip") as archive:
        photos = [archive.read(name) for name in sorted(archive.namelist())[7:2000:50]]
    copies = [CHANGES[change](Image.open(io.BytesIO(content)).convert("RGB")) for content in photos]
    n = len(photos)
    found = set(named([*photos, *copies])["near_duplicate"].pairs)
    right = {(f"{row:06}.png", f"{row + n:06}.png") for row in range(n)}
    assert found <= right
    assert len(found) >= 0.97 * n  # one of forty may be so plain that its crop is another picture


def test_the_one_real_near_duplicate_of_cats_and_dogs_is_named_and_the_leak_is_not(shared):
    data = load(shared / "cats-vs-dogs" / "cats-vs-dogs.zip")
    findings = {finding.check: finding for finding in audit(data, only=["leak", *CHECKS])}
    assert findings["near_duplicate"].pairs == (
        ("cats-vs-dogs/train/dogs/dog.74.jpg", "cats-vs-dogs/train/dogs/dog.180.jpg"),
    )
    assert findings["near_leak"].verdict == findings["near_conflict"].verdict == "ok"
    assert findings["leak"].pairs == (
        ("cats-vs-dogs/train/dogs/dog.2027.jpg", "cats-vs-dogs/validation/dogs/dog.3082.jpg"),
    )


def test_hands_of_many_people_on_white_are_no_near_duplicates(shared):
    data = load(shared / "sign-digits" / "sign-digits.zip")
    assert {finding.verdict for finding in audit(data, only=CHECKS)} == {"ok"}


def test_takes_of_one_hand_are_said_to_be_so_and_groups_are_advised(shared):
    place = shared / "sign-letters" / "sign-letters.zip"
    findings = {finding.check: finding for finding in audit(load(place), only=CHECKS)}
    finding = findings["near_duplicate"]
    assert finding.verdict == "warn"
    assert finding.shown["share"] > 0.5
    assert "of all images have a near-copy" in finding.where
    assert "--group 'hand[0-9]+'" in finding.advice
    assert findings["near_conflict"].verdict == "ok"
    assert all(
        re.search("hand.", one)[0] == re.search("hand.", other)[0] for one, other in finding.pairs
    )
    (grouped,) = audit(load(place, group="hand[0-9]+"), only=["near_duplicate"])
    assert grouped.verdict == "ok"
    assert "stay together" in grouped.where


def test_handwritten_digits_are_no_near_duplicates():
    assert {finding.verdict for finding in audit(load("digits"), only=CHECKS)} == {"ok"}


@pytest.mark.skipif(not FASHION.is_dir(), reason=f"{FASHION} is missing")
def test_clothes_that_are_alike_by_nature_are_no_near_duplicates():
    whole = load(FASHION)
    data = whole.take(np.r_[0:4000, 60_000:61_000])
    findings = audit(data, pixels=decode(data), only=CHECKS)
    named_pictures = {one for finding in findings for pair in finding.pairs for one in pair}
    assert len(named_pictures) <= 10  # of 5,000; by a bound of 0.1 it would be half of them


def test_each_copy_was_compared_with_the_one_that_stays():
    """A film that turns from one picture into another: neighbours are near-copies, its ends are
    not.
    """
    first, last = (np.asarray(photo(number), np.float32) for number in (1, 2))
    frames = [
        np.asarray(first + (last - first) * share, np.uint8) for share in np.linspace(0, 1, 25)
    ]
    finding = named(frames)["near_duplicate"]
    assert finding.verdict == "warn"
    staying = {one for one, _ in finding.pairs}
    assert staying.isdisjoint(finding.ids)
    assert len(staying) >= 3
    assert ("000000.png", "000024.png") not in finding.pairs
    assert max(int(other[:6]) - int(one[:6]) for one, other in finding.pairs) <= 12


def test_blank_pictures_are_nobodys_copies():
    rng = np.random.default_rng(0)
    blank = [
        np.full((64, 64, 3), level, np.uint8) + rng.integers(0, 3, (64, 64, 3), dtype=np.uint8)
        for level in range(0, 250, 2)
    ]
    assert {finding.verdict for finding in named(blank).values()} == {"ok"}


def test_thousands_of_nearly_equal_pictures_make_few_candidates():
    rng = np.random.default_rng(0)
    one = rng.integers(0, 256, (48, 48)).astype(np.float32)
    small = np.clip(one + rng.normal(0, 4, (2000, 48, 48)), 0, 255).astype(np.uint8)
    with threadpool_limits(1):
        pairs, _, views = candidates(small, turns=True, crops=True)
    assert len(pairs) <= len(small) * NEAREST * (len(views) + len(HALVES))
    assert len(set(map(tuple, np.sort(pairs, axis=1).tolist()))) == len(pairs)
    assert (pairs[:, 0] != pairs[:, 1]).all()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 28, 47, 100])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_smallest_sets_and_pictures_give_a_verdict(n, size):
    rng = np.random.default_rng(n)
    pictures = [rng.integers(0, 256, (size, size, 3), dtype=np.uint8) for _ in range(n)]
    for finding in named(pictures, size=size).values():
        assert finding.verdict == "ok"


@pytest.mark.parametrize("shape", [(1, 60), (60, 1), (10, 64), (20, 33)])
def test_narrow_pictures_give_a_verdict(shape):
    rng = np.random.default_rng(0)
    data = Dataset.of(
        Arrays([rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for _ in range(6)], [0, 1] * 3)
    )
    assert {
        finding.verdict for finding in audit(data, pixels=FakePixels(data, shape), only=CHECKS)
    } == {"ok"}  # type: ignore[arg-type]


def test_two_pictures_are_enough():
    one = photo(3)
    assert named([saved(one), saved(one, 40)])["near_duplicate"].pairs == (
        ("000000.png", "000001.png"),
    )


def test_every_pair_has_one_name():
    one, other = photo(1), photo(2)
    dark = saved(ImageEnhance.Brightness(one).enhance(0.8))
    pictures = [
        saved(one),
        saved(one),
        dark,
        saved(one, 50),
        saved(one, 30),
        saved(other),
        saved(other, 50),
    ]
    findings = named(
        pictures,
        [0, 0, 0, 1, 0, 1, 1],
        parts=["train", "train", "train", "train", "test", "train", "train"],
    )
    ids = [f"{row:06}.png" for row in range(7)]
    assert findings["duplicate"].pairs == ((ids[0], ids[1]),)
    assert findings["near_duplicate"].pairs == ((ids[0], ids[2]), (ids[5], ids[6]))
    assert set(findings["near_conflict"].pairs) == {(ids[0], ids[3]), (ids[2], ids[3])}
    assert findings["near_conflict"].ids == (ids[0], ids[2], ids[3])
    assert "2 pairs of 'a' and 'b'" in findings["near_conflict"].where
    assert set(findings["near_leak"].pairs) == {
        (ids[0], ids[4]),
        (ids[2], ids[4]),
        (ids[3], ids[4]),
    }
    assert (findings["near_leak"].verdict, findings["near_leak"].measured) == ("fail", 1)
    assert "1 of 1 in test have a near-copy in train" in findings["near_leak"].where
    pairs = [pair for finding in findings.values() for pair in finding.pairs]
    assert len(set(pairs)) == len(pairs)


def test_an_exact_copy_in_another_part_is_near_to_the_copies_too():
    one = photo(1)
    findings = named([saved(one), saved(one, 50), saved(one)], parts=["train", "train", "test"])
    assert findings["leak"].pairs == (("000000.png", "000002.png"),)
    assert findings["near_leak"].pairs == (("000001.png", "000002.png"),)
    assert findings["near_duplicate"].pairs == (("000000.png", "000001.png"),)


@pytest.mark.parametrize("change", ["mirrored", "rotated"])
def test_a_turned_picture_may_have_another_label(change):
    pictures = [saved(photo(n)) for n in range(5)] + [CHANGES[change](photo(n)) for n in range(5)]
    findings = named(pictures, [0] * 5 + [1] * 5, parts=["train"] * 5 + ["test"] * 5)
    assert {findings[check].verdict for check in CHECKS} == {"ok"}


def test_near_copies_within_a_group_are_no_finding():
    pictures = [saved(photo(n // 2), 90 - 20 * (n % 2)) for n in range(12)]
    within = named(pictures, groups=[f"p{n // 2}" for n in range(12)])["near_duplicate"]
    assert (within.verdict, within.where) == (
        "ok",
        "6 pairs of near-copies lie within groups, and stay together",
    )
    across = named(pictures, groups=[f"p{n % 3}" for n in range(12)])["near_duplicate"]
    assert (across.verdict, across.measured) == ("warn", 6)


def test_many_near_copies_advise_to_keep_takes_together():
    ids = [f"c{n // 2 % 2}/person{n // 4}_take{n}.jpg" for n in range(16)]
    pictures = [saved(photo(n // 2), 90 - 20 * (n % 2)) for n in range(16)]
    advice = named(pictures, [n // 2 % 2 for n in range(16)], ids=ids)["near_duplicate"].advice
    assert "--group 'person[0-9]+'" in advice
    rows = named(pictures, [n // 2 % 2 for n in range(16)], ids=[f"row-{n}" for n in range(16)])[
        "near_duplicate"
    ].advice
    assert "--group" not in rows, "the number of a row does not say of what it is a take"
    assert "--test" in rows


@pytest.mark.parametrize(
    ("ids", "pattern"),
    [
        (
            [
                "a/x_ann_1.jpg",
                "a/x_bob_2.jpg",
                "a/x_eva_3.jpg",
                "b/x_ann_4.jpg",
                "b/x_bob_5.jpg",
                "b/x_eva_6.jpg",
            ],
            r"(?:^|/)(?:[^/_-]*[_-]){1}([^/_.-]+)[^/]*$",
        ),
        (
            [
                "a/ann/1.jpg",
                "a/bob/1.jpg",
                "a/eva/1.jpg",
                "b/ann/1.jpg",
                "b/bob/1.jpg",
                "b/eva/1.jpg",
            ],
            r"^(?:[^/]*/){1}([^/]+)/",
        ),
        (["a/1.jpg", "a/2.jpg", "a/3.jpg", "b/4.jpg", "b/5.jpg", "b/6.jpg"], None),
    ],
)
def test_what_near_copies_share_in_their_ids_is_found(ids, pattern):
    data = Dataset.of(Arrays([], [0, 0, 0, 1, 1, 1], ids=ids))
    assert grouping(data, [(0, 3), (1, 4), (2, 5)]) == pattern


def test_what_is_found_does_not_depend_on_the_order():
    pictures = [saved(photo(n % 9), 90 - 3 * (n // 9)) for n in range(27)]
    data = Dataset.of(Arrays(pictures, [0, 1, 1] * 9))
    turned = data.take(np.arange(27)[::-1].copy())
    one, other = (alike(some, FakePixels(data, (96, 96))) for some in (data, turned))  # type: ignore[arg-type]
    names = [
        {frozenset((some.ids[link.one], some.ids[link.other])) for link in found.links}
        for some, found in ((data, one), (turned, other))
    ]
    assert names[0] == names[1]
    assert len(names[0]) == 27


def test_turning_spectra_is_turning_pictures():
    small = np.random.default_rng(0).integers(0, 256, (3, 48, 48)).astype(np.uint8)
    for view in TURNS:
        np.testing.assert_allclose(
            spectrum(small, view), spectrum(turn_pictures(small, view.turn)), atol=1e-4
        )


def test_a_window_of_a_picture_has_the_spectrum_of_its_crop():
    whole = np.asarray(photo(5, 480, 480).convert("L"))
    for view in CROPS:
        crop = whole[
            round(view.top * 480) : round(view.bottom * 480),
            round(view.left * 480) : round(view.right * 480),
        ]
        cut, small = (
            image.resize(np.ascontiguousarray(one)[:, :, None], (48, 48))[None, :, :, 0]
            for one in (crop, whole)
        )
        assert (spectrum(small, view) @ spectrum(cut, WHOLE).T).item() > 0.97


def test_contrast_is_in_grey_levels():
    assert contrast(np.array([[[0, 200], [0, 200]]], np.uint8)).tolist() == [100.0]


def test_a_search_is_kept_for_the_next_command_and_done_anew_where_it_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))
    for number in range(6):
        (tmp_path / "data" / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / "ab"[number % 2] / f"{number}.jpg").write_bytes(
            saved(photo(number // 2), 60 + 5 * number)
        )
    data = load(tmp_path / "data")
    pixels = decode(data)
    first = alike(data, pixels)
    assert first.links

    _alike.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr("receta.copies.alike._search", None)  # not asked again
        assert alike(data, pixels) == first
    for path in (tmp_path / "cache" / "alike").iterdir():
        path.write_text('{"links": [[1]]}')
    _alike.cache_clear()
    assert alike(data, pixels) == first


def test_an_audit_that_takes_longer_than_there_is_time_is_told_as_not_judged(
    tmp_path: Path,
) -> None:
    data = load("digits")
    found = {
        finding.check: finding for finding in audit(data, only=(*CHECKS, "dark"), within_s=1.0)
    }
    assert [name for name in found if not found[name].judged] == list(CHECKS)
    assert (
        found["near_duplicate"].advice
        == "The budget left no time for it. Ask for it: receta audit digits --only near_duplicate"
    )
