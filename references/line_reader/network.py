"""The line reader's network: a strip of grey pixels → log-probabilities of marks, column by column.

Convolutional alone, trained by connectionist temporal classification (Graves et al. 2006): what it says of a mark
depends on a little more than the neighbours, so that no number is likelier than another.
"""

import torch
from torch import Tensor, nn

from digits.reading.networks.line_reader import ROWS
from digits.synthesis.texts import MARKS

FILTERS = (24, 40, 64, 96, 160)
DROPOUT = 0.1
_FLAT = 8.0  # grey levels that are added to a strip's standard deviation: empty paper is not made to look like writing


class Convolved(nn.Module):
    """A convolution, normalised over the batch, rectified; `residual`: added to its input first."""

    def __init__(
        self, before: int, filters: int, kernel: object = 3, *, residual: bool = False, **options: object
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(before, filters, kernel, bias=False, **options)  # type: ignore[arg-type]
        self.normalised = nn.BatchNorm2d(filters, momentum=0.03)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        """Float32 (n, before, height, width) → (n, filters, …)."""
        y = self.normalised(self.convolution(x))
        return torch.relu(x + y if self.residual else y)


class LineReader(nn.Module):
    """Normalised strips, float32 (n, 1, 40, width) → log-probabilities, float32 (n, (width + 1) // 2, 1 + marks)."""

    def __init__(self) -> None:
        super().__init__()
        one, two, three, four, five = FILTERS
        blocks: list[nn.Module] = [Convolved(1, one, padding=1)]
        for before, filters, strides in ((one, two, 2), (two, three, (2, 1)), (three, four, (2, 1))):
            blocks += [
                Convolved(before, filters, stride=strides, padding=1),
                Convolved(filters, filters, padding=1, residual=True),
            ]
        blocks.append(Convolved(four, five, (ROWS // 8, 1)))
        for dilation in (1, 2, 1):
            blocks += [
                nn.Dropout(DROPOUT),
                Convolved(five, five, (1, 5), padding=(0, 2 * dilation), dilation=(1, dilation), residual=True),
            ]
        self.blocks = nn.Sequential(*blocks, nn.Conv2d(five, 1 + len(MARKS), 1)).to(memory_format=torch.channels_last)

    def forward(self, strips: Tensor) -> Tensor:
        """What it says of normalised strips, for every second column; the first of the classes is "no mark"."""
        return self.blocks(strips)[:, :, 0].float().log_softmax(1).transpose(1, 2)


class Exported(nn.Module):
    """The network as it ships: grey strips, float32 (n, 1, 40, width), 0 to 255, are normalised in it."""

    def __init__(self, network: LineReader) -> None:
        super().__init__()
        self.network = network

    def forward(self, strips: Tensor) -> Tensor:
        """Log-probabilities of grey strips."""
        return self.network(normalised(strips))


def normalised(strips: Tensor) -> Tensor:
    """Each strip with mean 0 and a standard deviation of about 1."""
    mean = strips.mean((2, 3), keepdim=True)
    deviation = (strips - mean).square().mean((2, 3), keepdim=True).sqrt()
    return (strips - mean) / (deviation + _FLAT)
