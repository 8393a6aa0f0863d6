"""What `/score_many` cannot do without: reading 100 customers' rows, and predicting them.

python -P in_process.py CUSTOMERS.json prints a JSON object of milliseconds of processor time: ``read``, one
prepared SELECT of all columns with nothing done to the rows, ``predict``, XGBoost's own `inplace_predict` of
encoded rows, and ``both``, the two in turn, in which each finds the processor's caches as the other left
them. Every call is of the next hundred customers, as a service sees them; each figure is the median of
several rounds.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from serving.features.native_reader import NativeReader
from serving.features.online_features import OnlineStore
from serving.model.classifiers.boosters import XGBoost
from serving.registry.decisions import champion
from serving.registry.model_files import load_model

ROUNDS, SIZE = 9, 100


def middle(work: Callable[[Any], object], inputs: Sequence[Any]) -> float:
    """Milliseconds of processor time of one call."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for one in inputs:
            work(one)
        rounds.append(1000 * (time.process_time() - started) / len(inputs))
    return statistics.median(rounds)


def main(customers: list[str]) -> None:
    """Measure both on the champion of the store."""
    model = load_model(str(champion()))
    features = OnlineStore().features(model.signature)
    reader, classifier = features._reader, model.classifier
    assert isinstance(reader, NativeReader)
    assert isinstance(classifier, XGBoost)
    groups = [customers[start : start + SIZE] for start in range(0, len(customers) - SIZE + 1, SIZE)]
    encode = model.encoder.row_encoder(model.signature.names).encode_columns
    encoded = [encode(features.read(group).columns) for group in groups]
    connection = sqlite3.connect(f"file:{reader._path}?mode=ro", uri=True)
    predict, asked = classifier._alone.inplace_predict, list(map(json.dumps, groups))

    def read(wanted: str) -> object:
        return connection.execute(reader._many, (wanted,)).fetchall()

    told = {
        "read": middle(read, asked),
        "predict": middle(predict, encoded),
        "both": middle(
            lambda pair: (read(pair[0]), predict(pair[1])), list(zip(asked, encoded, strict=True))
        ),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
