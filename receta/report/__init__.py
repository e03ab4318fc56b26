"""What does one run look like as a page that a person enjoys reading?

`ending` judges a run, `gathering` fills `Facts` from it, `page` gives their HTML text.
"""

from __future__ import annotations

from receta.report.facts import DataFacts, Facts, Mistake, Picture, RungFacts, Seen

# The last ones are parts of it that are doors themselves.
__all__ = [
    "DataFacts",
    "Facts",
    "Mistake",
    "Picture",
    "RungFacts",
    "Seen",
    "audited",
    "charts",
    "ending",
    "page",
    "words",
]
