"""The report as one writes it with pandas, scikit-learn, statsmodels and dcurves, cell by cell."""

import os
import sys
import time
import warnings

# Scores and fits here take vectors, which are not worth sharing out among threads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import statsmodels.api as sm
from dcurves import dca
from scipy.special import expit, logit
from scipy.stats import norm, rankdata
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, confusion_matrix, roc_auc_score, roc_curve
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from common import ATTRIBUTES, COLUMNS, THRESHOLDS, cell, found, peak_rss

Z = norm.ppf(0.975)


def normal(estimate, error):
    """The normal interval."""
    return estimate, estimate - Z * error, estimate + Z * error


def auroc(outcome, score):
    """Area under the ROC curve, with DeLong's variance from ranks, on the logit scale."""
    area = roc_auc_score(outcome, score)
    events, others = score[outcome == 1], score[outcome == 0]
    ranks = rankdata(np.concatenate([events, others]))
    n1, n0 = len(events), len(others)
    of_events = (ranks[:n1] - rankdata(events)) / n0
    of_others = 1 - (ranks[n1:] - rankdata(others)) / n1
    variance = of_events.var(ddof=1) / n1 + of_others.var(ddof=1) / n0
    ends = logit(area) + np.array([-Z, Z]) * np.sqrt(variance) / (area * (1 - area))
    return area, *expit(ends)


def recalibration(outcome, score):
    """Intercept with the logit of the score as offset, and slope: binomial GLMs."""
    logits = logit(np.clip(score, 1e-6, 1 - 1e-6))
    family = sm.families.Binomial()
    ones = np.ones(len(score))
    large = sm.GLM(outcome, ones, family=family, offset=logits).fit()
    line = sm.GLM(outcome, np.column_stack([ones, logits]), family=family).fit()
    return normal(large.params[0], large.bse[0]), normal(line.params[1], line.bse[1])


def share(count, rows):
    """A share with Wilson's interval; none of no rows."""
    if rows == 0:
        return None
    return count / rows, *proportion_confint(count, rows, method="wilson")


def at_threshold(outcome, score, threshold):
    """Everything at one threshold but net benefit."""
    ((tn, fp), (fn, tp)) = confusion_matrix(outcome, score >= threshold, labels=[0, 1])
    return {
        "sensitivity": share(tp, tp + fn),
        "specificity": share(tn, tn + fp),
        "ppv": share(tp, tp + fp),
        "npv": share(tn, tn + fn),
        "flag_rate": share(tp + fp, len(outcome)),
    }


def net_benefits(outcome, score, thresholds):
    """Net benefit at each threshold, of the score and of treating all."""
    data = pd.DataFrame({"outcome": outcome, "score": score})
    curve = dca(data=data, outcome="outcome", modelnames=["score"], thresholds=thresholds)
    curve = curve.set_index(["model", "threshold"])["net_benefit"]
    return {
        threshold: {
            "net_benefit": curve["score", threshold],
            "net_benefit_treat_all": curve["all", threshold],
        }
        for threshold in thresholds
    }


def measures(outcome, score):
    """Every measure of one cell, with its interval; net benefit alone has none here."""
    n, events = len(outcome), int(outcome.sum())
    if events in (0, n):
        return {}
    brier = brier_score_loss(outcome, score)
    brier_error = np.std((score - outcome) ** 2) / np.sqrt(n)
    rate, mean = events / n, score.mean()
    spread = rate * (1 - rate)
    log_error = np.sqrt((1 - rate) / events)
    intercept, slope = recalibration(outcome, score)
    all_of = {
        "auroc": auroc(outcome, score),
        "brier": normal(brier, brier_error),
        "scaled_brier": normal(1 - brier / spread, brier_error / spread),
        "observed_expected": (rate / mean, *(rate / mean * np.exp([-Z * log_error, Z * log_error]))),
        "calibration_intercept": intercept,
        "calibration_slope": slope,
        "outcome_rate": share(events, n),
        "mean_score": normal(mean, score.std() / np.sqrt(n)),
    }
    benefits = net_benefits(outcome, score, THRESHOLDS)
    for threshold in THRESHOLDS:
        for name, value in at_threshold(outcome, score, threshold).items():
            if value is not None:
                all_of[f"{name}@{threshold}"] = value
        for name, value in benefits[threshold].items():
            all_of[f"{name}@{threshold}"] = (value, None, None)
    return all_of


def gaps(data, attribute):
    """The largest gaps between the levels of an attribute at the first threshold."""
    flagged = data["score"] >= THRESHOLDS[0]
    of_rows = {
        "flag_rate": (flagged, data["score"] >= 0),
        "sensitivity": (flagged & (data["outcome"] == 1), data["outcome"] == 1),
        "specificity": (~flagged & (data["outcome"] == 0), data["outcome"] == 0),
        "ppv": (flagged & (data["outcome"] == 1), flagged),
    }
    found = {}
    for name, (counted, among) in of_rows.items():
        counts = counted.groupby(data[attribute], observed=True).sum()
        rows = among.groupby(data[attribute], observed=True).sum()
        shares = counts / rows
        high, low = shares.idxmax(), shares.idxmin()
        ends = confint_proportions_2indep(
            counts[high], rows[high], counts[low], rows[low], method="newcomb", compare="diff"
        )
        found[name] = (shares[high] - shares[low], *ends)
    return found


def curves(data):
    """The curves of everyone, and calibration by cohort."""
    outcome, score = data["outcome"].to_numpy(), data["score"].to_numpy()
    calibration_curve(outcome, score, n_bins=10, strategy="quantile")
    roc_curve(outcome, score)
    net_benefits(outcome, score, [hundredths / 100 for hundredths in range(1, 51)])
    np.histogram(score[outcome == 1], bins=50, range=(0, 1))
    np.histogram(score[outcome == 0], bins=50, range=(0, 1))
    for attribute in ATTRIBUTES:
        for _, rows in data.groupby(attribute, observed=True):
            calibration_curve(rows["outcome"], rows["score"], n_bins=10, strategy="quantile")


def report(path):
    """Every cell: name, counts, measures; and the curves and gaps, which are not compared."""
    data = pd.read_parquet(path, columns=COLUMNS)
    for attribute in ATTRIBUTES:
        data[attribute] = data[attribute].astype("category")
    data["month"] = data["time"].dt.strftime("%Y-%m").astype("category")
    cells = []

    def add(period, attribute, level, rows):
        outcome, score = rows["outcome"].to_numpy(), rows["score"].to_numpy()
        counts = (len(outcome), int(outcome.sum()))
        cells.append((period, attribute, level, *counts, measures(outcome, score)))

    add(None, None, None, data)
    for month, rows in data.groupby("month", observed=True):
        add(month, None, None, rows)
    for attribute in ATTRIBUTES:
        for level, rows in data.groupby(attribute, observed=True):
            add(None, attribute, level, rows)
        for (month, level), rows in data.groupby(["month", attribute], observed=True):
            add(month, attribute, level, rows)
        gaps(data, attribute)
    curves(data)
    return cells


warnings.simplefilter("ignore")
start = time.perf_counter()
cells = report(sys.argv[1])
seconds = time.perf_counter() - start
peak = peak_rss()
found(
    seconds,
    peak,
    cells[0][3],
    [cell(*key, {name: value[0] for name, value in all_of.items()}) for *key, all_of in cells],
)
