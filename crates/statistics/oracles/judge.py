"""Expected values for the tests of a judge put right by people, from the authors' own package.

    pip install ppi-python==0.2.3 numpy==1.26.4
    python judge.py > judge.json

`ppi_py` divides variances by n; the tests divide by n - 1. Its interval is therefore asked for twice, each time with one
of the two parts held constant, and the parts are put together again with n - 1. The weight and the estimate are its own.
"""

import json
from importlib.metadata import version

import numpy as np
from ppi_py import ppi_mean_ci, ppi_mean_pointestimate
from ppi_py.ppi import _calc_lam_glm

SEED = 2026
ALPHA = 0.05


def half(people, judge, judged, weight):
    lower, upper = ppi_mean_ci(people, judge, judged, alpha=ALPHA, lam=weight)
    return float(np.squeeze(upper - lower) / 2)


def expected(people, judge, judged, weight):
    n, many = len(people), len(judged)
    # Constant judged ratings leave the part of the pairs, a constant gap that of the judge.
    of_gaps = half(people, judge, np.full(many, 1.0), weight)
    of_judge = half(weight * judge, judge, judged, weight)
    estimate = float(np.squeeze(ppi_mean_pointestimate(people, judge, judged, lam=weight)))
    whole = np.sqrt(of_gaps**2 * n / (n - 1) + of_judge**2 * many / (many - 1))
    return {"weight": float(weight), "estimate": estimate, "lower": estimate - whole, "upper": estimate + whole}


def tuned(people, judge, judged):
    """As `ppi_mean_ci` does when no weight is given."""
    estimate = ppi_mean_pointestimate(people, judge, judged, lam=1)
    return float(_calc_lam_glm(people - estimate, judge - estimate, judged - estimate, np.eye(1), clip=True))


def main():
    random = np.random.default_rng(SEED)
    cases = []
    for n, many, noise, kind in [(50, 400, 0.5, 0.5), (200, 1000, 1.5, -1.0), (30, 60, 4.0, 0.0), (12, 5000, 0.1, 2.0)]:
        truth = random.integers(1, 6, n + many).astype(float)
        judge = np.round(truth + kind + noise * random.standard_normal(n + many), 3)
        people, of_pairs, judged = truth[:n], judge[:n], judge[n:]
        cases.append({
            "people": people.tolist(), "judge": of_pairs.tolist(), "judged": judged.tolist(),
            "full": expected(people, of_pairs, judged, 1.0),
            "tuned": expected(people, of_pairs, judged, tuned(people, of_pairs, judged)),
        })
    print(json.dumps({"libraries": {name: version(name) for name in ["ppi-python", "numpy"]}, "seed": SEED,
                      "cases": cases}, separators=(",", ":")))


if __name__ == "__main__":
    main()
