"""Expected values for the tests of `classes`, `ordinal` and `values`, from other people's libraries.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 statsmodels==0.15.0
    python kinds.py > kinds.json

- Classes: scikit-learn's accuracy, balanced accuracy, AUROC (one against the rest and one against one), log loss,
  recall and precision. Standard errors of means of areas: every pair written out as a function of row weights, its
  derivative in each weight by complex steps (infinitesimal jackknife); its value must be that of scikit-learn. Brier:
  from its definition with numpy; calibration error: numpy's bins.
- Ordinal: statsmodels' cohens_kappa (values and standard errors), SciPy's kendalltau and somersd; standard errors of
  these by complex steps.
- Values: scikit-learn's errors and R squared, SciPy's t intervals and quantile_test, statsmodels' OLS with HC3;
  Bland-Altman limits by their published formula.
"""

import json
from importlib.metadata import version

import numpy as np
import statsmodels.api as sm
from scipy import stats
from sklearn import metrics
from statsmodels.stats.inter_rater import cohens_kappa

SEED = 2029
STEP = 1e-30


def jackknife(function, n):
    one = np.ones(n, complex)
    gradient = []
    for row in range(n):
        step = one.copy()
        step[row] += STEP * 1j
        gradient.append(function(step).imag / STEP)
    return [float(function(one).real), float(np.sqrt(np.sum(np.square(gradient))))]


def classes(random):
    for n, k, places in [(200, 3, 2), (300, 4, 3), (80, 2, 2)]:
        logits = random.normal(0, 1.2, (n, k)) + np.linspace(0, -0.8, k)
        chance = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        y = np.array([random.choice(k, p=row) for row in chance])
        noisy = np.exp(logits + random.normal(0, 0.6, (n, k)))
        unit = 10 ** places
        parts = np.floor(noisy / noisy.sum(1, keepdims=True) * (unit - k)).astype(int) + 1
        parts[:, 0] += unit - parts.sum(1)
        p = parts / unit
        yield {"classes": k, "rows": [[int(a), row.tolist()] for a, row in zip(y, p)], "measures": of_classes(y, p)}


def of_classes(y, p):
    n, k = p.shape
    hot = np.eye(k)[y]
    guess = p.argmax(1)

    def area(w, s, a, b):
        wins = (s[a][:, None] > s[b]) + 0.5 * (s[a][:, None] == s[b])
        return (w[a] @ wins @ w[b]) / (w[a].sum() * w[b].sum())
    def one_rest(w, c):
        return area(w, p[:, c], y == c, y != c)
    pairs = [(i, j) for i in range(k) for j in range(k) if i != j]
    areas = {
        "macro_auroc": lambda w: sum(one_rest(w, c) for c in range(k)) / k,
        "weighted_auroc": lambda w: sum(w[y == c].sum() * one_rest(w, c) for c in range(k)) / w.sum(),
        "hand_till_m": lambda w: sum(area(w, p[:, i], y == i, y == j) for i, j in pairs) / len(pairs)}
    found = {name: jackknife(function, n) for name, function in areas.items()}
    if k > 2:
        for name, kind, average in [("macro_auroc", "ovr", "macro"), ("weighted_auroc", "ovr", "weighted"),
                                    ("hand_till_m", "ovo", "macro")]:
            theirs = metrics.roc_auc_score(y, p, multi_class=kind, average=average)
            assert abs(theirs - found[name][0]) < 1e-12, name
    loss = -np.log(p[np.arange(n), y])
    brier = ((p - hot) ** 2).sum(1)
    recall = metrics.recall_score(y, guess, average=None)
    sizes = np.bincount(y)
    balanced = metrics.balanced_accuracy_score(y, guess)
    found |= {
        "accuracy": metrics.accuracy_score(y, guess),
        "balanced_accuracy": [balanced, float(np.sqrt((recall * (1 - recall) / sizes).sum()) / k)],
        "log_loss": [metrics.log_loss(y, p), float(loss.std(ddof=1) / np.sqrt(n))],
        "brier": [float(brier.mean()), float(brier.std(ddof=1) / np.sqrt(n))],
        "sensitivity": recall.tolist(), "ppv": metrics.precision_score(y, guess, average=None).tolist(),
        "specificity": [metrics.recall_score(y != c, guess != c) for c in range(k)],
        "auroc": [metrics.roc_auc_score(y == c, p[:, c]) for c in range(k)],
        "confusion": metrics.confusion_matrix(y, guess).tolist()}
    return found


