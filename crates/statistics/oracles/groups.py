"""Expected values for the tests of `groups`, from other people's libraries.

    pip install statsmodels==0.15.0 scipy==1.12.0 numpy==1.26.4
    python groups.py > groups.json

- Newcombe and Katz: statsmodels' confint_proportions_2indep.
- Equal rates: SciPy's chi2_contingency without correction. Equal values: statsmodels' combine_effects.
- Shrunk rates: the mean of the chi-square statistic is written as a trace, with the variances that a beta-binomial of
  SciPy has, and solved for the correlation by bisection; a rate is the mean of SciPy's beta distribution given the
  rows.
"""

import json
from importlib.metadata import version

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.proportion import confint_proportions_2indep

SEED = 2026


def pairs():
    for first, second in [((56, 70), (48, 80)), ((9, 10), (3, 10)), ((0, 20), (0, 15)), ((5, 56), (0, 29)),
                          ((29, 29), (11, 23)), ((1200, 40000), (900, 41000))]:
        case = {"first": first, "second": second}
        for level in [0.9, 0.95]:
            case[f"newcombe {level}"] = confint_proportions_2indep(
                *first, *second, method="newcomb", compare="diff", alpha=1 - level)
            if first[0] and second[0]:
                case[f"katz {level}"] = confint_proportions_2indep(
                    *first, *second, method="log", compare="ratio", alpha=1 - level)
        yield case


def shrunk(count, rows):
    total, pooled = rows.sum(), count.sum() / rows.sum()
    weights = np.diag(rows) - np.outer(rows, rows) / total

    def expected(correlation):
        prior = (1 - correlation) / correlation
        variances = [stats.betabinom(n, pooled * prior, (1 - pooled) * prior).var() / n ** 2 for n in rows]
        return np.trace(weights @ np.diag(variances)) / (pooled * (1 - pooled))
    statistic = stats.chi2_contingency([count, rows - count], correction=False)[0]
    if statistic <= len(rows) - 1:
        return 0.0, [float(pooled)] * len(rows)
    correlation = optimize.brentq(lambda it: expected(it) - statistic, 1e-9, 1 - 1e-9, xtol=1e-16, rtol=1e-15)
    prior = (1 - correlation) / correlation
    rates = stats.beta(pooled * prior + count, (1 - pooled) * prior + rows - count).mean()
    return float(correlation), rates.tolist()


def groups(random):
    def draw(sizes, rate, prior):
        rows = np.array(sizes)
        truth = random.beta(rate * prior, (1 - rate) * prior, len(rows)) if prior else rate
        return random.binomial(rows, truth), rows
    for count, rows in [draw([400, 150, 90, 35, 20], 0.2, 20), draw([30] * 12, 0.1, 8),
                        draw([80, 60, 200], 0.5, None), draw(random.integers(11, 900, 40), 0.05, 50),
                        (np.array([0, 12, 3]), np.array([14, 40, 33]))]:
        statistic, p_value, degrees, _ = stats.chi2_contingency([count, rows - count], correction=False)
        correlation, rates = shrunk(count, rows)
        yield {"groups": np.column_stack([count, rows]).tolist(), "statistic": float(statistic),
               "degrees": int(degrees), "p_value": float(p_value), "correlation": correlation, "rates": rates}


def values(random):
    for n, spread in [(3, 0.3), (8, 0.0), (25, 0.1)]:
        error = random.uniform(0.05, 0.4, n)
        value = random.normal(0.1, np.hypot(spread, error))
        found = combine_effects(value, error ** 2, method_re="dl")
        yield {"values": np.column_stack([value, error]).tolist(), "statistic": float(found.q), "degrees": n - 1,
               "p_value": float(stats.chi2.sf(found.q, n - 1)), "pooled": float(found.mean_effect_fe),
               "inconsistency": float(max(found.i2, 0))}


def main():
    random = np.random.default_rng(SEED)
    libraries = {name: version(name) for name in ["statsmodels", "scipy", "numpy"]}
    print(json.dumps({"libraries": libraries, "seed": SEED})[:-1])
    for name, cases in [("pairs", pairs()), ("groups", groups(random)), ("values", values(random))]:
        print(f',"{name}":[\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "]")
    print("}")


if __name__ == "__main__":
    main()
