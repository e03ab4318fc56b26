"""What may new examples hold that the data of a run need not: gaps, unseen texts, no known word?"""

from __future__ import annotations

import numpy as np

from receta.core.spec import Spec


def spoil_rows(spec: Spec, examples: np.ndarray) -> np.ndarray:
    """Each with one cell missing and one category unseen, the last one with one cell alone."""
    found = examples.copy()
    n, cells = found.shape
    if not n:
        return found
    found[np.arange(n), np.arange(n) % cells] = np.nan
    texts = [spec.fields.index(one.name) for one in spec.columns if one.kind == "category"]
    for row in range(n if texts else 0):
        found[row, texts[row % len(texts)]] = 0
    found[-1, 1:] = np.nan
    return found


def spoil_windows(spec: Spec, examples: np.ndarray) -> np.ndarray:
    """In turn with gaps, without any change, and without the last step."""
    found = examples.copy()
    found[0::3, 1::3] = np.nan
    found[1::3] = found[1::3, :1]
    if spec.shape[0] > 1:
        found[2::3, -1] = np.nan
    return found


def spoil_texts(spec: Spec, examples: np.ndarray) -> np.ndarray:
    """In turn of unknown words alone, of one word, and as long as can be; the last one is empty."""
    found = examples.copy()
    found[0::3] = np.where(found[0::3] > 0, 1, 0)
    found[1::3, 1:] = 0
    found[2::3] = len(spec.vocabulary) - 1
    found[-1:] = 0
    return found
