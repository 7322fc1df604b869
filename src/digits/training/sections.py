"""The tables of a recipe that say which digits, how they are changed, and how the network is optimised; no Keras."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

MNIST_TRAINING_DIGITS = 60_000
MNIST_VALIDATION_DIGITS = 5_000

Rate = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Penalty = Annotated[float, Field(ge=0)]


class Section(BaseModel):
    """A table of a recipe: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


class Data(Section):
    """Which digits, and how many of them are held back."""

    source: str = "sample"
    """Where the digits come from: a named source or a path."""

    validation: Literal["standard"] | Annotated[int, Field(ge=0)] | Rate = "standard"
    """Digits held back: a count, a share below 1, or `standard` (5,000 of MNIST's 60,000, else a tenth)."""

    def held_back(self, available: int) -> int | float:
        """What `Dataset.split_off` takes, for a training set of `available` digits."""
        if self.validation == "standard":
            return MNIST_VALIDATION_DIGITS if available == MNIST_TRAINING_DIGITS else 0.1
        return self.validation


class Augmentation(Section):
    """How the training digits are changed, anew at every step; validation and test digits never are.

    Strengths are drawn for each digit on its own, uniformly up to the one given here; 0 leaves the change out. Blur,
    contrast and noise leave half of the digits as they are, so that a network sees clean ones, too.
    """

    shift: Annotated[int, Field(ge=0, le=8)] = 0
    """Pixels, 0 to 8: each digit is moved by a random whole number of them, down and across, each way up to this."""

    rotation: Annotated[float, Field(ge=0, le=90)] = 0.0
    """Degrees: each digit is turned about the image's centre, either way up to this."""

    scale: Annotated[float, Field(ge=0, le=0.8)] = 0.0
    """Share: height and width are each enlarged or reduced, by up to this."""

    shear: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share: each row is moved sideways by up to this times its distance from the middle row."""

    elastic: Annotated[float, Field(ge=0, le=5)] = 0.0
    """Pixels: root mean square of a smooth random displacement of all pixels (Simard 2003), up to this."""

    elastic_width: Annotated[float, Field(ge=1, le=20)] = 4.0
    """Pixels: standard deviation of the Gaussian that smooths the displacement."""

    stroke: Annotated[float, Field(ge=0, le=2)] = 0.0
    """Strength: strokes are made thicker or thinner, at 1 by a whole pixel on each side, up to this."""

    blur: Annotated[float, Field(ge=0, le=5)] = 0.0
    """Pixels: standard deviation of a Gaussian blur, up to this."""

    contrast: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share: black is raised by up to this, and white is lowered by up to the half of what is left."""

    noise: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the grey range: standard deviation of Gaussian noise on every pixel, up to this."""

    erasing: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the digits of which a random rectangle, 3 to 10 pixels a side, is painted black, grey or white."""

    inversion: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the digits in which ink and background swap places within a random rectangle, 3 to 28 pixels a side."""

    outline: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the digits of which nothing but the outlines of the strokes is left."""

    hands: Share = 0.0
    """Share of the 0s, 1s and 7s written as in Europe: a 7 crossed, a 0 slashed (or dotted), a 1 with a long up-stroke
    and sometimes a foot. A teacher is shown the digit as it was."""

    felt: Share = 0.0
    """Share of the digits drawn with a felt pen: strokes thicker by up to 4 pixels in all, in a box of the old size."""

    hairline: Share = 0.0
    """Share of the digits of which only the middle line of the strokes is left, one to two pixels wide."""

    cut: Share = 0.0
    """Share of the digits of which 1 to 5 pixels are lost at one side, as where a picture's edge cuts a digit."""

    gaps: Share = 0.0
    """Share of the digits whose strokes are broken in places, as a wrong threshold breaks them."""

    coarse: Share = 0.0
    """Share of the digits drawn in coarse pixels: averaged down to 7 to 14 a side, and enlarged again."""

    clutter: Share = 0.0
    """Share of the digits with something beside them: a ruled line, specks, or a piece of another digit at an edge."""

    threshold: Share = 0.0
    """Share of the digits whose grey values are made hard, as in a scan in black and white."""

    slender: Share = 0.0
    """Share of the digits squeezed to between 45 and 85 % of their width. A teacher is shown the digit as it was."""

    spared: Share = 0.0
    """Share of the digits that keep their strokes and grey values, and are turned, scaled, sheared and distorted half
    as far: so many changes leave the network few digits as clean as those that it is measured on."""

    @property
    def changes(self) -> bool:
        """Whether anything is changed at all."""
        neutral = {"elastic_width", "spared"}
        return any(value for name, value in self.model_dump().items() if name not in neutral)


