"""keras.io's "Simple MNIST convnet" (Chollet 2015), written from its published description, on TensorFlow.

    32 convolutions 3×3, ReLU · max pooling 2×2 · 64 convolutions 3×3, ReLU · max pooling 2×2 · flatten · dropout 0.5 ·
    dense 10, softmax: 34,826 parameters; Adam at its defaults, categorical cross-entropy, batch 128, 15 epochs

Notable choices:
- the page holds back a tenth of the 60,000 digits; here all contenders train on the same 55,000;
- `compile` is left at its defaults: on TensorFlow's CPU build that is a graph without XLA;
- `verbose=0`, and no validation by `fit`: the race asks for it, with the clock standing still.
"""

import contract
import keras
import numpy as np
import race


class Checks(keras.callbacks.Callback):
    """Tells the race of every step, and ends `fit` at the target."""

    def __init__(self, running: race.Race) -> None:
        super().__init__()
        self.running, self.epoch = running, 0

    def on_epoch_begin(self, epoch, logs=None) -> None:
        """Keras counts epochs from 0."""
        self.epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None) -> None:
        """Keras counts batches from 0."""
        if self.running.step_done(self.epoch, batch + 1):
            self.model.stop_training = True


def scaled(images: np.ndarray) -> np.ndarray:
    """uint8 (n, 28, 28) → float32 (n, 28, 28, 1), 0 to 1."""
    return np.expand_dims(images.astype("float32") / 255, -1)


def main() -> None:
    options = race.make_parser(__doc__, epochs=15, batch_size=128).parse_args()
    digits = contract.load_digits(options.data)

    keras.utils.set_random_seed(options.seed)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])

    def count_correct(images: np.ndarray, labels: np.ndarray) -> int:
        parts = (slice(start, start + 1000) for start in range(0, len(labels), 1000))
        return sum(int(np.sum(model.predict_on_batch(scaled(images[p])).argmax(1) == labels[p])) for p in parts)

    running = race.Race(options, digits, count_correct)
    model.fit(
        scaled(digits.training_images),
        keras.utils.to_categorical(digits.training_labels, 10),
        batch_size=options.batch_size,
        epochs=options.epochs,
        callbacks=[Checks(running)],
        verbose=0,
    )
    running.report("keras", "tensorflow-cpu", "numpy")


if __name__ == "__main__":
    main()
