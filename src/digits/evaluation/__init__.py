"""How good is it, honestly: figures with their intervals, from a bundle and a Dataset."""
