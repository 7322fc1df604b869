"""The plain Keras script: `Sequential`, `compile`, `fit` with validation data, nothing tuned.

The driver runs it on TensorFlow (`KERAS_BACKEND=tensorflow`, own environment) and on JAX (`KERAS_BACKEND=jax`, the
project's environment): the very same lines.

Notable choices:
- pixels are scaled to float32 once, before `fit`, as such scripts do; ours scales uint8 pixels in every step;
- `verbose=0`: a progress bar costs `fit` some time, which is not what is compared here;
- a warm-up calls `fit` once on the same arrays, then puts weights and optimiser back to where they were. Keras keeps
  its compiled functions from one `fit` to the next.
"""

import contract
import keras


class EpochEnd(keras.callbacks.Callback):
    """Tells the clock of each epoch's end, and ends `fit` at the target."""

    def __init__(self, clock: contract.Clock) -> None:
        super().__init__()
        self.clock = clock

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Keras calls this after the validation, if there is any."""
        if self.clock.end_epoch(logs.get("val_accuracy")):
            self.model.stop_training = True


def main() -> None:
    parser = contract.make_parser(__doc__)
    contract.add_warm_up(parser)
    options = parser.parse_args()
    digits = contract.load_digits(options.data)
    clock = contract.Clock(options.target)

    training_images = digits.training_images.astype("float32") / 255
    validation_images = digits.validation_images.astype("float32") / 255

    keras.utils.set_random_seed(options.seed)
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def fit(epochs: int, callbacks=()) -> None:
        model.fit(
            training_images,
            digits.training_labels,
            batch_size=options.batch_size,
            epochs=epochs,
            validation_data=(validation_images, digits.validation_labels),
            callbacks=list(callbacks),
            verbose=0,
        )

    if options.warm_up:
        model.optimizer.build(model.trainable_variables)
        variables = [*model.variables, *model.optimizer.variables]
        fresh = [keras.ops.convert_to_numpy(variable).copy() for variable in variables]
        fit(epochs=1)
        for variable, value in zip(variables, fresh, strict=True):
            variable.assign(value)

    clock.start()
    fit(options.epochs, [EpochEnd(clock)])
    backend = {"tensorflow": "tensorflow-cpu"}.get(keras.backend.backend(), keras.backend.backend())
    clock.report("keras", backend, "numpy")


if __name__ == "__main__":
    main()
