"""The public names are exactly these."""

import digits
from digits import errors


def test_the_public_names_are_exactly_these():
    assert digits.__all__ == [
        "Classifier",
        "Dataset",
        "DigitsError",
        "Evaluation",
        "Explanation",
        "InputError",
        "Reader",
        "Reading",
        "Recipe",
        "Run",
        "WorkError",
        "compare",
        "evaluate",
        "explain",
        "load",
        "load_dataset",
        "load_recipe",
        "read",
        "read_pages",
        "resume",
        "stress",
        "train",
    ]
    assert set(digits.__all__) <= set(dir(digits))


def test_every_public_name_exists_and_is_documented():
    for name in digits.__all__:
        assert getattr(digits, name).__doc__, name


def test_a_name_that_does_not_exist_is_an_attribute_error():
    assert not hasattr(digits, "predict")


def test_the_tree_of_errors_is_the_one_in_its_docstring():
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.DigitsError):
            assert name in errors.__doc__
