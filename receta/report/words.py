"""How do numbers and strange text become something that people read with ease?"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

from markupsafe import Markup, escape

from receta import audits, checks
from receta.core import amounts
from receta.data.nouns import NOUNS

THIN = "\u202f"  # narrow no-break space, before a unit
MINUS = "\u2212"

PARTS = {"train": "Training", "validation": "Validation", "test": "Test"}

# What findings ask that come from no entry of a shelf.
_QUESTIONS = {"keeps_labels": "Do varied pictures keep their labels?"}
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


def percent(share: float | None) -> str:
    """A share 0..1 in percent, as all of receta says it, with the page's own space and minus.

    >>> percent(0.9784).replace(THIN, " ")
    '97.8 %'
    """
    return amounts.percent(share).replace(" %", f"{THIN}%").replace("-", MINUS)


def probability(share: float) -> str:
    """What a model says of one answer: never a whole 0 or 100.

    >>> probability(1.0).replace(THIN, " ")
    '> 99.9 %'
    """
    return amounts.probability(share).replace(" %", f"{THIN}%")


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
    asked = _question(check).replace("picture", NOUNS[kind].one)
    return asked or check.replace("_", " ").strip().capitalize() or "Check"


def _question(check: str) -> str:
    """The question that the entry of a check or audit declares; '' where there is none."""
    for shelf in (audits.SHELF, checks.SHELF):
        if check in shelf:
            return str(shelf.module(check).QUESTION)
    return _QUESTIONS.get(check, "")


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
