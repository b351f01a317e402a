"""Expected values for the tests of `ratings`, from other people's libraries.

    pip install krippendorff==0.9.0 irrCAC==0.4.4 pingouin==0.6.1 statsmodels==0.15.0 scikit-learn==1.9.1
    python ratings.py LONG_CSV > ratings.json

LONG_CSV is the reader study of StanfordMIMI/clin-summ (MIT): reader,sample,attribute,score. The ratings themselves are
kept in the output, so that the tests need no other file. Everything random comes from one seed.
"""

import json
import sys
from importlib.metadata import version

import krippendorff
import numpy as np
import pandas as pd
import pingouin
from irrCAC.raw import CAC
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

SEED = 2026
ICC = {"ICC1": "1,1", "ICC2": "A,1", "ICC3": "C,1", "ICC1k": "1,k", "ICC2k": "A,k", "ICC3k": "C,k",
       "ICC(1,1)": "1,1", "ICC(A,1)": "A,1", "ICC(C,1)": "C,1",
       "ICC(1,k)": "1,k", "ICC(A,k)": "A,k", "ICC(C,k)": "C,k"}


def expected(levels, table):
    """Every coefficient that the libraries give for a table of items by raters, NaN where missing."""
    found = {}
    frame = pd.DataFrame(table)
    for level in ["nominal", "ordinal", "interval", "ratio"]:
        if level == "ratio" and min(levels) < 0:
            continue
        found[f"Krippendorff's alpha, {level}"] = krippendorff.alpha(
            reliability_data=table.T, value_domain=levels, level_of_measurement=level)
    for weights, name in [("identity", "Gwet's AC1"), ("linear", "Gwet's AC2, linear weights"),
                          ("quadratic", "Gwet's AC2, quadratic weights")]:
        # irrCAC rounds to five digits by itself; more are asked for.
        cac = CAC(frame, weights=weights, categories=levels, digits=12)
        found[name] = cac.gwet()["est"]["coefficient_value"]
    complete = table[~np.isnan(table).any(axis=1)]
    counts, _ = aggregate_raters(complete.astype(int))
    found["Fleiss' kappa"] = fleiss_kappa(counts)
    both = table[~np.isnan(table[:, :2]).any(axis=1)][:, :2].astype(int)
    for weights, name in [(None, ""), ("linear", ", linear weights"), ("quadratic", ", quadratic weights")]:
        found[f"Cohen's kappa{name}"] = cohen_kappa_score(
            both[:, 0], both[:, 1], labels=[int(level) for level in levels], weights=weights)
    long = pd.DataFrame([(i, r, v) for i, row in enumerate(complete) for r, v in enumerate(row)],
                        columns=["item", "rater", "value"])
    for _, row in pingouin.intraclass_corr(long, "item", "rater", "value").iterrows():
        found[f"ICC({ICC[row['Type']]})"] = row["ICC"]
    return {name: float(value) for name, value in found.items() if np.isfinite(value)}


def tables(path):
    data = pd.read_csv(path)
    data["score"] += 0.0
    for attribute, part in data.groupby("attribute"):
        yield (f"reader study, {attribute}", [-2, -1, 0, 1, 2],
               part.pivot(index="sample", columns="reader", values="score").to_numpy())
    random = np.random.default_rng(SEED)
    for items, raters, top, missing in [(12, 2, 2, 0.0), (40, 3, 3, 0.2), (200, 4, 5, 0.1), (30, 6, 7, 0.4)]:
        truth = random.integers(1, top + 1, items)
        noise = random.integers(-1, 2, (items, raters))
        table = np.clip(truth[:, None] + noise, 1, top).astype(float)
        hidden = random.random(table.shape) < missing
        hidden[:10] = False
        table[hidden] = np.nan
        yield (f"{items} items, {raters} raters, {top} levels, {missing:.0%} missing",
               list(range(1, top + 1)), table)
    one_sided = np.ones((50, 3))
    one_sided[7, 2] = 2.0
    yield "nearly all the same", [1, 2], one_sided


def main():
    cases = []
    for name, levels, table in tables(sys.argv[1]):
        rows = [[None if np.isnan(v) else int(v) for v in row] for row in table]
        cases.append({"name": name, "levels": levels, "rows": rows, "expected": expected(levels, table)})
    libraries = ["krippendorff", "irrCAC", "pingouin", "statsmodels", "scikit-learn", "numpy"]
    print('{"libraries":' + json.dumps({name: version(name) for name in libraries})
          + f',"seed":{SEED},"cases":[\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
          + "\n]}")


if __name__ == "__main__":
    main()
