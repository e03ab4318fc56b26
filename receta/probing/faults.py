"""Which one fault has a picture: empty, too dark or too bright?

Each is said once: what is black all over is empty, and neither dark nor blurred as well.
A picture must miss a bound, and what is usual in the data too, so that hands on black,
X-rays or scanned pages are not all called faulty.
"""

from __future__ import annotations

import numpy as np

# Bits of entropy. cleanvision's default (its score 0.3), there of all colours, here of brightness.
EMPTY = 3.0
# Drawings and digits hold little by nature (8 x 8 digits 2.8 bits, Fashion-MNIST down to 0.9): of
# what the better quarter of the data holds three quarters must be missing. 38 of 91,000 real
# pictures are named (LOG.md).
SHARE = 0.25
# Bits: with less a bright picture is blank (one tone but for 1 % of the pixels), and a dark one
# black. Of pictures to which 200 were added 97 % keep more, of those at a tenth of their brightness
# all keep 1.5 (LOG.md).
BLANK, DIM = 0.12, 1.0
# of 256 levels: less is one colour with the noise of a sensor, shrunk or as it was
FLAT, FAINT = 8, 12

# Of white, what 99 % of the pixels stay below: cleanvision's default.
DARK = 0.32
# Of white, the mean. Of 91,000 real pictures 0.07 % are brighter, of no data set more than 0.5 %
# (LOG.md). cleanvision's bound (95 % of the pixels above 0.95) misses 70 % of the photos to which
# 200 of 255 were added, and all cut out on black.
BRIGHT = 0.87
VEILED = 0.58  # of white: 95 % of the pixels above it; of no data set more than 0.3 % (LOG.md)
# of the pixels that are not black, burnt out to white; of no data set more than 0.1 % (LOG.md)
BURNT = 0.75
# of white, the mean: what is one colour in all but this is empty, else it may have been burnt out
WHITE = 0.95
SHARE_OF_LIGHT = 0.5  # half as bright as the better quarter of the data, or half as far from white


def faults(look: np.ndarray) -> np.ndarray:
    """(k,) low_information, dark, bright or '' of (k,) LOOKS."""
    found = np.full(len(look), "", "U15")
    if not len(look):
        return found
    light, mean, low = look["light"] / 255, look["mean"] / 255, look["dark"] / 255
    levels = look["light"].astype(np.int64) - look["darkest"] + 1
    bits = min(EMPTY, SHARE * float(np.percentile(look["bits"], 75)))
    usual = SHARE * float(np.percentile(levels, 75))
    bright = _beyond(mean, BRIGHT) | _beyond(low, VEILED) | _beyond(look["burnt"], BURNT)
    dark = light < min(DARK, SHARE_OF_LIGHT * float(np.percentile(light, 75)))
    found[(look["bits"] < bits) | (levels < min(FAINT, usual))] = "low_information"
    found[dark & (look["bits"] >= min(bits, DIM))] = "dark"
    found[bright & (look["bits"] >= min(bits, BLANK))] = "bright"
    found[(levels < min(FLAT, usual)) & (mean < WHITE)] = "low_information"
    return found


def _beyond(values: np.ndarray, bound: float) -> np.ndarray:
    """(k,) bool: nearer to 1 than the bound, and half as far from it as the better quarter."""
    return 1 - values < min(1 - bound, SHARE_OF_LIGHT * (1 - float(np.percentile(values, 25))))
