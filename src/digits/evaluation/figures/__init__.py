"""Data → Matplotlib Figure. Nothing here saves, shows or reads a file, and no global state of pyplot is touched.

    style.py        colours, sizes, grids of digits: what all figures share
    training.py     curves, the network, its first layer
    errors.py       confusions, worst errors, reliability, risk and coverage
    exploring.py    what is in a Dataset: samples, class counts, the mean digits, where ink falls
    comparing.py    networks side by side: accuracies with intervals, digits on which two disagree
    auditing.py     suspicious labels
    augmenting.py   what an augmentation makes of digits
    robustness.py   corrupted, changed and attacked digits, and how well they are read
    pareto.py       error against size and against time
    explaining.py   why a picture was read as it was
    reproducing.py  what the classic projects reported, and what their networks do

Each module draws what one kind of question asks; a figure is a pure function of its arguments.
"""

from digits.evaluation.figures import style  # before all others: where Matplotlib is missing, it says so

__all__ = ["style"]
