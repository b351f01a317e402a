"""Golden values of every number in the demo's evidence, computed without any of Primum's own code.

    venv/bin/python demo/log/golden.py

Reads the story of the demo and its monitoring plans for what is asked, the two Parquet files beside
this script for the data, and writes golden.json in full double precision. Intervals are of 95 %.

Estimates, overall and by cohort:

    auroc                   scikit-learn; interval on the logit scale from DeLong's variance,
                            coded here from the definition (all pairs, not the fast algorithm);
                            none with fewer than two rows of either outcome, nor for an area of 0
                            or 1
    brier                   scikit-learn; normal interval from scipy's standard error, in 0 to 1
    scaled_brier            1 - brier / (rate * (1 - rate)); delta method: the gradient in (brier,
                            rate) around numpy's covariance matrix; upper end at most 1
    observed_expected       sum(y) / sum(p); interval exp(+-z * sqrt((1 - rate) / sum(y)))
    calibration_intercept   statsmodels GLM, binomial, offset logit(p); Wald interval
    calibration_slope       statsmodels GLM, binomial, on logit(p); Wald interval; none where a
                            score divides the outcomes
    outcome_rate            statsmodels Wilson interval
    mean_score              numpy; normal interval from scipy's standard error, in 0 to 1
    sensitivity, specificity, ppv, npv, flag_rate    statsmodels Wilson; flagged when p >= threshold
    net_benefit             TP/n - w * FP/n, w = t / (1 - t); mean of bounded terms, normal interval
    net_benefit_treat_all   the same with every row flagged

and for each attribute, at the plan's threshold:

    *_gap                   highest minus lowest level; Newcombe's hybrid interval from statsmodels
    flag_rate_ratio         lowest over highest level; Katz's log interval
    observed_expected_heterogeneity    Cochran's Q on ln(O/E) with inverse variances; scipy's
                            chi-square tail

A row is [measure, cohort, threshold, estimate, lower, upper, n, events], with one thing more where
an estimate has one: Q and its degrees of freedom, or about how many more rows it takes until 11
outcomes of the missing kind are expected. `n` are the rows of the cell and `events` its outcomes,
whatever the measure; of a gap those of the two levels it names. A value that the data do not
determine is null. Of a cell with fewer than 11 rows everything is null.
"""

import json
import platform
import tomllib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import chi2, norm, sem
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

HERE = Path(__file__).resolve().parent
DEMO = HERE.parent
MINIMUM = 11
LEVEL = 0.95
Z = norm.ppf(1 - (1 - LEVEL) / 2)
# Two thresholds that no plan has, so that estimates at several thresholds are checked as well.
MORE_THRESHOLDS = [0.15, 0.20]
COLUMNS = ["measure", "cohort", "threshold", "estimate", "lower", "upper", "n", "events"]
GAPS = {"flag_rate": "flag_rate_gap", "sensitivity": "sensitivity_gap",
        "specificity": "specificity_gap", "ppv": "ppv_gap"}  # fmt: skip
WITHOUT_THRESHOLD = ["auroc", "brier", "scaled_brier", "observed_expected", "calibration_intercept",
                     "calibration_slope", "outcome_rate", "mean_score"]  # fmt: skip
AT_THRESHOLD = ["sensitivity", "specificity", "ppv", "npv", "flag_rate", "net_benefit",
                "net_benefit_treat_all"]  # fmt: skip
NOTHING = (None, None, None)
# What monitoring is asked: the months, and the estimates it keeps of each.
MONTHS = pd.period_range("2023-03", "2024-02", freq="M")
MONTHLY = ["observed_expected", "flag_rate", "outcome_rate"]
BETS = np.array([1 / 3, 1 / 2, 1 / 1.5, 1 / 1.25, 1.25, 1.5, 2.0, 3.0])


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


def auroc(y: np.ndarray, p: np.ndarray):
    if min(y.sum(), len(y) - y.sum()) < 2:
        return NOTHING
    area, se = delong(y, p)
    assert abs(area - roc_auc_score(y, p)) < 1e-12
    if not 0 < area < 1:
        return NOTHING
    centre, half = np.log(area / (1 - area)), Z * se / (area * (1 - area))
    low, high = (1 / (1 + np.exp(-(centre + side * half))) for side in (-1, 1))
    return roc_auc_score(y, p), low, high


