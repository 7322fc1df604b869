"""How digits look: ink that is dark on light paper, or barely there, is brought into MNIST's way. No network is asked.

Notable choices:
- which side is ink is told by an image's border, where no digit of MNIST's ends: of its 70,000 images none has more
  than 4 % of its border above the middle between its darkest and its lightest pixel. Each image is asked on its own,
  because people mix what they scanned with what they drew;
- what an image that is all of one grey shows is not known, and it is left as it is.
"""

import numpy as np
import numpy.typing as npt

from digits.data.arrays import UNIT, Tell
from digits.data.dataset import Images

LIGHT_BORDER = 0.5
"""The share of an image's border that has to be light for its ink to be dark; of MNIST's digits at most 0.04 is."""


def settled(images: Images, tell: Tell) -> Images:
    """Images with light ink on a dark ground, 0 to 255, whichever way they came.

    Args:
        images: uint8 (n, 28, 28).
        tell: told what was changed.

    Returns:
        Images, uint8 (n, 28, 28), the very same array if there was nothing to change.
    """
    if images.max() == 1:  # black and white, as 0 and 1
        tell(UNIT)
        images = images * np.uint8(255)
    dark = has_dark_ink(images)
    count = int(dark.sum())
    if count == 0:
        return images
    many = f"all {len(images):,} digits have" if count == len(images) else f"{count:,} of {len(images):,} digits have"
    tell(f"{many} dark ink on a light ground, and are turned into light ink on a dark one")
    return np.where(dark[:, np.newaxis, np.newaxis], 255 - images, images)


def has_dark_ink(images: Images) -> npt.NDArray[np.bool_]:
    """Which of the images, uint8 (n, 28, 28), have dark ink on a light ground, bool (n,)."""
    border = np.ones(images.shape[1:], dtype=bool)
    border[1:-1, 1:-1] = False
    low, high = (reduce(axis=(1, 2)).astype(np.uint16) for reduce in (images.min, images.max))  # (n,)
    light = 2 * images[:, border].astype(np.uint16) > (low + high)[:, np.newaxis]  # (n, 108)
    dark: npt.NDArray[np.bool_] = light.mean(axis=1) > LIGHT_BORDER
    return dark
