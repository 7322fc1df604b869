"""The networks that look at pictures: sessions of ONNX Runtime, what they say, and what lies beside their files."""