def scaled_brier(y: np.ndarray, p: np.ndarray):
    brier, rate = brier_score_loss(y, p), y.mean()
    unexplained = rate * (1 - rate)
    gradient = np.array([-1 / unexplained, brier * (1 - 2 * rate) / unexplained**2])
    covariance = np.cov(np.vstack([(p - y) ** 2, y])) / len(y)
    half = Z * np.sqrt(gradient @ covariance @ gradient)
    scaled = 1 - brier / unexplained
    return within(-np.inf, 1, scaled, scaled - half, scaled + half)


def glm(y: np.ndarray, logit: np.ndarray, slope: bool):
    """Estimate and Wald interval of the calibration slope, or of the intercept with offset."""
    if slope:
        with_, without = logit[y == 1], logit[y == 0]
        if without.max() <= with_.min() or with_.max() <= without.min():
            return NOTHING
        model = sm.GLM(y, sm.add_constant(logit), family=sm.families.Binomial())
    else:
        model = sm.GLM(y, np.ones(len(y)), family=sm.families.Binomial(), offset=logit)
    result = model.fit(maxiter=200, tol=1e-14)
    low, high = result.conf_int(alpha=1 - LEVEL)[-1]
    return result.params[-1], low, high


def share(k: int, n: int):
    if n == 0:
        return NOTHING
    return k / n, *proportion_confint(k, n, alpha=1 - LEVEL, method="wilson")


def normal(estimate: float, error: float):
    return estimate, estimate - Z * error, estimate + Z * error


def within(least: float, most: float, estimate: float, low: float, high: float):
    """The interval cut to the values that the measure can take."""
    return estimate, max(low, least), min(high, most)


def log_normal(ratio: float, log_error: float):
    return ratio, ratio * np.exp(-Z * log_error), ratio * np.exp(Z * log_error)


def ratio_and_log_error(y: np.ndarray, p: np.ndarray) -> tuple[float, float] | None:
    """Observed over expected and the standard error of its logarithm."""
    if y.min() == y.max():
        return None
    return y.sum() / p.sum(), np.sqrt((1 - y.mean()) / y.sum())


def of_cell(measure: str, y: np.ndarray, p: np.ndarray):
    """A measure that no threshold changes, with its interval."""
    mixed = y.min() < y.max()
    logit = np.log(p / (1 - p))
    match measure:
        case "outcome_rate":
            return share(int(y.sum()), len(y))
        case "mean_score":
            return within(0, 1, *normal(p.mean(), sem(p)))
        case "brier":
            return within(0, 1, *normal(brier_score_loss(y, p), sem((p - y) ** 2)))
        case _ if not mixed:
            return NOTHING
        case "auroc":
            return auroc(y, p)
        case "scaled_brier":
            return scaled_brier(y, p)
        case "observed_expected":
            return log_normal(*ratio_and_log_error(y, p))
        case "calibration_intercept":
            return glm(y, logit, slope=False)
        case "calibration_slope":
            return glm(y, logit, slope=True)
    raise ValueError(measure)


def counted(measure: str, y: np.ndarray, p: np.ndarray, t: float) -> tuple[int, int]:
    """What a rate at a threshold counts, and of how many rows."""
    flag = p >= t
    of, what = {
        "sensitivity": (y == 1, flag), "specificity": (y == 0, ~flag), "ppv": (flag, y == 1),
        "npv": (~flag, y == 0), "flag_rate": (np.ones(len(y), bool), flag),
    }[measure]  # fmt: skip
    return int((of & what).sum()), int(of.sum())


def net_benefit(y: np.ndarray, flag: np.ndarray, t: float):
    term = np.where(flag, np.where(y == 1, 1.0, -t / (1 - t)), 0.0)
    return normal(term.mean(), np.sqrt(term.var(ddof=0) / len(y)))


def at_threshold(measure: str, y: np.ndarray, p: np.ndarray, t: float):
    if measure == "net_benefit":
        return net_benefit(y, p >= t, t)
    if measure == "net_benefit_treat_all":
        return net_benefit(y, np.ones(len(y), bool), t)
    return share(*counted(measure, y, p, t))


def row(measure, cohort, threshold, values, n, events, *more) -> list:
    numbers = [None if value is None else float(value) for value in values]
    return [measure, cohort, threshold, *numbers, int(n), int(events), *more]


