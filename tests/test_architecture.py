"""Who may know whom, read from the imports; and what must stay unloaded, asked of a fresh interpreter."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import digits

SOURCE = Path(digits.__file__).parent
COMMON = {"digits", "digits.errors", "digits.atomic"}
TO_RUN_WHAT_IS_EXPORTED = {f"digits.reading.networks.{name}" for name in ("classifier", "calibration", "own_network")}

# module or package → what of `digits` it may import besides COMMON and itself (prefixes)
MAY_KNOW = {
    "digits.data": set(),
    "digits.reading": set(),
    "digits.reading.results": {"digits.reading.values"},
    "digits.reading.values": set(),
    "digits.reading.pictures": set(),
    "digits.reading.networks": set(),
    "digits.reading.finding": {"digits.reading.networks"},
    "digits.reading.digit": {"digits.reading.networks", "digits.reading.pictures"},
    "digits.reading.lines": {"digits.reading.networks", "digits.reading.digit"},  # the digit network is the third voice
    "digits.reading.fields": {f"digits.reading.{room}" for room in ("digit", "pictures", "results", "values")},
    "digits.reading.deciding": {"digits.reading.finding", "digits.reading.lines"},
    "digits.explaining": {"digits.reading", "digits.data"},
    "digits.serving": {
        "digits.reading",
        "digits.explaining",
        "digits.data",
        "digits.locate",
        "digits.evaluation.models",
    },
    "digits.synthesis": {"digits.data"},
    "digits.training": {"digits.data"},
    "digits.training.export": {"digits.data", "digits.training", *TO_RUN_WHAT_IS_EXPORTED},
    "digits.training.own_keras": {"digits.data", "digits.training", *TO_RUN_WHAT_IS_EXPORTED},
    "digits.training.bundle": {"digits.training", *TO_RUN_WHAT_IS_EXPORTED},
    "digits.training.personal": {"digits.data", "digits.training", *TO_RUN_WHAT_IS_EXPORTED},
    "digits.training.tuned_bundle": {"digits.data", "digits.training", *TO_RUN_WHAT_IS_EXPORTED},
    "digits.training.non_digits": {"digits.data", "digits.training", "digits.reading.digit.mnist_form"},
    "digits.training.environment": {"digits.data", "digits.training", "digits.reading.digit.mnist_form"},
    "digits.evaluation": {"digits.data", "digits.reading", "digits.training.run", "digits.training.recipe"},
    "digits.evaluation.figures.explaining": {"digits.evaluation", "digits.reading", "digits.explaining"},
    "digits.api": {"digits"},
    "digits.making": {"digits"},
    "digits.kaggle": {"digits"},
    "digits.intake": {"digits"},
    "digits.locate": {"digits.training.run"},
    "digits.cli": {"digits"},
    "digits.__main__": {"digits.cli"},
    "digits.terminal": {
        "digits.making",
        "digits.reading.results",
        "digits.training.engine",
        "digits.training.run",
    },  # of reading and training, types only
    "digits.errors": set(),
    "digits.atomic": set(),
    "digits": {"digits"},  # lazily
}

FOREIGN = {  # room → libraries that it must not import
    "digits.data": {"keras", "jax", "onnx", "onnxruntime", "matplotlib", "sklearn", "cv2", "pydantic", "typer", "rich"},
    "digits.reading": {"keras", "jax", "onnx", "matplotlib", "sklearn", "scipy", "pooch", "pydantic", "typer", "rich"},
    "digits.explaining": {"keras", "jax", "onnx", "onnxruntime", "matplotlib", "sklearn", "scipy", "typer", "rich"},
    "digits.serving": {"keras", "jax", "onnx", "onnxruntime", "matplotlib", "sklearn", "scipy", "typer", "rich"},
    "digits.synthesis": {"keras", "jax", "onnx", "onnxruntime", "matplotlib", "sklearn", "pydantic", "typer", "rich"},
    "digits.training": {"matplotlib", "sklearn", "typer", "rich", "tensorflow", "torch"},
    "digits.evaluation": {"keras", "jax", "onnx", "typer", "rich"},
}

HEAVY = [
    "keras", "jax", "matplotlib", "fastapi", "uvicorn", "sqlalchemy", "alembic", "sklearn", "scipy", "tensorflow",
    "torch", "onnx",
]  # fmt: skip


def modules():
    for file in sorted(SOURCE.rglob("*.py")):
        parts = file.relative_to(SOURCE.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


every_module = pytest.mark.parametrize(("module", "file"), list(modules()), ids=[name for name, _ in modules()])


def imported_names(file):
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                is_module = (SOURCE.parent / Path(*full.split("."))).with_suffix(".py").exists()
                yield full if is_module else node.module


def rule_for(module, rules):
    fitting = [name for name in rules if module == name or module.startswith(name + ".")]
    return max(fitting, key=len, default=None)


@every_module
def test_a_module_imports_only_whom_its_room_may_know(module, file):
    rule = rule_for(module, MAY_KNOW)
    if rule == "digits" and module != "digits":
        pytest.fail(f"{module} belongs to no room: give it a rule here and a line in docs/architecture.md")
    allowed = COMMON | MAY_KNOW[rule] | {rule}
    for name in imported_names(file):
        if name.split(".")[0] == "digits":
            known = any(name == one or (one != "digits" and name.startswith(one + ".")) for one in allowed)
            assert known or "digits" in MAY_KNOW[rule], f"{module} may not know {name}"


@every_module
def test_a_room_leaves_the_libraries_of_the_others_alone(module, file):
    foreign = FOREIGN.get(".".join(module.split(".")[:2]), set())
    assert not foreign & {name.split(".")[0] for name in imported_names(file)}


@every_module
def test_the_corruptions_measure_and_never_train(module, file):
    if module.startswith(("digits.evaluation", "digits.cli", "digits.api", "digits.making")):
        return
    measuring = {f"digits.evaluation.{name}" for name in ("corruptions", "sweeps", "robustness")}
    assert not measuring & set(imported_names(file))


def test_reading_a_picture_loads_nothing_that_explains():
    code = "import sys, digits.reading.reader, digits.reading.many, digits.reading.annotate\n"
    code += "assert not [name for name in sys.modules if name.startswith('digits.explaining')]"
    assert loaded_after(code)


@every_module
def test_only_the_command_line_prints_or_exits(module, file):
    if module.startswith(("digits.cli", "digits.terminal")):
        return
    calls = [node.func for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
    names = {call.id for call in calls if isinstance(call, ast.Name)}
    names |= {
        f"{call.value.id}.{call.attr}"
        for call in calls
        if isinstance(call, ast.Attribute) and hasattr(call.value, "id")
    }
    assert not names & {"print", "exit", "quit", "sys.exit", "eval", "exec", "pickle.load", "pickle.loads"}


def loaded_after(code):
    probe = f"import sys, json\n{code}\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(result.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy():
    loaded = loaded_after("import digits")
    assert not loaded & {*HEAVY, "numpy", "onnxruntime", "cv2", "PIL", "pydantic", "typer"}


def test_help_loads_nothing_heavy():
    code = "import contextlib, io, sys; sys.argv = ['digits', '--help']\nfrom digits.cli import main\n"
    code += "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n    main()"
    assert not loaded_after(code) & {*HEAVY, "numpy", "onnxruntime", "cv2", "pydantic"}


def test_classifying_loads_no_training_library(trained_run, digit_picture):
    arguments = ["digits", "classify", str(digit_picture), "--model", str(trained_run.path)]
    code = f"import contextlib, sys; sys.argv = {arguments!r}\nfrom digits.cli import main\n"
    code += "with contextlib.suppress(SystemExit):\n    main()"
    assert not loaded_after(code) & {*HEAVY, "pydantic"}


def test_reading_a_picture_loads_what_reads_and_nothing_to_train_draw_or_share_out_work(digit_picture):
    arguments = ["digits", "read", str(digit_picture)]
    code = f"import contextlib, sys; sys.argv = {arguments!r}\nfrom digits.cli import main\n"
    code += "with contextlib.suppress(SystemExit):\n    main()"
    asked_for = {"babel", "stdnum", "xlsxwriter"}  # by --locale, --check, --output
    assert not loaded_after(code) & {*HEAVY, *asked_for, "pydantic", "rich", "multiprocessing"}


def test_a_worker_process_loads_what_reads_and_no_server():
    assert not loaded_after("import digits.serving.worker") & {*HEAVY, "starlette", "prometheus_client", "pydantic"}


def test_fine_tuning_on_corrections_loads_no_keras():
    code = "import digits.training.personal, digits.training.tuned_bundle, digits.training.last_layer"
    assert not loaded_after(code) & {"keras", "jax", "jax2onnx", "sklearn", "pydantic"}


def test_a_store_that_is_there_is_opened_without_alembic(tmp_path):
    location = str(tmp_path / "corrections.sqlite")
    code = f"from digits.serving.store import Store; Store({location!r}).close()"
    assert "alembic" in loaded_after(code)
    assert "alembic" not in loaded_after(code)


def test_data_and_reading_and_recipes_load_no_keras():
    code = "import digits.data.sources, digits.reading.networks.classifier, digits.training.recipe, digits.training.run"
    assert not loaded_after(code) & set(HEAVY)
