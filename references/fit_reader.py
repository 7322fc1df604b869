"""Fit what the Reader decides with: how much each network counts, how sure a number is, from what on it is given.

    python references/fit_reader.py --fonts FONTS                      minutes; writes models/line-reader/config.json

Numbers on synthetic pages (`synthesis/pages.py`) of MNIST's validation digits and of fonts that no network has learnt
from are found and read as `digits read` does. Half of the pages are fitted on, the other half says what came of it; no
real picture is used.

Notable choices:
- a number is right if all of its marks are, signs too; what is found where no number stands is wrong;
- the weight of the digit network and the temperature are those at which the likelihood of the digits is greatest;
- the confidence of a number is a logistic regression of a few things that the networks say (`deciding.evidence`);
- a threshold is the least confidence at which the upper end of Wilson's interval of the wrong ones is at most the risk,
  of the numbers that were found whole: half a number, perfectly read, looks like a number to everybody. How often the
  finder finds halves, or words, stands beside (`found_otherwise`).
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parent))
from digits import api
from digits.atomic import write_whole
from digits.data.dataset import Dataset
from digits.data.sources import load_dataset
from digits.evaluation.metrics import wilson_interval
from digits.evaluation.rendering import PLAIN, render_all
from digits.reading.deciding import evidence
from digits.reading.digit.looks import find_looks
from digits.reading.finding import Found, find_numbers
from digits.reading.lines import BESIDE, DIGITS, WIDER, LineCrop, ReadLine, Voices, cut_line, pool, read_line
from digits.reading.networks.finder import load_finder
from digits.reading.networks.line_reader import FOLDER, load_line_reader
from digits.reading.one_digit import agreement
from digits.reading.pictures.picture import Picture
from digits.synthesis.fonts import handwriting_fonts, load_fonts, printed_fonts
from digits.synthesis.hands import Glyphs
from digits.synthesis.pages import Page, draw_close, draw_page
from digits.synthesis.sheet import Sources

RISKS = (0.05, 0.02, 0.01, 0.005)
DEFAULT_RISK = 0.05
HELD_BACK = 5000  # of MNIST's training digits, for validation
CLOSE = 0.4  # the share of the pictures that a number fills
SIDES = (160, 900)  # pixels of a page's shorter and longer side, at the least and at the most
WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
TEMPERATURES = (0.8, 1.0, 1.2, 1.5, 2.0)
SINGLE = 1000  # validation digits, each rendered alone
PRESENT = 0.97  # the share of the numbers that are read, and not told of as unread
PROCESSES = 2
KEPT = 0.99  # the share of the single digits read right that shall stay sure, as for `digitness`


@dataclass(frozen=True, eq=False)
class Case:
    """A number that was found, its two strips, and what stands there.

    Attributes:
        found: the place.
        crop: its strip.
        wider: its strip with more paper beside it.
        truth: its text; None where no number stands, or half of one.
        is_number: whether a number stands there, or a part of one.
    """

    found: Found
    crop: LineCrop
    wider: LineCrop
    truth: str | None
    is_number: bool


def draw(place: int, sources: Sources, seed: int) -> Page:
    """A synthetic picture; it follows from the seed and its place alone."""
    random = np.random.default_rng([seed, place])
    if random.random() < CLOSE:
        return draw_close(int(random.integers(60, 260)), int(random.integers(160, 700)), sources, random)
    height, width = (int(side) for side in random.integers(*SIDES, 2))
    return draw_page(height, width, sources, random)


def cases_of(page: Page) -> tuple[list[Case], int]:
    """What is found on a page, beside the truth; and how many numbers stand on it."""
    whole = {number for number in page.numbers.tolist() if page.seen[page.numbers == number].all()}
    middles = (page.boxes[:, :2] + page.boxes[:, 2:]) / 2
    cases = []
    for found in find_numbers(load_finder(), page.grey):
        inside = _inside(middles, found.corners)
        numbers = set(page.numbers[inside].tolist())
        if numbers and not numbers <= whole:
            continue  # the frame cuts it: nobody knows
        if any(_overlaps(found.corners, box) for box in page.doubtful):
            continue
        truth = None
        if len(numbers) == 1:
            own = page.numbers == next(iter(numbers))
            if inside[own].all():
                truth = "".join(np.array(list(page.marks))[own])
        crop, wider = (cut_line(page.grey, found.corners, beside) for beside in (BESIDE, WIDER))
        cases.append(Case(found, crop, wider, truth, bool(numbers)))
    return cases, len(whole)


@cache
def _sources(data: Path | None, fonts: Path | None) -> Sources:
    """What pages are drawn from: validation digits, and fonts that were held back; loaded once a process."""
    held = load_dataset("mnist", data_dir=data).split_off(HELD_BACK)[1]
    return Sources(Glyphs(held, load_fonts(handwriting_fonts(fonts, held_back=True))), printed_fonts(fonts))


def _drawn_and_found(task: tuple[int, int, Path | None, Path | None]) -> tuple[list[Case], int]:
    place, seed, data, fonts = task
    return cases_of(draw(place, _sources(data, fonts), seed))


def all_cases(pages: int, seed: int, data: Path | None, fonts: Path | None) -> Iterator[tuple[list[Case], int]]:
    """`cases_of` each page in turn, by two processes; says on standard error how far it is."""
    with get_context("spawn").Pool(PROCESSES) as pool_of_processes:
        tasks = ((place, seed, data, fonts) for place in range(pages))
        for place, found in enumerate(pool_of_processes.imap(_drawn_and_found, tasks, chunksize=4)):
            yield found
            if place % 100 == 99:
                print(f"{place + 1:,} of {pages:,} pages", file=sys.stderr, flush=True)


def _inside(points: npt.NDArray[np.float64], corners: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which points lie within corners, grown by a quarter of their height."""
    origin, right, down = corners[0], corners[1] - corners[0], corners[3] - corners[0]
    across, high = max(1e-6, float(np.hypot(*right))), max(1e-6, float(np.hypot(*down)))
    along, below = (points - origin) @ right / across**2, (points - origin) @ down / high**2
    grown = 0.25 * high / across
    return (along > -grown) & (along < 1 + grown) & (below > -0.25) & (below < 1.25)


