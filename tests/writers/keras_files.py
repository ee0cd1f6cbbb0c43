"""Writes what Keras and TensorFlow write, and says of each file what it holds."""

import sys
from pathlib import Path

import expectations
import keras
import numpy as np
import tensorflow as tf
from keras import layers

NAMES = {"float32": "F32", "float16": "F16", "uint32": "U32"}


def weights(model: keras.Model) -> expectations.Types:
    """Return the weights of a model by type."""
    return expectations.count(
        (NAMES[str(weight.dtype)], int(np.prod(weight.shape))) for weight in model.weights
    )


def write(directory: Path) -> expectations.Expectations:
    """Write every file and return what is in it."""
    images = [
        layers.Input((8, 8, 3)),
        layers.Conv2D(4, 3),
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dense(10),
    ]
    texts = [layers.Input((10,)), layers.Embedding(50, 8), layers.LSTM(8), layers.Dense(2)]
    halves = [layers.Input((8,)), layers.Dense(4, dtype="float16")]
    found: expectations.Expectations = {}
    for name, stack in (("images", images), ("texts", texts), ("halves", halves)):
        model = keras.Sequential(stack)
        model.save(directory / f"{name}.keras")
        model.save(directory / f"{name}.h5")
        model.save_weights(directory / f"{name}.weights.h5")
        for suffix in ("keras", "h5", "weights.h5"):
            found[f"{name}.{suffix}"] = weights(model)
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Sequential(images[:2]))
    (directory / "images.tflite").write_bytes(converter.convert())
    found["images.tflite"] = {"F32": (2, 4 * 3 * 3 * 3 + 4)}
    return found


if __name__ == "__main__":
    expectations.run(write, sys.argv[1])
