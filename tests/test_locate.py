"""Which network reads where none is named: the shipped default, or the latest run."""

import shutil

import pytest

import digits
from digits import locate
from digits.errors import BundleError
from digits.locate import DEFAULT_MODEL


@pytest.fixture
def runs_dir(trained_run, tmp_path):
    shutil.copytree(trained_run.path, tmp_path / "runs" / "mine")
    return tmp_path / "runs"


@pytest.fixture
def no_model_ships(monkeypatch):
    monkeypatch.setattr(locate, "shipped_models", dict)


@pytest.fixture
def shipped(trained_run, tmp_path, monkeypatch):
    """Two bundles that ship, the default among them; gives their directory."""
    for name in (DEFAULT_MODEL, "other"):
        shutil.copytree(trained_run.bundle, tmp_path / "models" / name)
    found = {name: tmp_path / "models" / name for name in (DEFAULT_MODEL, "other")}
    monkeypatch.setattr(locate, "shipped_models", lambda: found)
    return tmp_path / "models"


def test_the_shipped_default_reads_where_no_model_is_named(shipped, runs_dir):
    assert digits.load().path == shipped / DEFAULT_MODEL
    assert digits.load(runs_dir=runs_dir).path == shipped / DEFAULT_MODEL


def test_the_latest_run_reads_where_the_default_does_not_ship(no_model_ships, runs_dir):
    assert digits.load(runs_dir=runs_dir).path == runs_dir / "mine" / "bundle"


def test_latest_is_a_run_even_where_the_default_ships(shipped, runs_dir):
    assert digits.load("latest", runs_dir=runs_dir).path == runs_dir / "mine" / "bundle"


def test_a_shipped_model_is_found_by_its_name_and_a_run_of_that_name_comes_first(shipped, runs_dir):
    assert locate.find_bundle("other", runs_dir) == shipped / "other"
    (runs_dir / "mine").rename(runs_dir / "other")
    assert locate.find_bundle("other", runs_dir) == runs_dir / "other" / "bundle"


def test_the_default_is_the_shipped_one_whatever_else_has_its_name(shipped, runs_dir, tmp_path, monkeypatch):
    (runs_dir / "mine").rename(runs_dir / DEFAULT_MODEL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / DEFAULT_MODEL).mkdir()
    assert locate.find_bundle(None, runs_dir) == shipped / DEFAULT_MODEL


def test_without_a_default_and_without_runs_the_error_says_how_to_make_one(no_model_ships, tmp_path):
    with pytest.raises(BundleError, match="make one with: digits train"):
        digits.load(runs_dir=tmp_path / "empty")


def test_an_unknown_model_is_refused_with_those_that_ship(shipped, runs_dir):
    with pytest.raises(BundleError, match=rf"there is no model 'yours'.*\(shipped: {DEFAULT_MODEL}, other\)"):
        digits.load("yours", runs_dir=runs_dir)


def test_the_shipped_models_are_the_bundles_beside_the_code(tmp_path, monkeypatch):
    monkeypatch.setattr(locate, "files", lambda _: tmp_path)
    assert locate.shipped_models() == {}
    for name in ("b", "a", "no-bundle"):
        (tmp_path / "models" / name).mkdir(parents=True)
    (tmp_path / "models" / "a" / "bundle.json").touch()
    (tmp_path / "models" / "b" / "bundle.json").touch()
    assert list(locate.shipped_models().items()) == [(name, tmp_path / "models" / name) for name in ("a", "b")]


def test_classify_takes_the_shipped_default_and_another_on_request(
    shipped, runs_dir, digit_picture, digits_command, monkeypatch
):
    asked = []
    real = digits.Classifier.load
    monkeypatch.setattr(digits.Classifier, "load", lambda path: asked.append(path) or real(path))
    for model in ([], ["--model", "other"], ["--model", "latest"]):
        code, out, _ = digits_command("classify", digit_picture, "--runs-dir", runs_dir, *model)
        assert code == 0
        assert "%" in out
    assert asked == [shipped / DEFAULT_MODEL, shipped / "other", runs_dir / "mine" / "bundle"]


def test_classify_without_any_network_is_one_line_and_exit_code_2(no_model_ships, digit_picture, digits_command):
    code, _, err = digits_command("classify", digit_picture)
    assert code == 2
    assert err.startswith("error: there is no trained network under runs yet")


def test_a_chosen_model_reads_where_none_is_named_until_one_goes_back(shipped, runs_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for model, place in (("other", shipped / "other"), ("runs/mine", runs_dir / "mine" / "bundle")):
        locate.choose_bundle(locate.find_bundle(model))
        assert digits.load().path == place
        monkeypatch.chdir(tmp_path / "runs")  # the choice does not depend on where one stands
        assert digits.load().path == place
        monkeypatch.chdir(tmp_path)
    locate.choose_bundle(None)
    locate.choose_bundle(None)
    assert digits.load().path == shipped / DEFAULT_MODEL


def test_a_shipped_model_is_chosen_by_its_name_so_that_the_choice_survives_a_move_of_the_package(
    shipped, tmp_path, monkeypatch
):
    monkeypatch.setenv("DIGITS_HOME", str(tmp_path / "home"))
    locate.choose_bundle(shipped / "other")
    assert (tmp_path / "home" / locate.CHOICE_FILE).read_text() == "other\n"


def test_a_chosen_model_that_is_gone_is_an_error_and_not_another_model(shipped, runs_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITS_HOME", str(tmp_path / "home"))
    locate.choose_bundle(locate.find_bundle("mine", runs_dir))
    shutil.rmtree(runs_dir / "mine")
    with pytest.raises(BundleError, match=r"mine/bundle, is not there any more.*digits models use --default"):
        digits.load()
    assert digits.load("other").path == shipped / "other"


def test_what_is_a_persons_own_lies_where_the_system_has_it_or_where_they_say(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITS_HOME", str(tmp_path))
    assert locate.default_store() == str(tmp_path / "corrections.sqlite")
    monkeypatch.delenv("DIGITS_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert locate.user_directory().name == "handwritten-digits"
    monkeypatch.setenv("DIGITS_STORE", "postgresql://here/digits")
    assert locate.default_store() == "postgresql://here/digits"
