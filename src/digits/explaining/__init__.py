"""Why was a picture read as it was? What the networks saw, in numbers, in words and as a figure."""
