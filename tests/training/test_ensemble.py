"""Ensembles and students: recipes whose networks are made of, or taught by, networks that were trained before."""

import numpy as np
import pytest

import digits
from digits.errors import Interrupted, RecipeError
from digits.making import Watcher
from digits.training import export
from digits.training.crossval import out_of_fold
from digits.training.recipe import Recipe, load_recipe
from digits.training.run import list_runs

QUICK = '[network]\nkind = "dense"\nhidden = [16]\n[training]\nepochs = 2\nloss = "categorical_crossentropy"\n'


@pytest.fixture
def recipes(tmp_path):
    """Paths of a network's recipe, and of an ensemble of three such."""
    member = tmp_path / "member.toml"
    member.write_text(f'name = "member"\n{QUICK}')
    whole = tmp_path / "whole.toml"
    whole.write_text(f'name = "whole"\n[network]\nkind = "ensemble"\nmembers = ["{member}"]\nseeds = 3\n')
    return member, whole


def test_an_ensemble_gives_the_mean_of_its_members_and_leaves_each_as_a_run_of_its_own(recipes, small, tmp_path):
    _, whole = recipes
    run = digits.train(whole, small, test=small, runs_dir=tmp_path / "runs")
    members = [found for found in list_runs(tmp_path / "runs") if found.recipe.name == "member"]
    assert [found.recipe.training.seed for found in members] == [0, 1, 2]
    assert all(found.complete for found in (*members, run))
    expected = np.mean([np.asarray(export.load_model(found)(small.images)) for found in members], axis=0)
    given = digits.load(run.path).predict_proba(small.images, calibrated=False)
    np.testing.assert_allclose(given, expected, atol=1e-5)
    assert run.metrics["validation"]["n"] == 40
    assert (run.path / "report.html").exists()


def test_members_that_were_trained_before_are_not_trained_again(recipes, small, tmp_path):
    member, whole = recipes
    first = digits.train(member, small, runs_dir=tmp_path / "runs")
    before = (first.path / "model.keras").stat().st_mtime_ns
    digits.train(whole, small, runs_dir=tmp_path / "runs")
    assert (first.path / "model.keras").stat().st_mtime_ns == before
    assert len(list_runs(tmp_path / "runs")) == 4


def test_ensembles_of_different_seeds_share_no_member(recipes):
    recipe = load_recipe(recipes[1])
    seeds = [
        {member.training.seed for member in recipe.override([f"training.seed={seed}"]).needed()} for seed in (0, 1)
    ]
    assert seeds == [{0, 1, 2}, {3, 4, 5}]


def test_a_stopped_ensemble_goes_on_where_it_was(recipes, small, tmp_path):
    class StopInTheSecondMember(Watcher):
        started = 0

        def epoch(self, epoch):
            self.started += epoch.epoch == 1
            if self.started == 2:
                raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="stopped after 1 of 3 members") as stop:
        digits.train(recipes[1], small, runs_dir=tmp_path / "runs", watch=StopInTheSecondMember())
    run = digits.resume(stop.value.run, small)
    assert run.complete
    assert len(list_runs(tmp_path / "runs")) == 4


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ({"kind": "ensemble", "members": ["dense-128"]}, "an ensemble needs two members or more"),
        ({"kind": "ensemble", "members": []}, "at least 1 item"),
    ],
)
def test_an_ensemble_of_one_is_refused(network, expected):
    with pytest.raises(ValueError, match=expected):
        Recipe.model_validate({"name": "x", "network": network})


def test_an_ensemble_of_an_unknown_recipe_is_refused_before_anything_is_trained(small, tmp_path):
    recipe = Recipe.model_validate(
        {"name": "x", "network": {"kind": "ensemble", "members": ["dense-128", "dense-182"]}}
    )
    with pytest.raises(RecipeError, match="did you mean 'dense-128'"):
        digits.train(recipe, small, runs_dir=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_student_learns_its_teachers_probabilities(recipes, small, tmp_path):
    member, _ = recipes
    student = tmp_path / "student.toml"
    student.write_text(f'name = "student"\n[distillation]\nteacher = "{member}"\nweight = 1.0\n{QUICK}')
    run = digits.train(load_recipe(student).override(["training.epochs=30"]), small, runs_dir=tmp_path / "runs")
    teacher = next(found for found in list_runs(tmp_path / "runs") if found.recipe.name == "member")
    taught = np.asarray(export.load_model(teacher)(small.images))
    learned = digits.load(run.path).predict_proba(small.images, calibrated=False)
    alone = digits.train(load_recipe(member).override(["training.epochs=30"]), small, runs_dir=tmp_path / "alone")
    unlike = digits.load(alone.path).predict_proba(small.images, calibrated=False)
    assert np.abs(learned - taught).mean() < 0.7 * np.abs(unlike - taught).mean()
    assert "taught by member-small-s0" in (run.path / "log.txt").read_text()


def test_a_stopped_student_goes_on_to_the_same_weights(recipes, small, tmp_path):
    student = tmp_path / "student.toml"
    student.write_text(
        f'name = "student"\n[distillation]\nteacher = "{recipes[0]}"\n{QUICK}[augmentation]\nshift = 1\n'
    )
    whole = digits.train(student, small, runs_dir=tmp_path / "whole")

    class StopInTheStudent(Watcher):
        taught = False

        def stage(self, text):
            self.taught = self.taught or text.startswith("training student")

        def epoch(self, epoch):
            if self.taught:
                raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stop:
        digits.train(student, small, runs_dir=tmp_path / "stopped", watch=StopInTheStudent())
    again = digits.resume(stop.value.run, small)
    first, second = (export.load_model(run).get_weights() for run in (whole, again))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_student_without_its_teacher_is_refused(recipes, small, tmp_path):
    student = tmp_path / "student.toml"
    student.write_text(f'name = "student"\n[distillation]\nteacher = "{recipes[0]}"\n{QUICK}')
    with pytest.raises(RecipeError, match="is taught by"):
        out_of_fold(load_recipe(student), small, folds=2)
