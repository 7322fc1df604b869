"""The Reader: a picture becomes a Reading, numbers with a confidence that can be acted on, or "unsure".

    reader = Reader(classifier)
    for reading in reader.read("photo.jpg"): print(reading.text)

`read_page` is the corridor, from top to bottom: open → find → read → decide → understand → results.

Notable choices:
- networks look: the finder says where numbers stand, the line reader what stands there, the digit network names each
  digit once more. Nothing decides on pixels before they have seen them;
- a picture in which one digit at the most was found is one: the digit network looks at it in several ways
  (`looks.py`), which is what it is best at;
- printed boxes count for `grid` and given boxes alone, where they say which field a number belongs to;
- what was found and could not be read is told, not dropped;
- what is sure is decided by thresholds that were fitted, and lie beside the networks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from digits.errors import PictureError
from digits.reading.deciding import Judge
from digits.reading.digit.ink import Mask
from digits.reading.digit.looks import Look, find_looks, is_in_form
from digits.reading.fields.cut import cut_field
from digits.reading.fields.fields import Field, find_fields
from digits.reading.fields.given import GivenBox, given_fields
from digits.reading.finding import Found, find_numbers
from digits.reading.lines import BESIDE, WIDER, Expected, ReadLine, Voices, cut_line, read_line
from digits.reading.networks.calibration import Thresholds
from digits.reading.networks.classifier import Classifier
from digits.reading.networks.finder import load_finder
from digits.reading.networks.line_reader import load_line_reader
from digits.reading.one_digit import agreement, is_one, look_after, look_first
from digits.reading.pictures.picture import Picture, Source, name_of, open_pictures
from digits.reading.results import Box, Digit, Mark, Number, Reading, Sign, Unread
from digits.reading.turning import Searched, upright
from digits.reading.understanding import Wanted, understood
from digits.reading.values.meaning import accepts
from digits.reading.values.value import named

Pixels = npt.NDArray[np.uint8]

Layout = Literal["auto", "digit", "line", "page", "grid"]
"""What a picture holds: one digit, one line, lines, printed boxes, or numbers anywhere, which `auto` finds."""

UNREAD = 0.6
"""The finder's confidence from which on a place without a digit is told of; by eye: most others are words."""

IN_PIECES = {"date", "time", "phone"}
"""Types whose parts may stand so far apart that they are found one by one; a whole line is one, then."""

STRIP = 2.0
"""Times as wide as high, and no more than so many times as high as its largest number: a picture is a strip; by eye."""


@dataclass(frozen=True, eq=False)
class Page:
    """How a page was read, before anything is decided.

    Attributes:
        picture: the page.
        found: where numbers stand.
        lines: what stands in each.
        one: the page looked at as one digit, the best way first; empty if it holds more, or nothing.
        agreement: the probability that the line reader gives to that digit; 1 where it was not asked.
    """

    picture: Picture
    found: tuple[Found, ...] = ()
    lines: tuple[ReadLine, ...] = ()
    one: tuple[Look, ...] = ()
    agreement: float = 1.0