def _overlaps(corners: npt.NDArray[np.float64], box: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = *corners.min(axis=0), *corners.max(axis=0)
    return min(right, box[2]) > max(left, box[0]) and min(bottom, box[3]) > max(top, box[1])


def fit_voices(voices: Voices, cases: list[Case]) -> dict[str, float]:
    """The weight and temperature at which digits that are said in their places are likeliest."""
    plain = replace(voices, weight=0.0, temperature=1.0)
    lines, alone, labels = [], [], []
    for case in cases:
        line = read_line(plain, case.crop)
        if case.truth is None or len(line.text) != len(case.truth):
            continue
        digits = [(mark, int(true)) for mark, true in zip(line.marks, case.truth, strict=True) if true in DIGITS]
        for mark, label in digits:
            if mark.image is None or mark.probabilities is None:
                continue
            lines.append(mark.probabilities.astype(np.float64))
            alone.append(voices.classifier.predict_proba(mark.image[None])[0])
            labels.append(label)
    best = (-np.inf, 0.0, 1.0)
    for weight in WEIGHTS:
        for temperature in TEMPERATURES:
            pooled = [pool(line, digit, weight, temperature) for line, digit in zip(lines, alone, strict=True)]
            likelihood = float(
                np.mean([np.log(max(one[label], 1e-6)) for one, label in zip(pooled, labels, strict=True)])
            )
            best = max(best, (likelihood, weight, temperature))
    return {"weight": best[1], "temperature": best[2]}


def fit_single(voices: Voices, digits: Dataset) -> float:
    """The agreement that `KEPT` of the digits reach which are read right alone, in plain rendered pictures."""
    reached = []
    for pixels, label in zip(render_all(digits, PLAIN), digits.labels, strict=True):
        picture = Picture("rendered", 0, pixels)
        looks = find_looks(voices.classifier, picture)
        if looks and looks[0].answer == label:
            reached.append(agreement(voices, looks[0], picture))
    return round(float(np.quantile(reached, 1 - KEPT)), 5)


def threshold(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], risk: float) -> float:
    """The least confidence at which at most this share is wrong, by Wilson's upper bound; 1 where there is none."""
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[order])
    for count in range(len(order), 0, -1):
        if count < len(order) and confidence[order[count - 1]] == confidence[order[count]]:
            continue
        if wilson_interval(int(wrong[count - 1]), count)[1] <= risk:
            return round(float(confidence[order[count - 1]]), 4)
    return 1.0


def least_of(presence: npt.NDArray[np.float64], is_number: npt.NDArray[np.bool_]) -> float:
    """The presence from which on what was read counts as a number: `PRESENT` of the numbers reach it."""
    return round(float(np.quantile(presence[is_number], 1 - PRESENT)), 4)


