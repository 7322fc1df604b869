"""The docs keep up with the program: the CLI reference has every command and option, and what is shown still works."""

import importlib.util
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
import typer.main
from PIL import Image

from digits.cli import application, main
from digits.data.folder import write_folder
from digits.data.sources import SOURCES
from digits.training.recipe import Recipe, recipe_names

ROOT = Path(__file__).parent.parent
REFERENCE = (ROOT / "docs" / "cli.md").read_text("utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md"]


def commands(command=None, name="digits"):
    command = command or typer.main.get_command(application())
    yield name, command
    for word, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {word}")


def spellings(parameter):
    return (*parameter.opts, *parameter.secondary_opts)


def section(name):
    return re.search(rf"^## `{name}`\n(.*?)(?=^## |\Z)", REFERENCE, re.MULTILINE | re.DOTALL).group(1)


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=[name for name, _ in commands()])
def test_the_reference_has_every_option_of_every_command_and_no_other(name, command):
    options = {text for parameter in command.params for text in spellings(parameter) if text.startswith("--")}
    documented = set(re.findall(r"(?<!\S)--[a-z-]+(?=[\s,])", section(name).split("Options:")[1])) - {"--help"}
    assert documented == options - {"--help"}


def load_script(name):
    specification = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    return script


def test_the_reference_is_made_by_its_script():
    script = load_script("make_cli_reference")
    assert {f"digits {command}".strip() for command in script.COMMANDS} == {name for name, _ in commands()}
    assert REFERENCE.startswith(script.HEAD), "docs/cli.md is stale: make docs"


def test_the_recipe_page_has_every_recipe_and_every_field():
    page = (ROOT / "docs" / "recipes.md").read_text("utf-8")
    for name in recipe_names():
        assert f"`{name}`" in page
    for section_name in ("data", "network", "augmentation", "distillation", "non_digits", "training"):
        for field in type(getattr(Recipe(name="any"), section_name)).model_fields:
            assert f"| `{field}` |" in page, f"{section_name}.{field}"


def test_the_data_page_has_every_named_source():
    page = (ROOT / "docs" / "data.md").read_text("utf-8")
    assert all(f"`{name}`" in page for name in SOURCES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_the_pages_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name} → {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_digits_command_that_a_page_shows_exists(page):
    known = {name for name, _ in commands()}
    for line in re.findall(r"^(?:\$ )?(digits [a-z].*)$", page.read_text("utf-8"), re.MULTILINE):
        words = line.split()
        assert " ".join(words[:2]) in known, f"{page.name}: {line}"
        name = " ".join(words[:3]) if " ".join(words[:3]) in known else " ".join(words[:2])
        options = {text for parameter in dict(commands())[name].params for text in spellings(parameter)}
        assert set(re.findall(r"(?<!\S)--[a-z-]+", line)) <= options | {"--help"}, f"{page.name}: {line}"


@pytest.fixture(scope="module")
def run_docs():
    return load_script("run_docs")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_of_a_command_is_what_it_prints(run_docs, page):
    shown = page.read_text("utf-8")
    again = run_docs.rerun(shown)
    stale = "is stale: python scripts/run_docs.py, and make_reading_figure.py for its pictures; look at what changed"
    assert run_docs.FIGURE.sub("…", again) == run_docs.FIGURE.sub("…", shown), f"{page.name} {stale}"


def test_the_receipt_the_meter_the_list_and_the_form_are_shown(run_docs):
    shown = [
        command for page in run_docs.PAGES for block in run_docs.BLOCK.findall(page.read_text("utf-8"))
        for command in re.findall(r"^\$ digits read (\S+)", block, re.MULTILINE)
    ]  # fmt: skip
    assert {Path(name).stem for name in shown} >= {"amounts", "counter", "stock-list", "form"}


def test_a_command_that_a_page_shows_and_that_fails_is_no_example(run_docs):
    with pytest.raises(RuntimeError, match=r"digits read nowhere.png: .*nowhere.png"):
        run_docs.rerun("```console\n$ digits read nowhere.png\n```\n")


def python_examples(*, with_mnist):
    for page in PAGES:
        for example in re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            if ('"mnist"' in example) == with_mnist:
                yield pytest.param(page.name, example, id=f"{page.name}: {example.splitlines()[-1][:40]}")


@pytest.mark.parametrize(("name", "example"), list(python_examples(with_mnist=False)))
def test_a_python_example_runs(name, example, tmp_path, monkeypatch):
    shutil.copy(ROOT / "examples/pictures/form-cell.png", tmp_path / "mine.png")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, name, "exec"), {})


@pytest.fixture
def reader_of_the_docs(mnist_dir, sample, sample_test, tmp_path, monkeypatch):
    """A directory with what the examples take for granted: MNIST, digits of one's own, a picture, a stopped run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGITS_DATA_DIR", str(mnist_dir))
    write_folder(sample.take(np.arange(50)), tmp_path / "my-digits")
    Image.fromarray(sample_test.images[0]).save(tmp_path / "picture.png")


@pytest.mark.mnist
@pytest.mark.parametrize(("name", "example"), list(python_examples(with_mnist=True)))
def test_a_python_example_on_mnist_runs(name, example, reader_of_the_docs):
    exec(compile(example, name, "exec"), {})


@pytest.mark.mnist
def test_the_commands_of_the_readme_run_in_their_order(reader_of_the_docs, tmp_path, monkeypatch):
    lines = re.findall(r"^(digits \S.*?)(?: {2,}.*)?$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert len(lines) >= 7
    for line in lines:
        if line.startswith("digits kaggle"):  # `test_kaggle.py` runs it, on files like Kaggle's
            continue
        if "--resume" in line:
            (tmp_path / line.split()[-1] / "metrics.json").unlink()  # as if it had been stopped
        monkeypatch.setattr("sys.argv", shlex.split(line))
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        assert code == 0, line