class Reader:
    """Pictures → Readings. Safe to use from several threads.

    Attributes:
        classifier: the digit network.
        risk: the share of the given answers that may be wrong; None for the networks' own.
        thresholds: from what on a single digit is sure.
        judge: from what on a number is.
        layout: what pictures hold.
        expected: the least and the greatest count of a number's digits; None if it is not known.
        boxes: the fields that every picture has, and nothing else is read; None if they are not known.
        always_answer: whether a number's text shows the best guess of an unsure mark, too.
        signs: whether signs are read; else digits alone.
        wanted: the locale, the type and the check by which numbers are understood.
    """

    def __init__(
        self,
        classifier: Classifier,
        *,
        risk: float | None = None,
        layout: Layout = "auto",
        expected: Expected | None = None,
        boxes: Sequence[GivenBox] | None = None,
        always_answer: bool = False,
        signs: bool = True,
        locale: str | None = None,
        type: str | None = None,
        check: str | None = None,
    ) -> None:
        """A reader with a digit network, and the finder and line reader that ship.

        Args:
            classifier: the digit network.
            risk: the share of the given answers that may be wrong; by default the networks' own.
            layout: see above.
            expected: see above.
            boxes: see above; from a file: `fields.given.load_boxes`.
            always_answer: see above.
            signs: see above.
            locale: whose customs settle what `1.480` or `12/08` means, such as `de_CH`; None: nobody's.
            type: the kind of value that every number is expected to have, such as `amount`; None: any.
            check: the check digits that numbers have, such as `luhn`, or `sum` of columns; None: none are known.

        Raises:
            InputError: no threshold is stated for this risk, or there is no such locale, type or check.
            MissingExtraError: the library that knows locales or check digits is not installed.
        """
        self.classifier = classifier
        self.risk = risk
        self.thresholds = Thresholds.of(classifier.description, risk)
        self.layout = layout
        self.expected = expected
        self.boxes = boxes
        self.always_answer = always_answer
        self.signs = signs
        self.wanted = Wanted.of(locale, type, check)
        self.voices = Voices.of(load_line_reader(), classifier)
        self.judge = Judge.of(self.voices.line_reader.config, risk)

    @property
    def options(self) -> dict[str, Any]:
        """What makes another reader like this one, of the same network: the keyword arguments."""
        return {
            "risk": self.risk,
            "layout": self.layout,
            "expected": self.expected,
            "boxes": self.boxes,
            "always_answer": self.always_answer,
            "signs": self.signs,
            "locale": self.wanted.locale,
            "type": self.wanted.type,
            "check": self.wanted.check,
        }

    def read(
        self, source: Source, name: str | None = None, *, on_page: Callable[[Picture, Reading], None] | None = None
    ) -> Iterator[Reading]:
        """The Readings of a picture's pages, one after the other; a page that cannot be read has an `error`.

        Args:
            source: a path, bytes, a file object, a Pillow image or an array.
            name: what to call it.
            on_page: told of each page that was read, before its Reading is given.
        """
        pages = 0
        try:
            for picture in open_pictures(source, name):
                reading = self.read_page(picture)
                if on_page:
                    on_page(picture, reading)
                yield reading
                pages += 1
        except PictureError as error:
            yield Reading(name or name_of(source), pages, (), str(error))

    def read_page(self, picture: Picture) -> Reading:
        """What one page says.

        Raises:
            PictureError: a box that was given lies outside of it.
        """
        fields = self.fields(picture)
        if fields is not None:
            numbers = [replace(self._in_field(picture, field), field=place) for place, field in enumerate(fields)]
            reading = Reading(picture.name, picture.page, tuple(numbers))
            return self.understand(reading, picture, [field.type for field in fields])
        return self.understand(self.decide(self.see(picture)), picture)

    def see(self, picture: Picture) -> Page:
        """What the networks see in a page: where numbers stand, and what stands there."""
        if self.layout == "digit":
            return Page(picture, one=tuple(find_looks(self.classifier, picture)))
        may_be_one = self.layout == "auto" and not (self.expected and self.expected[0] > 1)
        if may_be_one:
            looks = find_looks(self.classifier, picture) if is_in_form(picture) else look_first(self.voices, picture)
            if looks:
                return Page(picture, one=tuple(looks), agreement=agreement(self.voices, looks[0], picture))
        if self.layout in {"auto", "page"}:
            found, lines = upright(self._search, self.judge, picture.grey)
        else:
            found, lines = self._search(picture.grey)
        if may_be_one and is_one(picture, found, lines):
            looks = look_after(self.voices, self.thresholds, picture, lines)
            agrees = agreement(self.voices, looks[0], picture) if looks else 1.0
            return Page(picture, found, lines, tuple(looks), agrees)
        return Page(picture, found, lines)

    def decide(self, page: Page) -> Reading:
        """What of that is given, how sure, and what is told as unread."""
        name, number = page.picture.name, page.picture.page
        if page.one:
            return Reading(name, number, (self._one_digit(page.one[0], page),))
        numbers, unread = [], []
        for found, line in zip(page.found, page.lines, strict=True):
            is_wanted = self.layout == "line" or self.expected is not None  # somebody knows that it is a number
            if line.marks and (is_wanted or self.judge.is_number(line, found)):
                numbers.append(self._number(line, found, page.picture))
            elif found.confidence >= UNREAD:
                why = "marks were found here, and no digit in them"
                if line.marks:
                    why = f"marks were found here that are hardly a number: {line.text} at best"
                unread.append(Unread(_box_around(found.corners, page.picture), why))
        return Reading(name, number, tuple(numbers), unread=tuple(unread))

    def understand(self, reading: Reading, picture: Picture, types: Sequence[str | None] = ()) -> Reading:
        """What was read, with its values and what was checked; with the expected `types` of a form's fields."""
        return understood(reading, self.wanted, self.judge.threshold, picture=picture, types=types)

    def fields(self, picture: Picture) -> list[Field] | None:
        """The fields that a page is read in; None where it is read as a whole.

        Raises:
            PictureError: a box that was given lies outside of it.
        """
        if self.boxes is not None:
            return given_fields(picture, self.boxes)
        return find_fields(picture) if self.layout == "grid" else None

    def field_reader(self, field: Field) -> "Reader":
        """A reader like this one, for what is in a field: nobody writes letters there, so one voice is enough."""
        expected = field.expected or self.expected
        inner = Reader(
            self.classifier,
            risk=self.risk,
            layout="digit" if expected == (1, 1) else "auto",
            expected=expected,
            always_answer=self.always_answer,
            signs=self.signs,
            locale=self.wanted.locale,
            type=field.type or self.wanted.type,
            check=self.wanted.check,
        )
        inner.judge = replace(inner.judge, agreement=0.0)
        return inner

    def _search(self, page: Pixels) -> Searched:
        """Where numbers stand, and what stands there; a line as one where a count is expected that only all have."""
        found = list(find_numbers(load_finder(), page))
        if self.layout == "line":
            found = [_as_one(found, page)]
        lines = [self._line(page, one) for one in found]
        if self.layout == "auto" and self.expected is None and _is_strip(page, found):
            whole = _as_one((), page)
            line = self._line(page, whole)
            if line.digits > sum(one.digits for one in lines):  # the finder missed some
                sure = max((one.confidence for one in found), default=0.0)
                return (replace(whole, confidence=sure),), (line,)
        if (self.expected or self.wanted.type in IN_PIECES) and self.layout != "line":
            have_to_miss = any if self.expected else all  # beside a date, another number is no part of one
            for number in sorted({one.line for one in found}):
                places = [place for place, one in enumerate(found) if one.line == number]
                if len(places) > 1 and have_to_miss(lines[place].missed for place in places):
                    joined = _as_one([found[place] for place in places], page)
                    line = self._line(page, joined)
                    if not line.missed:
                        found = [one for one in found if one.line != number] + [joined]
                        lines = [line for place, line in enumerate(lines) if place not in places] + [line]
        return tuple(found), tuple(lines)

    def _line(self, page: Pixels, found: Found) -> ReadLine:
        fits = accepts(self.wanted.type, self.wanted.locale)
        crop, wider = (cut_line(page, found.corners, beside) for beside in (BESIDE, WIDER))
        return read_line(self.voices, crop, self.expected, self.signs, fits, wider)

    def _in_field(self, picture: Picture, field: Field) -> Number:
        """What stands in a field, as one number: its marks in reading order, whatever gaps are between them."""
        if field.cells:
            return self._in_comb(picture, field)
        cut, box = cut_field(picture, field), field.box(picture.scale)
        if cut.is_empty:
            return Number("", 1.0, field.line, box, (), name=field.name)
        inner = self.field_reader(field)
        numbers = inner.decide(inner.see(cut.picture)).numbers
        if not numbers:
            why = "what is written in this field is no number"
            return Number("", 0.0, field.line, box, (), why, name=field.name)
        marks = tuple(replace(mark, box=cut.box(mark.box)) for number in numbers for mark in number.marks)
        return self._joined(numbers, marks, field)

    def _in_comb(self, picture: Picture, field: Field) -> Number:
        """What stands in the boxes of a comb, as one number; what is expected is so of all together."""
        alone = Reader(self.classifier, risk=self.risk, always_answer=self.always_answer, signs=self.signs)
        cells = [alone._in_field(picture, cell) for cell in field.cells]
        written = [cell for cell in cells if cell.marks or cell.doubt]
        if not written:
            return Number("", 1.0, field.line, field.box(picture.scale), (), name=field.name)
        marks = tuple(mark for cell in written for mark in cell.marks)
        number = self._joined(written, marks, field)
        least, most = field.expected or self.expected or (0, len(marks))
        if not number.doubt and not least <= len(number.digits) <= most:
            return replace(number, doubt=_miscounted((least, most), len(number.digits)))
        return number

    def _joined(self, numbers: Sequence[Number], marks: tuple[Mark, ...], field: Field) -> Number:
        """The numbers that were found in a field as one, with these marks."""
        doubt = next((number.doubt for number in numbers if number.doubt), None)
        confidence = float(np.prod([number.confidence for number in numbers]))
        around = _around([mark.box for mark in marks] or [number.box for number in numbers])
        return Number(self._text(marks), confidence, field.line, around, marks, doubt, name=field.name)

    def _one_digit(self, look: Look, page: Page) -> Number:
        unsure = self.thresholds.unsure(look.confidence, look.digitness) or self.judge.disagrees(page.agreement)
        box = _box(look.strokes, page.picture.scale / look.ink.scale)
        image, guess = look.form.image, str(look.answer)
        digit = Digit(guess, look.confidence, box, image, look.probabilities, look.digitness, unsure)
        return Number(self._text((digit,)), digit.confidence, 0, digit.box, (digit,))

    def _number(self, line: ReadLine, found: Found, picture: Picture) -> Number:
        """What was read in a line, as a Number with its doubts."""
        confidence = self.judge.confidence(line, found)
        marks: list[Mark] = []
        for mark, unsure in zip(line.marks, self.judge.doubts(line, confidence), strict=True):
            box = _box_around(line.crop.corners(*mark.box), picture)
            if mark.image is None or mark.probabilities is None:
                marks.append(Sign(mark.text, mark.confidence, box, mark.alternatives, unsure))
            else:
                marks.append(
                    Digit(mark.text, mark.confidence, box, mark.image, mark.probabilities, mark.digitness, unsure)
                )
        doubt = None
        if line.missed and self.expected:
            doubt = _miscounted(self.expected, line.digits)
        if line.missed and self.wanted.type:
            doubt = "; ".join(
                filter(None, (doubt, f"{named(self.wanted.type)} was expected, and no likely text is one"))
            )
        corners = tuple((float(x * picture.scale), float(y * picture.scale)) for x, y in found.corners)
        around = _around([mark.box for mark in marks])
        return Number(self._text(marks), confidence, found.line, around, tuple(marks), doubt, corners=corners)

    def _text(self, marks: Sequence[Mark]) -> str:
        return "".join("?" if mark.unsure and not self.always_answer else mark.text for mark in marks)


