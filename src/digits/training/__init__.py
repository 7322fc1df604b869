"""A Dataset becomes a network: recipes, networks, the training loop, run directories, export.

Importing this package loads nothing heavy. `recipe` and `run` never load Keras; everything that does goes through
`backend`.
"""
