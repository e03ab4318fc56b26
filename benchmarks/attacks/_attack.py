"""What is one attack, and what does every maker of attacks need?

A file of this folder makes attacks of one kind: `attacks(folder, rng, lure)` yields them, each
with the words of a `receta` command. A new kind is a new file.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECRET = "this-must-not-be-told-7f3a91c2"


@dataclass
class Attack:
    """words: of the command behind `receta`. name: what is wrong with what it reads.

    may_open: whether the user names the secret himself, as weights in his recipe; telling what it
    holds is wrong all the same.
    """

    name: str
    words: list[str]
    may_open: bool = False


@dataclass(frozen=True)
class Lure:
    """A file that attacks try to have read, and one that code of theirs would write."""

    secret: Path
    canary: Path

    @classmethod
    def laid(cls, folder: Path) -> Lure:
        """Write the secret; the canary is not there yet."""
        folder.mkdir(parents=True, exist_ok=True)
        lure = cls(folder / "secret.txt", folder / "canary")
        lure.secret.write_text(f"{SECRET}\nsecond line\n")
        return lure

    def set(self) -> None:
        """Make the secret look unread for days, so that the next reading shows in its time."""
        self.canary.unlink(missing_ok=True)
        now = self.secret.stat().st_mtime
        os.utime(self.secret, (now - 3 * 86_400, now))

    def was_read(self) -> bool:
        """Whether the secret was read since `set`."""
        return self.secret.stat().st_atime > self.secret.stat().st_mtime - 86_400

    def code(self) -> str:
        """A line of Python that writes the canary."""
        return f"open({str(self.canary)!r}, 'w').write('executed')"


def files(place: Path) -> list[Path]:
    """All files of a place, in order."""
    return (
        [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    )


def mutated(content: bytes, rng: random.Random, others: list[bytes]) -> tuple[str, bytes]:
    """The bytes with one thing changed, and what that is."""
    at = rng.randrange(max(1, len(content)))
    how = rng.choice(
        [
            "bits",
            "cut",
            "doubled",
            "zeros",
            "header",
            "inserted",
            "empty",
            "many bits",
            "digits",
            "joined",
        ]
    )
    spoilt = bytearray(content)
    if how in ("bits", "many bits"):
        for _ in range(1 if how == "bits" else 30):
            if spoilt:
                spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
    elif how == "cut":
        spoilt = spoilt[:at]
    elif how == "doubled":
        spoilt = spoilt[:at] + spoilt[max(0, at - 200) : at] * rng.choice([2, 2000]) + spoilt[at:]
    elif how == "zeros":
        spoilt[at : at + 64] = bytes(len(spoilt[at : at + 64]))
    elif how == "header":
        other = rng.choice(others)
        spoilt[:64] = other[:64]
    elif how == "inserted":
        spoilt[at:at] = rng.randbytes(rng.choice([1, 7, 5000]))
    elif how == "empty":
        spoilt = bytearray()
    elif how == "digits":
        places = [k for k, byte in enumerate(spoilt) if 48 <= byte <= 57]
        for k in rng.sample(places, min(len(places), 5)):
            spoilt[k : k + 1] = rng.choice([b"9" * 30, b"-1", b"0", b"1e400", b"NaN"])
    elif how == "joined":
        spoilt += rng.choice(others)
    return how, bytes(spoilt)


def numbered(folder: Path) -> Iterator[Path]:
    """New folders, one after the other."""
    number = 0
    while True:
        number += 1
        place = folder / f"{number:03}"
        place.mkdir(parents=True)
        yield place
