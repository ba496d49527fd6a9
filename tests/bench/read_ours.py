"""What `tests.bench.readers` starts for our own reader: names of pictures on stdin, JSON lines on stdout."""

import json
import resource
import sys
import time
from pathlib import Path

from kirpik_models.read import StillReader
from kirpik_models.stills import open_stills


def main() -> None:
    reader = StillReader(None, formats=None)
    for name in sys.stdin.read().split("\n"):
        (still,) = open_stills(Path(name), name)
        began = time.thread_time()
        found = reader.read(still)
        milliseconds = (time.thread_time() - began) * 1e3
        texts = [one.reading.plate.reveal() for one in found if one.reading]
        print(json.dumps({"texts": texts, "ms": round(milliseconds, 1)}))
    print(json.dumps({"peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))


if __name__ == "__main__":
    main()
