"""What the docs and docstrings name is there: modules, classes, functions, attributes, constants, options' values.

Docs of what was tried and has gone (`experiments.md`) may name what is no more.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = ("src", "benchmarks", "references", "scripts", "tests")
MODULES = sorted((ROOT / "src").rglob("*.py"))
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
    *sorted((ROOT / "references").rglob("*.md")),
    *sorted(page for page in (ROOT / "docs").glob("*.md") if page.name != "experiments.md"),
]

NAME = re.compile(r"`([A-Za-z_][\w.]*)(?:\(\))?`")
MODULE = re.compile(r"(?<![\w/.-])[\w/]+\.py\b")
FILE = re.compile(
    r"\.(py|md|json|jsonl|csv|toml|npz|npy|onnx|keras|png|jpg|jpeg|webp|h5|txt|mat|parquet|xlsx|html|pdf|ipynb)$"
)
WORD = re.compile(r"[A-Za-z_]\w*")

OTHERS = {
    *("pixel1", "pixel27", "pixel784", "digit_0", "digit_7"),  # in people's files
    *("BackupAndRestore", "ModelCheckpoint", "validation_split", "batch_norm_1", "dropout_1"),  # in Keras
    *("steps_per_execution", "PIP_EXTRA_INDEX_URL"),  # in others' programs
    *("DIGITS_RAPIDOCR_PYTHON", "DIGITS_RAPIDOCR3_PYTHON"),  # made of a contender's name
    *("false", "browser"),  # TOML; a marker of pytest's
}
"""Names that are not this code's."""


@cache
def paths():
    """All modules, by their paths in the project."""
    return tuple(path.relative_to(ROOT).as_posix() for folder in CODE for path in sorted((ROOT / folder).rglob("*.py")))


@cache
def known():
    """All names in the code, and all words of short texts in it: keys, columns, kinds."""
    found = set()
    for path in paths():
        if path == "tests/test_names.py":
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
            for field in ("name", "id", "attr", "arg"):
                if isinstance(name := getattr(node, field, None), str):
                    found |= set(name.split("."))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 60:
                found |= set(WORD.findall(node.value))
    return found


def unknown(text):
    names = {name for name in NAME.findall(text) if not FILE.search(name)}
    return {name for name in names if name.split(".")[-1] not in known() | OTHERS}


def missing(text):
    return {name for name in MODULE.findall(text) if not any(f"/{path}".endswith(f"/{name}") for path in paths())}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_module_and_name_that_a_page_names_is_there(page):
    text = page.read_text("utf-8")
    assert missing(text) == set()
    assert unknown(re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)) == set()


def test_every_name_in_a_docstring_is_there():
    found = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node) or ""
                for name in unknown(text) | missing(text):
                    found.setdefault(path.relative_to(ROOT).as_posix(), set()).add(name)
    assert found == {}


def test_a_name_that_is_gone_is_noticed():
    assert unknown("`Reader.read_page` and `Reader.read_pages_no_more`") == {"Reader.read_pages_no_more"}
    assert missing("see `reading/reader.py` and `reading/readers.py`") == {"reading/readers.py"}


def test_the_tree_of_the_architecture_has_every_module():
    named = set(re.findall(r"\w+\.py", (ROOT / "docs" / "architecture.md").read_text("utf-8")))
    own = {
        path.name
        for path in MODULES
        if path.name != "__init__.py" and not {"cli", "figures", "migrations"} & set(path.parts)
    }
    assert own <= named
