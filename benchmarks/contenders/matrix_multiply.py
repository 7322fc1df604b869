"""The most that this machine multiplies: float32 products of square matrices, by NumPy and by JAX, the best of all.

Says on standard output: {"multiply_adds_s": 1.1e11, "by": "jax, 2048", "all": {"numpy, 512": …}}

Notable choice: a product of two n × n matrices is n³ multiply-adds; each size and library is repeated for a third of a
second, after one uncounted product, and its fastest repetition counts.
"""

import json
import time

import jax
import jax.numpy as jnp
import numpy as np

SIZES = (512, 1024, 2048, 4096)
SECONDS = 1 / 3


def fastest(multiply) -> float:
    """Seconds of the fastest call."""
    multiply()
    times, ends = [], time.perf_counter() + SECONDS
    while not times or time.perf_counter() < ends:
        began = time.perf_counter()
        multiply()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    compiled = jax.jit(jnp.matmul)
    found = {}
    for size in SIZES:
        a, b = (np.random.default_rng(seed).normal(size=(size, size)).astype(np.float32) for seed in (0, 1))
        on_device = jnp.asarray(a), jnp.asarray(b)
        into = np.empty_like(a)
        found[f"numpy, {size}"] = size**3 / fastest(lambda a=a, b=b, into=into: np.matmul(a, b, out=into))
        found[f"jax, {size}"] = size**3 / fastest(lambda arrays=on_device: compiled(*arrays).block_until_ready())
    best = max(found, key=found.__getitem__)
    print(json.dumps({"multiply_adds_s": found[best], "by": best, "all": found}))


if __name__ == "__main__":
    main()
