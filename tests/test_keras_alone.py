"""The command line's Keras comes without companions; afterwards they can be imported as ever."""

import subprocess
import sys


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)


def test_keras_comes_alone_and_scikit_learn_can_be_imported_afterwards():
    code = """if True:
        import sys
        from digits.cli.keras_alone import UNNEEDED, import_keras_alone
        import_keras_alone()
        assert "keras" in sys.modules
        assert not set(UNNEEDED) & set(sys.modules), sys.modules
        import sklearn.metrics, matplotlib
    """
    result = run(code)
    assert result.returncode == 0, result.stderr


def test_what_is_loaded_already_stays_loaded():
    code = """if True:
        import matplotlib
        from digits.cli.keras_alone import import_keras_alone
        import_keras_alone()
        import sys
        assert sys.modules["matplotlib"] is matplotlib
    """
    result = run(code)
    assert result.returncode == 0, result.stderr


def test_keras_loaded_on_another_backend_is_refused_by_the_training_loop_only():
    code = """if True:
        import os
        os.environ["KERAS_BACKEND"] = "numpy"
        from digits.errors import WorkError
        from digits.training import networks
        from digits.training.recipe import load_recipe
        networks.build(load_recipe("dense-128"))
        from digits.training.backend import require_jax
        try:
            require_jax()
        except WorkError as error:
            print(error)
    """
    result = run(code)
    assert result.returncode == 0, result.stderr
    assert "Keras runs on numpy; set KERAS_BACKEND=jax before Keras is imported" in result.stdout


def test_a_missing_keras_is_one_line_that_installs_it():
    code = """if True:
        import sys
        sys.modules["keras"] = None
        sys.argv = ["digits", "train"]
        from digits.cli import main
        main()
    """
    result = run(code)
    assert result.returncode == 2
    assert "pip install 'handwritten-digits[train]'" in result.stderr
    assert len([line for line in result.stderr.splitlines() if line.startswith("error:")]) == 1
    assert "Traceback" not in result.stderr