def outcome(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], least: float) -> dict[str, object]:
    """What a threshold does: numbers given, wrong ones of them, the share's 95 % interval."""
    given = confidence >= least
    wrong, count = int((~right[given]).sum()), int(given.sum())
    return {
        "given": count,
        "wrong": wrong,
        "interval": [round(one, 5) for one in wilson_interval(wrong, max(1, count))],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path, help="what references/fonts.py filled (default: none)")
    parser.add_argument("--data-dir", type=Path, help="where MNIST is")
    parser.add_argument("--pages", type=int, default=1500, help="synthetic pictures (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=100)
    options = parser.parse_args()
    held = load_dataset("mnist", data_dir=options.data_dir).split_off(HELD_BACK)[1]
    voices = Voices.of(load_line_reader(), api.load("reader"))
    cases: list[list[Case]] = []
    numbers = 0  # on the pages that are checked on
    everything = all_cases(options.pages, options.seed, options.data_dir, options.fonts)
    for place, (found, whole) in enumerate(everything):
        cases.append(found)
        numbers += whole * (place % 2)
    fitted, checked = ([case for one in cases[half::2] for case in one] for half in (0, 1))
    weights = fit_voices(voices, fitted)
    voices = replace(voices, **weights)
    halves = [_judged(voices, half) for half in (fitted, checked)]  # evidence, right, whole, is a number
    names = sorted(halves[0][0][0])
    features, right = ([[known[name] for name in names] for known in halves[0][0]], halves[0][1])
    regression, presence = (
        LogisticRegression(C=1.0, max_iter=1000).fit(features, target) for target in (right, halves[0][3])
    )
    confidence = [_predicted(regression, names, half[0]) for half in halves]
    present = [_predicted(presence, names, half[0]) for half in halves]
    least = least_of(present[0], halves[0][3])
    whole = [half[2] for half in halves]
    thresholds = {f"{risk:g}": threshold(confidence[0][whole[0]], halves[0][1][whole[0]], risk) for risk in RISKS}
    digit_network = voices.classifier.description["files"]["model.onnx"]
    config = dict(voices.line_reader.config) | {
        "single": {"agreement": fit_single(voices, held.take(np.arange(min(SINGLE, len(held)))))},
        "voices": {"digit_network": digit_network, "fitted": weights, "plain": {"weight": 0.0, "temperature": 1.0}},
        "numbers": {
            "risk": DEFAULT_RISK,
            "weights": _stated(regression, names),
            "presence": _stated(presence, names),
            "thresholds": thresholds,
            "least": least,
            "fitted_on": {"pages": options.pages, "found": len(halves[0][1]), "seed": options.seed},
            "checked_on": {
                "numbers": numbers, "found": len(halves[1][1]), "right": int(halves[1][1].sum()),
                "found_otherwise": int((~whole[1]).sum()),
                "no_number": int((~halves[1][3]).sum()),
                "no_number_read": int((~halves[1][3] & (present[1] >= least)).sum()),
                "numbers_unread": int((halves[1][3] & (present[1] < least)).sum()),
                "risks": {
                    key: outcome(confidence[1][whole[1]], halves[1][1][whole[1]], bound)
                    | {"found_otherwise": int((confidence[1][~whole[1]] >= bound).sum())}
                    for key, bound in thresholds.items()
                },
            },
        },
    }  # fmt: skip
    file = FOLDER / "config.json"
    write_whole(file, (json.dumps(config, indent=2, ensure_ascii=False) + "\n").encode())
    print(json.dumps(config["numbers"], indent=2))
    print(f"voices {weights}; written to {file}")


def _predicted(
    regression: LogisticRegression, names: list[str], known: list[dict[str, float]]
) -> npt.NDArray[np.float64]:
    return np.asarray(regression.predict_proba([[one[name] for name in names] for one in known])[:, 1])


def _stated(regression: LogisticRegression, names: list[str]) -> dict[str, float]:
    """Its weights, as `config.json` has them."""
    weights = zip(names, regression.coef_[0], strict=True)
    return {"bias": round(float(regression.intercept_[0]), 5)} | {name: round(float(one), 5) for name, one in weights}


def _judged(
    voices: Voices, cases: list[Case]
) -> tuple[list[dict[str, float]], npt.NDArray[np.bool_], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Of what was read: what speaks for each, whether it is right, was found whole, and is a number at all."""
    read: list[tuple[Case, ReadLine]] = [(case, read_line(voices, case.crop, wider=case.wider)) for case in cases]
    read = [(case, line) for case, line in read if line.marks]
    right = np.array([line.text == case.truth for case, line in read], bool)
    whole = np.array([case.truth is not None for case, _ in read], bool)
    is_number = np.array([case.is_number for case, _ in read], bool)
    return [evidence(line, case.found) for case, line in read], right, whole, is_number


if __name__ == "__main__":
    main()
