#!/usr/bin/env bash
# Test reading, classifying and data with the lowest versions that pyproject.toml allows of what the base install needs: a
# floor that does not work is a promise broken. Half a minute of a free core; the environment stays in .venv-lowest.
#
#     scripts/test_lowest.sh
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv-lowest
python=$venv/bin/python

if [ ! -e "$venv/.installed" ] || [ pyproject.toml -nt "$venv/.installed" ]; then
  "${PYTHON:-.venv/bin/python}" -m venv "$venv"
  $python -m pip install --quiet --disable-pip-version-check uv
  $venv/bin/uv pip install --quiet --python $python --resolution lowest-direct --requirements pyproject.toml
  $venv/bin/uv pip install --quiet --python $python --no-deps --editable .
  $venv/bin/uv pip install --quiet --python $python pytest hypothesis
  touch "$venv/.installed"
fi

# What old versions of libraries warn of in new ones that they use is not ours to mend.
$python -m pytest -q -W ignore::DeprecationWarning -p no:cacheprovider \
  tests/data tests/test_intake.py tests/test_lowest.py tests/reading/pictures/test_files.py tests/reading/test_results.py "$@"
