"""The tutorial runs from top to bottom, shows what its text says, and is stored as it should be read."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FILE = Path(__file__).parent.parent / "docs" / "tutorial.ipynb"
MOST_BYTES = 1_000_000
"""Code-hosting pages show a notebook of this size; larger ones they refuse."""

RESULTS = """
import json

print(json.dumps({
    "simple": simple_accuracy,
    "accuracy": evaluation.accuracy,
    "interval": evaluation.interval,
    "training": run.history[-1].accuracy,
    "validation": run.history[-1].validation_accuracy,
    "small": small.accuracy,
    "verdict": comparison.pairs[0].verdict,
    "sure": right[sure].mean(),
    "unsure": right[~sure].mean(),
    "seeds": [len(group.networks) for group in by_seeds.groups],
    "gaps": [
        float(np.mean([one.history[-1].accuracy - one.history[-1].validation_accuracy for one in runs]))
        for runs in (plain_runs, dropout_runs)
    ],
    "four": int(classifier.predict(four[np.newaxis])[0]),
    "unkind": classifier.predict(np.stack(list(unkind.values()))).tolist(),
    "seven": classifier.predict(np.stack(both)).tolist(),
    "cross": float(classifier.predict_proba(cross[np.newaxis]).max()),
}))
"""
"""A last cell: what the text of the tutorial rests on."""


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(FILE, as_version=4)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Run the tutorial as a learner does, in an empty directory, and look at its variables."""
    where = tmp_path_factory.mktemp("tutorial")
    notebook = nbformat.read(FILE, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(RESULTS))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DIGITS_RUNS_DIR", raising=False)
        for variable in (
            "IPYTHONDIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
        ):  # no kernel, no profile of this user's
            patch.setenv(variable, str(where / variable))
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(where)}}).execute()
    return json.loads(notebook.cells[-1].outputs[0].text)


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_the_network_beats_the_nearest_mean_digit_and_overfits(results):
    assert 0.75 < results["simple"] < 0.85
    low, high = results["interval"]
    assert 0.91 < low < results["accuracy"] < high < 0.97
    assert results["training"] > results["validation"] + 0.03


def test_confidence_tells_right_answers_from_wrong_ones(results):
    assert results["sure"] > 0.97
    assert results["unsure"] < 0.85


def test_fewer_neurons_are_really_worse(results):
    assert results["small"] < results["accuracy"]
    assert results["verdict"] == "better"


def test_each_recipe_is_trained_with_three_seeds_and_dropout_narrows_the_gap(results):
    assert results["seeds"] == [3, 3]
    assert results["gaps"][1] < results["gaps"][0] - 0.01


def test_an_own_digit_is_read_in_the_right_form_only(results):
    assert results["four"] == 4
    assert sum(answer != 4 for answer in results["unkind"]) >= 2
    assert results["seven"][0] != 7
    assert results["seven"][1] == 7
    assert results["cross"] > 0.5


def test_it_is_stored_whole_with_its_pictures_and_small(stored):
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert sum("image/png" in output.get("data", {}) for output in outputs(stored)) >= 12
    assert FILE.stat().st_size < MOST_BYTES
    assert stored.metadata.kernelspec.name == "python3"


def test_no_output_holds_an_error_a_warning_or_a_path_of_the_machine_that_made_it(stored):
    for output in outputs(stored):
        assert output.output_type in ("stream", "display_data", "execute_result")
        assert output.get("name", "stdout") == "stdout"
        text = output.get("text", "") + output.get("data", {}).get("text/plain", "")
        assert not re.search(r"Warning|(?<![\w.])/\w+/|[A-Za-z]:\\", text), text


def test_its_links_lead_somewhere(stored):
    text = "".join(cell.source for cell in stored.cells if cell.cell_type == "markdown")
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    assert targets
    assert all((FILE.parent / target).exists() for target in targets if not target.startswith("http"))
