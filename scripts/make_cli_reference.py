"""Write docs/cli.md from the commands' own help texts: `make docs`. A test fails when the page is stale."""

import contextlib
import io
import os
import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "cli.md"

COMMANDS = (
    "", "train", "evaluate", "compare", "stress", "read", "explain", "classify", "models", "models show", "models use", "export", "report", "reproduce", "kaggle", "serve", "runs", "recipes", "recipes show", "explore", "data", "data fetch", "data convert", "data corrections",
)  # fmt: skip

HEAD = """\
# The command line

Made from the help texts by `make docs`.

MODEL is the path of a run or a bundle, the name of a run under `--runs-dir` or of a model that ships,
or `latest`; `evaluate`, `classify` and `read` also take a .onnx or .keras file of your own. RUN is the path or the name
of a run, or `latest`. SOURCE is a named source or a path ([data.md](data.md)); RECIPE is a shipped name or a TOML file
([recipes.md](recipes.md)).

Results go to standard output; messages and progress go to standard error. Exit codes: 0 done, 1 the work failed
(Ctrl-C included), 2 bad input, which is one line that says what was expected, what came and what to do.

## JSON

`--json` prints one object; `classify --json` prints one object a picture, `read --json` one a
page of a picture (JSON Lines). These keys are stable:

| command | keys |
|---|---|
| `evaluate` | `model`, `data`, `split`, `n`, `correct`, `accuracy`, `interval` (`[low, high]`, 95 % Wilson), `loss` (before temperature), `calibrated_loss`, `brier`, `calibration_error`, `seen_in_training` (true, false, or null: too few digits to tell, or a network that does not say), `per_class` (`digit`, `n`, `precision`, `recall`, `f1`), `confusion` (10 rows of true digits), `corrected` (null, or on MNIST's test set the score against human-corrected labels: `n`, `correct`, `accuracy`, `interval`, `corrected_labels`, `left_out`), `test_time_augmentation` (null or `shifts`) |
| `compare` | `data`, `split`, `n`, `groups` (a list: `name`, `networks` (`model`, `seed`, `correct`, `accuracy`, `interval`, `seen_in_training`), `accuracy` (their mean), `sd` and `interval` (null where there is none)), `pairs` (the first group with each other: `a`, `b`, `test` (`mcnemar`, `welch` or null), `difference`, `interval`, `p_value`, `adjusted_p_value`, `verdict` (`better`, `worse`, `undecided`: of `a`), `sentence`, `caveat`, `network_a`, `network_b`, `both_right`, `only_a`, `only_b`, `both_wrong`, `disagreements` (`index` from 0, `label`, `answer_a`, `confidence_a`, `answer_b`, `confidence_b`)), `notes`, `figures` (paths) |
| `stress` | `model`, `data`, `split`, `n`, `seed`, `seen_in_training`, `augmentations` (those in use), `clean` (`n`, `correct`, `accuracy`, `interval`), `mean`, `mean_interval`, `mean_unlike_training`, `mean_unlike_training_interval`, `corruptions` (a list: as `clean`, and `name`, `resembles`, `like_training`), `sweeps` (a list: `name`, `unit`, `neutral`, `scores` (as `clean`, and `strength`)), `foreign` (images without a digit, a list: `name`, `n`, `mean_confidence`, `maximum_confidence`, `answers` (ten counts)), `attacks` (a list: as `clean`, and `method` (`none`, `fgsm`, `pgd`), `epsilon`), `attack_note` (null, or why there are none); with `--out`: `page` (path) |
| `models`, `models show` | `models` (a list: `name`, `path`, `shipped`, `default`, `n`, `accuracy`, `interval`, `corrected`, `parameters`, `bytes`, `microseconds` (`single`, `batch`), `robustness`; null: not measured), `figures` (paths); or the bundle's `bundle.json` |
| `train` | `name`, `path`, `recipe`, `data`, `seed`, `epochs`, `epochs_done`, `complete`, `bundle`, `metrics` (`validation` and, if there are test digits, `test`: each as `evaluate` gives it); with `--seeds`: `runs` (a list of these) and `accuracy` (`split`, `seeds`, `mean`, `sd`); with `--from`: `bundle`, `from`, `corrections`, `wrong_before`, `wrong_after`, `judged` (how), `validation` (digits), `right_before`, `right_after`, `faults` (a list of sentences) |
| `data corrections` | `store`, `count`, `digits` (digit → count); a line of a .jsonl: `pixels` (784 bytes in base64), `label`, `said`, `confidence`, `model`, `note`, `created` |
| `reproduce` | `command`, `machine`, `files`, `rows` (a list: `recipe`, `protocol` (`own`, `honest`, or `kaggle`, where the two are one), `reported`, `measured` (`training`, `validation` and `test` accuracy, `test_loss`, `test_loss_with_penalty`: each `seeds`, `mean`, `sd`, `interval`), `epochs` (those reported), `scores` (a list, one a seed)), `more_neurons` (protocol → `difference`, `interval`, `p_value`) |
| `kaggle` | `path`, `rows`, `model`, `trained_on`, `run` (path; null: none was trained), `estimate` (null: no labelled digit is known to be unseen; or `n`, `correct`, `accuracy`, `interval`, `digits` (which they are), `comparable` (with the scores of others)), `public` (how much of test.csv is MNIST's: `probes` (how many were looked up), `found`, `share`, `interval` (both null: too few to tell)), `seen` (null: the network does not say; or how much of test.csv it was trained on, as `public`), `notes` |
| `runs` | `runs_dir`, `runs` (a list as above) |
| `classify` | `picture`, `digit`, `confidence`, `probabilities` (ten), `error` (null, or why the picture could not be read) |
| `read` | `schema` (2), `picture`, `page` (from 0), `numbers` (a list: `text` (what is written; `?` for a mark that is unsure), `confidence`, `line` (from 0), `box` (`[left, top, width, height]` in the picture's pixels), `corners` (four places, from the upper left clockwise; null: looked for in no line), `field` (which box of a form, from 0; null: in none), `name` (that of a box that was given, or null), `unsure` (null, or why), `value` (`kind` (null: it has no value), `value` (text), `unit`, `why` (null, or why it has none), `alternatives` (what else it may mean: `kind`, `value`, `unit`)), `note` (null, or what a check found), `marks` (a list, empty for a field without any: `text` (the best guess), `confidence`, `box`, `alternatives` (`text`, `confidence`), `unsure` (null, or why), `kind` (`digit`, `sign`), of a digit also `digitness` (0 to 1; null: the network does not say)), `digits` (those of the marks that are digits)), `unread` (what was found and could not be read, a list: `box`, `why`), `error` (null, or why the picture could not be read) |
| `explain` | `picture`, `page` (from 0), `model`, `digits` (a list, empty if nothing or numbers were found: `text`, `confidence`, `digitness` (null: the network cannot tell), `corrected`, `probabilities` (ten), `unsure` (null or the reason), `label` (null), `box` (`[left, top, width, height]`), `touches` (of `left`, `right`, `top`, `bottom`), `left_out` (of `line`, `frame`, `edge`, `speck`, `stain`, `mark` → how many), `left_out_near` (as a share of the digit's ink), `figures` (marks as tall as a digit, side by side), `difference` and `noise` (levels of brightness, of 255), `light_ink`, `light_ink_certain`, `measures` (`size`, `offset`, `stroke_width`: each `came`, `seen` (null: no full ink), `training` (percentile → pixels)), `loops` (`came`, `seen`), `occlusion` (`falls`: 28 rows of 28; `decisive`: `row`, `column`, `where`, `change`, `digit`, `confidence`), `nearest` (null, or `space` (`features`, `pixels`), `labels`, `distances`, `farther_than`), `others` (a list: `text`, `confidence`, `digitness`, `corrected`), `against_label` (null unless the label is another digit: `hidden` and `inked` as `decisive`, `nearest`: place from 0)), `numbers` (a list, empty if one digit was found; each as in `read`, each mark also with `line_reader` and `digit_network`: how likely it is to each of them alone (null of a sign), and `found` (`confidence` and `marks` (`[left, top, right, bottom]`) of the finder), `strip` (`width`, `height`), `line_reader` (`text`: what it says alone; `share`: how likely it holds what was read), `alternatives` (`text`, `confidence`: the line reader's next best), `threshold` (the least confidence of a number that is given freely), `words`), `lines` (how many have numbers), `fields` (of a form, as the numbers of `read`), `unread` (as in `read`), `against_label` (null, or `label`, `numbers` (places), `read`, `mismatches`: `place`, `read` (empty: not found), `wanted` (empty: should not be there), `line_reader` (how likely the label is to it; null: several numbers are meant)), `words`, `figure` (path or null) |
| `recipes`, `recipes show` | `recipes` (a list), or the recipe: its TOML tables as objects |
| `explore` | `source`, `splits` (a list: `name`, `split`, `origin`, `hash`, `n`, `shape`, `dtype`, `class_counts`, `all_pixels` (`count`, `mean`, `std`, `min`, `25%`, `50%`, `75%`, `max`), `ink_share`, `empty_pixels` (their numbers), `duplicates` (`extra`, `groups`, `conflicting`: rows, from 0), `mnist` (`probes`, `found`, `share` (null: too few digits to tell), `train_share`, `train_interval`, `test_share`, `test_interval`, `exactly` (`train`, `test` or null)); with `--pixels` also `each_pixel`: lists of 784), `overlap` (null, or `images`, `conflicting`, `first_rows`, `second_rows`), `figures` (paths) |
| `explore --audit` | `data`, `split`, `recipe`, `folds`, `seed`, `n`, `agreeing`, `thresholds` (ten; null for a class without labels), `estimated` (10 rows of given labels, 10 columns of true classes), `estimated_errors`, `suspicions` (the lowest score first: `index` (from 0), `given`, `suggested`, `score`, `confidence`), `page`, `figure` (paths) |
| `data` | `sources`: name → what is known of it |
"""


def help_text(command: str) -> str:
    """What `digits COMMAND --help` prints on a terminal of 100 columns."""
    os.environ["COLUMNS"] = os.environ["TERMINAL_WIDTH"] = "100"
    from digits.cli import main  # noqa: PLC0415  (after the width is set)

    arguments, sys.argv = sys.argv, ["digits", *command.split(), "--help"]
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        main()
    sys.argv = arguments
    return text.getvalue().strip()


def page() -> str:
    """The whole page in Markdown."""
    texts = [f"## `{f'digits {command}'.strip()}`\n\n```text\n{help_text(command)}\n```\n" for command in COMMANDS]
    return "\n".join([HEAD, *texts])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
