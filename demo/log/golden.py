"""Golden values of every number in the demo's evidence, computed without any of Primum's own code.

    venv/bin/python demo/log/golden.py

Reads the story of the demo and its monitoring plans for what is asked, the two Parquet files beside
this script for the data, and writes golden.json in full double precision. Intervals are of 95 %.

Estimates, overall and by cohort:

    partial_auroc           scikit-learn's roc_auc_score(max_fpr=0.1); logit interval from the influence
                            of each row on the area, over all pairs
    average_precision       scikit-learn; logit interval from the infinitesimal jackknife, the
                            derivative in each row's weight, checked against scikit-learn's with
                            sample_weight
    auroc                   scikit-learn; interval on the logit scale from DeLong's variance,
                            coded here from the definition (all pairs, not the fast algorithm);
                            none with fewer than two rows of either outcome, nor for an area of 0
                            or 1
    brier                   scikit-learn; normal interval from scipy's standard error, in 0 to 1
    scaled_brier            1 - brier / (rate * (1 - rate)); delta method: the gradient in (brier,
                            rate) around numpy's covariance matrix; upper end at most 1
    brier_miscalibration, brier_discrimination    scikit-learn's IsotonicRegression and Brier score
    brier_uncertainty       rate * (1 - rate), at the ends of the Wilson interval of the rate
    observed_expected       sum(y) / sum(p); interval exp(+-z * sqrt((1 - rate) / sum(y)))
    calibration_intercept   statsmodels GLM, binomial, offset logit(p); Wald interval
    calibration_slope       statsmodels GLM, binomial, on logit(p); Wald interval; none where a
                            score divides the outcomes
    ici, e50, e90, emax     statsmodels GLM on a natural cubic spline by scipy, knots at the 5th,
                            35th, 65th and 95th percentile of logit(p), or three where those are not
                            distinct; none where no fit ends
    debiased_ece            groups of calibration_curve(); squared error less ȳ(1-ȳ)/(n-1)
    spiegelhalter_p         from the definition, row by row; scipy's normal tail
    outcome_rate            statsmodels Wilson interval
    mean_score              numpy; normal interval from scipy's standard error, in 0 to 1
    sensitivity, specificity, ppv, npv, flag_rate    statsmodels Wilson; flagged when p >= threshold
    flags_per_100, number_needed_to_evaluate    100 times the flag rate; 1 / ppv
    net_benefit             TP/n - w * FP/n, w = t / (1 - t); mean of bounded terms, normal interval
    net_benefit_treat_all   the same with every row flagged
    standardised_net_benefit    net benefit over rate; delta method on numpy's covariance matrix
    net_interventions_avoided   100 * (difference of the two) / w; normal interval of the mean

and for each attribute, at the plan's threshold:

    *_gap                   highest minus lowest level; Newcombe's hybrid interval from statsmodels
    equalised_odds_gap      the larger of the gaps in sensitivity and specificity
    auroc_gap               normal interval from both standard errors
    *_ratio                 lowest over highest level; Katz's log interval; of observed over expected
                            the log-normal one
    *_shrunk                a level's rate drawn to that of all (moments, weights n): no interval
    *_heterogeneity         of rates statsmodels' proportions_chisquare, without levels that do not
                            count; of AUROC (logit) and O/E (logarithm) Cochran's Q with inverse
                            variances, scipy's chi-square tail

A cell is hidden when it has fewer than 11 rows, and with it others of its attribute: levels add up
to all rows, so the smallest others are hidden until at least two are, with 11 rows together.

A row is [measure, cohort, threshold, estimate, lower, upper, n, events], with one thing more where
an estimate has one: Q and its degrees of freedom, or about how many more rows it takes until 11
outcomes of the missing kind are expected. `n` are the rows of the cell and `events` its outcomes,
whatever the measure; of a gap those of the two levels it names. A value that the data do not
determine is null. Of a cell with fewer than 11 rows everything is null.
"""

import json
import platform
import tomllib
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.interpolate import CubicSpline
from scipy.stats import chi2, norm, sem
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_chisquare,
)

