"""How is what an ablation found printed: the base, and each variant beside it?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from receta.cli.printing.console import bold, table, tell, wrap
from receta.core.amounts import counted, figure, percent
from receta.core.language import translate

if TYPE_CHECKING:
    from receta.studies import Ablation, JudgedVariant


def show_ablation(found: Ablation) -> None:
    """A table of the variants, and in words what it says."""
    is_share = found.is_share
    say = percent if is_share else partial(figure, digits=4)
    tell_change = partial(_say_change, is_share=is_share)
    rows: list[tuple[str, ...]] = [
        (found.base.change, _value(found.base, say), "", "", "", "", found.base.why[:60])
    ]
    rows += [_row(one, say, tell_change) for one in found.variants]
    way = "higher is better" if found.better == "higher" else "lower is better"
    title = f"{found.measure} on the test part, mean of {counted(found.seeds, 'seeds')}; {way}"
    changed = "difference in points" if is_share else "difference"
    table(title, ("variant", "value", changed, "95 % interval", "P(better)", "p", ""), rows)
    print()
    print(bold(wrap(translate(found.conclusion))))
    if found.smallest_detectable is not None:
        least = tell_change(found.smallest_detectable).lstrip("+") + " points" * is_share
        tell(
            f"{counted(found.seeds, 'seeds')} could have shown a difference of {least} in 8 of 10 "
            "studies; p is corrected for the number of variants (Holm)."
        )
    if not found.is_divided and found.seeds > 1:
        tell(
            "All seeds are judged on the same test part: the intervals know nothing of other "
            "examples."
        )
    if not found.is_finished:
        tell("Not all seeds are done; the same command goes on.")
    page = found.folder / "report.html"
    tell(f"report: {page}" if page.exists() else f"study: {found.folder}")


def _row(
    one: JudgedVariant, say: Callable[[float], str], tell_change: Callable[[float], str]
) -> tuple[str, ...]:
    if one.difference is None:
        return (one.change, _value(one, say), "", "", "", "", f"failed: {one.why[:60]}")
    between = " to ".join(map(tell_change, one.interval)) if one.interval else "–"
    share = "–" if one.p_better is None else f"{one.p_better:.2f}"
    if one.p_better_interval:
        share += " ({:.2f} to {:.2f})".format(*one.p_better_interval)
    if one.is_same:
        said = "does the very same as the base"
    else:
        said = "real" if one.is_real else ""
    p = "–" if one.p is None or one.is_same else f"{one.p:.3f}"
    return (one.change, _value(one, say), tell_change(one.difference), between, share, p, said)


def _value(one: JudgedVariant, say: Callable[[float], str]) -> str:
    return "–" if one.value is None else say(one.value)


def _say_change(value: float, *, is_share: bool) -> str:
    """A difference with its sign; of shares in points of a hundred."""
    return f"{100 * value:+.2f}" if is_share else f"{value:+.4g}"
