"""Saves the stock pipeline for `mlflow models serve`, and prints bodies to ask it with.

python -P mlflow_model.py FOLDER: mlflow looks no feature up, so each body carries a customer's features.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import mlflow.sklearn

sys.path.insert(0, str(Path(__file__).parent))
from stock import customers, fit_pipeline, open_store, read  # noqa: E402  # beside this script

ASKED = 500


def main(folder: Path) -> None:
    """Fit, save, print."""
    frame = read(*open_store(), customers())
    mlflow.sklearn.save_model(fit_pipeline(frame), folder, pyfunc_predict_fn="predict_proba")
    rows = (frame.iloc[[row]].to_json(orient="split", index=False) for row in range(min(ASKED, len(frame))))
    print(json.dumps([json.dumps({"dataframe_split": json.loads(row)}) for row in rows]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
