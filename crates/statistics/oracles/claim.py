"""Expected values for the tests of `claim`, from other people's libraries.

    pip install statsmodels==0.15.0 scipy==1.12.0
    python claim.py > claim.json

Two shares with Wilson's intervals are compared by Newcombe's method 10, which statsmodels calls "newcomb".
"""

import json
from importlib.metadata import version

from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

PAIRS = [(71, 100, 90, 100), (178, 200, 225, 250), (29, 30, 470, 500), (500, 1000, 400, 1000),
         (30, 30, 90, 100), (12, 40, 3000, 10000)]


def row(count, n, claimed_count, claimed_n, level):
    lower, upper = confint_proportions_2indep(
        count, n, claimed_count, claimed_n, method="newcomb", compare="diff", alpha=1 - level)
    local, claimed = (proportion_confint(c, m, 1 - level, method="wilson")
                      for c, m in [(count, n), (claimed_count, claimed_n)])
    z = norm.isf((1 - level) / 2)
    errors = [(high - low) / (2 * z) for low, high in (local, claimed)]
    return {"count": count, "n": n, "claimed_count": claimed_count, "claimed_n": claimed_n, "level": level,
            "local": local, "lower": float(lower), "upper": float(upper),
            "standard_error": float((errors[0] ** 2 + errors[1] ** 2) ** 0.5)}


print(json.dumps({
    "made_with": {name: version(name) for name in ["statsmodels", "scipy"]},
    "pairs": [row(*pair, level) for level in (0.9, 0.95) for pair in PAIRS],
}, indent=1))
