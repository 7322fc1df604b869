"""Data → Matplotlib Figure. Nothing here saves, shows or reads a file, and no global state of pyplot is touched.

    style.py      colours, sizes, grids of digits: what all figures share

Each module draws what one kind of question asks; a figure is a pure function of its arguments.
"""
