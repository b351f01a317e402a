"""Golden values for the demo log, computed without any of Primum's own code.

    venv/bin/python demo/log/golden.py

Reads the two Parquet files beside this script and writes golden.json: for each case the estimates
overall and by cohort, in full double precision, with 95 % intervals. Measures:

    auroc                   scikit-learn; interval on the logit scale from DeLong's variance,
                            coded here from the definition (all pairs, not the fast algorithm)
    brier, scaled_brier     scikit-learn; 1 - brier / (rate * (1 - rate)); no interval
    observed_expected       sum(y) / sum(p); interval exp(+-z * sqrt((1 - rate) / sum(y)))
    calibration_intercept   statsmodels GLM, binomial, offset logit(p); Wald interval
    calibration_slope       statsmodels GLM, binomial, on logit(p); Wald interval
    outcome_rate            statsmodels Wilson interval
    mean_score              numpy; no interval
    sensitivity, specificity, ppv, npv, flag_rate    statsmodels Wilson; flagged when p >= threshold
    net_benefit             TP/n - w * FP/n, w = t / (1 - t); mean of bounded terms, Wald interval
    sensitivity_gap, flag_rate_gap    highest minus lowest level of one attribute; Newcombe's
                            hybrid interval from statsmodels (method "newcomb")

`n` is the denominator of the estimate and `events` its numerator count (outcomes where the
estimate is not a share). Levels with fewer than 11 rows are left out. A value that cannot be
computed is null. A gap compares the levels whose own denominator is at least 11, breaks a tie by
the level's name, and says in `high` and `low` which two levels it compared.
"""

import json
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import norm
from sklearn.metrics import brier_score_loss, roc_auc_score
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

HERE = Path(__file__).resolve().parent
MINIMUM = 11
LEVEL = 0.95
Z = norm.ppf(1 - (1 - LEVEL) / 2)
BY = ["sex", "race", "age_band", "payer", "admission_type"]
CASES = [
    {"file": "readmit-local.parquet", "from": "2022-07-01", "until": "2023-01-01"},
    {"file": "vendor-lace.parquet", "from": "2022-07-01", "until": "2023-01-01"},
    {"file": "readmit-local.parquet", "from": "2023-01-01", "until": "2024-01-01"},
]
THRESHOLDS = [0.15, 0.20]


def delong(y: np.ndarray, p: np.ndarray) -> tuple[float, float]:
    """AUROC and its standard error from DeLong's structural components, over all pairs."""
    positive, negative = p[y == 1], p[y == 0]
    v10, v01 = np.empty(len(positive)), np.zeros(len(negative))
    for i, score in enumerate(positive):
        wins = (score > negative) + 0.5 * (score == negative)
        v10[i] = wins.mean()
        v01 += wins
    v01 /= len(positive)
    variance = v10.var(ddof=1) / len(positive) + v01.var(ddof=1) / len(negative)
    return v10.mean(), float(np.sqrt(variance))


def glm(y: np.ndarray, logit: np.ndarray, slope: bool):
    """Estimate and Wald interval of the calibration slope, or of the intercept with offset."""
    if slope:
        model = sm.GLM(y, sm.add_constant(logit), family=sm.families.Binomial())
    else:
        model = sm.GLM(y, np.ones(len(y)), family=sm.families.Binomial(), offset=logit)
    result = model.fit(maxiter=200, tol=1e-14)
    low, high = result.conf_int(alpha=1 - LEVEL)[-1]
    return result.params[-1], low, high


def share(k: int, n: int):
    if n == 0:
        return None, None, None
    low, high = proportion_confint(k, n, alpha=1 - LEVEL, method="wilson")
    return k / n, low, high