class Distillation(Section):
    """A teacher, whose probabilities for each training digit the network learns (Hinton et al. 2015).

    The teacher sees the digit shifted, turned, scaled, sheared and distorted as the student does, but without what the
    augmentation does to its strokes and colours: the student learns to say of a spoilt digit what the teacher says of
    the clean one (Xie et al. 2020, "noisy student").
    """

    teacher: str = ""
    """A recipe by name, with its seed: trained first, or found among the runs; none by default."""

    weight: Annotated[float, Field(ge=0, le=1)] = 0.9
    """Share of the teacher's probabilities in the target; the rest is the label."""


class NonDigits(Section):
    """Images of no digit, from which the network learns a second answer: `digitness`, how much an image is a digit.

    They are drawn (`training/non_digits.py`), changed as the digits are, and never an eleventh class: the loss of the
    ten probabilities does not see them.
    """

    share: Rate = 0.0
    """Non-digits beside the digits of each step, as a share of the batch size; 0: none, and no digitness."""

    weight: PositiveFloat = 1.0
    """Weight of the digitness's binary cross-entropy in what is minimised; it counts as penalty, not as loss."""

    def beside(self, digits: int) -> int:
        """How many non-digits stand beside this many digits: one or more, if there are any at all."""
        return max(1, round(self.share * digits)) if self.share else 0


class Training(Section):
    """The optimisation."""

    loss: Literal["sparse_categorical_crossentropy", "categorical_crossentropy"] = "sparse_categorical_crossentropy"
    """Cross-entropy on integer labels, or on one-hot labels (which allows label smoothing)."""

    label_smoothing: Rate = 0.0
    """Share of each one-hot label spread evenly over all ten classes."""

    optimizer: Literal["adam", "adamw", "sgd", "muon"] = "adam"
    """Keras's optimiser of that name, with Keras's defaults for what is not set here; SGD and Muon (`muon.py`) use
    Nesterov momentum."""

    learning_rate: PositiveFloat = 0.001
    """The (peak) learning rate."""

    schedule: Literal["constant", "linear", "cosine"] = "constant"
    """How the learning rate falls from its peak to zero at the last step."""

    warmup: Rate = 0.0
    """Share of all steps in which the learning rate rises linearly to its peak; with `linear`: one cycle."""

    momentum: Rate = 0.0
    """Nesterov momentum (sgd and muon only)."""

    weight_decay: Penalty = 0.0
    """Decoupled weight decay (all but adam)."""

    virtual_adversarial: Annotated[float, Field(ge=0, le=10)] = 0.0
    """Virtual adversarial training (Miyato et al. 2016): how far each digit may be moved without moving the answer, in
    Euclidean distance of pixels from 0 to 1; 0: none. A step then costs nearly three times as much."""

    average: Rate = 0.0
    """Decay, a step, of a moving average of all weights that is kept in their place (Polyak & Juditsky 1992)."""

    epochs: PositiveInt = 10
    """Passes over the training digits."""

    batch_size: PositiveInt = 32
    """Digits a step."""

    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    """What the steps compute in. Mixed precision (Micikevicius et al. 2018) keeps float32 weights; it is for GPUs."""

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Chooses the initial weights, the order of the digits, dropout, augmentation and non-digits."""

    keep: Literal["last", "best_validation"] = "last"
    """Which epoch's network is kept."""

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.label_smoothing and self.loss != "categorical_crossentropy":
            raise ValueError('label_smoothing needs loss = "categorical_crossentropy"')
        if self.momentum and self.optimizer not in ("sgd", "muon"):
            raise ValueError('momentum needs optimizer = "sgd" or "muon"')
        if self.weight_decay and self.optimizer == "adam":
            raise ValueError('weight_decay needs optimizer = "adamw", "sgd" or "muon"')
        return self
