"""One digit: its ink, its strokes, MNIST's form, and the ways to see it."""
