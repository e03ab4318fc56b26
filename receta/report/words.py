"""How do numbers and strange text become something that people read with ease?"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

from markupsafe import Markup, escape

THIN = "\u202f"  # narrow no-break space, before a unit
MINUS = "\u2212"

PARTS = {"train": "Training", "validation": "Validation", "test": "Test"}

# Name of a check or audit -> the question it answers, in plain words.
QUESTIONS = {
    "loss_at_init": "Is the loss before training what chance predicts?",
    "prior_bias": "Does the output start at the class frequencies?",
    "beats_blind": "Does it learn from the picture, not only from the class frequencies?",
    "beats_prior": "Is it better than always naming the most frequent class?",
    "overfits_one_batch": "Can it learn one small batch by heart?",
    "capacity_helps": "Does more capacity lower the training loss?",
    "predictions_settle": "Do the predictions settle down as training goes on?",
    "filters_smooth": "Are the first-layer filters smooth, not noise?",
    "reproducible": "Does the same seed give the same result?",
    "unreadable": "Can every file be read as a picture?",
    "duplicate": "Is every picture there only once?",
    "near_duplicate": "Are there pictures that are nearly the same?",
    "leak": "Is the test part free of training pictures?",
    "label_conflict": "Do equal pictures have equal labels?",
    "group_leak": "Does every group stay within one part?",
    "label_error": "Do the labels look right?",
    "keeps_labels": "Do varied pictures keep their labels?",
    "imbalance": "Are the classes of comparable size?",
    "outlier": "Do all pictures look like they belong?",
    "junk_cells": "Does every cell fit its column?",
    "small_class": "Are there enough examples of each class?",
    "left_out": "Could everything be read that is there?",
    "truncated": "Is every file whole?",
    "near_leak": "Is the test part free of near-copies of training pictures?",
    "near_conflict": "Do near-copies have equal labels?",
    "class_names": "Are the classes' names different at a glance?",
    "extension": "Is every file what its name says?",
    "low_information": "Is there something to see in every picture?",
    "dark": "Is every picture bright enough?",
    "bright": "Is no picture burnt out?",
    "blurry": "Is every picture sharp?",
    "odd_size": "Are the pictures of similar sizes?",
    "odd_shape": "Are the pictures of similar shapes?",
    "grey_among_colour": "Are all pictures grey, or all coloured?",
    "drift": "Are training and test data of one kind?",
    "shortcut": "Is the class hidden from everything but the picture's content?",
    "target_leakage": "Does no column give the target away?",
    "series_leakage": "Does no window see what it must forecast?",
    "missing": "Is every cell filled?",
    "infinite": "Is every number finite?",
    "constant": "Does every column vary?",
    "duplicate_column": "Is every column there only once?",
    "identifier": "Is no column a name or a running number?",
    "mixed_types": "Is every column of one kind?",
    "numeric_category": "Are numbers numbers, and codes codes?",
    "skew": "Are the numbers spread evenly enough?",
    "time_order": "Are the steps in the order of time?",
    "duplicate_times": "Is every time there only once?",
    "gaps": "Is no step missing?",
    "irregular_steps": "Are all steps equally long?",
}
VERDICTS = {"ok": "Passed", "warn": "Warning", "fail": "Failed"}


def visible(text: object) -> str:
    """Text with control characters, direction overrides and lone surrogates spelled out.

    >>> visible("a\\nb")
    'a\\\\nb'
    """
    return "".join(
        character
        if unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp", "Cf")
        or character in "\u200d\ufe0f"
        else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in str(text)
    )


def soft(text: object) -> Markup:
    """A name that may be broken after its separators, and not in the middle of a word.

    >>> soft("pretrained:EfficientNetLite0")
    Markup('<bdi>pretrained:<wbr>Efficient<wbr>Net<wbr>Lite0</bdi>')
    """
    joints = r"(?<=[_/.:\-])(?=[^_/.:\-])"
    parts = [
        piece
        for part in re.split(joints, visible(text))
        for piece in (
            re.split(r"(?<=[a-z])(?=[A-Z])", part) if re.search(r"\w{12}", part) else [part]
        )
    ]
    return Markup("<bdi>{}</bdi>").format(Markup("<wbr>").join(parts))


def finalize(value: Any) -> Any:
    """What Jinja puts on the page for one value, before it is escaped."""
    return value if isinstance(value, Markup) else "" if value is None else visible(value)


def number(value: float | None, digits: int = 3) -> str:
    """A number with a few significant digits and thousands apart.

    >>> number(27455), number(0.0123456), number(None)
    ('27,455', '0.0123', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, float) and not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    if float(value) == int(value) and abs(value) < 1e12:
        return f"{int(value):,}".replace("-", MINUS)
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}".replace("-", MINUS)
    if abs(value) < 1e-4:
        mantissa, _, power = f"{value:.{digits - 1}g}".partition("e")
        raised = str(int(power or 0)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{mantissa} × 10{raised}".replace("-", MINUS)
    text = f"{value:.{digits}g}"
    return text.replace("-", MINUS)


def percent(share: float | None, digits: int = 1) -> str:
    """A share 0..1 in percent; never rounded up to a whole 100 or down to 0.

    >>> percent(0.9784).replace(THIN, " "), percent(0.9999).replace(THIN, " ")
    ('97.8 %', '99.99 %')
    """
    if share is None or not math.isfinite(share):
        return "–"
    for more in range(digits, digits + 4):
        text = f"{share * 100:.{more}f}"
        if 0 < share < 1 and float(text) in (0.0, 100.0):
            continue
        break
    if share in (0, 1):
        text = f"{share * 100:.0f}"
    return f"{text}{THIN}%".replace("-", MINUS)


def points(difference: float) -> str:
    """A difference of two shares in percentage points."""
    return f"{abs(difference) * 100:.1f} percentage points"


def duration(seconds: float | None) -> str:
    """Seconds as people say them.

    >>> duration(192.4).replace(THIN, " ")
    '3 min 12 s'
    """
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f}{THIN}s" if seconds >= 0.05 else f"< 0.1{THIN}s"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours}{THIN}h {minutes}{THIN}min"
    return f"{minutes}{THIN}min {rest}{THIN}s" if minutes else f"{rest}{THIN}s"


