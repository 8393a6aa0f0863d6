"""The run in words and tables, as Markdown: what was trained on, how every arm did, which one won."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from serving.language.language import Language, capital
from training.metrics.metrics import METRICS
from training.report.chapters.segments import MEASURE_OF

ARM_METRICS = (*METRICS, "brier_calibrated")
"""What the table of the arms holds; the report's has ``empc`` beside them."""
_ENGLISH = Language("en")


def markdown_report(summary: dict[str, Any], arms: pd.DataFrame) -> str:
    """Render the report.

    Parameters
    ----------
    summary : dict
        What ``run.json`` holds.
    arms : DataFrame
        From :func:`training.modelling.arms.arms_table`.
    """
    return (
        "\n\n".join(
            [
                f"# Training run {summary['run']}",
                f"Model `{summary['model']}` on base `{summary['base']}`, feature service "
                f"`{summary['feature_service']}`, seed {summary['settings']['seed']}.",
                "## Rows",
                _cohorts(summary["cohorts"]),
                _splits(summary["splits"]),
                _dropped(summary["dropped"]),
                *(f"Note: {note}." for note in summary["notes"]),
                "## Arms",
                "Mean over the folds, at a threshold of 0.5 on raw probabilities. Resampling is done inside "
                "the training part of each fold only; calibration is cross-fitted, and EMPC is the expected "
                "maximum profit.",
                neighbour_searches(summary["bounded_searches"]),
                _arms(arms),
                *_left_out(summary["left_out"]),
                "## Champion",
                _champion(summary),
                *_against_champion(summary["against_champion"]),
                "## Segments",
                _segments(summary["segments"]),
                "## Time to churn",
                time_to_churn_text(summary["survival"]),
                "## Effects of offers",
                _uplift(summary["uplift"]),
            ]
        )
        + "\n"
    )


def neighbour_searches(searches: Sequence[Mapping[str, Any]]) -> str:
    """Say among how many rows each sampler searched, or that it was among all."""
    if not searches:
        return "Samplers that need nearest neighbours searched them among all rows."
    each = [
        f"{_ENGLISH.name('sampler', s['sampler'])} among {s['among']:,} of {s['of']:,} rows" for s in searches
    ]
    return f"Nearest neighbours were searched in a sample (`resampling.neighbour_rows`): {', '.join(each)}."


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _cohorts(cohorts: list[dict[str, Any]]) -> str:
    header = [
        "observation date",
        "active",
        "left in the gap",
        "under an offer",
        "left involuntarily",
        "labelled",
        "churned",
        "churn rate",
    ]
    return _table(
        header,
        [
            [
                cohort["observation_date"][:10],
                cohort["active"],
                cohort["left_in_gap"],
                cohort["under_offer"],
                cohort["left_involuntarily"],
                cohort["labelled"],
                cohort["churned"],
                f"{cohort['churned'] / cohort['labelled']:.4f}",
            ]
            for cohort in cohorts
        ],
    )


def _splits(splits: list[dict[str, Any]]) -> str:
    header = ["split", "train rows", "train churn rate", "test rows", "test churn rate"]
    return _table(
        header,
        [
            [
                row["split"],
                row["train_rows"],
                f"{row['train_churn_rate']:.4f}",
                row["test_rows"],
                f"{row['test_churn_rate']:.4f}",
            ]
            for row in splits
        ],
    )


def _dropped(dropped: dict[str, str]) -> str:
    if not dropped:
        return "Every feature of the service carries information."
    by_reason: dict[str, list[str]] = {}
    for name, reason in dropped.items():
        by_reason.setdefault(reason, []).append(f"`{name}`")
    reasons = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in by_reason.items())
    return f"Left out: {reasons}."


def _arms(arms: pd.DataFrame) -> str:
    metrics = (*ARM_METRICS, "empc")
    rows = [
        [
            _ENGLISH.name("sampler", row["sampler"]),
            _ENGLISH.name("classifier", row["classifier"]),
            *(f"{row[name]:.4f}" for name in metrics),
        ]
        for _, row in arms.iterrows()
    ]
    return _table(["sampler", "classifier", *(_ENGLISH.name("metric", name) for name in metrics)], rows)


