"""Suspicious labels: the digits, each with its given and its suggested label."""

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from digits.data.dataset import Dataset
from digits.evaluation.audit import Audit
from digits.evaluation.figures import style


def suspicious_labels(audit: Audit, dataset: Dataset, *, top: int = 50, columns: int = 10) -> Figure:
    """A grid of the `top` most suspicious digits, the worst first, each under its labels and its score.

    `dataset` holds the digits that were audited, in their order. Without a suspicion the figure says so.
    """
    shown = audit.suspicions[:top]
    heading = f"{dataset.name}: {len(audit.suspicions):,} suspicious labels among {audit.n:,}"
    if not shown:
        figure = style.new_figure(6, 1)
        figure.suptitle(heading)
        return figure
    images: npt.NDArray[np.uint8] = dataset.images[[suspicion.index for suspicion in shown]]
    titles = [
        f"{suspicion.given} → {suspicion.suggested}?\np({suspicion.given}) = {100 * suspicion.score:.1f} %"
        for suspicion in shown
    ]
    if len(shown) < len(audit.suspicions):
        heading += f"; the first {len(shown)}"
    return style.digit_grid(
        images,
        titles,
        columns=min(columns, max(5, len(shown))),
        title=f"{heading}\ngiven → suggested label, and the probability of the given one",
    )
