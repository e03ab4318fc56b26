"""How are training pictures varied, inside the graph and repeatably? The door `vary`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from receta.core.augmentations import ABOUT, AUTO, MIXING

if TYPE_CHECKING:
    import keras


def order_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names in their order of acting, with what `auto` stands for.

    >>> order_names(("mixup", "auto"))
    ('flip', 'rotation', 'shift', 'zoom', 'brightness', 'contrast', 'mixup')
    """
    wanted = {*names, *(AUTO if "auto" in names else ())}
    return tuple(name for name in ABOUT if name in wanted)


def vary(
    model: keras.Model, strength: float, seed: int, names: Sequence[str] = ("auto",)
) -> keras.Model:
    """The model behind random variation, for training; it shares all weights.

    The model itself stays free of random layers, so that what is saved, exported and
    served cannot run in training mode by mistake. With mixup or cutmix the trainer
    computes its loss on mixed labels, from the same integer targets as ever.
    """
    names = order_names(names)
    if not strength or not names:
        return model
    import keras

    from receta.pipeline.augmentation.layer import Augment
    from receta.pipeline.augmentation.mixing import Mix, MixingModel

    inputs = keras.Input(model.input_shape[1:], dtype="uint8", name="pixels")
    alone, mixing = (
        [name for name in names if name not in MIXING],
        [name for name in names if name in MIXING],
    )
    pictures = Augment(alone, strength, seed, name="augment")(inputs) if alone else inputs
    if not mixing:
        return keras.Model(inputs, model(pictures), name="augmented")
    mix = Mix(mixing, strength, seed, name="mix")
    trainer = MixingModel(inputs, model(mix(pictures)), name="augmented")
    trainer.mix = mix
    return trainer
