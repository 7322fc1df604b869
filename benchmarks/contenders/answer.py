"""Ask a trained network about digits, in one of two ways; print the seconds of each kind of call as JSON.

    python answer.py bundle RUN DIGITS.npy     the run's bundle, through `Classifier.predict_proba`, calibrated
    python answer.py keras RUN DIGITS.npy      the run's `model.keras`: `predict`, and a compiled call of the model

Notable choices:
- both get the same uint8 images as a NumPy array, and give probabilities as a NumPy array;
- the compiled call is the least that Keras can do: on JAX `stateless_call` under `jax.jit`, its weights handed over as
  arguments that are on the device already; on TensorFlow the model under `tf.function`;
- `predict` stands with its defaults but for the progress bar, and once more in batches of 1,024, which is faster;
- each kind of call is warmed up, then timed one by one; the median is given.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

CALLS = {"single": 400, "single predict": 20, "batch": 7, "batch predict": 3}


def seconds(call: Callable[[], object], times: int) -> float:
    """The median time of a call, after a twentieth as many uncounted ones, at least two."""
    for _ in range(max(2, times // 20)):
        call()
    found = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        found.append(time.perf_counter() - started)
    return float(np.median(found))


def measure_bundle(run: Path, single: np.ndarray, batch: np.ndarray) -> dict[str, float]:
    from digits.reading.networks.classifier import Classifier

    classifier = Classifier.load(run / "bundle")
    return {
        "single": seconds(lambda: classifier.predict_proba(single), CALLS["single"]),
        "batch": seconds(lambda: classifier.predict_proba(batch), CALLS["batch"]),
    }


def measure_keras(run: Path, single: np.ndarray, batch: np.ndarray) -> dict[str, float]:
    import keras

    model = keras.saving.load_model(run / "model.keras", compile=False)
    compiled = compile_with_jax(model) if keras.backend.backend() == "jax" else compile_with_tensorflow(model)
    return {
        "single predict": seconds(lambda: model.predict(single, verbose=0), CALLS["single predict"]),
        "single compiled": seconds(lambda: compiled(single), CALLS["single"]),
        "batch predict": seconds(lambda: model.predict(batch, verbose=0), CALLS["batch predict"]),
        "batch predict 1024": seconds(lambda: model.predict(batch, batch_size=1024, verbose=0), CALLS["batch predict"]),
        "batch compiled": seconds(lambda: compiled(batch), CALLS["batch"]),
    }


def compile_with_jax(model: Any) -> Callable[[np.ndarray], np.ndarray]:
    import jax

    trainable = [jax.numpy.array(variable.value) for variable in model.trainable_variables]
    others = [
        jax.numpy.array(variable.value) for variable in model.non_trainable_variables
    ]  # `predict` donates its own
    call = jax.jit(lambda trainable, others, images: model.stateless_call(trainable, others, images)[0])
    return lambda images: np.asarray(call(trainable, others, images))


def compile_with_tensorflow(model: Any) -> Callable[[np.ndarray], np.ndarray]:
    import tensorflow as tf

    call = tf.function(lambda images: model(images, training=False), reduce_retracing=True)
    return lambda images: call(tf.constant(images)).numpy()


def main() -> None:
    how, run, digits = sys.argv[1:]
    batch = np.load(digits)
    measure = {"bundle": measure_bundle, "keras": measure_keras}[how]
    print(json.dumps(measure(Path(run), batch[:1], batch)))


if __name__ == "__main__":
    main()
