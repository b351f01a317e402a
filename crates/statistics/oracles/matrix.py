"""Expected values of whole reports, of each kind, on real data and on rows that break careless code.

    pip install -r ../../../demo/log/requirements.txt MLstatkit==0.1.91 lifelines==0.30.3 scikit-survival==0.28.0
    python matrix.py FOLDER > matrix.json

FOLDER holds the published data sets of real_data.py, and `diabetes130` (Strack et al. 2014; CC BY 4.0). Values come from
golden.py, kinds.py, paired.py and survival.py; here they are put together, with their intervals, as reports have them.
Where a set has no model, one of its columns plays the part: a check of numbers, of nothing else. Long sets are thinned
to every so many rows.

A case holds what is asked (`request`), the columns and rows of its log (the last column says how often a row is there),
and the findings: what they are of, estimate, lower, upper, and for a comparison the p value.
"""

import json
import sys
import zipfile
from decimal import Decimal, getcontext
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import proportion_confint

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "demo" / "log"))
import golden  # noqa: E402
import kinds  # noqa: E402
import paired  # noqa: E402
import reliability  # noqa: E402
import survival  # noqa: E402

SEED = 2030
Z = stats.norm.ppf(0.975)
SMALLEST = 11
NOTHING = [None, None, None]


# Intervals from a value and its standard error. Without spread there is no number.

def tells(error):
    return error is not None and np.isfinite(error) and error > 1e-12


def normal(value, error, least=-np.inf, most=np.inf):
    return [value, max(value - Z * error, least), min(value + Z * error, most)] if tells(error) else NOTHING


def logit(value, error):
    if not (tells(error) and 0 < value < 1):
        return NOTHING
    centre, reach = np.log(value / (1 - value)), Z * error / (value * (1 - value))
    return [value, *(1 / (1 + np.exp(-(centre + side * reach))) for side in (-1, 1))]


def fisher(value, error):
    if not (tells(error) and -1 < value < 1):
        return NOTHING
    reach = Z * error / (1 - value**2)
    return [value, np.tanh(np.arctanh(value) - reach), np.tanh(np.arctanh(value) + reach)]


def logarithm(value, log_error):
    return [value, value * np.exp(-Z * log_error), value * np.exp(Z * log_error)] if tells(log_error) else NOTHING


def share(k, n):
    if n == 0:
        return NOTHING
    low, high = proportion_confint(k, n, alpha=0.05, method="wilson")
    return [k / n, low if k else 0.0, high if k < n else 1.0]


def counted(columns, rows):
    """Rows with how often each is there."""
    frame = pd.DataFrame(rows, columns=columns)
    counts = frame.groupby(columns, sort=True, observed=True).size().reset_index(name="rows")
    return counts.astype(object).values.tolist()


