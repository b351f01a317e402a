"""The report as one would write it by hand with NumPy: dense histograms, then measures from them.

A first pass counts rows by attribute, month, level, bin of the score and outcome; every cell and
every measure with its interval is then computed from the counts. Scores are taken as the middle of
their bin.
"""

import os
import sys
import time

# Vectors of this length take longer to share out than to multiply.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import pyarrow.parquet as parquet

from common import ATTRIBUTES, BINS, COLUMNS, MONTHS, THRESHOLDS, cell, found, peak_rss

LEVELS = 8
# With a number of the type that is counted in, NumPy counts many times as fast.
ONE = np.int32(1)
Z = 1.959963984540054
MIDDLES = (np.arange(BINS) + 0.5) / BINS
LOGITS = np.log(MIDDLES / (1 - MIDDLES))


def month_by_day():
    """The number of the month of each day from the first one of `MONTHS`, and that day."""
    starts = np.array([*MONTHS, "2026-01"], dtype="datetime64[M]").astype("datetime64[D]")
    return np.repeat(np.arange(len(MONTHS)), np.diff(starts).astype(int)), starts[0].astype(int)


def histograms(path):
    """For each attribute its levels and its counts: month, level, bin, outcome."""
    months, first_day = month_by_day()
    levels = {name: {} for name in ATTRIBUTES}
    size = len(MONTHS) * LEVELS * BINS * 2
    counts = {name: np.zeros(size, dtype=np.int32) for name in ATTRIBUTES}
    file = parquet.ParquetFile(path, read_dictionary=ATTRIBUTES)
    for batch in file.iter_batches(batch_size=1 << 17, columns=COLUMNS):
        bins = (batch.column("score").to_numpy() * BINS).astype(np.int32)
        tail = np.minimum(bins, BINS - 1) * 2 + batch.column("outcome").to_numpy()
        micros = batch.column("time").to_numpy().view("i8")
        month = months[micros // 86_400_000_000 - first_day].astype(np.int32)
        for name in ATTRIBUTES:
            column = batch.column(name)
            known = levels[name]
            entries = [known.setdefault(text, len(known)) for text in column.dictionary.to_pylist()]
            level = np.array(entries, dtype=np.int32)[column.indices.to_numpy()]
            np.add.at(counts[name], (month * LEVELS + level) * np.int32(BINS * 2) + tail, ONE)
    shape = (len(MONTHS), LEVELS, BINS, 2)
    return {name: (list(levels[name]), counts[name].reshape(shape)) for name in ATTRIBUTES}


def wilson(count, rows):
    """Wilson's interval of a share."""
    if rows == 0:
        return None
    share, z2 = count / rows, Z * Z
    middle = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    half = Z / (1 + z2 / rows) * np.sqrt(share * (1 - share) / rows + z2 / (4 * rows * rows))
    return share, middle - half, middle + half


def normal(estimate, error):
    """The normal interval."""
    return estimate, estimate - Z * error, estimate + Z * error


def auroc(without, events, n0, n1):
    """Area under the ROC curve with DeLong's variance, on the logit scale; ties count half."""
    below = (np.cumsum(without) - without / 2) / n0
    above = 1 - (np.cumsum(events) - events / 2) / n1
    area = np.dot(events, below) / n1
    of_events = np.dot(events, (below - area) ** 2) / max(n1 - 1, 1)
    of_others = np.dot(without, (above - area) ** 2) / max(n0 - 1, 1)
    error = np.sqrt(of_events / n1 + of_others / n0) / (area * (1 - area))
    ends = np.log(area / (1 - area)) + np.array([-Z, Z]) * error
    return area, *(1 / (1 + np.exp(-ends)))


def recalibration(rows, events, logits):
    """Intercept with the logit as offset, and slope, by Newton's method."""
    a = 0.0
    for _ in range(25):
        p = 1 / (1 + np.exp(-(a + logits)))
        information = np.dot(rows, p * (1 - p))
        step = (events.sum() - np.dot(rows, p)) / information
        a += step
        if abs(step) < 1e-10:
            break
    line = np.array([0.0, 1.0])
    for _ in range(25):
        p = 1 / (1 + np.exp(-(line[0] + line[1] * logits)))
        weight, miss = rows * p * (1 - p), events - rows * p
        first = np.dot(weight, logits)
        hessian = np.array([[weight.sum(), first], [first, np.dot(weight, logits**2)]])
        step = np.linalg.solve(hessian, [miss.sum(), np.dot(miss, logits)])
        line += step
        if np.abs(step).max() < 1e-10:
            break
    slope_error = np.sqrt(np.linalg.inv(hessian)[1, 1])
    return normal(a, 1 / np.sqrt(information)), normal(line[1], slope_error)


def net_benefit(true, false, n, odds):
    """True positives less weighted false ones, per row, with the interval of its exact variance."""
    benefit = (true - odds * false) / n
    square = (true + odds * odds * false) / n
    return normal(benefit, np.sqrt(max(square - benefit * benefit, 0) / n))


def at_threshold(without, events, n0, n1, threshold):
    """Everything at one threshold."""
    first = round(threshold * BINS)
    true, false = events[first:].sum(), without[first:].sum()
    odds = threshold / (1 - threshold)
    return {
        "sensitivity": wilson(true, n1),
        "specificity": wilson(n0 - false, n0),
        "ppv": wilson(true, true + false),
        "npv": wilson(n0 - false, n0 + n1 - true - false),
        "flag_rate": wilson(true + false, n0 + n1),
        "net_benefit": net_benefit(true, false, n0 + n1, odds),
        "net_benefit_treat_all": net_benefit(n1, n0, n0 + n1, odds),
    }


def measures(counts):
    """Every measure of one cell, with its interval."""
    without, events = counts[:, 0].astype(float), counts[:, 1].astype(float)
    n0, n1 = without.sum(), events.sum()
    n = n0 + n1
    if n0 == 0 or n1 == 0:
        return {}
    rows = without + events
    mean = np.dot(rows, MIDDLES) / n
    mean_square = np.dot(rows, MIDDLES**2) / n
    rate = n1 / n
    loss0, loss1 = MIDDLES**2, (1 - MIDDLES) ** 2
    brier = (np.dot(without, loss0) + np.dot(events, loss1)) / n
    square = (np.dot(without, loss0**2) + np.dot(events, loss1**2)) / n
    brier_error = np.sqrt(max(square - brier * brier, 0) / n)
    ratio, log_error = rate / mean, np.sqrt((1 - rate) / n1)
    some = rows > 0
    intercept, slope = recalibration(rows[some], events[some], LOGITS[some])
    found = {
        "auroc": auroc(without, events, n0, n1),
        "brier": normal(brier, brier_error),
        "scaled_brier": normal(1 - brier / (rate * (1 - rate)), brier_error / (rate * (1 - rate))),
        "observed_expected": (ratio, *(ratio * np.exp(np.array([-Z, Z]) * log_error))),
        "calibration_intercept": intercept,
        "calibration_slope": slope,
        "outcome_rate": wilson(n1, n),
        "mean_score": normal(mean, np.sqrt(max(mean_square - mean * mean, 0) / n)),
    }
    for threshold in THRESHOLDS:
        for name, value in at_threshold(without, events, n0, n1, threshold).items():
            if value is not None:
                found[f"{name}@{threshold}"] = value
    return found


def report(path):
    """Every cell: name, counts, measures."""
    cells = []

    def add(period, attribute, level, counts):
        n, events = counts.sum(), counts[:, 1].sum()
        cells.append((period, attribute, level, n, events, measures(counts)))

    for name, (levels, counts) in histograms(path).items():
        if name == ATTRIBUTES[0]:
            everyone = counts.sum(axis=1)
            add(None, None, None, everyone.sum(axis=0))
            for month, period in enumerate(MONTHS):
                add(period, None, None, everyone[month])
        for number, level in enumerate(levels):
            add(None, name, level, counts[:, number].sum(axis=0))
            for month, period in enumerate(MONTHS):
                add(period, name, level, counts[month, number])
    return cells


# A cell whose scores separate the outcomes has no fit, and infinite ends.
np.seterr(all="ignore")
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
