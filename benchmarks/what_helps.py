"""What does each change buy? One change at a time to the same base, five seeds each, on MNIST: docs/what-helps.md.

    python benchmarks/what_helps.py                    trains what is missing, prints the table, writes the page
    python benchmarks/what_helps.py --only dropout-0.2 shift-1 --no-page

The base is the recipe `dense-128-64`: 55,000 digits to train on (5,000 are held back), 10 epochs, batch 32, Adam. Each
finished network is scored once on MNIST's 10,000 test digits, as `digits train` does; nothing is selected by these
scores. A change is held against the base by Welch's t interval over the seeds. Runs are kept in `--runs-dir`: a second
call trains only what is missing, and goes on with what was stopped.
"""

import argparse
import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from digits import making
from digits.cli.keras_alone import import_keras_alone
from digits.evaluation.figures.style import BLACK, BLUE, VERMILION, Figure, new_axes, new_figure
from digits.evaluation.significance import holm, mean_interval, welch
from digits.evaluation.verdict import points
from digits.training.recipe import Recipe, load_recipe

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "what-helps.md"
PICTURE = PAGE.with_suffix(".png")
BASE = "dense-128-64"
SOURCE = "mnist"


@dataclass(frozen=True)
class Change:
    """One change to the base: what it is about, what it does, and the settings of the recipe that do it."""

    group: str
    title: str
    settings: tuple[str, ...]


CHANGES = {
    "neurons-256-128": Change("neurons", "256 and 128 neurons", ("network.hidden=[256,128]",)),
    "neurons-512-256": Change("neurons", "512 and 256 neurons", ("network.hidden=[512,256]",)),
    "depth-1": Change("depth", "one hidden layer: 128", ("network.hidden=[128]",)),
    "depth-3": Change("depth", "three hidden layers: 128, 64, 32", ("network.hidden=[128,64,32]",)),
    "dropout-0.2": Change("dropout", "dropout 0.2", ("network.dropout=0.2",)),
    "l2-1e-4": Change("L2", "L2 penalty 1e-4", ("network.l2=1e-4",)),
    "batch-norm": Change("batch norm", "batch normalisation", ("network.batch_norm=true",)),
    "linear": Change("schedule", "rate falls linearly to 0", ("training.schedule=linear",)),
    "one-cycle": Change(
        "schedule",
        "one cycle: up to 0.003 in 3 epochs, linearly to 0 in 7",
        ("training.schedule=linear", "training.warmup=0.3", "training.learning_rate=0.003"),
    ),
    "batch-128": Change("batch size", "batch 128", ("training.batch_size=128",)),
    "batch-512": Change("batch size", "batch 512", ("training.batch_size=512",)),
    "smoothing-0.1": Change(
        "label smoothing",
        "label smoothing 0.1",
        ("training.loss=categorical_crossentropy", "training.label_smoothing=0.1"),
    ),
    "shift-1": Change("shift", "digits shifted by up to 1 pixel", ("augmentation.shift=1",)),
    "shift-2": Change("shift", "digits shifted by up to 2 pixels", ("augmentation.shift=2",)),
}


def recipe_of(settings: tuple[str, ...], seed: int) -> Recipe:
    """The base with some settings changed, on MNIST, with this seed."""
    return load_recipe(BASE).override([f'data.source="{SOURCE}"', *settings, f"training.seed={seed}"])


@dataclass(frozen=True)
class Row:
    """A line of the table: accuracies of the base or of a change, and how they differ from the base's (Welch)."""

    group: str
    title: str
    settings: tuple[str, ...]
    accuracies: list[float]
    difference: float = 0.0
    interval: tuple[float, float] | None = None
    p_value: float | None = None
    adjusted_p_value: float | None = None

    @property
    def word(self) -> str:
        """What is shown, at the 95 % level, for all changes together."""
        if self.adjusted_p_value is None:
            return "the base"
        if self.adjusted_p_value >= 0.05:
            return "no effect shown"
        return "helps" if self.difference > 0 else "hurts"


def compared(accuracies: dict[str, list[float]]) -> list[Row]:
    """The base and each change held against it; p-values after Holm's correction for all of them."""
    base = accuracies["base"]
    names = [name for name in accuracies if name != "base"]
    tests = {name: welch(accuracies[name], base) for name in names}
    made = [name for name in names if tests[name]]
    adjusted = dict(zip(made, holm([tests[name].p_value for name in made]), strict=True))
    rows = [Row("base", f"`{BASE}` as it is", (), base)]
    for name in names:
        change, test = CHANGES[name], tests[name]
        rows.append(
            Row(
                change.group,
                change.title,
                change.settings,
                accuracies[name],
                float(np.mean(accuracies[name]) - np.mean(base)),
                test.interval if test else None,
                test.p_value if test else None,
                adjusted.get(name, 1.0),
            )
        )
    return rows


