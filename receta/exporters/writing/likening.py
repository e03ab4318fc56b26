"""Does a written network compare a picture with those of the training as Keras does?"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np

from receta import models
from receta.core.likeness import Likeness
from receta.exporters.parity.evidence import SOME, part
from receta.exporters.subjects.subject import Subject

_TOLERANCE = 1e-4  # of a probability, and of how unlike a picture is
UNPROVEN = "; its features are not those in Keras, so it calls no picture none of the classes"


def add_features(subject: Subject, module: Any) -> Any:
    """The network with its features as a second output.

    None where a target cannot give them, or nothing is there to compare with.
    """
    if subject.likeness is None or module.judging is None:
        return None
    found = models.add_features(subject.model)
    if found is None or found.outputs[1].shape[-1] != subject.likeness.features.shape[1]:
        return None
    one = part(subject.evidence.probes(2), 0, 1)
    found(one, training=False)  # keras exports only what was called once
    return found


def about(subject: Subject, with_features: Any) -> dict[str, Any]:
    """What is known of a network, with what pictures are compared with, where they can be."""
    if with_features is None or subject.likeness is None:
        return subject.about
    return {**subject.about, "likeness": subject.likeness.to_json()}


def proven(subject: Subject, module: Any, folder: Path, reference: Any) -> Likeness | None:
    """What tells pictures that are none of the classes; None unless the written network does.

    reference: what `add_features` gave. 16 pictures are compared, their probabilities too.
    """
    known = subject.likeness
    if known is None or reference is None:
        return None
    pictures = subject.evidence.probes(SOME)
    with contextlib.suppress(Exception):  # a runtime's own words on what it cannot do
        said, features = module.judging(folder, known.features.shape[1])(pictures)
        meant, theirs = map(np.asarray, reference.predict_on_batch(pictures))
        unlike = np.abs(known.unlike(features) - known.unlike(theirs))
        return known if max(unlike.max(), np.abs(said - meant).max()) <= _TOLERANCE else None
    return None