def estimates(y, p, cohort: str | None, thresholds: list[float], measures=None) -> list[list]:
    """All estimates of one cell, of measures without a threshold and at each of them."""
    wanted = [(measure, None) for measure in WITHOUT_THRESHOLD]
    wanted += [(measure, t) for t in thresholds for measure in AT_THRESHOLD]
    wanted = [(measure, t) for measure, t in wanted if measures is None or measure in measures]
    if len(y) < MINIMUM:
        return [[measure, cohort, t, *NOTHING, None, None] for measure, t in wanted]
    more_needed = []
    if y.min() == y.max():
        chance = p.mean() if y.max() == 0 else 1 - p.mean()
        more_needed = [int(np.ceil(MINIMUM / chance))]
    out = []
    for measure, t in wanted:
        values = of_cell(measure, y, p) if t is None else at_threshold(measure, y, p, t)
        more = more_needed if values == NOTHING else []
        out.append(row(measure, cohort, t, values, len(y), y.sum(), *more))
    return out


def gaps(levels: dict[str, tuple], attribute: str, t: float) -> list[list]:
    """How far the levels of an attribute lie apart. Of equal ones the first by name is named; a
    level enters where at least 11 of its rows count."""
    levels = {level: cell for level, cell in levels.items() if len(cell[0]) >= MINIMUM}
    out = []
    few = f"{attribute} = fewer than two groups"

    def ends(rate):
        found = []
        for level in sorted(levels):
            k, of = counted(rate, *levels[level], t)
            if of >= MINIMUM:
                found.append((level, k, of))
        if len(found) < 2:
            return None
        # max and min give the first of equal ones.
        high = max(found, key=lambda it: it[1] / it[2])
        low = min((it for it in found if it is not high), key=lambda it: it[1] / it[2])
        n = sum(len(levels[level][0]) for level, _, _ in (high, low))
        events = sum(levels[level][0].sum() for level, _, _ in (high, low))
        return high, low, n, events

    for rate, gap in GAPS.items():
        if (found := ends(rate)) is None:
            out.append(row(gap, few, t, NOTHING, 0, 0))
            continue
        (high, a, m), (low, b, n), rows, events = found
        limits = confint_proportions_2indep(
            a, m, b, n, compare="diff", method="newcomb", alpha=1 - LEVEL
        )
        values = (a / m - b / n, *limits)
        out.append(row(gap, f"{attribute} = {high} - {low}", t, values, rows, events))
    if (found := ends("flag_rate")) is None:
        out.append(row("flag_rate_ratio", few, t, NOTHING, 0, 0))
    else:
        (high, a, m), (low, b, n), rows, events = found
        values = NOTHING
        if a and b:
            values = log_normal((b / n) / (a / m), np.sqrt(1 / a - 1 / m + 1 / b - 1 / n))
        name = f"{attribute} = {low} / {high}"
        out.append(row("flag_rate_ratio", name, t, values, rows, events))
    return [*out, heterogeneity(levels, attribute)]


def heterogeneity(levels: dict[str, tuple], attribute: str) -> list:
    found = {level: ratio_and_log_error(*cell) for level, cell in levels.items()}
    found = {level: it for level, it in found.items() if it is not None}
    rows = sum(len(levels[level][0]) for level in found)
    events = sum(levels[level][0].sum() for level in found)
    measure = "observed_expected_heterogeneity"
    if len(found) < 2:
        return row(measure, f"{attribute} = fewer than two groups", None, NOTHING, rows, events)
    ratio, error = np.array(list(found.values())).T
    weights = error**-2.0
    mean = np.average(np.log(ratio), weights=weights)
    q, degrees = float((weights * (np.log(ratio) - mean) ** 2).sum()), len(found) - 1
    values = (chi2.sf(q, degrees), None, None)
    name = f"{attribute} = all groups"
    return row(measure, name, None, values, rows, events, f"Q {q:.2f}, {degrees} df")


