"""Saves the stock pipeline for `mlflow models serve`, and prints bodies to ask it with.

python -P mlflow_model.py FEATURES.parquet FOLDER, by a Python that has mlflow and nothing of the project's.
mlflow looks no feature up, so each body carries a customer's features.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import mlflow.sklearn
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
from stock_pipeline import fit_pipeline  # noqa: E402  # beside this script

ASKED = 500


def main(features: Path, folder: Path) -> None:
    """Fit, save, print."""
    frame = pd.read_parquet(features)
    told = {"pyfunc_predict_fn": "predict_proba", "serialization_format": "cloudpickle"}
    mlflow.sklearn.save_model(fit_pipeline(frame), folder, **told)
    rows = (frame.iloc[[row]].to_json(orient="split", index=False) for row in range(min(ASKED, len(frame))))
    print(json.dumps([json.dumps({"dataframe_split": json.loads(row)}) for row in rows]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
