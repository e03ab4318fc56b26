"""How are a measure, and the values that were answered, said to people?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from receta.core.amounts import figure
from receta.core.measure import Measure


def say(measure: Measure) -> str:
    """A measure in words: a share is right, and an error is wrong.

    >>> say(Measure("accuracy", 0.9)), say(Measure("rmse", 54.23, better="lower"))
    ('90.0% right', 'typically wrong by 54.2')
    >>> say(Measure("mase", 0.84, better="lower"))
    'mase 0.84'
    """
    if measure.name == "mase":
        return f"mase {figure(measure.value)}"
    if measure.better == "higher":
        return f"{measure.value:.1%} right"
    return f"typically wrong by {figure(measure.value)}"


def show(task: Any, value: float) -> str:
    """A value of the task's measure: a share in percent, or a number.

    >>> from receta.tasks import of
    >>> show(of("classes"), 0.9), show(of("values"), 54.23)
    ('90.0%', '54.2')
    """
    return f"{value:.1%}" if task.IS_SHARE else figure(value)


def say_values(answer: Mapping[str, Any]) -> str:
    """The values that were answered of one example; '' where the answer is a name.

    >>> say_values({"id": "0", "value": 12.34}), say_values({"id": "0", "top": []})
    ('12.34', '')
    >>> say_values({"id": "0", "value": 12.34, "interval_80": [10.1, 14.6]})
    '12.34 (10.1 to 14.6)'
    """
    if "interval_80" in answer:
        low, high = answer["interval_80"]
        return f"{figure(answer['value'], 4)} ({figure(low, 4)} to {figure(high, 4)})"
    ahead = [step["yhat"] for step in answer.get("steps", ())]
    found = answer.get("values", ahead or [answer.get("value")])
    return ", ".join(figure(one, 4) for one in found if one is not None)
