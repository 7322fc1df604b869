"""The finder's network: a grey page → where marks of written numbers stand, and what belongs together.

A small U-Net of plain 3×3 convolutions, 16 to 112 channels wide, with an early stride. It gives, for every 2×2 pixels
of its input, how sure it is of a digit's core, of a sign's core, and of a joint between marks of one number (region and
affinity maps, as in CRAFT, Baek et al. 2019); and for every 4×4 pixels the distances from there to the four edges of
the mark it lies in (as in FCOS, Tian et al. 2019), so that boxes need not be guessed from cores.

Notable choices:
- the page is normalised inside, by its own surroundings: what is seen is the difference to the local mean, in units of
  the local and of the page's own contrast. Faint pencil and shadows cost little, and both polarities look alike but for
  a sign;
- in training it also names each digit, and each letter of a word: a network that has to tell a 5 from a 6 and from an s
  soon knows what is a digit. That answer does not ship;
- maps at stride 2 are made from features at stride 4 by a 1×1 convolution and a shuffle of channels (Shi et al. 2016):
  nearly free, and marks of 8 pixels' height keep apart.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = (16, 32, 56, 80, 112)
"""Filters at strides 2, 4, 8, 16 and 32."""

JOINED = 40
"""Filters of the way up."""

STRIDE = 2
"""Input pixels a cell of the maps."""

EDGE_STRIDE = 4
"""Input pixels a cell of the distances."""

MULTIPLE = 32
"""The input's height and width are divisible by this."""

UNIT = 16.0
"""Input pixels: a distance's logarithm is 0 here."""

SURROUNDINGS = 17
"""Cells of 4×4 pixels: the side of the square whose mean and contrast a pixel is seen against."""

NAMES = "0123456789abcdefghijklmnopqrstuvwxyz"
"""What marks and letters are called in training; capitals as small letters."""

FAINTEST = 2.0
"""Grey levels of 255: local contrast below this is noise, and is not enlarged further."""


class Convolved(nn.Module):
    """A 3×3 convolution, normalised; as what it adds to its input where it is `residual`."""

    def __init__(self, before: int, filters: int, *, residual: bool = False, **options: Any) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(before, filters, 3, padding=1, bias=False, **options)
        self.normalised = nn.BatchNorm2d(filters, momentum=0.03)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        """Float (n, before, height, width) → (n, filters, height / stride, width / stride)."""
        y = self.normalised(self.convolution(x))
        return torch.relu(x + y if self.residual else y)


class Finder(nn.Module):
    """Pages, float32 (n, 1, height, width), 0 to 255 → maps and distances, as logits and logarithms.

    Height and width are multiples of `MULTIPLE`.
    """

    def __init__(self) -> None:
        super().__init__()
        two, four, eight, sixteen, deepest = CHANNELS
        self.stem = nn.Sequential(Convolved(2, two, stride=2), Convolved(two, two, residual=True))
        self.down = nn.ModuleList(
            nn.Sequential(
                Convolved(before, filters, stride=2),
                *(Convolved(filters, filters, residual=True) for _ in range(blocks)),
            )
            for before, filters, blocks in (
                (two, four, 2),
                (four, eight, 2),
                (eight, sixteen, 3),
                (sixteen, deepest, 2),
            )
        )
        self.lateral = nn.ModuleList(nn.Conv2d(filters, JOINED, 1) for filters in CHANNELS[1:])
        self.up = nn.ModuleList(Convolved(JOINED, JOINED, residual=True) for _ in CHANNELS[1:-1])
        self.last = Convolved(JOINED, JOINED, residual=True)
        self.maps = nn.Conv2d(JOINED, 3 * (EDGE_STRIDE // STRIDE) ** 2, 1)
        self.edges = nn.Conv2d(JOINED, 4, 1)
        self.names = nn.Conv2d(JOINED, len(NAMES), 1)
        nn.init.constant_(self.maps.bias, -4.0)  # cores are rare: the first losses are no shock

    def forward(self, pages: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What it says of pages.

        Returns:
            Logits of digit, sign and joint, (n, 3, height / 2, width / 2); log distances, (n, 4, height / 4,
            width / 4); logits of `NAMES`, (n, 36, height / 4, width / 4).
        """
        features = [self.stem(normalised(pages))]
        for stage in self.down:
            features.append(stage(features[-1]))
        x = self.lateral[-1](features[-1])
        for lateral, up, finer in zip(
            reversed(self.lateral[:-1]), reversed(self.up), reversed(features[1:-1]), strict=True
        ):
            x = up(lateral(finer) + functional.interpolate(x, scale_factor=2.0, mode="nearest"))
        x = self.last(x)
        return functional.pixel_shuffle(self.maps(x), EDGE_STRIDE // STRIDE), self.edges(x), self.names(x)


def normalised(pages: Tensor) -> Tensor:
    """What the network sees, float32 (n, 2, height, width): difference to the surroundings' mean, in two units."""
    coarse = functional.avg_pool2d(pages, 4)
    mean = _surroundings(coarse)
    difference = pages - functional.interpolate(mean, scale_factor=4.0, mode="bilinear", align_corners=False)
    square = functional.avg_pool2d(difference * difference, 4)
    local = (_surroundings(square) + FAINTEST**2).rsqrt()
    whole = (square.mean((2, 3), keepdim=True) + FAINTEST**2).rsqrt()
    against = difference * functional.interpolate(local, scale_factor=4.0, mode="bilinear", align_corners=False)
    return torch.cat([against, difference * whole], 1).clamp(-6, 6)


def _surroundings(coarse: Tensor) -> Tensor:
    """The mean over the square around each cell; beyond the frame nothing counts."""
    return functional.avg_pool2d(coarse, SURROUNDINGS, stride=1, padding=SURROUNDINGS // 2, count_include_pad=False)


class Exported(nn.Module):
    """The network as it ships: probabilities and pixels instead of logits and logarithms."""

    def __init__(self, network: Finder) -> None:
        super().__init__()
        self.network = network

    def forward(self, pages: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities (n, 3, height / 2, width / 2) and pixels to the mark's left, top, right, bottom (n, 4, …)."""
        maps, edges, _ = self.network(pages)
        return maps.sigmoid(), UNIT * edges.clamp(-4, 4).exp()
