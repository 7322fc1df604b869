"""Name the digit in a 28×28 picture with TensorFlow: load a `.keras` file, decode the PNG, call the model, print JSON.

    python tensorflow_classify.py MODEL.keras PICTURE.png

Notable choice: the model is called directly, which Keras advises for few images; `predict` takes a little longer.
"""

import json
import sys

import tensorflow as tf


def main() -> None:
    model_file, picture = sys.argv[1:]
    model = tf.keras.models.load_model(model_file)
    image = tf.io.decode_png(tf.io.read_file(picture), channels=1)  # (28, 28, 1)
    probabilities = model(tf.transpose(image, (2, 0, 1))).numpy()[0]
    print(json.dumps({"digit": int(probabilities.argmax()), "confidence": float(probabilities.max())}))


if __name__ == "__main__":
    main()
