"""Read the text in pictures with RapidOCR 3 and the PP-OCRv6 networks in its wheel, as its own page shows.

    python rapidocr3_read.py NAMES.txt             a picture a line; prints a JSON object for each, then the seconds
    python rapidocr3_read.py NAMES.txt --crops     its recogniser alone: each picture is one line of text
    python rapidocr3_read.py NAMES.txt --cold      nothing is read before: the process is what is timed

Notable choices:
- one core and one thread, as all readers in this comparison; only the loop is timed, in seconds of the processor:
  imports, networks and the first picture, which is read once before, are out;
- each line of the output: `[[left, top, right, bottom, text, confidence], …]`, boxes upright; of a crop one box
  with all of it.
"""

import json
import os
import sys
import time
from pathlib import Path


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from rapidocr import RapidOCR

    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    engine = RapidOCR(params={"Global.log_level": "critical", **threads})
    with_detector = "--crops" not in sys.argv[2:]

    def read(name):
        found = engine(name, use_det=with_detector, use_cls=with_detector)
        texts = list(zip(found.txts or (), map(float, found.scores or ()), strict=True))
        if not with_detector:
            return [[0, 0, 1, 1, text, sure] for text, sure in texts]
        boxes = [] if found.boxes is None else found.boxes.tolist()
        lines = []
        for corners, (text, sure) in zip(boxes, texts, strict=True):
            across, down = [corner[0] for corner in corners], [corner[1] for corner in corners]
            lines.append([min(across), min(down), max(across), max(down), text, sure])
        return lines

    names = Path(sys.argv[1]).read_text().splitlines()
    if "--cold" not in sys.argv[2:]:
        read(names[0])
    started = time.process_time()
    for name in names:
        print(json.dumps(read(name)))
    print(json.dumps({"seconds": time.process_time() - started}))


if __name__ == "__main__":
    main()
