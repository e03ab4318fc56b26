"""How far does TensorFlow's tutorial "Transfer learning and fine-tuning" get in a given time?

As it stands there for cats and dogs: MobileNetV2 at 160 x 160, mirror images and rotations of 0.2,
a mean, dropout of 0.2 and one unit; Adam at 1e-4 with the backbone frozen, then RMSprop at 1e-5
from layer 100 on; batches of 32. Its 10 and 10 epochs become half of the time each, by the clock.
"""

import json
import sys
import time

import keras
import numpy as np
import tensorflow as tf

stored, seconds, seed, weights = (
    np.load(sys.argv[1]),
    float(sys.argv[2]),
    int(sys.argv[3]),
    sys.argv[5],
)
keras.utils.set_random_seed(seed)


class Until(keras.callbacks.Callback):
    """Ends the training at a moment; its first step, which builds a graph, is not counted."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds, self.began = seconds, 0.0

    def on_train_batch_end(self, batch, logs=None):
        self.began = self.began or time.perf_counter()
        self.took = time.perf_counter() - self.began
        if self.took > self.seconds:
            self.model.stop_training = True


data = tf.data.Dataset.from_tensor_slices((stored["x_train"], stored["y_train"])).shuffle(
    len(stored["x_train"]), seed=seed
)
data = data.batch(32).prefetch(tf.data.AUTOTUNE)
base = keras.applications.MobileNetV2(
    input_shape=stored["x_train"].shape[1:], alpha=0.35, include_top=False, weights=weights
)
base.trainable = False
inputs = keras.Input(stored["x_train"].shape[1:])
x = keras.Sequential([keras.layers.RandomFlip("horizontal"), keras.layers.RandomRotation(0.2)])(
    inputs
)
x = base(keras.applications.mobilenet_v2.preprocess_input(x), training=False)
x = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(x))
model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
took, epochs = 0.0, 0
for optimizer in (keras.optimizers.Adam(1e-4), keras.optimizers.RMSprop(1e-5)):
    if epochs:
        base.trainable = True
        for layer in base.layers[:100]:
            layer.trainable = False
    model.compile(optimizer, "binary_crossentropy")
    until = Until(seconds / 2)
    epochs += len(model.fit(data, epochs=1000, callbacks=[until], verbose=0).epoch)
    took += until.took
named = model.predict(stored["x_test"], verbose=0).reshape(-1) > 0.5
print(
    json.dumps(
        {"accuracy": float((named == stored["y_test"]).mean()), "seconds": took, "epochs": epochs}
    )
)
