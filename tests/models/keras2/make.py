"""Which small networks did Keras 2 save, for tests/models/test_keras2.py?

python make.py    in an environment with tensorflow and tf_keras, which is Keras 2; the files beside
this one are of tf_keras 2.21.

Each is saved as .h5 and .keras (those that it can), once as an architecture with its weights beside
it, and answers.npz holds for each what goes in, and what Keras 2 says of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers

HERE = Path(__file__).parent


def networks() -> dict[str, keras.Model]:
    """Everything of Keras 2 that Keras 3 reads otherwise."""
    course = keras.Sequential(
        [
            layers.RandomFlip("horizontal", input_shape=(12, 12, 3)),
            layers.RandomRotation(0.1),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    series = keras.Sequential(
        [
            layers.Conv1D(4, 3, padding="causal", input_shape=(None, 2)),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.GRU(3, return_sequences=True),
            layers.RNN([layers.LSTMCell(2), layers.LSTMCell(3)]),
            layers.Dense(1),
        ]
    )
    separable = keras.Sequential(
        [
            layers.SeparableConv2D(3, 3, input_shape=(12, 12, 3)),
            layers.DepthwiseConv2D(3),
            layers.LeakyReLU(0.2),
            layers.Conv2DTranspose(2, 3),
            layers.TimeDistributed(layers.Dense(2)),
            layers.Flatten(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    small = keras.Input((10, 10, 3))
    x = layers.Conv2D(3, 3, name="conv1/conv", padding="same")(small)
    x = layers.Add()([x, layers.BatchNormalization(name="conv1/bn")(layers.Conv2D(3, 1)(x))])
    backbone = keras.Model(small, x, name="backbone")
    pictures = keras.Input((10, 10, 3))
    x = tf.nn.relu(backbone(pictures / 127.5 - 1.0, training=False))
    nested = keras.Model(
        pictures,
        layers.Dense(2)(layers.GlobalAveragePooling2D()(x * 2.0 + backbone(pictures[..., ::-1]))),
    )
    words = keras.Input((6,))
    x = layers.Embedding(20, 4, mask_zero=True)(words)
    attention = keras.Model(
        words,
        layers.Dense(2)(layers.GlobalAveragePooling1D()(layers.MultiHeadAttention(2, 3)(x, x) + x)),
    )
    left, right = keras.Input((3,), name="left"), keras.Input((2,), name="right")
    two = keras.Model(
        [left, right], [layers.Dense(2)(layers.concatenate([left, right])), layers.Dense(1)(right)]
    )
    crop = keras.Sequential(
        [
            layers.RandomCrop(8, 6, input_shape=(12, 11, 3)),
            layers.RandomHeight(0.1),
            layers.RandomWidth(0.1),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3),
            layers.SpatialDropout2D(0.2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )
    buckets = keras.Sequential(
        [layers.Discretization(bin_boundaries=[50.0, 100.0, 200.0], input_shape=(4,))]
    )
    return {
        "course": course,
        "series": series,
        "separable": separable,
        "nested": nested,
        "attention": attention,
        "two": two,
        "crop": crop,
        "buckets": buckets,
    }


def main() -> None:
    """Write the files."""
    keras.utils.set_random_seed(1)
    draw = np.random.default_rng(1)
    answers = {}
    made = networks()
    for name, network in made.items():
        for weight in network.weights:  # as if they were trained: no two statistics are the same
            if "moving" in weight.name:
                weight.assign(draw.uniform(0.5, 1.5, weight.shape))
        given = []
        for taken in network.inputs:
            shape = (4, *(side or 7 for side in taken.shape[1:]))
            given.append(
                (
                    draw.integers(0, 20, shape)
                    if name == "attention"
                    else draw.uniform(0, 255, shape)
                ).astype(np.float32)
            )
        said = tf.nest.flatten(network(given if len(given) > 1 else given[0], training=False))
        answers |= {f"{name}_x{number}": values for number, values in enumerate(given)}
        answers |= {f"{name}_y{number}": values.numpy() for number, values in enumerate(said)}
        network.save(HERE / f"{name}.h5", include_optimizer=False)
        if name != "nested":  # Keras 2 cannot write its x[..., ::-1] so
            network.save(HERE / f"{name}.keras")
    (HERE / "architecture.json").write_text(made["series"].to_json())
    made["series"].save_weights(HERE / "architecture.weights.h5")
    sigmoid = keras.Sequential(
        [layers.LSTM(2, recurrent_activation="hard_sigmoid", input_shape=(4, 2))]
    )
    sigmoid.save(HERE / "hard_sigmoid.h5", include_optimizer=False)
    taken = keras.Input((3,))
    keras.Model(taken, layers.BatchNormalization()(taken, training=True)).save(
        HERE / "training.h5", include_optimizer=False
    )
    keras.Sequential([layers.Lambda(lambda x: x * 2, input_shape=(3,))]).save(
        HERE / "code.h5", include_optimizer=False
    )
    np.savez_compressed(HERE / "answers.npz", **answers)


if __name__ == "__main__":
    main()
