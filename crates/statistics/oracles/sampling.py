"""Expected values for the tests of stratified samples, from `samplics`, which follows the survey literature.

    pip install samplics==0.6.1
    python sampling.py > sampling.json
"""

import json
from importlib.metadata import version

import numpy as np
from samplics.estimation import TaylorEstimator
from samplics.utils.types import PopParam

SEED = 2026


def expected(sizes, values):
    stratum = np.concatenate([np.full(len(own), h) for h, own in enumerate(values)])
    weight = np.concatenate([np.full(len(own), size / len(own)) for size, own in zip(sizes, values)])
    left_out = {h: 1 - len(own) / size for h, (size, own) in enumerate(zip(sizes, values))}
    estimator = TaylorEstimator(PopParam.mean)
    estimator.estimate(y=np.concatenate(values), samp_weight=weight, stratum=stratum, fpc=left_out)
    return {"mean": float(estimator.point_est), "error": float(estimator.stderror)}


def main():
    random = np.random.default_rng(SEED)
    cases = []
    for sizes, drawn, kind in [([1000, 200, 50], [60, 30, 20], "score"), ([300], [40], "score"),
                               ([80, 80, 80, 900], [10, 10, 10, 25], "defect"), ([20, 500], [20, 15], "score")]:
        values = [random.integers(1, 6, n).astype(float) if kind == "score" else (random.random(n) < 0.2).astype(float)
                  for n in drawn]
        cases.append({"sizes": sizes, "values": [own.tolist() for own in values], **expected(sizes, values)})
    print(json.dumps({"libraries": {"samplics": version("samplics")}, "seed": SEED, "cases": cases},
                     separators=(",", ":")))


main()
