"""Expected values for the tests of workload: alerts by day, written anew with pandas.

    pip install pandas==2.3.3 numpy==1.26.4 statsmodels==0.15.0
    python workload.py > workload.json

Predictions are made up from one seed: three units, forty days, some without any prediction, patients who are scored
several times a day, scores and instants that tie, outcomes that are not known yet.
"""

import json
from importlib.metadata import version

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

SEED = 2026
DAYS, UNITS = 40, 3
DAY = 86_400_000_000
LEVEL = 0.95
Z = norm.ppf((1 + LEVEL) / 2)


def predictions():
    random = np.random.default_rng(SEED)
    rows = []
    for day in range(DAYS):
        for unit in range(UNITS):
            if unit == 2 and day % 3 == 1:
                continue
            for _ in range(random.poisson([14, 9, 4][unit] * random.gamma(4, 0.25))):
                # Instants on whole quarters of an hour, so that some tie.
                at = day * DAY + int(random.integers(0, 96)) * 900_000_000
                score = round(float(random.beta(1.2, 4)), 2)
                outcome = None if random.random() < 0.1 else int(random.random() < score)
                rows.append((unit, at, day, int(random.integers(0, 12)), score, outcome))
    return pd.DataFrame(rows, columns=["unit", "at", "day", "patient", "score", "outcome"])


def shown(frame, threshold, snooze):
    """The alerts that are shown, and how many are held back, by unit and day."""
    alerts = frame[frame["score"] >= threshold].copy()
    # Of one instant the highest score first, then the lower outcome, unknown before known.
    alerts["known"] = alerts["outcome"].fillna(-1)
    alerts = alerts.sort_values(["unit", "at", "score", "known"], ascending=[True, True, False, True], kind="stable")
    keep = []
    for _, of_patient in alerts.groupby(["unit", "patient"], sort=False):
        last = None
        for index, at in of_patient["at"].items():
            if last is None or at - last >= snooze:
                keep.append(index)
                last = at
    alerts["shown"] = alerts.index.isin(keep)
    return alerts


def wilson(share, n):
    lower, upper = proportion_confint(share * n, n, alpha=1 - LEVEL, method="wilson")
    return {"estimate": share, "lower": max(lower, 0.0) if share > 0 else 0.0, "upper": upper if share < 1 else 1.0}


def ratio(count, whole):
    part = whole > 0
    count, whole = count[part].to_numpy(float), whole[part].to_numpy(float)
    share = count.sum() / whole.sum()
    variance = np.var(count - share * whole, ddof=0) * len(count) ** 2 / (len(count) - 1) / whole.sum() ** 2
    return wilson(share, min(share * (1 - share) / variance, whole.sum()))


def per_day(counts):
    mean, error = counts.mean(), counts.std(ddof=1) / np.sqrt(len(counts))
    at = lambda share: int(np.quantile(counts, share, method="inverted_cdf"))
    return {"mean": mean, "interval": [max(mean - Z * error, 0), mean + Z * error],
            "median": at(0.5), "ninetieth": at(0.9), "most": int(counts.max())}


def expected(frame, unit, threshold, snooze, capacity):
    part = frame[frame["unit"] == unit] if unit is not None else frame
    alerts = shown(part, threshold, snooze)
    seen = alerts[alerts["shown"]]
    by_day = lambda rows: rows.groupby("day").size().reindex(range(DAYS), fill_value=0)
    count, known = by_day(seen), by_day(seen[seen["outcome"].notna()])
    hits = by_day(seen[seen["outcome"] == 1])
    patients = seen.groupby(["day", "unit"])["patient"].nunique().groupby("day").sum().reindex(range(DAYS), fill_value=0)
    over = int((count > capacity).sum())
    return {
        "unit": unit, "threshold": threshold, "snooze": snooze, "capacity": capacity,
        "predictions": len(part), "alerts": len(seen), "held_back": int((~alerts["shown"]).sum()),
        "alerts_per_day": per_day(count), "patients_per_day": per_day(patients),
        "alert_rate": ratio(count, by_day(part)), "true_share": ratio(hits, known),
        "above_capacity": wilson(over / DAYS, DAYS),
    }


def budget(frame, snooze, most):
    """The lowest score that keeps every unit at or below so many alerts a day, by trying them all."""
    for score in sorted(frame["score"].unique()):
        seen = shown(frame, score, snooze)
        if (seen[seen["shown"]].groupby("unit").size() <= most * DAYS).all():
            return {"snooze": snooze, "budget": most, "threshold": float(score)}
    return {"snooze": snooze, "budget": most, "threshold": None}


def main():
    frame = predictions()
    hours = 3_600_000_000
    rows = [[int(u), int(a), int(d), int(p), float(s), None if pd.isna(o) else int(o)]
            for u, a, d, p, s, o in frame.itertuples(index=False)]
    cases = [expected(frame, unit, threshold, snooze, capacity)
             for unit in [None, 0, 1, 2] for threshold, capacity in [(0.1, 6), (0.2, 3), (0.45, 1)]
             for snooze in [0, 8 * hours]]
    budgets = [budget(frame, snooze, most) for snooze in [0, 8 * hours] for most in [1.0, 3.5, 8.0, 0.0, 1000.0]]
    libraries = {name: version(name) for name in ["pandas", "numpy", "statsmodels"]}
    print(json.dumps({"libraries": libraries, "seed": SEED, "days": DAYS, "units": UNITS, "rows": rows, "cases": cases,
                      "budgets": budgets}, separators=(",", ":")))


if __name__ == "__main__":
    main()