def size(shape: tuple[int, ...]) -> str:
    """(height, width) or (height, width, channels) as people say them."""
    text = f"{shape[1]:,} × {shape[0]:,} pixels"
    if len(shape) < 3:
        return text
    return f"{text}, " + {1: "grey", 3: "colour"}.get(shape[2], f"{shape[2]} channels")


def plural(n: int, one: str, many: str = "") -> str:
    """A count with its noun.

    >>> plural(1, "check"), plural(1200, "check")
    ('1 check', '1,200 checks')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def question(check: str, kind: str = "images") -> str:
    """The question that a check answers, in the words of the kind of data.

    >>> question("duplicate", "table")
    'Is every row there only once?'
    """
    if kind != "images" and check in QUESTIONS:
        return QUESTIONS[check].replace(
            "picture", {"table": "row", "series": "window"}.get(kind, "text")
        )
    return QUESTIONS.get(check) or check.replace("_", " ").strip().capitalize() or "Check"


def commands(text: str) -> Markup:
    """Advice with its commands set as such, so that they are not broken inside an option.

    >>> commands("Leave it out (receta clean --fix leak).")
    Markup('Leave it out (<code class="verb">receta clean <span class="one">--fix</span>
    leak</code>).')
    """
    parts = re.split(
        r"`([^`]+)`|(receta clean --fix [\w=]+|--[a-z]+(?: \'[^\']*\')?)", visible(text)
    )
    return Markup("").join(
        command(part) if at % 3 else escape(part) for at, part in enumerate(parts) if part
    )


def command(text: str) -> Markup:
    """A command that is broken between its words only, though it has hyphens."""
    one = Markup('<span class="one">{}</span>')
    words = [
        one.format(word) if "-" in word and len(word) < 30 else escape(word)
        for word in visible(text).split(" ")
    ]
    return Markup('<code class="verb">{}</code>').format(Markup(" ").join(words))


def setting(value: Any) -> str:
    """One value of the recipe as a person would write it."""
    if value is None:
        return "auto"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        joint = " × " if value and all(isinstance(part, int) for part in value) else ", "
        return joint.join(str(part) for part in value)
    return str(value)
