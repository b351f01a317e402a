"""Expected values of every measure on rows that break careless code, from other people's libraries.

    pip install -r ../../../demo/log/requirements.txt
    python edge_cases.py > edge_cases.json

The measures are those of demo/log/golden.py: scikit-learn, statsmodels, SciPy, and definitions coded
apart from Primum. The rows are kept as [score in billionths, rows without, rows with]; the expected
ones as in golden.json. The smooth curve is left out where its best fit may have no end (`curve`).
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "demo" / "log"))
import golden  # noqa: E402

SEED = 2026
SCALE = 10**9
THRESHOLDS = [0.2, 0.5]
CURVE = ["ici", "e50", "e90", "emax"]


def cases():
    random = np.random.default_rng(SEED)

    def drawn(n, centre, spread, slope=1.0, shift=0.0, step=1):
        log_odds = random.normal(centre, spread, n)
        billionths = np.round(SCALE / (1 + np.exp(-log_odds)) / step).astype(np.int64) * step
        outcome = random.random(n) < 1 / (1 + np.exp(-(shift + slope * log_odds)))
        return billionths, outcome.astype(float)

    def written(*rows):
        score = np.repeat([round(p * SCALE) for p, _, _ in rows], [a + b for _, a, b in rows])
        outcome = np.concatenate([np.repeat([0.0, 1.0], [a, b]) for _, a, b in rows])
        return score, outcome

    tiny, huge = 1e-9, 1 - 1e-9
    yield "no row", np.array([], dtype=np.int64), np.array([]), False
    yield "one row", *written((0.3, 0, 1)), False
    yield "ten rows", *written((0.3, 5, 0), (0.6, 0, 5)), False
    yield "eleven rows", *written((0.3, 4, 1), (0.6, 2, 2), (0.7, 1, 1)), False
    yield "no outcome", *written((0.2, 15, 0), (0.6, 5, 0)), False
    yield "nothing but outcomes", *written((0.2, 0, 15), (0.6, 0, 5)), False
    yield "one score", *written((0.3, 30, 10)), False
    yield "one score at the threshold", *written((0.5, 30, 10)), False
    yield "two scores", *written((0.2, 70, 30), (0.6, 50, 50)), False
    yield "far too high, close together", *written((0.98, 392, 98), (0.99, 408, 102)), False
    yield "far too low", *written((0.005, 120, 210), (0.01, 115, 220), (0.02, 115, 220)), False
    yield "far too low, close together", *written((0.001, 110, 390), (0.002, 100, 400)), False
    yield "many ties", *drawn(500, -0.5, 1.2, 0.8, 0.1, SCALE // 10), True
    yield "ties within the first tenth", *written(
        (0.9, 5, 20), (0.8, 35, 15), (0.4, 20, 5), (0.1, 140, 5)
    ), False
    yield "one outcome in 2000", *one_of(drawn(2000, -6, 1.0, step=SCALE // 10_000), 1.0), False
    yield "two outcomes in 2000", *one_of(drawn(2000, -6, 1.0, step=SCALE // 10_000), 1.0, 2), False
    yield "all but two in 2000", *one_of(drawn(2000, 6, 1.0, step=SCALE // 10_000), 0.0, 2), False
    yield "separated", *written((0.1, 40, 0), (0.3, 10, 0), (0.7, 0, 10), (0.9, 0, 40)), False
    yield "wrong way round", *written((0.1, 0, 40), (0.3, 0, 10), (0.7, 10, 0), (0.9, 40, 0)), False
    yield "separated but for a tie", *written((0.1, 40, 0), (0.5, 5, 5), (0.9, 0, 40)), False
    yield "scores next to 0 and 1", *written(
        (tiny, 60, 2), (2e-9, 10, 1), (0.5, 10, 10), (1 - 2e-9, 1, 10), (huge, 2, 60)
    ), False
    yield "only scores next to 0", *written((tiny, 300, 2), (2e-9, 100, 1), (3e-9, 50, 4)), False
    yield "certain scores, some wrong", *written((0.0, 50, 3), (0.4, 10, 6), (1.0, 4, 40)), False
    yield "rare, too high", *drawn(3000, -4.0, 1.0, 1.0, -0.7, SCALE // 2_000), True


def one_of(drawn, value: float, times: int = 1):
    """The same scores, with so many outcomes of one kind in the middle of the scores."""
    score, _ = drawn
    outcome = np.full(len(score), 1 - value)
    order = np.argsort(score, kind="stable")
    for place in range(times):
        outcome[order[len(score) // 2 + 100 * place]] = value
    return score, outcome


def main():
    out = []
    for name, score, y, curve in cases():
        p = score / SCALE
        wanted = golden.WITHOUT_THRESHOLD + golden.AT_THRESHOLD
        wanted = [it for it in wanted if curve or it not in CURVE]
        expected = golden.estimates(y, p, None, THRESHOLDS, wanted) if len(y) else []
        scores = np.unique(score)
        rows = [[int(s), int((y[score == s] == 0).sum()), int((y[score == s] == 1).sum())] for s in scores]
        out.append({"name": name, "rows": rows, "curve": curve, "estimates": expected})
    libraries = ["scikit-learn", "statsmodels", "scipy", "numpy"]
    print('{"libraries":' + json.dumps({name: version(name) for name in libraries})
          + f',"seed":{SEED},"thresholds":{THRESHOLDS},"cases":[\n'
          + ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in out) + "\n]}")


if __name__ == "__main__":
    main()
