"""Pictures and images become digits: numpy, OpenCV, Pillow and ONNX Runtime; never Keras, JAX or Matplotlib."""
