"""`python -m digits` is the command `digits`, for where its script is not on the path."""

from digits.cli import main

if __name__ == "__main__":
    main()
