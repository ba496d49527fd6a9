"""What `tests.bench.readers` starts for RapidOCR, in an environment of its own: pictures' names in, JSON lines out."""

import json
import resource
import sys
import time

import cv2
from rapidocr import RapidOCR


def main() -> None:
    engine = RapidOCR(params={"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 1})
    for name in sys.stdin.read().split("\n"):
        picture = cv2.imread(name)
        began = time.process_time()
        found = engine(picture)
        milliseconds = (time.process_time() - began) * 1e3
        texts = [str(text) for text in found.txts or ()]
        texts += ["".join(texts[at : at + 2]) for at in range(len(texts) - 1)]
        print(json.dumps({"texts": texts, "ms": round(milliseconds, 1)}))
    print(json.dumps({"peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))


if __name__ == "__main__":
    main()
