"""How digits and signs come to stand on paper: pictures with the truth, to make and to measure the reading networks."""