def _left_out(left_out: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Every arm that could not be fitted, with its reason."""
    if left_out:
        rows = [[capital(_ENGLISH.arm(**one["arm"])), one["reason"]] for one in left_out]
        yield "These arms could not be fitted and are left out."
        yield _table(["arm", "reason"], rows)


def _champion(summary: dict[str, Any]) -> str:
    arm, metrics = summary["arm"], summary["metrics"]
    folds, untouched = metrics["cross_validation"], metrics["untouched"]
    rows = [
        [
            _ENGLISH.name("metric", name),
            f"{folds[name]['mean']:.4f} ± {folds[name]['std']:.4f}",
            f"{untouched[name]:.4f}",
        ]
        for name in ("auc", "average_precision", "precision", "recall", "f1")
    ]
    rows.append(
        [
            _ENGLISH.name("metric", "brier_calibrated"),
            f"{folds['brier_calibrated']['mean']:.4f}",
            f"{untouched['brier']:.4f}",
        ]
    )
    chosen_by = _ENGLISH.name("metric", summary["settings"]["champion_by"])
    return (
        f"{capital(_ENGLISH.arm(**arm))}: it has the best cross-validated {chosen_by}. "
        f"On the untouched part probabilities are calibrated, so its "
        f"precision, recall and F1 stand for another threshold than the folds'.\n\n"
        + _table(["metric", "folds", "untouched part"], rows)
        + f"\n\nMean predicted probability on the untouched part {untouched['mean_probability']:.4f}, "
        f"true churn rate {untouched['churn_rate']:.4f}."
    )


def _against_champion(against: Mapping[str, Any] | None) -> Iterator[str]:
    """The champion that the run found, if there was one: the outcome, and each one's figures."""
    if against is None:
        return
    yield "## Against the champion of the time"
    key, values = against["statement"]["key"], against["statement"]["values"]
    yield _ENGLISH.say(key, **values)
    if against["metrics"]:
        header = ["metric", "this run", "champion", "difference", "from", "to", "this run better in"]
        yield _table(
            header,
            [
                [
                    _ENGLISH.name("metric", name),
                    *(f"{figure[side]:.4f}" for side in ("first", "second")),
                    *(f"{figure['difference'][end]:+.4f}" for end in ("estimate", "low", "high")),
                    f"{figure['share_better']:.0%}",
                ]
                for name, figure in against["metrics"].items()
            ],
        )


def _segments(segments: dict[str, Any]) -> str:
    counts = _table(
        ["k", *(_ENGLISH.name("metric", name) for name in ("inertia", "silhouette", "calinski_harabasz"))],
        [
            [c["k"], f"{c['inertia']:.0f}", f"{c['silhouette']:.4f}", f"{c['calinski_harabasz']:.1f}"]
            for c in segments["counts"]
        ],
    )
    preferred = ", ".join(
        f"{_ENGLISH.name('metric', MEASURE_OF.get(name, name))} prefers k = {k}"
        for name, k in segments["preferred"].items()
    )
    kept = _table(
        ["segment", "rows", "share", "churn rate"],
        [[s["name"], s["rows"], f"{s['share']:.3f}", f"{s['churn_rate']:.4f}"] for s in segments["kept"]],
    )
    told = f"Of these measures {preferred}; k = {len(segments['kept'])} is kept."
    return "\n\n".join([kept, *_moves(segments["matched"]), counts, told])


def _moves(matched: Mapping[str, Any] | None) -> Iterator[str]:
    """Who is in another segment than the champion's, where there was a champion to compare with."""
    if matched is None:
        return
    yield (
        f"{matched['moved']:,} of {matched['rows']:,} rows are in another segment than the champion's. "
        f"New segments: {', '.join(matched['new']) or 'none'}. Gone: {', '.join(matched['gone']) or 'none'}."
    )
    if matched["moves"]:
        yield _table(
            ["from", "to", "rows"], [[move["from"], move["to"], move["rows"]] for move in matched["moves"]]
        )


def time_to_churn_text(section: Mapping[str, Any]) -> str:
    """What is expected of the customers of the latest date, or why nothing is."""
    if section["missing"] is not None:
        return f"There is no survival model: {section['missing']}. What a kept customer is worth is assumed."
    groups = [("all", section["all"]), *((one["name"], one) for one in section["segments"])]
    rows = [
        [
            name,
            one["customers"],
            f"{one['curve'][section['window'] - 1]:.3f}",
            f"{one['expected_months']:.1f}",
            "–" if one["value"] is None else f"{one['value']:.2f}",
        ]
        for name, one in groups
    ]
    header = ["segment", "customers", "there after the window", "expected months", "value if kept"]
    scores = section["judged"]["integrated_brier"]
    brier = ", ".join(f"{name} {score:.4f}" for name, score in scores.items() if score is not None)
    missing = section["judged"]["cox_missing"]
    return (
        f"{section['customers']} customers whom the champion has not seen were followed from "
        f"{len(section['dates'])} dates; {section['left']} of them left voluntarily. Of those of "
        f"{section['dates'][-1][:10]}:\n\n{_table(header, rows)}\n\nIntegrated Brier score: {brier}."
        + (f" There is none of Cox: {missing}." if missing else "")
    )


def _uplift(uplift: Mapping[str, Any]) -> str:
    """What each offer adds to the chance of staying, or why nothing was measured."""
    if not uplift["campaigns"]:
        return "No past campaign has a window that is over, so the effect of an offer is not measured."
    left_out = "".join(
        f"\n\nNot measured: {one['offer']}: {one['offered']} rows with it and {one['held_out']} held out, of "
        f"which {one['fewest']} of the rarer outcome; at least {one['least']} and {one['least_of_each']} are "
        "needed."
        for one in uplift["left_out"]
    )
    campaigns = ", ".join(uplift["campaigns"])
    return f"Campaigns: {campaigns}.{left_out}" + (f"\n\n{_offers(uplift)}" if uplift["offers"] else "")


def _offers(uplift: Mapping[str, Any]) -> str:
    header = ["offer", "rows", "average effect", "from", "to", "learner", "Qini", "from", "to", "effect by"]
    rows = [
        [
            one["offer"],
            one["rows"],
            *(f"{one['average'][end]:+.4f}" for end in ("estimate", "low", "high")),
            one["learner"],
            *(f"{one['qini'][end]:+.4f}" for end in ("estimate", "low", "high")),
            f"{len(one['bins'])} bins" if one["ranked"] else "average",
        ]
        for one in uplift["offers"]
    ]
    return _table(header, rows)
