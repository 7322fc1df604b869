"""scikit-learn's `MLPClassifier`, one `partial_fit` over all digits an epoch.

Notable choices:
- `partial_fit` runs the same epoch as `fit(max_iter=…)` and keeps Adam's state from call to call; `fit` alone tells
  neither when an epoch ends nor how good it was on our validation digits;
- pixels are scaled to float32, which the classifier then computes in: float64, its users' default, is slower.
"""

import contract
import numpy as np
from sklearn.neural_network import MLPClassifier


def main() -> None:
    options = contract.make_parser(__doc__).parse_args()
    digits = contract.load_digits(options.data)
    clock = contract.Clock(options.target)

    training_images = digits.training_images.reshape(-1, 784).astype(np.float32) / 255
    validation_images = digits.validation_images.reshape(-1, 784).astype(np.float32) / 255
    classifier = MLPClassifier(
        hidden_layer_sizes=(128, 64),
        solver="adam",
        batch_size=options.batch_size,
        max_iter=options.epochs,
        random_state=options.seed,
    )

    clock.start()
    for _ in range(options.epochs):
        classifier.partial_fit(training_images, digits.training_labels, classes=np.arange(10))
        if clock.end_epoch(classifier.score(validation_images, digits.validation_labels)):
            break
    clock.report("scikit-learn", "numpy")


if __name__ == "__main__":
    main()
