"""An audit as one HTML page to look through: every suspicious digit with its labels, to tick where a person agrees.

Notable choices:
- the page needs nothing else: pictures are inside it as PNG, and it loads nothing from anywhere;
- a digit is shown as ink on paper, four times enlarged, and a card is never divided by a printer's page;
- ticking collects the digits' numbers at the end of the page; on paper the boxes can be ticked with a pen.
"""

import base64
import io
from collections import Counter
from collections.abc import Mapping
from html import escape
from string import Template

import numpy as np
import numpy.typing as npt
from PIL import Image

from digits.data.dataset import Dataset
from digits.evaluation.audit import Audit, Suspicion

PAIRS_SHOWN = 8
"""How many pairs of labels the table of pairs has."""


def render(audit: Audit, dataset: Dataset, *, made: Mapping[str, str], top: int = 50) -> str:
    """The page.

    Args:
        audit: what was found.
        dataset: the digits that were audited, in their order.
        made: how it was made, to be shown as a table: recipe, folds, command and the like.
        top: how many suspicious digits are shown, the worst first.
    """
    shown = audit.suspicions[:top]
    return PAGE.substitute(
        title=escape(f"Suspicious labels: {dataset.name}"),
        summary=_summary(audit, len(shown)),
        cards="\n".join(_card(suspicion, dataset.images[suspicion.index]) for suspicion in shown),
        pairs=_pairs(audit),
        made="\n".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in made.items()),
    )


def _summary(audit: Audit, shown: int) -> str:
    agreeing = (
        f"{audit.n:,} digits were judged by networks that had not seen them. "
        f"For {audit.agreeing:,} of them ({100 * audit.agreeing / audit.n:.2f}&nbsp;%) the answer was the given label. "
    )
    if not audit.suspicions:
        return agreeing + "No label is suspicious."
    these = "All of them are" if shown == len(audit.suspicions) else f"The {shown:,} most suspicious are"
    return (
        f"{agreeing}<strong>{len(audit.suspicions):,} labels are suspicious.</strong> {these} shown here, the worst "
        "first: the label that the digit has, then the label that the network suggests, each with its probability. "
        "A suspicious label is not always wrong: some digits are only hard. Look, and tick those that are."
    )


def _card(suspicion: Suspicion, image: npt.NDArray[np.uint8]) -> str:
    text = f"digit {suspicion.index}, labelled {suspicion.given}, suggested {suspicion.suggested}"
    return (
        f'<label class="card"><img src="data:image/png;base64,{_png(image)}" alt="{text}" width="112" height="112">'
        f'<span class="verdict"><b>{suspicion.given}</b> → <b class="suggested">{suspicion.suggested}</b></span>'
        f'<span class="scores">{100 * suspicion.score:.1f} % → {100 * suspicion.confidence:.1f} %</span>'
        f'<span class="index"><input type="checkbox" value="{suspicion.index}"> no. {suspicion.index}</span></label>'
    )


def _pairs(audit: Audit) -> str:
    """The most frequent pairs of given and suggested label, as rows of a table."""
    pairs = Counter((suspicion.given, suspicion.suggested) for suspicion in audit.suspicions)
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:PAIRS_SHOWN]
    return "\n".join(
        f"<tr><td>{given} → {suggested}</td><td>{count:,}</td></tr>" for (given, suggested), count in ordered
    )


def _png(image: npt.NDArray[np.uint8]) -> str:
    """An image, uint8 (28, 28), as ink on paper: PNG in Base64."""
    stream = io.BytesIO()
    Image.fromarray(255 - image).save(stream, "PNG", optimize=True)
    return base64.b64encode(stream.getvalue()).decode("ascii")


PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>$title</title>
<style>
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { max-width: 46rem; margin: .5rem 0; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.6rem, 1fr)); gap: .75rem;
  margin-top: 1.25rem; }
.card { display: flex; flex-direction: column; align-items: center; padding: .6rem .4rem .4rem; cursor: pointer;
  border: 1px solid #ccc; border-radius: .4rem; break-inside: avoid; font-variant-numeric: tabular-nums; }
.card:has(:checked) { border-color: #d55e00; box-shadow: inset 0 0 0 2px #d55e00; }
.card img { image-rendering: pixelated; border: 1px solid #eee; }
.verdict { font-size: 1.3rem; line-height: 1.6; }
.suggested { color: #0072b2; }
.scores { font-size: .85rem; color: #444; }
.index { font-size: .85rem; color: #444; }
input { accent-color: #d55e00; vertical-align: -.1em; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .15rem 1.5rem .15rem 0; border-bottom: 1px solid #e4e4e4; }
th { font-weight: 600; white-space: nowrap; }
td { overflow-wrap: anywhere; }
.tables { display: flex; flex-wrap: wrap; gap: 0 3rem; }
.made { flex: 1 1 28rem; }
output { display: block; font-family: ui-monospace, monospace; padding: .5rem .75rem; background: #f5f5f5;
  border-radius: .3rem; overflow-wrap: anywhere; }
@media print {
  body { margin: 0; max-width: none; font-size: 12px; }
  .grid { grid-template-columns: repeat(6, 1fr); gap: .4rem; }
  .card { padding: .3rem; }
  .card img { width: 84px; height: 84px; }
  .verdict { font-size: 1.1rem; line-height: 1.4; }
  .scores, .index { font-size: .65rem; }
  .ticked { display: none; }
  section { break-inside: avoid; }
}
</style>
</head>
<body>
<h1>$title</h1>
<p>$summary</p>
<div class="grid">
$cards
</div>
<section class="ticked">
<h2>Ticked</h2>
<output id="ticked">none yet</output>
</section>
<div class="tables">
<section class="made">
<h2>How it was made</h2>
<table>
$made
</table>
</section>
<section>
<h2>Most frequent pairs</h2>
<table>
<tr><th>given → suggested</th><th>labels</th></tr>
$pairs
</table>
</section>
</div>
<p>Digits are numbered from 0, in the order of their source. The method is confident learning (Northcutt, Jiang and
Chuang 2021), pruned by noise rate.</p>
<script>
document.addEventListener("change", () => {
  const numbers = [...document.querySelectorAll(".card :checked")].map((box) => box.value);
  document.getElementById("ticked").textContent = numbers.join(", ") || "none yet";
});
</script>
</body>
</html>
""")
