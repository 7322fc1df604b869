"""Where labelled digits come from: numpy, Pillow and pooch, no network library, no deep learning."""
