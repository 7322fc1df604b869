"""Why was a picture read so? What the networks saw of it, in numbers and in words. Nothing in `reading` knows this.

explain.py           a reader and a page → Explanation
explanation.py       what there is to say of a page, and of one digit; explained_number.py of a number
digit_words.py       one digit's sentences; number_words.py a number's; wording.py how they name things
occlusion.py         where the digit network looks
resemblance.py       a digit's form, and its nearest neighbours, beside the training digits'
surroundings.py      how a digit lies in its picture
"""