HERE = Path(__file__).resolve().parent
DEMO = HERE.parent
MINIMUM = 11
LEVEL = 0.95
Z = norm.ppf(1 - (1 - LEVEL) / 2)
# Two thresholds that no plan has, so that estimates at several thresholds are checked as well.
MORE_THRESHOLDS = [0.15, 0.20]
COLUMNS = ["measure", "cohort", "threshold", "estimate", "lower", "upper", "n", "events"]
RATES = ["flag_rate", "sensitivity", "specificity", "ppv", "npv"]
WITHOUT_THRESHOLD = [
    "auroc", "partial_auroc", "average_precision", "brier", "scaled_brier", "brier_miscalibration",
    "brier_discrimination", "brier_uncertainty", "observed_expected", "calibration_intercept",
    "calibration_slope", "debiased_ece", "spiegelhalter_p", "outcome_rate", "mean_score", "ici",
    "e50", "e90", "emax",
]  # fmt: skip
AT_THRESHOLD = ["sensitivity", "specificity", "ppv", "npv", "flag_rate", "flags_per_100",
                "number_needed_to_evaluate", "net_benefit", "net_benefit_treat_all",
                "standardised_net_benefit", "net_interventions_avoided"]  # fmt: skip
MOST_FALSE_POSITIVES = 0.1
KNOTS = {3: [100, 500, 900], 4: [50, 350, 650, 950]}
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


def logit_normal(estimate: float, error: float):
    if not 0 < estimate < 1:
        return NOTHING
    centre, half = np.log(estimate / (1 - estimate)), Z * error / (estimate * (1 - estimate))
    return estimate, *(1 / (1 + np.exp(-(centre + side * half))) for side in (-1, 1))


def partial_auroc(y: np.ndarray, p: np.ndarray):
    if min(y.sum(), len(y) - y.sum()) < 2:
        return NOTHING
    most = MOST_FALSE_POSITIVES
    area, error, standardised = partial_area(y, p, most)
    right = roc_auc_score(y, p, max_fpr=most)
    assert abs(standardised - right) < 1e-12, (standardised, right)
    return logit_normal(right, error)


def partial_area(y: np.ndarray, p: np.ndarray, most: float):
    """The area up to `most`, the standard error and value of its standardised form.

    The curve is read as a function of the false positive rate: of each row with the outcome the
    area that it adds, of each without it the mean height of the curve where it stands, less the
    height at the end."""
    fpr, tpr, thresholds = roc_curve(y, p, drop_intermediate=False)
    m, k = int(y.sum()), int(len(y) - y.sum())
    # Where the end falls on a step straight up, its foot counts.
    last = int(np.searchsorted(fpr, most, side="left"))
    way = (most - fpr[last - 1]) / (fpr[last] - fpr[last - 1])
    end = tpr[last - 1] + way * (tpr[last] - tpr[last - 1])
    added, lifted = {}, {}
    for i in range(1, len(fpr)):
        x0, x1, y0, y1 = fpr[i - 1], fpr[i], tpr[i - 1], tpr[i]
        if x0 >= most:
            break
        stop = min(x1, most)
        at_stop = y1 if x1 == x0 else y0 + (y1 - y0) * (stop - x0) / (x1 - x0)
        if x1 > x0:
            # The integrals of what rises along the step, and of the curve's height over it.
            added[thresholds[i]] = (stop - x0) ** 2 / (2 * (x1 - x0)) + most - stop
            lifted[thresholds[i]] = (stop - x0) / (x1 - x0) * ((y0 + at_stop) / 2 - end)
        else:
            added[thresholds[i]] = most - x0
    of_rows = np.array([added.get(score, 0.0) for score in p[y == 1]])
    others = np.array([lifted.get(score, 0.0) for score in p[y == 0]])
    area = of_rows.mean()
    variance = of_rows.var(ddof=1) / m + others.var(ddof=1) / k
    least = most**2 / 2
    return area, np.sqrt(variance) / (2 * (most - least)), (1 + (area - least) / (most - least)) / 2


