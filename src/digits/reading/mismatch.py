"""What was read beside what should have been: which digits were read as others, not found, or found where none are.

The fewest such mistakes that turn the one text into the other (Levenshtein 1966); of equally few, digits that were read
as others are preferred.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Mismatch:
    """A digit that is not as it should be.

    Attributes:
        place: in the text that was read, counted from 0; of a digit that was not found, before which one it belongs.
        read: the digit; empty if it was not found.
        wanted: what it should be; empty if it should not be there.
    """

    place: int
    read: str
    wanted: str

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"place": self.place, "read": self.read, "wanted": self.wanted}


def find_mismatches(read: str, wanted: str) -> tuple[Mismatch, ...]:
    """The fewest mistakes by which `read` differs from `wanted`, from left to right; empty if it does not."""
    costs = np.zeros((len(read) + 1, len(wanted) + 1), int)
    costs[:, 0], costs[0] = np.arange(len(read) + 1), np.arange(len(wanted) + 1)
    for row, one in enumerate(read, start=1):
        for column, other in enumerate(wanted, start=1):
            replaced = costs[row - 1, column - 1] + (one != other)
            costs[row, column] = min(replaced, costs[row - 1, column] + 1, costs[row, column - 1] + 1)
    found = []
    row, column = len(read), len(wanted)
    while row or column:
        differs = row > 0 and column > 0 and read[row - 1] != wanted[column - 1]
        if row and column and costs[row, column] == costs[row - 1, column - 1] + differs:
            row, column = row - 1, column - 1
            if differs:
                found.append(Mismatch(row, read[row], wanted[column]))
        elif row and costs[row, column] == costs[row - 1, column] + 1:
            row -= 1
            found.append(Mismatch(row, read[row], ""))
        else:
            column -= 1
            found.append(Mismatch(row, "", wanted[column]))
    return tuple(reversed(found))
