"""Many requests ask one network for a few digits each: what waits is answered together, in a thread beside the loop.

Notable choices:
- in this process, not in a worker: 784 bytes can neither hang nor crash anything, and the way to a worker and back
  takes longer than the network;
- whoever comes while the network works waits, and all who wait go in one batch: a hop to the thread costs as much as a
  digit, and under load it is shared. Nobody is made to wait for others to come;
- of a request with many digits a `SHARE` goes at a time, and it lines up again: a single digit waits for some
  milliseconds behind thousands.
"""

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from digits.reading.networks.classifier import Answers, Classifier
from digits.serving.refusals import Refused

Images = npt.NDArray[np.uint8]

SHARE = 64
"""Digits of one request in a batch, which take the shipped reader nine milliseconds."""

BATCH = 256
"""Digits in a batch, at the most."""


@dataclass(eq=False)
class _Waiting:
    """A request: its images, those that have been asked, and what was answered."""

    images: Images
    answered: "asyncio.Future[Answers]"
    asked: int = 0
    parts: list[Answers] = field(default_factory=list)


class Batcher:
    """One network, asked by many at once.

    Attributes:
        classifier: the network.
        most: digits that may wait at once.
    """

    def __init__(self, classifier: Classifier, thread: ThreadPoolExecutor, most: int) -> None:
        self.classifier = classifier
        self.most = most
        self._thread = thread
        self._waiting: deque[_Waiting] = deque()
        self._digits = 0
        self._work: asyncio.Task[None] | None = None

    async def answer(self, images: Images) -> Answers:
        """What the network says to images, uint8 (n, 28, 28), n at least 1.

        Raises:
            Refused: too many digits wait already.
        """
        if self._digits and self._digits + len(images) > self.most:
            raise Refused(503, "too many digits are waiting; try again in a moment", retry_after=1)
        one = _Waiting(images, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        self._digits += len(images)
        if self._work is None:
            self._work = asyncio.create_task(self._answer_all())
        return await one.answered

    async def _answer_all(self) -> None:
        """Answer whoever waits, batch after batch, until nobody does."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, lengths = self._next_batch()
            images = np.concatenate(
                [one.images[one.asked : one.asked + n] for one, n in zip(batch, lengths, strict=True)]
            )
            try:
                answers: Answers | Exception = await loop.run_in_executor(self._thread, self.classifier.answer, images)
            except Exception as error:  # whoever asked gets to know
                answers = error
            first = 0
            for one, length in zip(batch, lengths, strict=True):
                self._hand_back(one, answers, first, length)
                first += length
        self._work = None

    def _next_batch(self) -> tuple[list[_Waiting], list[int]]:
        batch: list[_Waiting] = []
        lengths: list[int] = []
        while self._waiting and sum(lengths) < BATCH:
            one = self._waiting.popleft()
            batch.append(one)
            lengths.append(min(SHARE, len(one.images) - one.asked))
        return batch, lengths

    def _hand_back(self, one: _Waiting, answers: Answers | Exception, first: int, length: int) -> None:
        """Give a request its part of a batch; it lines up again if it has more."""
        one.asked += length
        self._digits -= length
        if isinstance(answers, Exception):
            self._digits -= len(one.images) - one.asked
            if not one.answered.done():
                one.answered.set_exception(answers)
            return
        one.parts.append(_part(answers, first, length))
        if one.answered.done():  # nobody waits any more
            self._digits -= len(one.images) - one.asked
        elif one.asked < len(one.images):
            self._waiting.append(one)
        else:
            one.answered.set_result(_joined(one.parts))


def _part(answers: Answers, first: int, length: int) -> Answers:
    of = slice(first, first + length)
    digitness = None if answers.digitness is None else answers.digitness[of]
    return Answers(probabilities=answers.probabilities[of], digitness=digitness)


def _joined(parts: list[Answers]) -> Answers:
    if len(parts) == 1:
        return parts[0]
    digitness = [part.digitness for part in parts if part.digitness is not None]
    probabilities = np.concatenate([part.probabilities for part in parts])
    return Answers(probabilities=probabilities, digitness=np.concatenate(digitness) if digitness else None)
