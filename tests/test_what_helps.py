"""docs/what-helps.md keeps up with the script that makes it."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "what-helps.md").read_text("utf-8")


@pytest.fixture(scope="module")
def script():
    specification = importlib.util.spec_from_file_location("what_helps", ROOT / "benchmarks" / "what_helps.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules["what_helps"] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    yield module
    del sys.modules["what_helps"]


def test_every_change_is_a_recipe_and_no_two_are_the_same(script):
    recipes = {name: script.recipe_of(change.settings, 3) for name, change in script.CHANGES.items()}
    assert all(recipe.training.seed == 3 and recipe.data.source == "mnist" for recipe in recipes.values())
    assert len({recipe.to_toml() for recipe in [*recipes.values(), script.recipe_of((), 3)]}) == len(recipes) + 1


def test_the_page_has_a_measured_row_for_the_base_and_every_change(script):
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ")][2:]
    assert len(rows) == 1 + len(script.CHANGES)
    for row, change in zip(rows[1:], script.CHANGES.values(), strict=True):
        assert row[0] == f"| {change.group}"
        assert row[1] == f"{change.title}<br>`{' '.join(f'--set {one}' for one in change.settings)}`"
        assert re.fullmatch(r"\d\d\.\d\d ± \d\.\d\d %", row[2])
        assert re.fullmatch(r"[+−]\d\.\d\d to [+−]\d\.\d\d", row[5])
        assert re.fullmatch(r"(\*\*helps\*\*|\*\*hurts\*\*|no effect shown) \|", row[6])
    assert "seeds 0 to 4" in PAGE


def test_words_follow_from_the_corrected_p_value(script):
    base = [0.970, 0.971, 0.972, 0.973, 0.974]
    rows = script.compared(
        {
            "base": base,
            "shift-1": [one + 0.01 for one in base],
            "dropout-0.2": [one - 0.01 for one in base],
            "l2-1e-4": [one + 0.0005 for one in base],
        }
    )
    assert [row.word for row in rows] == ["the base", "helps", "hurts", "no effect shown"]
    assert rows[1].difference == pytest.approx(0.01)
    assert rows[1].interval[0] < 0.01 < rows[1].interval[1]
    assert rows[3].adjusted_p_value >= rows[3].p_value
    assert len(script.table(rows)) == 2 + 4
