"""`fit` on a compiled network that the driver saved: one of our recipes', with its initial weights.

The driver runs it on JAX and on TensorFlow: the very same lines, the same file.

Notable choices:
- the file holds network, loss and optimiser; `compile` is called anew with them, so that what it decides by the backend
  (`jit_compile`) is decided here;
- the network takes uint8 images and scales them itself, as in our loop;
- without validation digits in the .npz, `fit` is given none;
- a warm-up calls `fit` once on the same arrays, then puts weights and optimiser back to where they were.
"""

import importlib
from pathlib import Path

import contract
import keras
from keras_fit import EpochEnd


def main() -> None:
    parser = contract.make_parser(__doc__)
    contract.add_warm_up(parser)
    parser.add_argument("--model", type=Path, required=True, help="the .keras file that the driver saved")
    parser.add_argument("--needs", help="a module that defines what is in the file")
    options = parser.parse_args()
    if options.needs:
        importlib.import_module(options.needs)
    digits = contract.load_digits(options.data)
    clock = contract.Clock(options.target)

    keras.utils.set_random_seed(options.seed)
    model = keras.models.load_model(options.model)
    model.compile(optimizer=model.optimizer, loss=model.loss, metrics=["accuracy"])
    one_hot = isinstance(model.loss, keras.losses.CategoricalCrossentropy)

    def targets(labels):
        return keras.utils.to_categorical(labels, 10) if one_hot else labels

    validation = (
        (digits.validation_images, targets(digits.validation_labels)) if len(digits.validation_labels) else None
    )

    def fit(epochs: int, callbacks=()) -> None:
        model.fit(
            digits.training_images,
            targets(digits.training_labels),
            batch_size=options.batch_size,
            epochs=epochs,
            validation_data=validation,
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
