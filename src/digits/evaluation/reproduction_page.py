"""A Reproduction as Markdown: the page that `digits reproduce` writes, and docs/results.md holds. No I/O."""

from collections.abc import Sequence

from digits.evaluation.reported import PROTOCOLS, ProtocolName
from digits.evaluation.reproduction import FEWER_NEURONS, MORE_NEURONS, Reproduction, Row, Spread
from digits.evaluation.significance import Welch
from digits.evaluation.verdict import points


def render(reproduction: Reproduction) -> str:
    """The tables, the explanations, and how to repeat them."""
    parts = [
        f"Made by `{reproduction.command}` on {reproduction.machine}.",
        accuracies(reproduction.rows),
        _READING,
        *(part for row in reproduction.rows if (part := epochs(row))),
        *(part for part in (losses(reproduction), more_neurons(reproduction)) if part),
        explanations(reproduction.rows),
    ]
    return "\n\n".join(parts) + "\n"


_READING = """\
Accuracies are those of the finished networks: mean ± standard deviation over the seeds, in brackets the 95 % t interval
of that mean, which says what other seeds would give on these digits. The last column is the 95 % Wilson interval of a
single network with that accuracy, which says what other test digits would give. n is the number of digits."""


def accuracies(rows: Sequence[Row]) -> str:
    """One row a recipe and protocol: what was reported, and our accuracies."""
    headings = ["recipe", "the project reported", "protocol", "training", "validation", "test", "other test digits"]
    cells = []
    for row in rows:
        first = row.scores[0]
        low, high = row.test_interval_on_other_digits
        cells.append(
            [
                f"`{row.recipe}`",
                row.reported.text,
                f"{PROTOCOLS[row.protocol].title}; {_seeds(row)}",
                f"{share(row.training)}, n = {first.training_n:,}",
                f"{share(row.validation)}, n = {first.validation_n:,}" if row.validation else "–",
                f"{share(row.test)}, n = {first.test_n:,}",
                f"{100 * low:.2f} to {100 * high:.2f} %",
            ]
        )
    return _table(headings, cells)


def epochs(row: Row) -> str | None:
    """The reported epochs beside ours; None if the project reported none, or ours are fewer."""
    cells = []
    for number, reported in row.reported.epochs:
        ours = row.epoch(number)
        if ours:
            loss, accuracy, validation_loss, validation_accuracy = ours.values()
            cells += [
                [
                    f"{number}, reported",
                    f"{reported.loss:.4f}",
                    f"{100 * reported.accuracy:.2f} %",
                    f"{reported.validation_loss:.4f}",
                    f"{100 * reported.validation_accuracy:.2f} %",
                ],
                [f"{number}, ours", _loss(loss), share(accuracy), _loss(validation_loss), share(validation_accuracy)],
            ]
    if not cells:
        return None
    headings = ["epoch", "training loss", "training accuracy", "validation loss", "validation accuracy"]
    return (
        f"`{row.recipe}`, epoch by epoch ({_seeds(row)}; training figures are means over the epoch, as Keras prints "
        f"them):\n\n{_table(headings, cells)}"
    )


def losses(reproduction: Reproduction) -> str | None:
    """Both losses of the recipes with a penalty; None without any."""
    cells = [
        [
            f"`{row.recipe}`",
            f"{row.reported.test_loss:.4f}" if row.reported.test_loss else "–",
            f"{PROTOCOLS[row.protocol].title}; {_seeds(row)}",
            _loss(row.test_loss),
            _loss(row.test_loss_with_penalty),
        ]
        for row in reproduction.rows
        if any(score.penalty for score in row.scores)
    ]
    headings = ["recipe", "reported loss", "protocol", "test cross-entropy", "with the L2 penalty, as Keras reports it"]
    return f"Test loss of the recipes with a penalty:\n\n{_table(headings, cells)}" if cells else None


def more_neurons(reproduction: Reproduction) -> str | None:
    """Whether “more neurons” bought anything; None without both recipes and two seeds."""
    found: list[tuple[ProtocolName, Welch]] = []
    for name in PROTOCOLS:
        test = reproduction.more_neurons(name)
        if test:
            found.append((name, test))
    sentences = [f"{_PROTOCOL_WORDS[name]}, {_neurons_sentence(test)}" for name, test in found]
    head = (
        f"Did “more neurons” buy anything? `{MORE_NEURONS}` against `{FEWER_NEURONS}`, test accuracy (Welch's t-test):"
    )
    return "\n".join([head, "", *(f"- {sentence}" for sentence in sentences)]) if sentences else None


_PROTOCOL_WORDS: dict[ProtocolName, str] = {"own": "under the project's own protocol", "honest": "under the honest one"}


def _neurons_sentence(test: Welch) -> str:
    low, high = test.interval
    figures = (
        f"{points(test.difference)} points (95 % interval {points(low)} to {points(high)}, p = {test.p_value:.2g})"
    )
    if low <= 0 <= high:
        return f"no effect is shown: {figures}."
    return f"{'yes' if low > 0 else 'no, they cost something'}: {figures}."


def explanations(rows: Sequence[Row]) -> str:
    """A line a recipe: what explains the difference to what was reported."""
    told = {row.recipe: row.reported.explanation for row in rows}
    return "\n".join(["What explains the differences:", "", *(f"- `{name}`: {text}" for name, text in told.items())])


def _seeds(row: Row) -> str:
    numbers = sorted(score.seed for score in row.scores)
    return f"seed {numbers[0]}" if len(numbers) == 1 else f"seeds {numbers[0]} to {numbers[-1]}"


def share(found: Spread) -> str:
    """An accuracy as `97.52 ± 0.12 % [97.37, 97.67]`: mean, standard deviation, interval."""
    if found.sd is None:
        return f"{100 * found.mean:.2f} %"
    text = f"{100 * found.mean:.2f} ± {100 * found.sd:.2f} %"
    return text if found.interval is None else f"{text} [{100 * found.interval[0]:.2f}, {100 * found.interval[1]:.2f}]"


def _loss(found: Spread) -> str:
    if found.sd is None:
        return f"{found.mean:.4f}"
    text = f"{found.mean:.4f} ± {found.sd:.4f}"
    return text if found.interval is None else f"{text} [{found.interval[0]:.4f}, {found.interval[1]:.4f}]"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