def average_precision(y: np.ndarray, p: np.ndarray):
    if min(y.sum(), len(y) - y.sum()) < 2:
        return NOTHING
    found = average_precision_score(y, p)
    scores, place = np.unique(p, return_inverse=True)
    hits = np.bincount(place, weights=y)[::-1].cumsum()[::-1]
    flagged = np.bincount(place)[::-1].cumsum()[::-1].astype(float)
    events = np.bincount(place, weights=y)
    # The derivative in a row's weight: of each precision at or below its score, and of the means.
    m = y.sum()
    of_case = (events * (1 / flagged - hits / flagged**2)).cumsum()
    of_other = (events * (-hits / flagged**2)).cumsum()
    pull = np.where(y == 1, (hits / flagged)[place] - found + of_case[place], of_other[place]) / m
    for row in (0, len(y) // 2, int(np.argmax(y))):
        weights = np.ones(len(y))
        ends = []
        for weights[row] in (1 - 1e-4, 1 + 1e-4):
            ends.append(average_precision_score(y, p, sample_weight=weights))
        slope = (ends[1] - ends[0]) / 2e-4
        assert abs(slope - pull[row]) < 1e-6 * max(1, abs(slope) * 1e3), (slope, pull[row])
    return logit_normal(found, np.sqrt((pull**2).sum()))


def decomposition(y: np.ndarray, p: np.ndarray):
    """Miscalibration and discrimination."""
    fitted = IsotonicRegression(y_min=0, y_max=1).fit(p, y).predict(p)
    best = ((fitted - y) ** 2).mean()
    return brier_score_loss(y, p) - best, y.mean() * (1 - y.mean()) - best


def uncertainty(y: np.ndarray):
    rate, low, high = share(int(y.sum()), len(y))
    ends = sorted([low * (1 - low), high * (1 - high)])
    return rate * (1 - rate), ends[0], 0.25 if low <= 0.5 <= high else ends[1]


def percentiles(values: np.ndarray, thousandths: list[int]) -> np.ndarray:
    """numpy's `averaged_inverted_cdf` in whole numbers, so that rounding moves past no row."""
    ascending, found = np.sort(values), []
    for each in thousandths:
        whole, part = divmod(len(values) * each, 1000)
        low = ascending[whole] if part else (ascending[whole - 1] + ascending[whole]) / 2
        found.append(low)
    return np.array(found)


def smooth(y: np.ndarray, p: np.ndarray) -> dict:
    """ICI, E50, E90 and Emax, or nothing where no spline can be fitted."""
    if (found := fitted(y, p)) is None:
        return {}
    away = np.abs(found[0].fittedvalues - p)
    e50, e90 = percentiles(away, [500, 900])
    return {"ici": away.mean(), "e50": e50, "e90": e90, "emax": away.max()}


def natural(x: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Natural cubic splines that are 1 at one knot and 0 at the others, lines beyond the ends."""
    columns = []
    for unit in np.eye(len(knots)):
        spline = CubicSpline(knots, unit, bc_type="natural")
        below = np.minimum(x - knots[0], 0) * spline(knots[0], 1)
        above = np.maximum(x - knots[-1], 0) * spline(knots[-1], 1)
        columns.append(spline(np.clip(x, knots[0], knots[-1])) + below + above)
    return np.column_stack(columns)


def fitted(y: np.ndarray, p: np.ndarray):
    """The fit of the smooth curve, and its knots."""
    x = log_odds(p)
    for count in (4, 3):
        knots = percentiles(x, KNOTS[count])
        if (np.diff(knots) > 0).all() and len(np.unique(x)) >= count:
            break
    else:
        return None
    if y.min() == y.max():
        return None
    design = natural(x, knots)
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerfectSeparationWarning)
        try:
            fit = sm.GLM(y, design, family=sm.families.Binomial()).fit(tol=1e-15, maxiter=200)
        except PerfectSeparationWarning:
            return None
    # Where the likelihood is flat in some direction, no curve is the best: the fit stops at rounding.
    weight = fit.fittedvalues * (1 - fit.fittedvalues)
    if not fit.converged or np.linalg.cond((design.T * weight) @ design) > 1e12:
        return None
    assert unsettled(design, y, fit.params) < 1e-12
    return fit, knots


def unsettled(design: np.ndarray, y: np.ndarray, params: np.ndarray) -> float:
    """How far another Newton step, its sums in extended precision, would move any row's fitted
    chance, as a share of it."""
    exact = design.astype(np.longdouble)
    chance = 1 / (1 + np.exp(-(exact @ params.astype(np.longdouble))))
    score = (exact * (y - chance)[:, None]).sum(0).astype(float)
    weight = (chance * (1 - chance)).astype(float)
    step = design @ np.linalg.lstsq((design.T * weight) @ design, score)[0]
    return float(np.abs((1 - chance.astype(float)) * step).max())


def smooth_curve(y: np.ndarray, p: np.ndarray) -> list[list]:
    """101 points from the 1st to the 99th percentile: [score, observed, lower, upper]."""
    fit, knots = fitted(y, p)
    ascending = np.rint(np.sort(p) * 1e9).astype(np.int64)
    first, last = (int(ascending[len(p) * share // 1000]) for share in (10, 990))
    billionths = np.array([first + (last - first) * step // 100 for step in range(101)])
    score = billionths / 1e9
    terms = natural(np.log(score / (1 - score)), knots)
    centre = terms @ fit.params
    reach = Z * np.sqrt(np.einsum("ij,jk,ik->i", terms, fit.cov_params(), terms))
    ends = [1 / (1 + np.exp(-(centre + side * reach))) for side in (0, -1, 1)]
    return np.column_stack([score, *ends]).tolist()


def thinned_precision_recall(y: np.ndarray, p: np.ndarray) -> list[list]:
    """Points of scikit-learn's curve, [threshold, recall, precision], from the highest threshold:
    all if they are at most 200, else those at least a two-hundredth of the outcomes past the last
    one kept, and the end."""
    precision, recall, thresholds = precision_recall_curve(y, p)
    points = list(zip(thresholds, recall, precision))[::-1]
    m, kept, out = int(y.sum()), 0, []
    step = -(-m // 200) if len(points) > 200 else 0
    for place, (threshold, share, precise) in enumerate(points):
        hits = round(share * m)
        if hits - kept >= step or place == len(points) - 1:
            kept = hits
            out.append([float(threshold), float(share), float(precise)])
    return out


def debiased_ece(y: np.ndarray, p: np.ndarray) -> float:
    bins = np.array([group[:4] for group in calibration_curve(y, p)], dtype=float)
    n, events, score, observed = bins.T
    chance = observed * (1 - observed) / (n - 1)
    return float((n / n.sum() * ((observed - score) ** 2 - chance)).sum())


def spiegelhalter(y: np.ndarray, p: np.ndarray) -> float | None:
    variance = ((1 - 2 * p) ** 2 * p * (1 - p)).sum()
    if variance == 0:
        return None
    return float(2 * norm.sf(abs(((y - p) * (1 - 2 * p)).sum()) / np.sqrt(variance)))


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


def log_odds(p: np.ndarray) -> np.ndarray:
    kept = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(kept) - np.log1p(-kept)


def of_cell(measure: str, y: np.ndarray, p: np.ndarray):
    """A measure that no threshold changes, with its interval."""
    mixed = y.min() < y.max()
    match measure:
        case "outcome_rate":
            return share(int(y.sum()), len(y))
        case "mean_score":
            return within(0, 1, *normal(p.mean(), sem(p)))
        case "brier":
            return within(0, 1, *normal(brier_score_loss(y, p), sem((p - y) ** 2)))
        case "brier_uncertainty":
            return uncertainty(y)
        case "brier_miscalibration":
            return decomposition(y, p)[0], None, None
        case "brier_discrimination":
            return decomposition(y, p)[1], None, None
        case "debiased_ece":
            return debiased_ece(y, p), None, None
        case "spiegelhalter_p":
            return spiegelhalter(y, p), None, None
        case _ if not mixed:
            return NOTHING
        case "partial_auroc":
            return partial_auroc(y, p)
        case "average_precision":
            return average_precision(y, p)
        case "ici" | "e50" | "e90" | "emax":
            return smooth(y, p).get(measure), None, None
        case "auroc":
            return auroc(y, p)
        case "scaled_brier":
            return scaled_brier(y, p)
        case "observed_expected":
            return log_normal(*ratio_and_log_error(y, p))
        case "calibration_intercept":
            return glm(y, log_odds(p), slope=False)
        case "calibration_slope":
            return glm(y, log_odds(p), slope=True)
    raise ValueError(measure)


def counted(measure: str, y: np.ndarray, p: np.ndarray, t: float) -> tuple[int, int]:
    """What a rate at a threshold counts, and of how many rows."""
    flag = p >= t
    of, what = {
        "sensitivity": (y == 1, flag), "specificity": (y == 0, ~flag), "ppv": (flag, y == 1),
        "npv": (~flag, y == 0), "flag_rate": (np.ones(len(y), bool), flag),
    }[measure]  # fmt: skip
    return int((of & what).sum()), int(of.sum())


def mean(term: np.ndarray):
    return normal(term.mean(), np.sqrt(term.var(ddof=0) / len(term)))


def benefit(y: np.ndarray, flag: np.ndarray, t: float) -> np.ndarray:
    """What each row adds to the net benefit."""
    return np.where(flag, np.where(y == 1, 1.0, -t / (1 - t)), 0.0)


def net_benefit(y: np.ndarray, flag: np.ndarray, t: float):
    return mean(benefit(y, flag, t))


def standardised(y: np.ndarray, flag: np.ndarray, t: float):
    if y.sum() == 0:
        return NOTHING
    term, rate = benefit(y, flag, t), y.mean()
    gradient = np.array([1 / rate, -term.mean() / rate**2])
    covariance = np.cov(np.vstack([term, y]), ddof=0) / len(y)
    return normal(term.mean() / rate, np.sqrt(gradient @ covariance @ gradient))


def at_threshold(measure: str, y: np.ndarray, p: np.ndarray, t: float):
    flag, everyone = p >= t, np.ones(len(y), bool)
    match measure:
        case "net_benefit":
            return net_benefit(y, flag, t)
        case "net_benefit_treat_all":
            return net_benefit(y, everyone, t)
        case "standardised_net_benefit":
            return standardised(y, flag, t)
        case "net_interventions_avoided":
            odds = t / (1 - t)
            return mean(100 * (benefit(y, flag, t) - benefit(y, everyone, t)) / odds)
        case "flags_per_100":
            return tuple(100 * it for it in share(*counted("flag_rate", y, p, t)))
        case "number_needed_to_evaluate":
            hits, flagged = counted("ppv", y, p, t)
            if hits == 0:
                return NOTHING
            ppv, low, high = share(hits, flagged)
            return 1 / ppv, 1 / high, 1 / low
    return share(*counted(measure, y, p, t))


def row(measure, cohort, threshold, values, n, events, *more) -> list:
    numbers = [None if value is None else float(value) for value in values]
    return [measure, cohort, threshold, *numbers, int(n), int(events), *more]


def estimates(
    y, p, cohort: str | None, thresholds: list[float], measures=None, hidden=False
) -> list[list]:
    """All estimates of one cell, of measures without a threshold and at each of them."""
    wanted = [(measure, None) for measure in WITHOUT_THRESHOLD]
    wanted += [(measure, t) for t in thresholds for measure in AT_THRESHOLD]
    wanted = [(measure, t) for measure, t in wanted if measures is None or measure in measures]
    if hidden or len(y) < MINIMUM:
        return [[measure, cohort, t, *NOTHING, None, None] for measure, t in wanted]
    more_needed = []
    if y.min() == y.max():
        chance = p.mean() if y.max() == 0 else 1 - p.mean()
        more_needed = [int(np.ceil(MINIMUM / chance))]
    out = []
    for measure, t in wanted:
        values = of_cell(measure, y, p) if t is None else at_threshold(measure, y, p, t)
        more = more_needed if tuple(values) == NOTHING else []
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

    def gap_row(measure, found):
        if found is None:
            return row(measure, few, t, NOTHING, 0, 0)
        (high, a, m), (low, b, n), rows, events = found
        limits = confint_proportions_2indep(
            a, m, b, n, compare="diff", method="newcomb", alpha=1 - LEVEL
        )
        name = f"{attribute} = {high} - {low}"
        return row(measure, name, t, (a / m - b / n, *limits), rows, events)

    found = {rate: ends(rate) for rate in RATES}
    out += [gap_row(f"{rate}_gap", found[rate]) for rate in RATES]
    both = [found["sensitivity"], found["specificity"]]
    size = [it and it[0][1] / it[0][2] - it[1][1] / it[1][2] for it in both]
    larger = both[int(size[1] > size[0])] if None not in size else None
    out.append(gap_row("equalised_odds_gap", larger))

    def extremes(values):
        """The levels with the largest and the smallest value, first by name of equal ones."""
        if len(values) < 2:
            return None
        high = max(sorted(values), key=lambda level: values[level][0])
        low = min((it for it in sorted(values) if it != high), key=lambda it: values[it][0])
        n = sum(len(levels[level][0]) for level in (high, low))
        return high, low, n, sum(levels[level][0].sum() for level in (high, low))

    areas = {
        level: delong(*cell) for level, cell in levels.items()
        if min(cell[0].sum(), len(cell[0]) - cell[0].sum()) >= MINIMUM
    }  # fmt: skip
    if (of_areas := extremes(areas)) is None:
        out.append(row("auroc_gap", few, None, NOTHING, 0, 0))
    else:
        high, low, rows, events = of_areas
        (a, error_a), (b, error_b) = areas[high], areas[low]
        values = within(-1, 1, *normal(a - b, np.hypot(error_a, error_b)))
        out.append(row("auroc_gap", f"{attribute} = {high} - {low}", None, values, rows, events))
    for rate in RATES:
        measure = "false_positive_rate_ratio" if rate == "specificity" else f"{rate}_ratio"
        if found[rate] is None:
            out.append(row(measure, few, t, NOTHING, 0, 0))
            continue
        (high, a, m), (low, b, n), rows, events = found[rate]
        if rate == "specificity":
            # Highest specificity is lowest false positive rate; of equal ones the first is high.
            rates = {level: counted(rate, *cell, t) for level, cell in levels.items()}
            rates = {level: ((of - k) / of, of - k, of) for level, (k, of) in rates.items()
                     if of >= MINIMUM}  # fmt: skip
            high, low, rows, events = extremes(rates)
            (a, m), (b, n) = rates[high][1:], rates[low][1:]
        values = NOTHING
        if a and b:
            values = log_normal((b / n) / (a / m), np.sqrt(1 / a - 1 / m + 1 / b - 1 / n))
        out.append(row(measure, f"{attribute} = {low} / {high}", t, values, rows, events))
    ratios = {level: ratio_and_log_error(*cell) for level, cell in levels.items()}
    known = {level: it for level, it in ratios.items()
             if it is not None and levels[level][0].sum() >= MINIMUM}  # fmt: skip
    if (of_ratios := extremes(known)) is None:
        out.append(row("observed_expected_ratio", few, None, NOTHING, 0, 0))
    else:
        high, low, rows, events = of_ratios
        values = log_normal(known[low][0] / known[high][0], np.hypot(known[low][1], known[high][1]))
        name = f"{attribute} = {low} / {high}"
        out.append(row("observed_expected_ratio", name, None, values, rows, events))
    for rate in RATES:
        out += all_levels(rate, levels, attribute, t)
    logits = {level: (np.log(area / (1 - area)), error / (area * (1 - area)))
              for level, (area, error) in areas.items()}  # fmt: skip
    out.append(cochran("auroc_heterogeneity", logits, levels, attribute))
    logs = {level: (np.log(it[0]), it[1]) for level, it in ratios.items() if it is not None}
    return [*out, cochran("observed_expected_heterogeneity", logs, levels, attribute)]


def all_levels(rate: str, levels: dict[str, tuple], attribute: str, t: float) -> list[list]:
    """Each level's rate drawn to that of all, and the p value that all have one."""
    counts = {level: counted(rate, *cell, t) for level, cell in sorted(levels.items())}
    counts = {level: it for level, it in counts.items() if it[1] >= MINIMUM}
    rows = sum(len(levels[level][0]) for level in counts)
    events = sum(levels[level][0].sum() for level in counts)
    measure = f"{rate}_heterogeneity"
    if len(counts) < 2:
        name = f"{attribute} = fewer than two groups"
        return [row(measure, name, t, NOTHING, rows, events)]
    k, n = np.array(list(counts.values())).T
    pooled, name = k.sum() / n.sum(), f"{attribute} = all groups"
    if pooled in (0, 1):
        statistic, test = 0.0, row(measure, name, t, NOTHING, rows, events)
        excess = 0.0
    else:
        statistic, p_value, _ = proportions_chisquare(k, n)
        text = f"X² {statistic:.2f}, {len(n) - 1} df"
        test = row(measure, name, t, (p_value, None, None), rows, events, text)
        excess = statistic - (len(n) - 1)
    spread = ((1 - n / n.sum()) * (n - 1)).sum()
    correlation = float(np.clip(excess / spread, 0, 1))
    out = []
    for (level, (count, of)) in counts.items():
        weight = of * correlation / (of * correlation + 1 - correlation)
        shrunk = pooled + weight * (count / of - pooled)
        y = levels[level][0]
        out.append(row(f"{rate}_shrunk", f"{attribute} = {level}", t, (shrunk, None, None),
                       len(y), y.sum()))  # fmt: skip
    return [*out, test]


def cochran(measure: str, values: dict, levels: dict[str, tuple], attribute: str) -> list:
    rows = sum(len(levels[level][0]) for level in values)
    events = sum(levels[level][0].sum() for level in values)
    if len(values) < 2:
        return row(measure, f"{attribute} = fewer than two groups", None, NOTHING, rows, events)
    value, error = np.array(list(values.values())).T
    weights = error**-2.0
    centre = np.average(value, weights=weights)
    q, degrees = float((weights * (value - centre) ** 2).sum()), len(values) - 1
    found = (chi2.sf(q, degrees), None, None)
    text = f"Q {q:.2f}, {degrees} df"
    return row(measure, f"{attribute} = all groups", None, found, rows, events, text)


def hidden_levels(levels: dict[str, tuple]) -> set[str]:
    """Levels of which nothing is shown."""
    sizes = {level: len(cell[0]) for level, cell in levels.items()}
    hidden = {level for level, size in sizes.items() if size < MINIMUM}
    while hidden and (len(hidden) < 2 or sum(sizes[it] for it in hidden) < MINIMUM):
        shown = [level for level in sizes if level not in hidden]
        if not shown:
            break
        hidden.add(min(shown, key=lambda level: (sizes[level], level)))
    return hidden


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
        model, low, high = net_benefit(y, p >= t, t)
        avoided = at_threshold("net_interventions_avoided", y, p, t)
        values = model, net_benefit(y, everyone, t)[0], low, high, *avoided
        decision.append([t, *map(float, values)])
    # Whole millionths, so that no score falls on the wrong side of an edge.
    edges = np.arange(51) * 20_000
    spread = [np.histogram(np.rint(p[y == of] * 1e6).astype(int), edges)[0] for of in (0, 1)]
    risk = [[i / 50, (i + 1) / 50, int(spread[0][i]), int(spread[1][i])] for i in range(50)]
    by_cohort = {name: calibration_curve(*cell) for name, cell in cohorts.items()}
    return {
        "calibration": calibration_curve(y, p), "calibration_by_cohort": by_cohort,
        "roc": thinned_roc(y, p), "precision_recall": thinned_precision_recall(y, p),
        "smooth_calibration": smooth_curve(y, p), "decision": decision, "risk": risk,
    }  # fmt: skip


def cells(frame: pd.DataFrame, by: list[str]) -> dict[str, dict[str, tuple]]:
    """Outcomes and scores of each level of each attribute."""
    out = {}
    for attribute in by:
        groups = frame.groupby(attribute, sort=True)
        out[attribute] = {level: outcomes_and_scores(rows) for level, rows in groups}
    return out


def joined(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The frame with levels of fewer than 11 rows as one: with each other, and with the smallest
    other level when they have fewer even so."""
    frame = frame.copy()
    for attribute in by:
        sizes = sorted((size, level) for level, size in frame[attribute].value_counts().items())
        together, rows = set(), 0
        for size, level in sizes:
            if size >= MINIMUM and (not together or rows >= MINIMUM):
                break
            together.add(level)
            rows += size
        if len(together) > 1:
            name = " or ".join(sorted(together))
            frame[attribute] = frame[attribute].where(~frame[attribute].isin(together), name)
    return frame


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
    for attribute, levels in cells(joined(known, plan["by"]), plan["by"]).items():
        hidden = hidden_levels(levels)
        for level, cell in levels.items():
            cohort = f"{attribute} = {level}"
            if level not in hidden:
                cohorts[cohort] = cell
            found += estimates(*cell, cohort, thresholds, hidden=level in hidden)
        shown = {level: cell for level, cell in levels.items() if level not in hidden}
        found += gaps(shown, attribute, plan["threshold"])
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
