"""A bundle's model card: what a person should know before using the network.

Notable choices:
- the card is made from `bundle.json` alone, so that the two cannot disagree;
- the plain score stands first, the one against human-corrected labels in the row after it, named so;
- a part that was not measured is left out, not filled with a guess.
"""

from collections.abc import Mapping
from typing import Any


def write_card(description: Mapping[str, Any], network_bytes: int) -> str:
    """The card in Markdown, from the contents of `bundle.json` (without the files' hashes)."""
    shipped = description.get("shipped", False)  # by its name, then; any other bundle is loaded by its path
    lines = [
        f"# {description['name']}",
        "",
        *_origin(description),
        f"| parameters | {description['parameters']:,} |",
        f"| size | {network_bytes:,} bytes (`model.onnx`) |",
        *_trained_on(description),
        f"| input | `images`: {description['input']['images']} |",
        *(f"| output | `{name}`: {what} |" for name, what in description["outputs"].items()),
        f"| temperature | {description['temperature']}, {_fitted(description['temperature_fitted_on'])} |",
        "",
        "## Measured",
        "",
        *_measured(description["measured"]),
        "",
        *_personal(description.get("personal")),
        *_robustness(description.get("robustness")),
        *_thresholds(description.get("thresholds")),
        "## Use",
        "",
        "```python",
        "import digits",
        "",
        f'classifier = digits.load("{description["name"] if shipped else "path/of/this/directory"}")',
        "probabilities = classifier.predict_proba(images)  # uint8 (n, 28, 28) → float32 (n, 10)",
        "```",
        "",
        "## Limits",
        "",
        "It names the digit in an image of the form in which MNIST was made: light ink on a dark ground, 28×28 pixels,",
        f"scaled to a 20×20 box and centred by mass; `digits read` brings a picture into it. {_whatever(description)}",
        "Use it for images unlike its training digits only after measuring it on such images.",
        "",
    ]
    return "\n".join(lines)


def _origin(description: Mapping[str, Any]) -> list[str]:
    """What the network is, and the first row of its table: its recipe, if it was trained by one."""
    if "recipe" not in description:
        return ["A network for handwritten digits, trained elsewhere.", "", "| | |", "|---|---|",
                f"| made of | {description['made_of']} |"]  # fmt: skip
    recipe = description["recipe"]
    return [
        recipe["description"] or "A network for handwritten digits.",
        "",
        "| | |",
        "|---|---|",
        f"| recipe | `{recipe['name']}`, seed {recipe['training']['seed']}, {_epochs(description)} |",
    ]


def _trained_on(description: Mapping[str, Any]) -> list[str]:
    digits = description["training_digits"]
    if "hash" not in digits:
        return ["| trained on | unknown |"]
    return [
        f"| trained on | {digits['name']}, {digits['n']:,} digits, validation included: {digits['origin']} |",
        f"| their SHA-256 | `{digits['hash']}` |",
    ]


def _whatever(description: Mapping[str, Any]) -> str:
    if "digitness" in description["outputs"]:
        return "Its `probabilities` always name\none of the ten digits; its `digitness` says whether there is one."
    return "It always names\none of the ten digits, whatever it is shown."


def _epochs(description: Mapping[str, Any]) -> str:
    recipe = description["recipe"]
    if recipe["network"]["kind"] == "ensemble":
        return "made of trained networks"
    return f"{description['epochs_done']} of {recipe['training']['epochs']} epochs"


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
        if figures.get("corrected"):
            rows.append(_corrected_row(figures))
    notes = ["", "Wilson intervals. The test digits selected nothing: neither epoch, nor seed, nor temperature."]
    for corrected in filter(None, (figures.get("corrected") for figures in measured.values())):
        notes += [
            "",
            f"Human-corrected labels: {corrected['corrected_labels']} labels on which people agreed otherwise are "
            f"replaced, {corrected['left_out']} undecidable",
            "digits left out (Northcutt, Athalye & Mueller 2021, arXiv:2103.14749). Nothing was trained or selected on",
            "them. What others publish are plain figures: compare those with the plain one.",
        ]
    return [*rows, *notes]


def _personal(personal: Mapping[str, Any] | None) -> list[str]:
    if not personal:
        return []
    corrections, kept = personal["corrections"], personal["validation"]
    return [
        "## Personal",
        "",
        f"`{personal['from']}` with its last layer fine-tuned on {corrections['n']:,} corrected digits "
        f"(`{corrections['name']}`), while",
        f"training digits were replayed. Of these corrections {personal['from']} got {personal['wrong_before']:,} "
        f"wrong, this network {personal['wrong_after']:,}, each judged",
        f"by a network that had not seen it ({personal['judged']}). Of {kept['n']:,} {kept['name']} validation digits "
        f"{kept['right_before']:,} were right and {kept['right_after']:,} are.",
        f"What it says when it is unsure was fitted with {personal['from']}.",
        "",
    ]


def _corrected_row(figures: Mapping[str, Any]) -> str:
    corrected = figures["corrected"]
    low, high = corrected["interval"]
    return (
        f"| {figures['data']}, {figures['split']}, human-corrected labels | {corrected['n']:,} "
        f"| {100 * corrected['accuracy']:.2f} % | {100 * low:.2f} to {100 * high:.2f} % | | |"
    )


def _thresholds(thresholds: Mapping[str, Any] | None) -> list[str]:
    if not thresholds:
        return []
    fitted, checked = thresholds["fitted_on"], thresholds["checked_on"]
    rows = []
    for risk, found in checked["risks"].items():
        interval = (
            "–" if found["interval"] is None else " to ".join(f"{100 * end:.2f}" for end in found["interval"]) + " %"
        )
        rows.append(
            f"| {100 * float(risk):g} % | {thresholds['confidence'][risk]:.4f} | {100 * found['coverage']:.1f} % "
            f"| {found['wrong']} of {found['given']:,} | {100 * found['risk']:.2f} % | {interval} |"
        )
    return [
        "## Unsure",
        "",
        '`digits read` says "unsure" where the confidence is below the threshold of the risk that was asked for (by',
        f"default {100 * thresholds['risk']:g} %), and where the digitness is below {thresholds['digitness']:.4f}.",
        f"Fitted on {fitted['pictures']:,} pictures ({fitted['data']}: {fitted['digits']:,} of them). On",
        f"{checked['pictures']:,} pictures of {checked['digits']:,} others it kept",
        f"{100 * checked['kept_digits']:.2f} % of the digits that were read right in plain pictures, "
        f"{100 * checked['kept_digits_varied']:.2f} % in varied ones. Of its answers to these:",
        "",
        "| wrong answers, at most | confidence, at least | answered | wrong | share | 95 % interval |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        "Several pictures of one digit count for fewer in the intervals, as they go wrong together.",
        "",
    ]


def _robustness(figures: Mapping[str, Any] | None) -> list[str]:
    if not figures:
        return []

    def written(key: str) -> str:
        if figures[key] is None:
            return "none is left"
        low, high = figures.get(f"{key}_interval") or (None, None)
        interval = "" if low is None or high is None else f" (95 % interval {100 * low:.2f} to {100 * high:.2f} %)"
        return f"{100 * figures[key]:.2f} %{interval}"

    return [
        "## Robustness",
        "",
        f"Mean accuracy over the fifteen corruptions of MNIST-C (Mu & Gilmer 2019): {written('mean')};",
        f"over those that resemble none of its training's distortions: {written('mean_unlike_training')}.",
        f"Measured with `digits stress`: n = {figures['n']:,} test digits, each under every corruption; "
        f"seed {figures['seed']}.",
        "",
    ]
