"""Read the text in pictures with RapidOCR, as its own page shows: `RapidOCR()(picture)`, models as they come.

    python rapidocr_read.py NAMES.txt      a picture a line; prints a JSON object for each, then one with the seconds

Notable choices:
- one core, as all readers in this comparison; only the loop is timed, in seconds of the processor: imports, networks
  and the first picture, which is read once before, are out;
- each line of the output: `[[left, top, right, bottom, text, confidence], …]`, boxes upright.
"""

import json
import os
import sys
import time
from pathlib import Path


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR()
    names = Path(sys.argv[1]).read_text().splitlines()
    engine(names[0])
    started = time.process_time()
    for name in names:
        found, _ = engine(name)
        lines = []
        for corners, text, confidence in found or []:
            across, down = [corner[0] for corner in corners], [corner[1] for corner in corners]
            lines.append([min(across), min(down), max(across), max(down), text, float(confidence)])
        print(json.dumps(lines))
    print(json.dumps({"seconds": time.process_time() - started}))


if __name__ == "__main__":
    main()