def ordinal(random):
    for n, k in [(120, 4), (400, 5), (60, 2)]:
        a = random.integers(0, k, n)
        b = np.clip(a + random.choice([-1, 0, 0, 0, 1, 2], n), 0, k - 1)
        yield {"levels": k, "rows": np.column_stack([a, b]).tolist(), "measures": of_grades(a, b, k)}


def of_grades(a, b, k):
    n = len(a)
    table = np.zeros((k, k), int)
    np.add.at(table, (a, b), 1)
    found = {}
    for name, wt in [("linear_kappa", "linear"), ("quadratic_kappa", "quadratic")]:
        kappa = cohens_kappa(table, wt=wt)
        found[name] = [float(kappa.kappa), float(np.sqrt(kappa.var_kappa))]
    sign = np.sign(a[:, None] - a) * np.sign(b[:, None] - b)
    untied_a, untied_b = a[:, None] != a, b[:, None] != b
    found["somers_d"] = jackknife(lambda w: (w @ sign @ w) / (w @ untied_a @ w), n)
    found["kendall_tau_b"] = jackknife(
        lambda w: (w @ sign @ w) / np.sqrt((w @ untied_a @ w) * (w @ untied_b @ w)), n)
    assert abs(found["somers_d"][0] - stats.somersd(table).statistic) < 1e-12
    assert abs(found["kendall_tau_b"][0] - stats.kendalltau(a, b).statistic) < 1e-12
    found["generalized_c"] = [(found["somers_d"][0] + 1) / 2, found["somers_d"][1] / 2]
    found["exact_agreement"] = float((a == b).mean())
    found["adjacent_agreement"] = float((abs(a - b) <= 1).mean())
    return found


def values(random):
    for n in [60, 500, 2000]:
        x = np.round(random.gamma(3, 2, n), 2)
        y = np.round(1 + 0.8 * x + random.normal(0, 0.3 + 0.2 * x), 2)
        found, quantiles = of_values(y, x)
        yield {"rows": np.column_stack([y, x]).tolist(), "measures": found, "quantiles": quantiles}


def of_values(y, x):
    n = len(y)
    e = x - y
    t = stats.t.ppf(0.975, n - 1)
    mean = lambda v: [v.mean(), *stats.t.interval(0.95, n - 1, v.mean(), stats.sem(v))]
    fit = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC3", use_t=True)
    ends = fit.conf_int(0.05)
    mse, explained = metrics.mean_squared_error(y, x), metrics.r2_score(y, x)
    ratio = jackknife(lambda w: np.log((w * e**2).sum() / (w * (y - (w * y).sum() / w.sum())**2).sum()), n)
    root = jackknife(lambda w: np.log((w * e**2).sum() / w.sum()) / 2, n)
    grow = np.sqrt(n / (n - 1))  # the jackknife's sum over n, ours over n - 1
    factor, factor_root = np.exp(t * ratio[1] * grow), np.exp(t * root[1] * grow)
    s, z = e.std(ddof=1), stats.norm.ppf(0.975)
    limit = s * np.sqrt(1 / n + z * z / (2 * (n - 1)))
    around = lambda v: [v, v - t * limit, v + t * limit]
    found = {
        "bias": mean(e), "mean_absolute_error": mean(abs(e)),
        "root_mean_squared_error": [metrics.root_mean_squared_error(y, x), mse**.5 / factor_root, mse**.5 * factor_root],
        "r_squared": [explained, 1 - (1 - explained) * factor, 1 - (1 - explained) / factor],
        "calibration_intercept": [fit.params[0], *ends[0]], "calibration_slope": [fit.params[1], *ends[1]],
        "lower_limit_of_agreement": around(e.mean() - z * s), "upper_limit_of_agreement": around(e.mean() + z * s)}
    distance = np.round(abs(e), 9)
    quantiles = {}
    for q in [0.5, 0.9, 0.95]:
        ends = stats.quantile_test(distance, q=0, p=q).confidence_interval(0.95)
        quantiles[str(q)] = [np.quantile(distance, q, method="inverted_cdf"), ends.low, ends.high]
    return found, quantiles


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and np.isnan(value) else value


def main():
    random = np.random.default_rng(SEED)
    names = {name: version(name) for name in ["numpy", "scipy", "scikit-learn", "statsmodels"]}
    print(json.dumps({"libraries": names, "seed": SEED})[:-1])
    for name, cases in [("classes", classes(random)), ("ordinal", ordinal(random)), ("values", values(random))]:
        print(f',"{name}":[\n' + ",\n".join(json.dumps(plain(c), separators=(",", ":")) for c in cases) + "]")
    print("}")


if __name__ == "__main__":
    main()
