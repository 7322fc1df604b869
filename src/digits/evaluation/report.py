"""A run directory → one HTML page that a teacher would show in class. Reads the run, writes nothing.

What was trained on what, how it went, how good it is and how sure that is, what it gets wrong, how to repeat it. The
page is self-contained: pictures are embedded, nothing is loaded from anywhere, and it prints.
"""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.errors import RunError
from digits.evaluation.figures import errors, training
from digits.evaluation.figures.style import DPI, Figure
from digits.reading.networks.calibration import apply_temperature
from digits.reading.networks.classifier import read_description
from digits.training.run import Epoch, Run

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #111; }
h1 { margin-bottom: 0; }
h2 { margin-top: 2.5rem; border-bottom: 2px solid #0072B2; }
.lead { font-size: 1.25rem; }
.big { font-size: 3rem; font-weight: 700; color: #0072B2; line-height: 1.1; margin-bottom: 0; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: left; padding: .25rem .75rem; vertical-align: top; }
tr:nth-child(even) { background: #f2f6fa; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 1.5rem 0; break-inside: avoid; }
img { max-width: 100%; height: auto; }
figcaption, .note { color: #444; font-size: .9rem; }
pre { background: #f5f5f5; padding: 1rem; overflow-x: auto; font-size: .85rem; }
td, code { overflow-wrap: anywhere; }
@media print { h2 { break-after: avoid; } body { margin: 0; } }
"""


@dataclass(frozen=True, kw_only=True)
class Report:
    """A page and its pictures: `html` is self-contained; `pictures` are the same figures as PNG files, by name."""

    html: str
    pictures: Mapping[str, bytes]


def build(run: Run) -> Report:
    """Make the report of a complete run.

    Raises:
        RunError: the run is not complete, damaged, or of another version.
        BundleError: its bundle is damaged.
    """
    run.check()
    if not run.complete:
        raise RunError(f"{run.path} is not complete, so there is nothing to report; digits train --resume {run.path}")
    metrics = run.metrics
    split = "test" if "test" in metrics else "validation"
    try:
        figures = metrics.get(split)
        pictures = {name: _png(figure) for name, figure in _draw(run, split, figures).items()}
        html = _page(run, figures, pictures)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise RunError(f"{run.path} is damaged: its files do not fit together ({error!r}); train anew") from error
    return Report(html=html, pictures=pictures)


def _draw(run: Run, split: str, figures: Mapping[str, Any] | None) -> dict[str, Figure]:
    """All figures of the page, in its order."""
    drawn = {}
    if run.history:  # an ensemble has none of its own
        drawn = {"network": training.network(run.recipe), "curves": training.curves({run.recipe.name: [run.history]})}
    predictions = run.read_predictions(split)
    if figures and predictions:
        raw, labels, shown = predictions.probabilities, predictions.labels, predictions.shown
        calibrated = apply_temperature(raw, float(read_description(run.bundle)["temperature"]))
        drawn |= {
            "each-digit": errors.per_class(figures),
            "reliability": errors.reliability(raw, labels, calibrated=calibrated),
            "risk-coverage": errors.risk_coverage(calibrated, labels),
            "samples": errors.sample_predictions(predictions.images, labels[shown], calibrated[shown]),
            "worst-errors": errors.worst_errors(predictions.images, labels[shown], calibrated[shown]),
            "confusions": errors.confusion_matrix(figures["confusion"]),
            "confusion-rates": errors.confusion_matrix(figures["confusion"], rates=True),
            "confused-pairs": errors.confused_pairs(figures["confusion"]),
        }
    kernel = _first_kernel(run)
    if kernel is not None:
        drawn["first-layer"] = training.first_layer(kernel)
    return drawn


def _first_kernel(run: Run) -> npt.NDArray[np.float32] | None:
    """What the first layer looks for, as kept: float32 (side, side, neurons); None for an ensemble."""
    state = run.read_state()
    if state is None:
        return None
    recipe = run.recipe.training
    name = ("best/" if recipe.keep == "best_validation" else "") + ("average/0" if recipe.average else "trainable/0")
    kernel = state.arrays[name].astype(np.float32)
    side = kernel.shape[0] if kernel.ndim == 4 else 28
    return kernel.reshape(side, side, kernel.shape[-1])


def _page(run: Run, figures: Mapping[str, Any] | None, pictures: Mapping[str, bytes]) -> str:
    recipe, digits = run.recipe, run.environment["dataset"]
    parameters = read_description(run.bundle)["parameters"]

    def figure(name: str, caption: str) -> str:
        if name not in pictures:
            return ""
        data = base64.b64encode(pictures[name]).decode()
        text = escape(caption)
        width = int.from_bytes(pictures[name][16:20]) * 100 // DPI  # PNG's header; text is then as large everywhere
        image = f'<img alt="{text}" width="{width}" src="data:image/png;base64,{data}">'
        return f"<figure>{image}<figcaption>{text}</figcaption></figure>"

    parts = [
        f"<h1>{escape(run.name)}</h1><p>{escape(recipe.description)}</p>",
        _lead(run, figures),
        "<h2>What was trained on what</h2>",
        _table(
            {
                "network": f"{recipe.name}: {parameters:,} parameters",
                "digits": f"{digits['name']}: {digits['n']:,} training digits, {_held_back(run)} of them held back",
                "origin": digits["origin"],
                "SHA-256": digits["hash"],
                "optimisation": _optimisation(run),
                "augmentation": _augmentation(run),
                "rebuilds": recipe.rebuilds or "nothing: a recipe of this project",
            }
        ),
        figure("network", "The network, layer by layer: what each gives for one image, and what it has to learn."),
        "<h2>How it went</h2>",
        _history(run.history),
        figure(
            "curves", "Training figures are averages while the weights move; validation is measured after each epoch."
        ),
        "<h2>How good it is, and how sure that is</h2>",
        _quality(figures),
        figure("each-digit", "Thin lines: where the true rate lies with 95 % confidence, given so many digits."),
        figure("reliability", "On the dotted line, an answer given with 80 % is right in 80 of 100 cases."),
        figure("risk-coverage", "Whoever may say “unsure” to the least sure digits makes fewer errors on the others."),
        "<h2>What it gets wrong</h2>",
        figure("samples", "The first digits. The hatched bar is the true digit."),
        figure("worst-errors", "Look at them: would you have known? Some labels are undecidable, a few are wrong."),
        figure("confusions", "Rows: the true digit. Columns: the answer. Colour: errors alone."),
        figure("confusion-rates", "The same as shares of each digit."),
        figure("confused-pairs", "Which two are taken for one another."),
        "<h2>What it looks at</h2>" if "first-layer" in pictures else "",
        figure("first-layer", "What the first neurons look for: blue wants ink, red wants none."),
        "<h2>How to repeat it</h2>",
        _repeat(run),
    ]
    body = "\n".join(part for part in parts if part)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(run.name)}</title>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'
    )


def _lead(run: Run, figures: Mapping[str, Any] | None) -> str:
    if not figures:
        return '<p class="lead">There were no digits to measure it on: neither validation nor test.</p>'
    low, high = (100 * bound for bound in figures["interval"])
    which = "digits it has never seen" if figures["split"] == "test" else "held-back validation digits"
    source = f"{escape(figures['data'])}, {figures['split']}"
    seen = (
        ""
        if not figures["seen_in_training"]
        else " It was trained on some of them: this is no measure of unseen digits."
    )
    return (
        f'<p class="big">{100 * figures["accuracy"]:.2f} %</p>'
        f'<p class="lead">of {figures["n"]:,} {which} ({source}) are named rightly; '
        f"with 95 % confidence the true rate lies between {low:.2f} and {high:.2f} %.{seen}</p>"
    )


def _quality(figures: Mapping[str, Any] | None) -> str:
    if not figures:
        return "<p>Not measured.</p>"
    low, high = (100 * bound for bound in figures["interval"])
    table = _table(
        {
            "accuracy": f"{100 * figures['accuracy']:.2f} %, 95 % Wilson interval {low:.2f} to {high:.2f} %",
            **_corrected(figures.get("corrected")),
            "errors": f"{figures['n'] - figures['correct']:,} of {figures['n']:,}",
            "loss": f"{figures['loss']:.4f} (cross-entropy, without penalty, before temperature)",
            "calibrated loss": f"{figures['calibrated_loss']:.4f} (after temperature)",
            "Brier score": f"{figures['brier']:.4f} (0 is perfect, 2 is worst)",
            "calibration error": f"{figures['calibration_error']:.4f} (the mean gap between confidence and truth)",
        }
    )
    note = (
        "The interval is about these digits being a sample: as many others would give another figure. It says nothing "
        "about another seed, which would give another network; train several (--seeds 5) to see how much that changes."
    )
    return f'{table}<p class="note">{note}</p>'


def _corrected(figures: Mapping[str, Any] | None) -> dict[str, str]:
    if not figures:
        return {}
    low, high = (100 * bound for bound in figures["interval"])
    text = f"{100 * figures['accuracy']:.2f} %, {low:.2f} to {high:.2f} %, n = {figures['n']:,}"
    return {"accuracy with human-corrected labels": text}


def _history(history: tuple[Epoch, ...]) -> str:
    if not history:
        return ""
    rows = [
        "<tr><th>epoch</th><th>loss</th><th>penalty</th><th>accuracy</th><th>validation loss</th><th>accuracy</th></tr>"
    ]
    for epoch in history if len(history) <= 12 else (*history[:3], *history[-3:]):
        validation = ("–", "–")
        if epoch.validation_loss is not None and epoch.validation_accuracy is not None:
            validation = (f"{epoch.validation_loss:.4f}", f"{100 * epoch.validation_accuracy:.2f} %")
        cells = (
            f"{epoch.epoch}",
            f"{epoch.loss:.4f}",
            f"{epoch.penalty:.4f}",
            f"{100 * epoch.accuracy:.2f} %",
            *validation,
        )
        rows.append("<tr>" + "".join(f'<td class="number">{cell}</td>' for cell in cells) + "</tr>")
    seconds = sum(epoch.seconds for epoch in history)
    skipped = "" if len(history) <= 12 else " The first and last epochs are shown; history.csv has all."
    return f"<table>{''.join(rows)}</table><p class=note>{seconds:.1f} s in all.{skipped}</p>"


def _repeat(run: Run) -> str:
    environment, recipe = run.environment, run.recipe
    versions = ", ".join(f"{name} {number}" for name, number in environment["versions"].items() if number)
    command = f"digits train {recipe.name}.toml --data {recipe.data.source} --seed {recipe.training.seed}"
    machine = (
        f"{environment['system']}, {environment['device']}, {environment['cores']} cores, {environment['started'][:10]}"
    )
    return (
        f"<p>Save this as <code>{escape(recipe.name)}.toml</code>:</p><pre>{escape(recipe.to_toml())}</pre>"
        f"<p>and run</p><pre>{escape(command)}</pre>"
        + _table({"versions": versions, "machine": machine, "revision": environment["git"] or "not from a checkout"})
        + '<p class="note">The same seed on the same machine and versions gives the same weights, bit by bit.</p>'
    )


def _held_back(run: Run) -> str:
    predictions = run.read_predictions("validation")
    return f"{len(predictions.labels):,}" if predictions else "none"


def _optimisation(run: Run) -> str:
    network, chosen = run.recipe.network, run.recipe.training
    if network.kind == "ensemble":
        return f"that of its members, each a run of its own: {', '.join(network.members)}; {network.seeds} seeds each"
    teacher = run.recipe.distillation.teacher
    taught = f"taught by {teacher} ({run.recipe.distillation.weight:.0%} of the target), " if teacher else ""
    return taught + (
        f"{chosen.optimizer}, learning rate {chosen.learning_rate:g} ({chosen.schedule}), {chosen.epochs} epochs, "
        f"batch size {chosen.batch_size}, seed {chosen.seed}, {chosen.loss}, {chosen.keep} epoch kept"
    )


def _augmentation(run: Run) -> str:
    changes = run.recipe.augmentation.model_dump(exclude_defaults=True)
    said = ", ".join(f"{name} {strength:g}" for name, strength in changes.items()) or "none"
    share = run.recipe.non_digits.share
    return f"{said}; {share:.0%} non-digits beside the digits" if share else said


def _table(rows: Mapping[str, str]) -> str:
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(text))}</td></tr>" for name, text in rows.items())
    return f"<table>{cells}</table>"


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