def case(kind, data, name, request, columns, rows, findings, **more):
    if len(rows) < SMALLEST and kind != "predictions":
        hidden = {"first": None, "second": None} if kind == "models" else {}
        findings = [[{**of, **hidden}, *NOTHING, *[None] * (len(hidden) // 2)] for of, *_ in findings]
    return {"kind": kind, "data": data, "name": name, "request": request, "columns": [*columns, "rows"],
            "rows": counted(columns, rows), "findings": findings, **more}


# Predictions in cohorts.

def predictions(data, name, frame, thresholds):
    """`frame` has `p`, `y` and one attribute."""
    attribute = next(it for it in frame.columns if it not in ("p", "y"))
    frame = frame.rename(columns={"p": "score", "y": "outcome"})
    y, p = frame["outcome"].to_numpy().astype(float), frame["score"].to_numpy()
    found, cohorts = golden.estimates(y, p, None, thresholds), {}
    levels = golden.cells(golden.joined(frame, [attribute]), [attribute])[attribute]
    hidden = golden.hidden_levels(levels)
    for level, cell in levels.items():
        cohort = f"{attribute} = {level}"
        found += golden.estimates(*cell, cohort, thresholds, hidden=level in hidden)
        if level not in hidden:
            cohorts[cohort] = cell
    shown = {level: cell for level, cell in levels.items() if level not in hidden}
    found += golden.gaps(shown, attribute, thresholds[0])
    request = {"outcome": "y", "score": "p", "by": [attribute], "thresholds": thresholds}
    columns = [attribute, "p", "y"]
    rows = list(zip(frame[attribute], p.tolist(), y.astype(int).tolist()))
    return case("predictions", data, name, request, columns, rows, found)


# Two models on the same rows.

def models(data, name, y, a, b, thresholds):
    y, a, b = np.asarray(y), np.asarray(a), np.asarray(b)
    n, found = len(y), []

    def add(measure, t, values):
        first, second, difference, low, high, p_value = (
            None if value is None or not np.isfinite(value) else float(value) for value in values)
        found.append([{"measure": measure, "threshold": t, "first": first, "second": second},
                      difference, low, high, p_value])

    if 0 < y.sum() < n:
        first, second = roc_auc_score(y, a), roc_auc_score(y, b)
        placed = [np.concatenate([(s[y == 1][:, None] > s[y == 0]).mean(1) + (s[y == 1][:, None] == s[y == 0]).mean(1) / 2,
                                  (s[y == 1][:, None] > s[y == 0]).mean(0) + (s[y == 1][:, None] == s[y == 0]).mean(0) / 2])
                  for s in (a, b)]
        still = np.ptp((placed[0] - placed[1])[:int(y.sum())]) + np.ptp((placed[0] - placed[1])[int(y.sum()):]) < 1e-12
        still = still or min(y.sum(), n - y.sum()) < 2
        add("auroc", None, [first, second, *[None] * 4] if still else paired.auroc(y, a, b))
    else:
        add("auroc", None, [None] * 6)
    rows = (a - y) ** 2 - (b - y) ** 2
    means = [((s - y) ** 2).mean() for s in (a, b)]
    add("brier", None, [*means, *[None] * 4] if np.ptp(rows) < 1e-12 else paired.brier(y, a, b))
    for t in thresholds:
        fa, fb = a >= t, b >= t
        for measure, of in [("sensitivity", (fa[y == 1], fb[y == 1])), ("specificity", (~fa[y == 0], ~fb[y == 0])),
                            ("ppv", None), ("npv", None), ("flag_rate", (fa, fb)), ("net_benefit", None)]:
            if of is not None:
                add(measure, t, paired.shares(*of) if len(of[0]) else [None] * 6)
                continue
            with np.errstate(all="ignore"):
                if measure == "net_benefit":
                    values = paired.benefit(y, fa, fb, t)
                    still = (fa == fb).all()
                else:
                    hit, one, two = (y == 1, fa, fb) if measure == "ppv" else (y == 0, ~fa, ~fb)
                    of_each = [float(hit[flag].mean()) if flag.any() else None for flag in (one, two)]
                    still = None in of_each or (one == two).all() or (
                        hit[one | two].all() or not hit[one | two].any())
                    values = of_each if still else paired.ratios(hit, one, two)
            add(measure, t, [*values[:2], *[None] * 4] if still else values)
    request = {"outcome": "y", "score": "a", "against": "b", "thresholds": thresholds, "level": 0.95}
    return case("models", data, name, request, ["y", "a", "b"], list(zip(y.tolist(), a.tolist(), b.tolist())), found)


# Several classes, of which one is right.

def classes(data, name, y, p, names):
    y, p = np.asarray(y), np.asarray(p)
    n, k = p.shape
    guess, sizes = p.argmax(1), np.bincount(y, minlength=k)
    found = []
    add = lambda measure, values, of=None: found.append([{"measure": measure, "class": of}, *values])
    right = guess == y
    whole = {}
    if n >= SMALLEST and (sizes > 0).all():
        whole = kinds.of_classes(y, p)
    with np.errstate(all="ignore"):
        loss = -np.log(np.maximum(p[np.arange(n), y], 1e-9))
    brier = ((p - np.eye(k)[y]) ** 2).sum(1)
    add("accuracy", share(int(right.sum()), n))
    for measure in ["balanced_accuracy", "macro_auroc", "weighted_auroc", "hand_till_m"]:
        add(measure, logit(*whole[measure]) if whole else NOTHING)
    for measure, each in [("log_loss", loss), ("brier", brier)]:
        add(measure, normal(each.mean(), each.std(ddof=1) / np.sqrt(n)) if n > 1 else NOTHING)
    billionths = np.rint(p[np.arange(n), guess] * 1e9).astype(np.int64)
    order = np.argsort(billionths, kind="stable")
    top = None
    if n >= SMALLEST:
        top = reliability.equal_width(billionths[order], p[np.arange(n), guess][order], right[order].astype(float), 10)
    add("top_label_calibration_error", [top and top["absolute"], None, None])
    for c, label in enumerate(names):
        own, flagged, hits = int(sizes[c]), int((guess == c).sum()), int((right & (y == c)).sum())
        is_c = (y == c).astype(float)
        area = golden.auroc(is_c, p[:, c]) if 0 < own < n else NOTHING
        add("auroc", area, label)
        add("sensitivity", share(hits, own), label)
        add("specificity", share(n - own - (flagged - hits), n - own), label)
        add("ppv", share(hits, flagged), label)
        moves = is_c * n / max(own, 1) - p[:, c] / p[:, c].mean()
        error = np.sqrt((moves**2).sum() / n / max(n - 1, 1))
        add("observed_expected", logarithm(own / p[:, c].sum(), error) if 0 < own < n else NOTHING, label)
        add("outcome_rate", share(own, n), label)
    columns = ["y", *(f"p{c}" for c in range(k))]
    rows = [(names[c], *row) for c, row in zip(y, p.tolist())]
    request = {"outcome": "y", "scores": columns[1:], "classes": names, "level": 0.95}
    return case("classes", data, name, request, columns, rows, found)


# Levels that were given against those that rows have.

def grades(data, name, a, b, names):
    a, b = np.asarray(a), np.asarray(b)
    n, found = len(a), []
    add = lambda measure, values: found.append([{"measure": measure}, *values])
    for measure, of in [("exact_agreement", a == b), ("adjacent_agreement", abs(a - b) <= 1), ("overestimated", b > a),
                        ("underestimated", b < a)]:
        add(measure, share(int(of.sum()), n))
    spread = len(set(a)) > 1 and len(set(b)) > 1
    whole = kinds.of_grades(a, b, len(names)) if spread else {}
    for measure, scale in [("linear_kappa", fisher), ("quadratic_kappa", fisher), ("kendall_tau_b", fisher),
                           ("somers_d", fisher), ("generalized_c", logit)]:
        add(measure, scale(*whole[measure]) if whole else NOTHING)
    rows = [(names[x], names[y]) for x, y in zip(a, b)]
    request = {"observed": "seen", "predicted": "given", "levels": names, "level": 0.95}
    return case("grades", data, name, request, ["seen", "given"], rows, found)


# Predicted numbers.

def line(y, x):
    """Least squares with HC3 in fifty digits, since numbers far from 0 cost statsmodels seven digits."""
    getcontext().prec = 50
    n, x, y = len(y), [Decimal(str(it)) for it in x.tolist()], [Decimal(str(it)) for it in y.tolist()]
    mean_x, mean_y = sum(x) / n, sum(y) / n
    away = [it - mean_x for it in x]
    spread = sum(it * it for it in away)
    slope = sum(a * (b - mean_y) for a, b in zip(away, y)) / spread
    pulls = [(b - mean_y - slope * a) / (1 - Decimal(1) / n - a * a / spread) for a, b in zip(away, y)]
    of_slope = [a / spread * pull for a, pull in zip(away, pulls)]
    of_intercept = [pull / n - mean_x * by for pull, by in zip(pulls, of_slope)]
    t, found = stats.t.ppf(0.975, n - 2), {}
    for name, value, moves in [("intercept", mean_y - slope * mean_x, of_intercept), ("slope", slope, of_slope)]:
        reach = t * np.sqrt(float(sum(it * it for it in moves)))
        found[f"calibration_{name}"] = [float(value), float(value) - reach, float(value) + reach]
    fit = sm.OLS(np.array(y, float), sm.add_constant(np.array(x, float))).fit(cov_type="HC3", use_t=True)
    theirs = np.column_stack([fit.params, fit.conf_int(0.05)])
    assert np.allclose(theirs, list(found.values()), rtol=1e-5, atol=1e-9), (theirs, found)
    return found


def values(data, name, y, x, reach=None):
    y, x = np.asarray(y, float), np.asarray(x, float)
    n, found = len(y), []
    add = lambda measure, of, q=None: found.append([{"measure": measure, "share": q}, *of])
    varies = np.ptp(x - y) > 1e-12 and np.ptp(x) > 0 and np.ptp(y) > 0
    whole, quantiles = kinds.of_values(y, x) if varies else ({}, {})
    if varies:
        whole |= line(y, x)
    for measure in ["bias", "mean_absolute_error", "root_mean_squared_error", "r_squared", "calibration_intercept",
                    "calibration_slope", "lower_limit_of_agreement", "upper_limit_of_agreement"]:
        add(measure, whole.get(measure, NOTHING))
    for q in [0.5, 0.9, 0.95]:
        found_here = quantiles.get(str(q), NOTHING)
        # Where no order statistic is far enough out, SciPy leaves the end open.
        add("absolute_error_quantile", NOTHING if np.isnan(np.array(found_here, float)).any() else found_here, q)
    columns, rows = ["y", "x"], [y.tolist(), x.tolist()]
    request = {"observed": "y", "predicted": "x", "level": 0.95, "interval": None}
    if reach is not None:
        low, high = np.round(x - reach, 6), np.round(x + reach, 6)
        add("interval_coverage", share(int(((low <= y) & (y <= high)).sum()), n))
        width = high - low
        ends = stats.t.interval(0.95, n - 1, width.mean(), stats.sem(width))
        add("interval_width", [width.mean(), *ends] if np.ptp(width) > 1e-9 else NOTHING)
        columns, rows = [*columns, "low", "high"], [*rows, low.tolist(), high.tolist()]
        request["interval"] = ["low", "high"]
    return case("values", data, name, request, columns, list(zip(*rows)), found)


# Follow-up to a horizon.

def follow_up(data, name, t, d, p, horizon, thresholds):
    t, d, p = np.asarray(t, float), np.asarray(d), np.asarray(p, float)
    n, found = len(t), []
    add = lambda measure, of, at=None: found.append([{"measure": measure, "threshold": at}, *of])
    compete = bool(((d == 2) & (t <= horizon)).any())
    own = {}
    reaches = not (d[t == t.max()] == 0).all() or t.max() >= horizon
    with np.errstate(all="ignore"):
        for measure, function in survival.measures(t, d, p, horizon, thresholds, compete).items():
            try:
                own[measure] = survival.derivative(function, n)
            except ZeroDivisionError:
                own[measure] = (np.nan, np.nan)
    get = lambda measure: own.get(measure, (np.nan, np.nan)) if reaches else (np.nan, np.nan)
    risk = get("observed_risk")
    known = tells(risk[1]) and 0 < risk[0] < 1
    add("observed_risk", logit(*risk))
    add("mean_score", normal(p.mean(), p.std(ddof=0) / np.sqrt(n)))
    ratio, error = get("log_observed_expected")
    add("observed_expected", logarithm(np.exp(ratio), error) if known else NOTHING)
    add("auroc", logit(*get("auroc")))
    add("brier", normal(*get("brier"), 0, 1))
    add("scaled_brier", normal(*get("scaled_brier"), -np.inf, 1))
    add("harrell_c", logit(*own.get("harrell_c", (np.nan, np.nan))))
    add("uno_c", logit(*own.get("uno_c", (np.nan, np.nan))))
    for at in thresholds:
        for measure in ["sensitivity", "specificity", "ppv", "npv"]:
            add(measure, logit(*get(f"{measure} {at}")), at)
        add("flag_rate", share(int((p >= at).sum()), n), at)
        add("net_benefit", normal(*get(f"net_benefit {at}")), at)
    request = {"time": "t", "event": "d", "score": "p", "horizon": horizon, "thresholds": thresholds, "level": 0.95}
    return case("survival", data, name, request, ["t", "d", "p"], list(zip(t.tolist(), d.tolist(), p.tolist())), found)


# The data.

def thousandths(p):
    return np.rint(np.clip(p, 0.005, 0.995) * 1000) / 1000


def seismometer(folder):
    frame = pd.read_parquet(folder / "predictions.parquet")
    events = pd.read_parquet(folder / "events.parquet")
    y = frame["encounter_id"].isin(events["encounter_id"]).astype(int)
    p = thousandths(frame["LGBM_score"].to_numpy())
    yield predictions("seismometer", "by age", pd.DataFrame(
        {"age": frame["age"].astype(str), "p": p, "y": y})[::12].reset_index(drop=True), [0.1, 0.2])
    part = slice(None, None, 150)
    stays = thousandths(frame["number_inpatient"].to_numpy() / 10)
    yield models("seismometer", "against earlier stays", y[part].to_numpy(), p[part], stays[part], [0.1])


def chop(folder):
    frame = pd.read_csv(folder / "covid_testing.csv")
    known = frame[frame["result"].isin(["positive", "negative"])]
    y = (known["result"] == "positive").astype(int)
    p = thousandths(known["age"].to_numpy() / 100)
    yield predictions("CHOP", "by kind of patient", pd.DataFrame(
        {"kind": known["demo_group"], "p": p, "y": y})[::2].reset_index(drop=True), [0.1, 0.2])
    part = slice(None, None, 25)
    day = thousandths(known["pan_day"].to_numpy() / 200)
    yield models("CHOP", "age against day", y[part].to_numpy(), p[part], day[part], [0.2])
    # What was found, scored by shares that sum to 1: of the day before the one looked at.
    some = frame[::40]
    names = ["invalid", "negative", "positive"]
    sick = np.rint(10 + some["pan_day"].to_numpy() % 7 * 3 + some["age"].clip(0, 90).to_numpy() / 10).astype(int)
    bad = 1 + some["drive_thru_ind"].to_numpy() * 2 + some["orderset"].to_numpy()
    score = np.column_stack([bad, 100 - bad - sick, sick]) / 100
    yield classes("CHOP", "results", [names.index(it) for it in some["result"]], score, names)


def hrrp(folder):
    frame = pd.read_csv(folder / "FY_2023_Hospital_Readmissions_Reduction_Program_Hospital.csv")
    ratio = pd.to_numeric(frame["Excess Readmission Ratio"], errors="coerce")
    predicted = pd.to_numeric(frame["Predicted Readmission Rate"], errors="coerce")
    expected = pd.to_numeric(frame["Expected Readmission Rate"], errors="coerce")
    known = ratio.notna() & predicted.notna() & expected.notna()
    y = (ratio[known] > 1).astype(int).to_numpy()
    p, q = thousandths(predicted[known].to_numpy() / 100), thousandths(expected[known].to_numpy() / 100)
    yield predictions("HRRP", "by procedure", pd.DataFrame(
        {"of": frame["Measure Name"][known].to_numpy(), "p": p, "y": y})[::2], [0.1, 0.2])
    yield models("HRRP", "predicted against expected", y[::30], p[::30], q[::30], [0.15])
    part = slice(None, None, 30)
    x, of = np.round(expected[known].to_numpy()[part], 4), np.round(predicted[known].to_numpy()[part], 4)
    yield values("HRRP", "rates", of, x, 0.5 + x / 20)


def diabetes(folder, log):
    local, vendor = (pd.read_parquet(log / f"{name}.parquet") for name in ("readmit-local", "vendor-lace"))
    both = local.merge(vendor, on=["subject", "predicted_at"], suffixes=("", "_vendor"))[::150]
    yield models("Diabetes-130", "local against LACE", both["outcome"].to_numpy().astype(int),
                 thousandths(both["score"].to_numpy()), thousandths(both["score_vendor"].to_numpy()), [0.1])
    with zipfile.ZipFile(folder / "dataset_diabetes.zip") as packed:
        frame = pd.read_csv(packed.open("dataset_diabetes/diabetic_data.csv"), low_memory=False)[::250]
    names = ["NO", ">30", "<30"]
    y = np.array([names.index(it) for it in frame["readmitted"]])
    stays = frame["number_inpatient"].clip(0, 6).to_numpy()
    early, late = 8 + 4 * stays, 30 + 3 * stays
    yield classes("Diabetes-130", "readmission", y, np.column_stack([100 - early - late, late, early]) / 100, names)
    yield grades("Diabetes-130", "readmission by earlier stays", y, np.minimum(stays, 2), names)
    guess = np.round(2 + frame["num_medications"].to_numpy() / 8, 2)
    yield values("Diabetes-130", "days of the stay", frame["time_in_hospital"].to_numpy(), guess, guess / 2)


def readers(study):
    for case_ in study["cases"]:
        if case_["name"].startswith("reader study, "):
            pairs = np.array([row[:2] for row in case_["rows"] if None not in row[:2]])
            names = ["much worse", "worse", "same", "better", "much better"]
            yield grades("reader study", case_["name"].split(", ")[1], pairs[:, 0] + 2, pairs[:, 1] + 2, names)


def edges(random):
    data = "generated"

    def drawn(n, step, shift=-0.5, slope=1.0):
        x = random.normal(shift, 1.2, n)
        p = np.clip(np.round(1 / (1 + np.exp(-x)) / step) * step, step, 1 - step)
        return np.round(p, 9), (random.random(n) < 1 / (1 + np.exp(-slope * x))).astype(int)

    def level(name, p, y):
        return pd.DataFrame({"g": name, "p": np.broadcast_to(p, len(y)), "y": y})
    ties = drawn(400, 0.1)
    unlike = [level("ties", *ties), level("one score", 0.3, np.repeat([0, 1], [30, 10])),
              level("no outcome", drawn(60, 0.01)[0], np.zeros(60, int)),
              level("only outcomes", drawn(30, 0.01)[0], np.ones(30, int)),
              level("one row", 0.4, np.array([1])), level("few rows", 0.6, np.array([0, 1, 1, 0])),
              level("rare", drawn(2000, 0.001, -4)[0], np.eye(1, 2000, 700, dtype=int)[0])]
    yield predictions(data, "levels unlike each other", pd.concat(unlike, ignore_index=True), [0.2, 0.5])
    yield predictions(data, "levels alike", pd.concat(
        [level(it, *ties) for it in "abc"], ignore_index=True), [0.2, 0.5])
    yield predictions(data, "one level", level("all", *drawn(300, 0.01)), [0.2])

    p, y = drawn(300, 0.1)
    q = np.round(np.clip(p + random.choice([-0.2, 0, 0.1], 300), 0.1, 0.9), 1)
    yield models(data, "ties", y, p, q, [0.3, 0.5])
    yield models(data, "one class", np.zeros(50, int), p[:50], q[:50], [0.3])
    yield models(data, "a model and itself", y, p, p, [0.3])
    yield models(data, "a constant score", y, p, np.full(300, 0.3), [0.3, 0.5])
    yield models(data, "one outcome in 300", np.eye(1, 300, 5, dtype=int)[0], p, q, [0.3])
    sure = np.where(p > 0.5, 1 - 1e-9, 1e-9)
    yield models(data, "scores next to 0 and 1", y, sure, q, [0.5])
    yield models(data, "one row", y[:1], p[:1], q[:1], [0.3])

    def chances(n, k, unit=100):
        parts = random.multinomial(unit - k, np.full(k, 1 / k), n) + 1
        return parts / unit
    score = chances(240, 3, 10)
    truth = np.array([random.choice(3, p=row) for row in score])
    names = ["a", "b", "c"]
    yield classes(data, "ties", truth, score, names)
    yield classes(data, "a class without rows", np.minimum(truth, 1), score, names)
    yield classes(data, "a constant score", truth, np.tile([0.5, 0.3, 0.2], (240, 1)), names)
    far = np.tile([1e-9, 1e-9, 1 - 2e-9], (240, 1))
    far[truth == 0] = [1 - 2e-9, 1e-9, 1e-9]
    yield classes(data, "scores next to 0 and 1", truth, far, names)
    yield classes(data, "rare", np.r_[truth[:200] % 2, 2, 2], score[:202], names)
    yield classes(data, "one row", truth[:1], score[:1], names)

    seen = random.integers(0, 4, 150)
    given = np.clip(seen + random.choice([-1, 0, 0, 1], 150), 0, 3)
    names = ["low", "fair", "high", "top"]
    yield grades(data, "four levels", seen, given, names)
    yield grades(data, "all agree", seen, seen, names)
    yield grades(data, "opposite", seen, 3 - seen, names)
    yield grades(data, "one level given", seen, np.full(150, 1), names)
    yield grades(data, "one level seen and given", np.full(30, 2), np.full(30, 2), names)
    yield grades(data, "rare", np.r_[np.zeros(149, int), 3], np.r_[np.zeros(147, int), 1, 0, 2], names)
    yield grades(data, "one row", seen[:1], given[:1], names)

    x = np.round(random.normal(5, 2, 200), 2)
    yield values(data, "few distinct values", np.round(x + random.normal(0, 1, 200)), np.round(x), 1.0)
    yield values(data, "skew errors", np.round(x + random.exponential(2, 200), 3), x, np.abs(x))
    yield values(data, "twelve rows", np.round(x[:12] + random.normal(0, 1, 12), 2), x[:12])
    yield values(data, "far from 0", np.round(1e6 + x + random.normal(0, 1, 200), 2), 1e6 + x)
    yield values(data, "one row", x[:1], x[:1])

    for at, (n, ties_, compete) in enumerate([(140, 1, False), (160, None, False), (120, 1, True)]):
        x = random.normal(0, 1, n)
        event, gone = random.exponential(1 / (0.6 * np.exp(0.9 * x))), random.exponential(1.8, n)
        other = random.exponential(3, n) if compete else np.full(n, np.inf)
        t = np.min([event, other, gone], axis=0)
        d = np.where(t == event, 1, np.where(t == gone, 0, 2))
        t = np.maximum(np.round(t, ties_ or 6), 0.1 ** (ties_ or 6))
        p = np.round(1 - np.exp(-0.6 * np.exp(0.8 * x)), 2)
        name = ["ties", "no ties", "competing events"][at]
        yield follow_up(data, name, t, d, p, 1.0, [0.3, 0.5])
        if at == 0:
            yield follow_up(data, "nobody censored", t, np.maximum(d, 1), p, 1.0, [0.3])
            yield follow_up(data, "no event", t, np.zeros(n, int), p, 1.0, [0.3])
            yield follow_up(data, "a constant score", t, d, np.full(n, 0.4), 1.0, [0.3])
            sure = np.where(p > 0.5, 1 - 1e-9, 1e-9)
            yield follow_up(data, "scores next to 0 and 1", t, d, sure, 1.0, [0.3])
            yield follow_up(data, "one row", t[:1], d[:1], p[:1], 1.0, [0.3])


def plain(value):
    value = kinds.plain(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def main():
    folder, here = Path(sys.argv[1]), Path(__file__).resolve().parent
    cases = [
        *diabetes(folder / "diabetes130", here.parents[2] / "demo" / "log"), *seismometer(folder / "seismometer_example"),
        *chop(folder / "chop_covid_testing"), *hrrp(folder / "cms_hrrp_fy2023"),
        *readers(json.loads((here / "ratings.json").read_text())), *edges(np.random.default_rng(SEED))]
    libraries = ["scikit-learn", "statsmodels", "scipy", "numpy", "pandas", "MLstatkit"]
    print('{"libraries":' + json.dumps({name: version(name) for name in libraries}) + f',"seed":{SEED},"cases":[\n'
          + ",\n".join(json.dumps(plain(it), separators=(",", ":"), allow_nan=False) for it in cases) + "\n]}")


if __name__ == "__main__":
    main()
