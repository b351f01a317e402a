"""Expected values for the tests of `reliability`, from other people's libraries.

    pip install scikit-learn==1.9.1 statsmodels==0.15.0 scipy==1.12.0 numpy==1.26.4
    python reliability.py > reliability.json

- Decomposition of the Brier score: scikit-learn's IsotonicRegression and brier_score_loss, row by row.
- Calibration error: bins by whole numbers; where scores lie on no edge, scikit-learn's calibration_curve has to agree.
- Smooth curve: a natural cubic spline by SciPy's interpolation (no truncated powers), going on as a line beyond
  the outer knots, fitted with statsmodels' GLM.
- Spiegelhalter's Z from its definition, row by row.

The rows are kept as [score in billionths, rows without, rows with]. Everything random comes from one seed.
"""

import json
from importlib.metadata import version

import numpy as np
import statsmodels.api as sm
from scipy import stats
from scipy.interpolate import CubicSpline
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss

SEED = 2026
SCALE = 10 ** 9
SMALLEST = 11
KNOTS = {3: [100, 500, 900], 4: [50, 350, 650, 950], 5: [50, 275, 500, 725, 950]}


def decomposition(p, y):
    fitted = IsotonicRegression(y_min=0, y_max=1).fit(p, y).predict(p)
    brier, best = brier_score_loss(y, p), brier_score_loss(y, fitted)
    rate = brier_score_loss(y, np.full(len(y), y.mean()))
    return {"brier": brier, "miscalibration": brier - best, "discrimination": rate - best, "uncertainty": rate}


def spiegelhalter(p, y):
    z = ((y - p) * (1 - 2 * p)).sum() / np.sqrt(((1 - 2 * p) ** 2 * p * (1 - p)).sum())
    return {"z": float(z), "p_value": float(2 * stats.norm.sf(abs(z)))}


def error_of(p, y, place):
    """`place` is the bin of each row; the rows ascend."""
    groups = [np.flatnonzero(place == bin_) for bin_ in np.unique(place)]
    bins = [(len(rows), y[rows].sum(), p[rows].mean(), y[rows].mean()) for rows in groups]
    n, _, score, observed = (np.array(column, dtype=float) for column in zip(*bins))
    share, away = n / n.sum(), observed - score
    return {"absolute": float((share * abs(away)).sum()), "squared": float((share * away ** 2).sum()),
            "squared_unbiased": float((share * (away ** 2 - observed * (1 - observed) / (n - 1))).sum()),
            "bins": [[int(a), int(b), float(c), float(d)] for a, b, c, d in bins]}


def equal_width(billionths, p, y, count):
    place = np.minimum(billionths * count // SCALE, count - 1)
    sizes = {bin_: int((place == bin_).sum()) for bin_ in np.unique(place)}
    names, name, held = {}, 0, 0
    for bin_, size in sizes.items():
        names[bin_], held = name, held + size
        if held >= SMALLEST:
            name, held = name + 1, 0
    if held:
        names = {bin_: min(group, name - 1) for bin_, group in names.items()}
    found = error_of(p, y, np.array([names[bin_] for bin_ in place]))
    if min(sizes.values()) >= SMALLEST and not (billionths * count % SCALE == 0).any():
        agrees(found, *calibration_curve(y, p, n_bins=count, strategy="uniform"))
    return found


def equal_mass(p, y, count):
    """For distinct scores whose number is a multiple of `count`."""
    found = error_of(p, y, np.repeat(np.arange(count), len(p) // count))
    agrees(found, *calibration_curve(y, p, n_bins=count, strategy="quantile"))
    return found


def agrees(found, observed, score):
    bins = np.array(found["bins"])
    assert np.allclose(bins[:, 3], observed, atol=1e-14) and np.allclose(bins[:, 2], score, atol=1e-14)


def percentiles(values, thousandths):
    """NumPy's `averaged_inverted_cdf`, asked for a share that rounding cannot move past a row."""
    ascending, found = np.sort(values), []
    for share in thousandths:
        whole, part = divmod(len(values) * share, 1000)
        found.append(ascending[whole] if part else (ascending[whole - 1] + ascending[whole]) / 2)
        exact = len(values) * (share / 1000)
        if exact == len(values) * share // 1000 or part:
            assert np.isclose(found[-1], np.quantile(values, share / 1000, method="averaged_inverted_cdf"), atol=1e-14)
    return np.array(found)


def smooth(p, y, count):
    x = np.log(np.clip(p, 1e-6, 1 - 1e-6))
    x -= np.log1p(-np.clip(p, 1e-6, 1 - 1e-6))
    knots = percentiles(x, KNOTS[count])
    columns = []
    for unit in np.eye(count):
        spline = CubicSpline(knots, unit, bc_type="natural")
        inside = spline(np.clip(x, knots[0], knots[-1]))
        below = np.minimum(x - knots[0], 0) * spline(knots[0], 1)
        above = np.maximum(x - knots[-1], 0) * spline(knots[-1], 1)
        columns.append(inside + below + above)
    # The columns add up to 1, so they hold the intercept.
    fit = sm.GLM(y, np.column_stack(columns), family=sm.families.Binomial()).fit(tol=1e-15, maxiter=200)
    away = np.abs(fit.fittedvalues - p)
    e50, e90 = percentiles(away, [500, 900])
    return {"ici": float(away.mean()), "e50": float(e50), "e90": float(e90), "emax": float(away.max()),
            "eci": float(100 * (away ** 2).mean()), "knots": knots.tolist()}


def data(random):
    def draw(n, centre, spread, slope, shift, step=None):
        log_odds = random.normal(centre, spread, n)
        billionths = np.round(SCALE / (1 + np.exp(-log_odds))).astype(np.int64)
        if step:
            billionths = np.round(billionths / step).astype(np.int64) * step
        outcome = random.random(n) < 1 / (1 + np.exp(-(shift + slope * log_odds)))
        order = np.argsort(billionths, kind="stable")
        return billionths[order], outcome[order].astype(float)
    yield "too extreme", *draw(600, -0.5, 1.5, 0.6, 0.2)
    yield "right, many ties", *draw(900, -0.3, 1.0, 1.0, 0.0, SCALE // 20)
    yield "rare, too high", *draw(1000, -3.0, 1.0, 1.0, -0.7)
    yield "wrong way round", *draw(200, 0.0, 1.0, -0.5, 0.0)


def main():
    cases = []
    for name, billionths, y in data(np.random.default_rng(SEED)):
        p = billionths / SCALE
        scores = np.unique(billionths)
        rows = [[int(s), int((y[billionths == s] == 0).sum()), int((y[billionths == s] == 1).sum())] for s in scores]
        distinct = len(scores) == len(p)
        cases.append({
            "name": name, "rows": rows, "decomposition": decomposition(p, y), "spiegelhalter": spiegelhalter(p, y),
            "equal_width": {str(count): equal_width(billionths, p, y, count) for count in [5, 10, 15]},
            "equal_mass": {str(count): equal_mass(p, y, count) for count in [5, 10, 20]
                           if distinct and count * SMALLEST <= len(p)},
            "smooth": {str(count): smooth(p, y, count) for count in [3, 4, 5]}})
    libraries = ["scikit-learn", "statsmodels", "scipy", "numpy"]
    print('{"libraries":' + json.dumps({name: version(name) for name in libraries}) + f',"seed":{SEED},"cases":[\n'
          + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]}")


if __name__ == "__main__":
    main()
