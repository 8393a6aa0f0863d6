"""What `/score_many` cannot do without: reading 100 customers' rows, and predicting them.

python -P in_process.py CUSTOMERS.json prints a JSON object of milliseconds of processor time: ``read``, one
prepared SELECT of all columns with nothing done to the rows, and ``predict``, the classifier alone on the
encoded rows. Each is the best of several rounds.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from serving.features.native_reader import NativeReader
from serving.features.online_features import OnlineFeatures
from serving.model.model_format import load_model
from serving.model.registry import champion

ROUNDS, CALLS, SIZE = 9, 40, 100


def best(work: Callable[[], object]) -> float:
    """Milliseconds of processor time of one call."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(CALLS):
            work()
        rounds.append(1000 * (time.process_time() - started) / CALLS)
    return min(rounds)


def main(customers: list[str]) -> None:
    """Measure both on the champion of the store."""
    model = load_model(str(champion()))
    features = OnlineFeatures.open(model.signature)
    reader = features._reader
    assert isinstance(reader, NativeReader)
    asked = customers[:SIZE]
    encoded = model.encoder.encode_rows([found.values for found in features.read(asked)])
    connection = sqlite3.connect(f"file:{reader._path}?mode=ro", uri=True)
    wanted = (json.dumps(asked),)
    told = {
        "read": best(lambda: connection.execute(reader._many, wanted).fetchall()),
        "predict": best(lambda: np.asarray(model.classifier.predict(encoded))),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
