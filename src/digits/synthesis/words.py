"""Words as they stand beside numbers: from a short list, or of syllables, so that no network learns a list by heart."""

from digits.synthesis.papers import Random

WORDS = (
    "total", "sum", "date", "name", "amount", "paid", "and", "the", "of", "for", "with", "not", "from", "pay",
    "to", "net", "room", "hours", "euro", "only", "item", "cash", "note", "page", "Mr", "Mrs", "km", "kg", "cm",
    "mm", "Uhr", "Nr", "Stück", "Fr", "am", "um", "von", "bis", "und", "per", "each", "units", "class", "marks",
    "order", "price", "rent", "tax", "Jan", "Feb", "March", "April", "June", "July", "Sept", "Okt", "Dezember",
    "value", "max", "min", "alpha", "beta", "lines", "sheet", "whole", "part", "half",
)  # fmt: skip
"""Words that stand beside numbers, or alone. None looks like digits all through."""

LETTERS = "abcdefhkmnprstuvwxyzABCDEFGHJKLMNPQRTUVWXY"
"""Letters that are no digits in most hands: no o, l, I, g, q, S or Z alone."""

CONSONANTS = "bcdfghklmnprstvwz"
VOWELS = "aeiou"


def draw_letters(random: Random) -> str:
    """A word: one that stands beside numbers, or syllables; at times with a capital, or all capitals."""
    if random.random() < 0.35:
        return str(random.choice(WORDS))
    syllables = int(random.integers(1, 5))
    word = "".join(str(random.choice(list(CONSONANTS))) + str(random.choice(list(VOWELS))) for _ in range(syllables))
    if random.random() < 0.5:
        word += str(random.choice(list("nrstlmdg")))
    if random.random() < 0.1:
        word += str(random.choice(["tion", "ing", "ss", "ll", "sch", "ck", "ly", "ille", "os", "gg", "zz"]))
    style = random.random()
    return word.upper() if style < 0.1 else word.capitalize() if style < 0.35 else word


def draw_phrase(random: Random, words: int) -> str:
    """Some words, with the stops that stand between words."""
    chosen = [draw_letters(random) for _ in range(words)]
    stop = str(random.choice(["", "", "", ".", ",", ":", "?", "!"]))
    return " ".join(chosen) + stop