def estimates(y: np.ndarray, p: np.ndarray, cohort: dict | None) -> list[dict]:
    """All estimates of one cohort, of measures without a threshold and with each of them."""
    out = []
    n, events = len(y), int(y.sum())
    rate = events / n

    def put(measure, values, n=n, events=events, threshold=None, **more):
        estimate, lower, upper = (None if v is None else float(v) for v in values)
        out.append({
            "measure": measure, "cohort": cohort, "threshold": threshold, "estimate": estimate,
            "lower": lower, "upper": upper, "n": int(n), "events": int(events), **more,
        })  # fmt: skip

    put("outcome_rate", share(events, n))
    put("mean_score", (p.mean(), None, None))
    brier = brier_score_loss(y, p)
    put("brier", (brier, None, None))
    mixed = 0 < events < n
    put("scaled_brier", (1 - brier / (rate * (1 - rate)) if mixed else None, None, None))
    ratio, nothing = events / p.sum(), (None, None, None)
    width = Z * np.sqrt((1 - rate) / events) if events else None
    put("observed_expected",
        (ratio, ratio * np.exp(-width), ratio * np.exp(width)) if events else (0.0, None, None))
    if mixed and min(events, n - events) >= 2:
        area, se = delong(y, p)
        assert abs(area - roc_auc_score(y, p)) < 1e-12
        if 0 < area < 1:
            centre, half = np.log(area / (1 - area)), Z * se / (area * (1 - area))
            limits = [1 / (1 + np.exp(-(centre + side * half))) for side in (-1, 1)]
        else:
            limits = [None, None]
        put("auroc", (area, *limits), se=se)
    else:
        put("auroc", (roc_auc_score(y, p) if mixed else None, None, None))
    logit = np.log(p / (1 - p))
    put("calibration_intercept", glm(y, logit, slope=False) if mixed else nothing)
    put("calibration_slope", glm(y, logit, slope=True) if mixed else nothing)

    for t in THRESHOLDS:
        flag = p >= t
        tp, fp = int((flag & (y == 1)).sum()), int((flag & (y == 0)).sum())
        fn, tn = events - tp, n - events - fp
        for measure, k, of in [
            ("sensitivity", tp, tp + fn), ("specificity", tn, tn + fp), ("ppv", tp, tp + fp),
            ("npv", tn, tn + fn), ("flag_rate", tp + fp, n),
        ]:  # fmt: skip
            put(measure, share(k, of), n=of, events=k, threshold=t)
        w = t / (1 - t)
        term = np.where(flag, np.where(y == 1, 1.0, -w), 0.0)
        half = Z * np.sqrt(term.var(ddof=0) / n)
        put("net_benefit", (term.mean(), term.mean() - half, term.mean() + half), threshold=t)
    return out


def gaps(rows: list[dict], attribute: str) -> list[dict]:
    """Highest minus lowest level of an attribute, with Newcombe's interval."""
    out = []
    for measure in ("sensitivity", "flag_rate"):
        for t in THRESHOLDS:
            levels = sorted(
                (row["estimate"], row["cohort"][attribute], row["events"], row["n"])
                for row in rows
                if row["measure"] == measure and row["threshold"] == t and row["n"] >= MINIMUM
                and row["cohort"] and attribute in row["cohort"]
            )  # fmt: skip
            if len(levels) < 2:
                continue
            low, high = levels[0], levels[-1]
            lower, upper = confint_proportions_2indep(
                high[2], high[3], low[2], low[3], compare="diff", method="newcomb", alpha=1 - LEVEL
            )
            out.append({
                "measure": f"{measure}_gap", "cohort": None, "attribute": attribute,
                "threshold": t, "estimate": high[0] - low[0], "lower": float(lower),
                "upper": float(upper), "n": high[3] + low[3], "events": high[2] + low[2],
                "high": high[1], "low": low[1],
            })  # fmt: skip
    return out


def case(spec: dict) -> dict:
    frame = pd.read_parquet(HERE / spec["file"])
    start, end = (pd.Timestamp(spec[key], tz="UTC") for key in ("from", "until"))
    frame = frame[(frame["predicted_at"] >= start) & (frame["predicted_at"] < end)]
    y, p = frame["outcome"].to_numpy().astype(float), frame["score"].to_numpy()
    found = estimates(y, p, None)
    for attribute in BY:
        column = frame[attribute].to_numpy()
        for level in sorted(set(column)):
            rows = column == level
            if rows.sum() >= MINIMUM:
                found += estimates(y[rows], p[rows], {attribute: level})
        found += gaps(found, attribute)
    return {**spec, "by": BY, "thresholds": THRESHOLDS, "level": LEVEL, "minimum": MINIMUM,
            "n": len(frame), "estimates": found}  # fmt: skip


def main() -> None:
    packages = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "statsmodels")
    golden = {
        "about": "from golden.py; `from` is included, `until` is not; dates are simulated",
        "cases": [case(spec) for spec in CASES],
        "versions": {"python": platform.python_version(), **{p: version(p) for p in packages}},
    }
    path = HERE / "golden.json"
    path.write_text(compact(golden) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes, "
          f"{[len(c['estimates']) for c in golden['cases']]} estimates")  # fmt: skip


def compact(golden: dict) -> str:
    """JSON with one estimate a line: legible, and a change shows as the lines that changed."""
    lines = []
    for found in golden["cases"]:
        head = {k: v for k, v in found.items() if k != "estimates"}
        body = ",\n".join("  " + json.dumps(row, allow_nan=False) for row in found["estimates"])
        lines.append(json.dumps(head)[:-1] + ', "estimates": [\n' + body + "\n ]}")
    return (
        '{"about": ' + json.dumps(golden["about"]) + ',\n "versions": '
        + json.dumps(golden["versions"]) + ',\n "cases": [\n ' + ",\n ".join(lines) + "\n]}"
    )  # fmt: skip


if __name__ == "__main__":
    main()
