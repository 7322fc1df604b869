"""Name the digit in any picture, as most MNIST projects do it: Keras on TensorFlow, Pillow, resize, predict, print.

    python tensorflow_read.py MODEL.keras PICTURE                     one picture, as JSON
    python tensorflow_read.py MODEL.keras FOLDER --count 300          the first 300 of a folder, one `predict` each

Notable choices:
- `model.predict` is what people call; `verbose=0` spares its progress bar;
- of a folder, only the loop is timed: imports, loading and the first call are out.
"""

import argparse
import json
import time
from pathlib import Path

import keras
import numpy as np
from PIL import Image


def read(model: keras.Model, picture: Path) -> np.ndarray:
    """The probabilities of the digit in a picture, float32 (10,)."""
    image = np.asarray(Image.open(picture).convert("L").resize((28, 28)))
    if image.mean() > 127:
        image = 255 - image
    return model.predict(image[np.newaxis], verbose=0)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--count", type=int)
    options = parser.parse_args()
    model = keras.models.load_model(options.model)
    if options.picture.is_file():
        probabilities = read(model, options.picture)
        print(json.dumps({"digit": str(probabilities.argmax()), "confidence": float(probabilities.max())}))
        return
    pictures = sorted(options.picture.iterdir())[: options.count]
    read(model, pictures[0])
    started = time.perf_counter()
    digits = [str(read(model, picture).argmax()) for picture in pictures]
    seconds = time.perf_counter() - started
    print(json.dumps({"n": len(digits), "seconds": seconds}))


if __name__ == "__main__":
    main()
