"""A bundle's model card: what a person should know before using the network."""

from collections.abc import Mapping
from typing import Any


def write_card(description: Mapping[str, Any], network_bytes: int) -> str:
    """The card in Markdown, from the contents of `bundle.json` (without the files' hashes)."""
    recipe, digits = description["recipe"], description["training_digits"]
    lines = [
        f"# {description['name']}",
        "",
        recipe["description"] or "A network for handwritten digits.",
        "",
        "| | |",
        "|---|---|",
        f"| recipe | `{recipe['name']}`, seed {recipe['training']['seed']}, "
        f"{description['epochs_done']} of {recipe['training']['epochs']} epochs |",
        f"| parameters | {description['parameters']:,} |",
        f"| size | {network_bytes:,} bytes (`model.onnx`) |",
        f"| trained on | {digits['name']}, {digits['n']:,} digits, validation included: {digits['origin']} |",
        f"| their SHA-256 | `{digits['hash']}` |",
        f"| input | `images`: {description['input']['images']} |",
        f"| output | `probabilities`: {description['outputs']['probabilities']} |",
        f"| temperature | {description['temperature']}, {_fitted(description['temperature_fitted_on'])} |",
        "",
        "## Measured",
        "",
        *_measured(description["measured"]),
        "",
        "## Use",
        "",
        "```python",
        "import digits",
        "",
        'classifier = digits.load("path/of/this/directory")',
        "probabilities = classifier.predict_proba(images)  # uint8 (n, 28, 28) → float32 (n, 10)",
        "```",
        "",
        "## Limits",
        "",
        "It names the digit in an image of the form in which MNIST was made: light ink on a dark ground, 28×28 pixels,",
        "scaled to a 20×20 box and centred by mass. It always names one of the ten digits, whatever it is shown. Use",
        "it for images unlike its training digits only after measuring it on such images.",
        "",
    ]
    return "\n".join(lines)


def _fitted(digits: int) -> str:
    return f"fitted on {digits:,} validation digits" if digits else "not fitted: there were no validation digits"


def _measured(measured: Mapping[str, Any]) -> list[str]:
    if not measured:
        return ["Not yet."]
    rows = [
        "| digits | n | accuracy | 95 % interval | loss | calibrated loss |",
        "|---|---|---|---|---|---|",
    ]
    for figures in measured.values():
        low, high = figures["interval"]
        seen = " (seen in training)" if figures["seen_in_training"] else ""
        rows.append(
            f"| {figures['data']}, {figures['split']}{seen} | {figures['n']:,} | {100 * figures['accuracy']:.2f} % "
            f"| {100 * low:.2f} to {100 * high:.2f} % | {figures['loss']:.4f} | {figures['calibrated_loss']:.4f} |"
        )
    return [
        *rows,
        "",
        "Wilson intervals. The test digits selected nothing: neither epoch, nor seed, nor temperature.",
    ]