def table(rows: list[Row]) -> list[str]:
    """The Markdown table, line by line."""
    lines = [
        "| | change | test accuracy, mean ± sd | 95 % interval | points more than the base | 95 % interval | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        mean, deviation = 100 * np.mean(row.accuracies), 100 * np.std(row.accuracies, ddof=1)
        spread = mean_interval(row.accuracies)
        title = row.title + (f"<br>`{' '.join(f'--set {one}' for one in row.settings)}`" if row.settings else "")
        word = row.word if row.word in ("no effect shown", "the base") else f"**{row.word}**"
        cells = [
            row.group,
            title,
            f"{mean:.2f} ± {deviation:.2f} %",
            f"{100 * spread[0]:.2f} to {100 * spread[1]:.2f} %" if spread else "–",
            points(row.difference) if row.settings else "",
            f"{points(row.interval[0])} to {points(row.interval[1])}" if row.interval else "",
            word,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def figure(rows: list[Row]) -> Figure:
    """Each change's difference to the base with its 95 % interval; filled where an effect is shown."""
    drawn = new_figure(8.5, 1.7 + 0.36 * len(rows))
    base, count = rows[0].accuracies, len(rows) - 1
    axes = new_axes(
        drawn,
        title=f"One change at a time to {BASE} ({100 * np.mean(base):.2f} % on MNIST's test digits)",
        x=f"percentage points more than the base, 95 % intervals over {len(base)} seeds\n"
        f"(filled: an effect is shown, all {count} changes held together)",
    )
    axes.axvline(0, color=BLACK, linewidth=1)
    colours = {"helps": BLUE, "hurts": VERMILION, "no effect shown": "#666666"}
    for place, row in enumerate(rows[1:]):
        colour, shown, value = colours[row.word], row.word != "no effect shown", 100 * row.difference
        low, high = (100 * end for end in row.interval or (row.difference, row.difference))
        axes.plot([low, high], [place, place], "|-", color=colour, linewidth=2)
        axes.plot(value, place, "D", color=colour, markersize=6, markerfacecolor=colour if shown else "white")
        left = high < 0  # beside the interval, away from 0
        axes.annotate(
            f"{points(row.difference)}  {row.word if shown else ''}".strip(),
            (low if left else high, place), xytext=(-8 if left else 8, 0), textcoords="offset points",
            va="center", ha="right" if left else "left", fontsize=8, color=colour,
        )  # fmt: skip
    titles = [row.title.replace(": up", ":\nup") for row in rows[1:]]
    axes.set_yticks(range(count), titles, fontsize=8.5)
    axes.set_ylim(count - 0.4, -0.6)  # the first on top
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.22)
    return drawn


def page(rows: list[Row], seeds: int, test_digits: int) -> str:
    """The whole page in Markdown."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("keras", "jax", "numpy"))
    machine = f"{os.cpu_count()} cores ({platform.system()} {platform.machine()}), Python {platform.python_version()}"
    by_word = {word: [row.title for row in rows if row.word == word] for word in ("helps", "hurts", "no effect shown")}
    summary = [f"- **{word}**: {'; '.join(titles) or 'nothing'}." for word, titles in by_word.items()]
    return "\n".join([HEAD.format(seeds=seeds, last=seeds - 1), *table(rows), "", *summary, "", FOOT.format(
        n=test_digits, changes=len(rows) - 1, seeds=seeds, machine=machine, versions=versions)])  # fmt: skip


HEAD = """\
# What each change buys

One change at a time to the same base, on MNIST: `dense-128-64`, 55,000 digits to train on (5,000 are held back), 10
epochs, batch 32, Adam at 0.001. Each line is {seeds} networks, seeds 0 to {last}. This page is written by the script:

```text
python benchmarks/what_helps.py --seeds {seeds}
digits train dense-128-64 --data mnist --seeds {seeds} --set network.dropout=0.2      one line of it
```

![Difference to the base of each change, with its 95 % interval](what-helps.png)
"""

FOOT = """\
How to read it:

- Test accuracy is that of the last epoch's network on MNIST's {n:,} test digits, scored once when it is finished.
  Nothing is selected by it: the changes and their sizes were written down before, and no network, epoch or setting was
  kept or dropped for its score. To choose a setting of your own, compare validation accuracies.
- The interval of the difference is Welch's t interval over the seeds, of each change for itself. The last column holds
  all {changes} changes together by Holm's correction: the chance of even one false "helps" or "hurts" is below 5 %. An
  interval that leaves out 0 may therefore stand beside "no effect shown".
- "No effect shown" is not "no effect": {seeds} seeds leave room for any effect inside the interval.
- Each change is made alone. Rate, epochs and width stay those of the base, and are not tuned to the change: a batch of
  512 takes a sixteenth of the base's steps, for instance.

Made on {machine}, {versions}.
"""


def main() -> None:
    """Train what is missing, print the table, write the page."""
    options = _options()
    import_keras_alone()
    training, test = making.load_splits(SOURCE, data_dir=options.data_dir)
    chosen = {"base": (), **{name: CHANGES[name].settings for name in options.only or CHANGES}}
    accuracies: dict[str, list[float]] = {name: [] for name in chosen}
    for seed in range(options.seeds):  # a call that is stopped has as many seeds of one as of another
        for name, settings in chosen.items():
            recipe = recipe_of(settings, seed)
            run = making.train_once(recipe, training, test=test, runs_dir=options.runs_dir)
            accuracies[name].append(run.metrics["test"]["accuracy"])
            print(f"{name}, seed {seed}: {100 * accuracies[name][-1]:.2f} %", flush=True)
    found = compared(accuracies)
    print("\n".join(["", *table(found)]))
    if not (options.no_page or options.only):
        PAGE.write_text(page(found, options.seeds, len(test) if test else 0), encoding="utf-8")
        figure(found).savefig(PICTURE)
        print(f"\n{PAGE}\n{PICTURE}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="networks for each change, seeds 0, 1, 2 … [5]")
    parser.add_argument("--only", nargs="+", choices=list(CHANGES), help="these changes alone; writes no page")
    parser.add_argument("--no-page", action="store_true", help="print the table, leave the page as it is")
    parser.add_argument("--runs-dir", type=Path, default=ROOT / ".bench" / "what-helps", help="where the runs are kept")
    parser.add_argument("--data-dir", type=Path, help="directory that has MNIST's files already")
    return parser.parse_args()


if __name__ == "__main__":
    main()
