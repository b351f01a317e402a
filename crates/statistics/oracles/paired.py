"""Expected values for the tests of `paired` and `clustered`, from other people's libraries and from definitions.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 statsmodels==0.15.0 MLstatkit==0.1.91
    python paired.py > paired.json

- AUROC of each model: scikit-learn. Variance of the difference: DeLong's, from the matrix of all pairs; its p value
  must be that of MLstatkit, or nothing is written.
- Brier score: scikit-learn; its difference with SciPy's paired t statistic.
- Tango: the share of discordant rows that maximises the multinomial likelihood under each difference is found as the
  root of its derivative; the ends of the interval by root finding. McNemar: statsmodels.
- PPV and NPV: the derivative of the difference in the weight of each row, by complex steps (infinitesimal jackknife).
- Net benefit: mean and variance of what each row adds.
- Clusters: scikit-learn's measures with one group of clusters left out, SciPy's t; the same of differences of models.
"""

import json
from importlib.metadata import version

import numpy as np
from MLstatkit.stats import Delong_test
from scipy import optimize, stats
from sklearn.metrics import brier_score_loss, roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar

SEED = 2027
Z = stats.norm.ppf(0.975)


def around(estimate, error, z):
    return [estimate, estimate - Z * error, estimate + Z * error, 2 * stats.norm.sf(abs(z))]


def auroc(y, a, b):
    def placements(s):
        wins = (s[y == 1][:, None] > s[y == 0]) + 0.5 * (s[y == 1][:, None] == s[y == 0])
        return wins.mean(1), wins.mean(0)
    (p10, p01), (q10, q01) = placements(a), placements(b)
    error = np.sqrt(np.var(p10 - q10, ddof=1) / len(p10) + np.var(p01 - q01, ddof=1) / len(p01))
    first, second = roc_auc_score(y, a), roc_auc_score(y, b)
    found = around(first - second, error, (first - second) / error)
    theirs = Delong_test(y, a, b)
    assert abs(theirs[1] - found[3]) < 1e-9, (theirs, found)
    return [first, second] + found


def brier(y, a, b):
    first, second = brier_score_loss(y, a), brier_score_loss(y, b)
    t = stats.ttest_rel((a - y) ** 2, (b - y) ** 2).statistic
    return [first, second] + around(first - second, (first - second) / t, t)


def tango(b, c, n):
    def statistic(d):
        # Cells b: q + d, c: q, the rest: 1 - 2q - d. The derivative of the log-likelihood in q falls.
        low, high = max(0.0, -d), (1 - d) / 2
        def slope(q):
            part = lambda k, p: k / p if k else 0.0
            return part(b, q + d) + part(c, q) - 2 * part(n - b - c, 1 - 2 * q - d)
        tiny = 1e-15
        if high - low < 1e-12 or slope(low + tiny) <= 0:
            q = low
        elif slope(high - tiny) >= 0:
            q = high
        else:
            q = optimize.brentq(slope, low + tiny, high - tiny, xtol=1e-17, rtol=1e-15, maxiter=1000)
        return (b - c - n * d) / np.sqrt(n * (2 * q + d - d * d))
    d, tiny = (b - c) / n, 1e-9
    lower = optimize.brentq(lambda x: statistic(x) - Z, -1 + tiny, d - tiny, xtol=1e-15) if d > -1 else -1.0
    upper = optimize.brentq(lambda x: statistic(x) + Z, d + tiny, 1 - tiny, xtol=1e-15) if d < 1 else 1.0
    return lower, upper


def shares(first, second):
    b, c = int((first & ~second).sum()), int((second & ~first).sum())
    table = [[int((first & second).sum()), b], [c, int((~first & ~second).sum())]]
    p = mcnemar(table, exact=False, correction=False).pvalue if b + c else 1.0
    return [first.mean(), second.mean(), (b - c) / len(first), *tango(b, c, len(first)), float(p)]


def ratios(hit, flagged_a, flagged_b):
    def share(weights, flagged):
        return (weights * hit * flagged).sum() / (weights * flagged).sum()
    one = np.ones(len(hit), complex)
    def gradient(row):
        step = one.copy()
        step[row] += 1e-30j
        return ((share(step, flagged_a) - share(step, flagged_b)).imag) / 1e-30
    error = np.sqrt(sum(gradient(row) ** 2 for row in range(len(hit))))
    first, second = share(one, flagged_a).real, share(one, flagged_b).real
    return [first, second] + around(first - second, error, (first - second) / error)


def benefit(y, a, b, t):
    w = t / (1 - t)
    gain = lambda flag: (flag & (y == 1)) - w * (flag & (y == 0))
    first, second = gain(a), gain(b)
    row = first - second
    error = np.sqrt(np.var(row) / len(y))
    return [first.mean(), second.mean()] + around(row.mean(), error, row.mean() / error)


