"""Draw docs/augmentation.png: each change of `[augmentation]` at three strengths, on digits of the embedded sample."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from digits.data.sources import load_dataset
from digits.evaluation.figures.augmenting import strengths
from digits.training.augment import augment
from digits.training.sections import Augmentation

FILE = Path(__file__).parent.parent / "docs" / "augmentation.png"

STRENGTHS: dict[str, tuple[float, float, float]] = {
    "shift": (1, 2, 4),
    "rotation": (10, 20, 40),
    "scale": (0.1, 0.2, 0.4),
    "shear": (0.15, 0.3, 0.6),
    "elastic": (0.7, 1.4, 2.8),
    "stroke": (0.5, 1.0, 2.0),
    "blur": (0.7, 1.4, 2.8),
    "contrast": (0.2, 0.4, 0.8),
    "noise": (0.1, 0.2, 0.4),
    "erasing": (0.25, 0.5, 1.0),
    "inversion": (0.25, 0.5, 1.0),
    "outline": (0.25, 0.5, 1.0),
    "hands": (0.25, 0.5, 1.0),
    "felt": (0.25, 0.5, 1.0),
    "hairline": (0.25, 0.5, 1.0),
    "cut": (0.25, 0.5, 1.0),
    "gaps": (0.25, 0.5, 1.0),
    "coarse": (0.25, 0.5, 1.0),
    "clutter": (0.25, 0.5, 1.0),
    "threshold": (0.25, 0.5, 1.0),
    "slender": (0.25, 0.5, 1.0),
}

SHOWN = (0, 1, 2, 4, 7, 8)

if __name__ == "__main__":
    sample = load_dataset("sample", "test")
    digits = jnp.asarray(sample.images[[int(np.argmax(sample.labels == digit)) for digit in SHOWN]])

    def _changed(seed: int, name: str, value: float) -> np.ndarray:
        augmentation = Augmentation(**{name: value})
        return np.asarray(augment(augmentation, digits, jax.random.key(seed), jnp.asarray(SHOWN)))

    rows = {
        name: [(f"{name} = {value:g}", _changed(seed, name, value)) for seed, value in enumerate(values)]
        for name, values in STRENGTHS.items()
    }
    strengths(rows).savefig(FILE)
    print(FILE)
