"""A network's robustness as one HTML page: the card that `digits stress --out` writes. No I/O.

Notable choices:
- the page needs nothing else: figures are inside it as PNG, there are no scripts, and it prints;
- every figure of the pictures stands in a table, too;
- what the card does not hold (attacks on a bundle) it says, and why.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from string import Template

from digits.evaluation.corruptions import CORRUPTIONS
from digits.evaluation.figures import robustness as figures
from digits.evaluation.figures.style import DPI, Figure
from digits.evaluation.robustness import Robustness, Score


def render(found: Robustness, *, made: Mapping[str, str]) -> str:
    """The page; `made` says how it was made (command, versions and the like), to be shown as a table."""
    sweeps_n = found.sweeps[0].scores[0].n
    return PAGE.substitute(
        title=escape(f"Robustness: {found.model}"),
        lead=_lead(found),
        mean=_percent(found.mean),
        mean_interval=_interval(found.mean_interval),
        clean=_percent(found.clean.accuracy),
        clean_interval=_interval(found.clean.interval),
        unlike=_unlike(found),
        corruptions_figure=_picture(
            figures.corruptions(found), "Accuracy under each corruption, with an example digit"
        ),
        corruptions=_corruptions(found),
        sweeps_figure=_picture(figures.sweeps(found), "Accuracy against the strength of six changes"),
        sweeps_n=f"{sweeps_n:,}",
        sweeps=_sweeps(found),
        foreign=_foreign(found),
        attacks=_attacks(found),
        made=_table(None, [[escape(name), escape(value)] for name, value in made.items()]),
    )


def _lead(found: Robustness) -> str:
    seen = {
        True: " <strong>The network was trained on some of these digits</strong>: this is no measure of unseen ones.",
        False: "",
        None: " Whether the network was trained on any of them is unknown.",
    }[found.seen_in_training]
    return (
        f"{escape(found.model)} on {escape(found.data)}, {escape(found.split)}, n&nbsp;=&nbsp;{found.n:,}; "
        f"seed&nbsp;{found.seed}.{seen}"
    )


def _unlike(found: Robustness) -> str:
    unlike = [score.name for score in found.corruptions if not score.like_training]
    if not found.augmentations:
        return "The training digits were not changed: no corruption resembles what the network learned from."
    changed = f"The training digits were changed by {', '.join(found.augmentations)}."
    if found.mean_unlike_training is None or found.mean_unlike_training_interval is None:
        return f"{changed} Every corruption resembles one of these: there is no mean over others."
    return (
        f"{changed} The mean over the {len(unlike)} "
        f"corruptions that resemble none of this ({', '.join(name.replace('_', ' ') for name in unlike)}) is "
        f"<strong>{_percent(found.mean_unlike_training)}</strong> ({_interval(found.mean_unlike_training_interval)})."
    )


def _corruptions(found: Robustness) -> str:
    rows = [["clean", "", *_cells(found.clean), ""]]
    rows += [
        [
            score.name.replace("_", " "),
            escape(CORRUPTIONS[score.name].description),
            *_cells(score),
            (", ".join(score.resembles) or "none") + (" (in use)" if score.like_training else ""),
        ]
        for score in found.corruptions
    ]
    rows.append(["<strong>mean</strong>", "of the fifteen", _percent(found.mean), _interval(found.mean_interval), ""])
    return _table(["corruption", "what it does", "accuracy", "95 % interval", "resembles the augmentation"], rows)


def _sweeps(found: Robustness) -> str:
    return "\n".join(
        f"<h3>{sweep.name}</h3>"
        + _table(
            [escape(sweep.unit), *(f"{score.strength:g}".replace("-", "−") for score in sweep.scores)],
            [
                ["accuracy in %", *(f"{100 * score.accuracy:.1f}" for score in sweep.scores)],
                [
                    "95 % interval",
                    *("<br>".join(f"{100 * end:.1f}" for end in score.interval) for score in sweep.scores),
                ],
            ],
        )
        for sweep in found.sweeps
    )


def _foreign(found: Robustness) -> str:
    rows = [
        [
            answers.name,
            f"{answers.n:,}",
            _percent(answers.mean_confidence),
            _percent(answers.maximum_confidence),
            _most_frequent(answers.answers),
        ]
        for answers in found.foreign
    ]
    return _table(["image", "n", "mean confidence", "highest", "the most frequent answers"], rows)


def _most_frequent(counts: Sequence[int]) -> str:
    ordered = sorted(((count, digit) for digit, count in enumerate(counts) if count), key=lambda pair: -pair[0])[:3]
    return ", ".join(f"{digit} ({100 * count / sum(counts):.0f} %)" for count, digit in ordered)


def _attacks(found: Robustness) -> str:
    if not found.attacks:
        return f"<p>None were made: {escape(found.attack_note or '')}.</p>"
    names = {"none": "none", "fgsm": "FGSM, one step", "pgd": "PGD, 40 steps"}
    rows = [[names[score.method], f"{score.epsilon:g}", f"{score.n:,}", *_cells(score)] for score in found.attacks]
    return (
        _picture(figures.attacks(found), "Accuracy against the largest change of a pixel")
        + "<p>Each pixel may change by at most ε of full ink. The attacker knows the network entirely and follows its "
        "gradients, and its digits are rounded to pixel values before they are scored. This looks for the worst case, "
        "not for what a scanner or a pen does.</p>" + _table(["attack", "ε", "n", "accuracy", "95 % interval"], rows)
    )


def _cells(score: Score) -> list[str]:
    return [_percent(score.accuracy), _interval(score.interval)]


def _percent(share: float) -> str:
    return f"{100 * share:.2f}&nbsp;%"


def _interval(interval: tuple[float, float]) -> str:
    return f"{100 * interval[0]:.2f}&nbsp;to&nbsp;{100 * interval[1]:.2f}&nbsp;%"


def _table(headings: Sequence[str] | None, rows: Sequence[Sequence[str]]) -> str:
    """Rows of HTML cells; the first of a row names it."""
    head = "<tr>" + "".join(f"<th>{heading}</th>" for heading in headings) + "</tr>\n" if headings else ""
    body = "\n".join(
        f"<tr><th>{name}</th>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>" for name, *cells in rows
    )
    return f'<div class="table"><table>\n{head}{body}\n</table></div>'


def _picture(figure: Figure, text: str) -> str:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DPI)
    code = base64.b64encode(stream.getvalue()).decode("ascii")
    return f'<figure><img src="data:image/png;base64,{code}" alt="{escape(text)}"></figure>'


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
body { font: 16px/1.5 system-ui, sans-serif; color: #111; background: #fff; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { margin-bottom: 0; }
h2 { margin-top: 2.5rem; border-bottom: 2px solid #0072B2; }
h3 { font-size: 1rem; margin: 1rem 0 0; }
.lead { font-size: 1.15rem; }
.big { font-size: 3rem; font-weight: 700; color: #0072B2; line-height: 1.1; margin-bottom: 0; }
.table { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .75rem .2rem 0; vertical-align: top; border-bottom: 1px solid #e4e4e4; }
th { font-weight: 600; white-space: nowrap; }
td { overflow-wrap: break-word; }
figure { margin: 1.5rem 0; break-inside: avoid; }
img { max-width: 100%; height: auto; }
@media print { h2 { break-after: avoid; } body { margin: 0; max-width: none; font-size: 12px; } }
</style>
</head>
<body>
<h1>$title</h1>
<p class="lead">$lead</p>
<p class="big">$mean</p>
<p>of the digits are read under the fifteen corruptions of MNIST-C, on average (95&nbsp;% interval $mean_interval);
of the clean digits, $clean ($clean_interval). $unlike</p>

<h2>Corruptions</h2>
<p>The fifteen of Mu and Gilmer (2019), made by this program from the paper's descriptions at the strengths of its
authors' program. They are never used in training. Where a corruption resembles an augmentation that the network was
trained with, its figure says less about changes that nobody foresaw.</p>
$corruptions_figure
$corruptions

<h2>How far it goes</h2>
<p>One change at a time, turned up step by step, on the first $sweeps_n digits. The dotted line is the digit as it
is.</p>
$sweeps_figure
$sweeps

<h2>Images without a digit</h2>
<p>There is no right answer to these. What matters is how sure the network is of its wrong one: the lower, the better.
</p>
$foreign

<h2>Attacks</h2>
$attacks

<h2>How it was made</h2>
$made
</body>
</html>
""")