def models(random):
    for n, rate, places, ts in [(400, 0.3, 2, [0.25, 0.5]), (60, 0.4, 1, [0.4]), (1500, 0.06, 3, [0.05, 0.1])]:
        risk = random.beta(rate * 3, (1 - rate) * 3, n)
        y = (random.random(n) < risk).astype(int)
        noisy = lambda s: np.round(1 / (1 + np.exp(-(np.log(risk / (1 - risk)) + random.normal(0, s, n)))), places)
        a, b = noisy(0.4), noisy(1.2)
        case = {"rows": [[float(p), float(q), int(o)] for p, q, o in zip(a, b, y)],
                "auroc": auroc(y, a, b), "brier": brier(y, a, b), "thresholds": []}
        for t in ts:
            fa, fb = a >= t, b >= t
            case["thresholds"].append({
                "threshold": t, "sensitivity": shares(fa[y == 1], fb[y == 1]),
                "specificity": shares(~fa[y == 0], ~fb[y == 0]), "flag_rate": shares(fa, fb),
                "ppv": ratios(y == 1, fa, fb), "npv": ratios(y == 0, ~fa, ~fb),
                "net_benefit": benefit(y, fa, fb, t)})
        yield case


def tangos():
    for b, c, n in [(0, 0, 20), (1, 0, 44), (0, 9, 30), (12, 5, 50), (300, 280, 10000), (20, 0, 20)]:
        yield {"counts": [b, c, n], "interval": tango(b, c, n)}


def clusters(random):
    for groups, size in [(25, 8), (60, 5)]:
        rows = []
        for group in range(groups):
            base = random.normal(-1, 1)
            for _ in range(1 + random.poisson(size)):
                risk = 1 / (1 + np.exp(-(base + random.normal(0, 0.5))))
                rows.append([group, float(np.round(risk, 2)), int(random.random() < risk)])
        group, p, y = np.array(rows).T
        def measures(keep):
            s, o = p[keep], y[keep]
            flag = s >= 0.3
            return [roc_auc_score(o, s), brier_score_loss(o, s), np.log(o.sum() / s.sum()), o[flag].mean(),
                    flag[o == 1].mean()]
        point = np.array(measures(np.full(len(p), True)))
        left = np.array([measures(group != g) for g in range(groups)])
        error = np.sqrt((groups - 1) / groups * ((left - left.mean(0)) ** 2).sum(0))
        telling = (np.abs(left - point) > 1e-13).sum(0)
        yield {"rows": rows, "estimate": point.tolist(), "error": error.tolist(), "telling": telling.tolist(),
               "t": stats.t.ppf(0.975, telling - 1).tolist()}


def clustered_models(random):
    for groups, size in [(30, 6), (80, 4)]:
        rows = []
        for group in range(groups):
            base = random.normal(-1, 1)
            for _ in range(1 + random.poisson(size)):
                log_odds = base + random.normal(0, 0.5)
                risk = lambda noise: float(np.round(1 / (1 + np.exp(-(log_odds + random.normal(0, noise)))), 2))
                rows.append([group, risk(0.2), risk(1.0), int(random.random() < 1 / (1 + np.exp(-log_odds)))])
        group, a, b, y = np.array(rows).T
        def alone(o, s):
            flag, n = s >= 0.3, len(o)
            gain = (o[flag].sum() - 0.3 / 0.7 * (1 - o[flag]).sum()) / n
            return np.array([roc_auc_score(o, s), brier_score_loss(o, s), flag[o == 1].mean(), o[flag].mean(), gain])
        differences = lambda keep: alone(y[keep], a[keep]) - alone(y[keep], b[keep])
        point = differences(np.full(len(y), True))
        left = np.array([differences(group != g) for g in range(groups)])
        error = np.sqrt((groups - 1) / groups * ((left - left.mean(0)) ** 2).sum(0))
        degrees = (np.abs(left - point) > 1e-13).sum(0) - 1
        reach = stats.t.ppf(0.975, degrees) * error
        yield {"rows": rows, "estimate": point.tolist(), "lower": (point - reach).tolist(),
               "upper": (point + reach).tolist(), "p": (2 * stats.t.sf(np.abs(point / error), degrees)).tolist()}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def main():
    random = np.random.default_rng(SEED)
    libraries = {name: version(name) for name in ["numpy", "scipy", "scikit-learn", "statsmodels", "MLstatkit"]}
    print(json.dumps({"libraries": libraries, "seed": SEED})[:-1])
    for name, cases in [("models", models(random)), ("tango", tangos()), ("clusters", clusters(random)),
                        ("clustered_models", clustered_models(random))]:
        print(f',"{name}":[\n' + ",\n".join(json.dumps(plain(c), separators=(",", ":")) for c in cases) + "]")
    print("}")


if __name__ == "__main__":
    main()