def calibration_curve(y: np.ndarray, p: np.ndarray) -> list[list]:
    """Groups of about a tenth of the rows: [n, events, mean score, observed, lower, upper].

    Rows with one score stay together. A group ends with the score that completes another tenth of
    all rows since it began, if it has 11 rows by then; what is left at the top joins the last. With
    fewer than 110 rows the parts are fewer than ten: as many as 11 rows go into all.
    """
    if len(y) < MINIMUM:
        return []
    parts = min(10, len(y) // MINIMUM)
    scores, counts = np.unique(p, return_counts=True)
    ends, start = [], 0
    for end, score in zip(counts.cumsum().tolist(), scores):
        if end * parts // len(y) > start * parts // len(y) and end - start >= MINIMUM:
            ends.append((end, score))
            start = end
    ends[-1] = (len(y), scores[-1])
    group = np.searchsorted([score for _, score in ends], p)
    out = []
    for g in range(len(ends)):
        inside = group == g
        n, events = int(inside.sum()), int(y[inside].sum())
        out.append([n, events, float(p[inside].mean()), *map(float, share(events, n))])
    return out


def thinned_roc(y: np.ndarray, p: np.ndarray) -> list[list]:
    """Points of scikit-learn's curve, [threshold, false positive rate, sensitivity]: all of them if
    they are at most 199 past the start, else those at least 2/199 past the last one kept (the way
    from corner to corner has length 2), and the end."""
    fpr, tpr, thresholds = roc_curve(y, p, drop_intermediate=False)
    step = 2 / 199 if len(fpr) - 1 > 199 else 0
    kept = [0]
    for i in range(1, len(fpr)):
        walked = fpr[i] - fpr[kept[-1]] + tpr[i] - tpr[kept[-1]]
        if walked >= step or i == len(fpr) - 1:
            kept.append(i)
    points = [[float(thresholds[i]), float(fpr[i]), float(tpr[i])] for i in kept]
    points[0][0] = None
    return points


def curves(y: np.ndarray, p: np.ndarray, cohorts: dict[str, tuple]) -> dict:
    everyone = np.ones(len(y), bool)
    decision = []
    for t in (i / 100 for i in range(1, 51)):
        values = net_benefit(y, p >= t, t)[0], net_benefit(y, everyone, t)[0]
        decision.append([t, *map(float, values)])
    # Whole millionths, so that no score falls on the wrong side of an edge.
    edges = np.arange(51) * 20_000
    spread = [np.histogram(np.rint(p[y == of] * 1e6).astype(int), edges)[0] for of in (0, 1)]
    risk = [[i / 50, (i + 1) / 50, int(spread[0][i]), int(spread[1][i])] for i in range(50)]
    by_cohort = {name: calibration_curve(*cell) for name, cell in cohorts.items()
                 if len(cell[0]) >= MINIMUM}  # fmt: skip
    return {
        "calibration": calibration_curve(y, p), "calibration_by_cohort": by_cohort,
        "roc": thinned_roc(y, p), "decision": decision, "risk": risk,
    }  # fmt: skip


def cells(frame: pd.DataFrame, by: list[str]) -> dict[str, dict[str, tuple]]:
    """Outcomes and scores of each level of each attribute."""
    out = {}
    for attribute in by:
        groups = frame.groupby(attribute, sort=True)
        out[attribute] = {level: outcomes_and_scores(rows) for level, rows in groups}
    return out


def outcomes_and_scores(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    y, p = frame["outcome"].to_numpy().astype(float), frame["score"].to_numpy()
    assert p.min() > 1e-6 and p.max() < 1 - 1e-6  # nothing to keep from 0 and 1
    return y, p


def read(plan: dict, deployment: dict) -> pd.DataFrame:
    frame = pd.read_parquet(HERE / plan["feed"]["file"])
    only = {**plan["feed"]["only"], "version": deployment["version"], "site": deployment["site"]}
    for column, value in only.items():
        frame = frame[frame[column] == value]
    return frame


def case(name: str, step: dict, plan: dict, deployment: dict) -> dict:
    """What one piece of evidence holds."""
    frame = read(plan, deployment)
    start, end = (pd.Timestamp(step[key], tz="UTC") for key in ("from", "until"))
    frame = frame[(frame["predicted_at"] >= start) & (frame["predicted_at"] < end)]
    known = frame[frame["matured_at"] <= pd.Timestamp(step["at"])]
    y, p = outcomes_and_scores(known)
    thresholds = [plan["threshold"], *MORE_THRESHOLDS]
    found, cohorts = estimates(y, p, None, thresholds), {}
    for attribute, levels in cells(known, plan["by"]).items():
        for level, cell in levels.items():
            cohorts[f"{attribute} = {level}"] = cell
            found += estimates(*cell, f"{attribute} = {level}", thresholds)
        found += gaps(levels, attribute, plan["threshold"])
    return {
        "evidence": name, "file": plan["feed"]["file"], "from": step["from"],
        "until": step["until"], "as_of": step["at"], "by": plan["by"], "thresholds": thresholds,
        "read": len(frame), "used": len(known), "estimates": found,
        "curves": curves(y, p, cohorts),
    }  # fmt: skip


def e_detector(months: list[tuple], tolerance: float) -> list[list]:
    """The e-SR statistic after each month, and which way its larger half leans.

    S(R) = (S(R) + 1) * L(R), with L(R) the product of R^y / (1 - q + R * q) over the month's rows,
    q the risk whose odds are those of p times (1 + tolerance) for R > 1, or over it for R < 1. The
    statistic is the mean over R. Kept as logarithms.
    """
    log_s, out = np.full(len(BETS), -np.inf), []
    for y, p in months:
        for i, bet in enumerate(BETS):
            odds = p / (1 - p) * (1 + tolerance if bet > 1 else 1 / (1 + tolerance))
            q = odds / (1 + odds)
            log_l = (y * np.log(bet) - np.log(1 - q + bet * q)).sum()
            log_s[i] = np.logaddexp(log_s[i], 0.0) + log_l
        s = np.exp(log_s)
        more = s[BETS > 1].mean() >= s[BETS < 1].mean()
        out.append([float(s.mean()), "more" if more else "fewer"])
    return out


def monitoring(plan: dict, deployment: dict) -> dict:
    """What monitoring shows of each month, and where its detectors stand."""
    frame = read(plan, deployment)
    month = frame["predicted_at"].dt.tz_localize(None).dt.to_period("M")
    found = {}
    for each in MONTHS:
        rows = frame[month == each]
        found[str(each)] = estimates(*outcomes_and_scores(rows), None, [plan["threshold"]], MONTHLY)
        for attribute, levels in cells(rows, plan["by"]).items():
            for level, cell in levels.items():
                name = f"{attribute} = {level}"
                found[str(each)] += estimates(*cell, name, [plan["threshold"]], MONTHLY)
    (alarm,) = (w["alarm"] for w in plan["watches"] if w["alarm"]["kind"] == "calibration")
    streams = [None, *alarm["cohorts"]]
    detectors = []
    for stream in streams:
        months = []
        for each in MONTHS:
            rows = frame[month == each]
            for attribute, level in (stream or {}).items():
                rows = rows[rows[attribute] == level]
            months.append(outcomes_and_scores(rows))
        name = next((f"{a} = {b}" for a, b in (stream or {}).items()), None)
        detectors.append({"cohort": name, "evidence": e_detector(months, alarm["tolerance"])})
    return {
        "months": found, "detectors": detectors,
        "limit": alarm["months_between_false_alarms"] * len(streams),
    }  # fmt: skip


def main() -> None:
    story = tomllib.loads((DEMO / "story.toml").read_text())
    plans, deployments, cases = {}, {}, []
    for step in story["steps"]:
        act = step.get("act", {})
        if step["do"] == "plan":
            plans[step["use_case"]] = tomllib.loads((DEMO / step["plan"]).read_text())
        elif act.get("act") == "begin_pilot":
            deployments[act["use_case"]] = act["deployment"]
        elif step["do"] == "evidence":
            use_case = step["use_case"]
            name = f"EV-{len(cases) + 1}"
            cases.append(case(name, step, plans[use_case], deployments[use_case]))
    packages = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "statsmodels")
    golden = {
        "about": "from golden.py; `from` is included, `until` is not; dates are simulated",
        "versions": {"python": platform.python_version(), **{p: version(p) for p in packages}},
        "columns": COLUMNS,
        "cases": cases,
        "monitoring": monitoring(plans["UC-1"], deployments["UC-1"]),
    }
    path = HERE / "golden.json"
    path.write_text(legible(golden, "") + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes, "
          f"{[len(c['estimates']) for c in cases]} estimates")  # fmt: skip


def legible(value, indent: str) -> str:
    """JSON with a list of plain values on one line: a change shows as the lines that changed."""
    flat = not isinstance(value, dict | list) or (
        isinstance(value, list) and not any(isinstance(it, dict | list) for it in value)
    )
    if flat or not value:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    inner = indent + " "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {legible(it, inner)}" for key, it in value.items()]
    else:
        parts = [legible(it, inner) for it in value]
    left, right = "{}" if isinstance(value, dict) else "[]"
    return f"{left}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{right}"


if __name__ == "__main__":
    main()
