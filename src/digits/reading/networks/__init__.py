"""The networks of the reading side: sessions on ONNX Runtime, each with its config beside the file."""