def _miscounted(expected: Expected, found: int) -> str:
    """What is said of a number with more or fewer digits than were expected."""
    least, most = expected
    count = str(least) if least == most else f"{least} to {most}"
    return f"{count} digits were expected, {found} found"


def _is_strip(page: Pixels, found: Sequence[Found]) -> bool:
    """Whether a picture is a strip with hardly more than one line of numbers in it."""
    height, width = page.shape
    tall = [float(np.ptp(one.corners[:, 1])) for one in found]
    return (
        width >= STRIP * height and bool(tall) and height <= STRIP * max(tall) and len({one.line for one in found}) == 1
    )


def _as_one(found: Sequence[Found], page: Pixels) -> Found:
    """All that was found as one number, or the whole picture where nothing was."""
    height, width = page.shape
    if not found:
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
        return Found(corners, np.zeros((0, 4)), np.zeros(0), 0.0, 0)
    if len(found) == 1:
        return found[0]
    corners = np.concatenate([one.corners for one in found])
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    around = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
    marks, digits = (np.concatenate([getattr(one, name) for one in found]) for name in ("marks", "digits"))
    return Found(around, marks, digits, max(one.confidence for one in found), found[0].line)


def _box(strokes: Mask, scale: float) -> Box:
    """The box of a mask's ink, in the picture's pixels."""
    rows, columns = np.flatnonzero(strokes.any(axis=1)), np.flatnonzero(strokes.any(axis=0))
    left, top = int(columns[0] * scale), int(rows[0] * scale)
    return left, top, max(1, round((columns[-1] + 1) * scale) - left), max(1, round((rows[-1] + 1) * scale) - top)


def _box_around(corners: npt.NDArray[np.float64], picture: Picture) -> Box:
    """The upright box around corners, float64 (4, 2), in the picture's own pixels, within the picture."""
    height, width = picture.grey.shape
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    left, top = (min(max(0, int(np.floor(side))), most - 1) for side, most in ((left, width), (top, height)))
    right, bottom = (min(int(np.ceil(side)), most) for side, most in ((right, width), (bottom, height)))
    scale = picture.scale
    return left * scale, top * scale, max(1, right - left) * scale, max(1, bottom - top) * scale


def _around(boxes: list[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top
