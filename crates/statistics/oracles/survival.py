"""Expected values for the tests of `survival`, from other people's libraries and from definitions.

    pip install numpy==2.4.6 scipy==1.17.1 lifelines==0.30.3 scikit-survival==0.28.0
    python survival.py > survival.json

- Values, where no two rows end at one time: Kaplan-Meier and Greenwood's error from lifelines, Aalen-Johansen,
  cumulative/dynamic AUROC, Brier score, Harrell's and Uno's C from scikit-survival. With ties, in which scikit-survival
  weighs an event at t by 1/G(t) and not 1/G(t-), censored times are moved up by a millionth of a unit first: then both
  are the same.
- All values and all standard errors again from definitions: each measure as a function of the weights of rows, all
  pairs written out; its derivative in each weight by complex steps (infinitesimal jackknife). The values must be those
  of the libraries, or nothing is written.
"""

import json
from importlib.metadata import version

import numpy as np
from lifelines import KaplanMeierFitter
from sksurv.metrics import (brier_score, concordance_index_censored, concordance_index_ipcw,
                            cumulative_dynamic_auc)
from sksurv.nonparametric import cumulative_incidence_competing_risks

SEED = 2028
STEP = 1e-30


def measures(t, d, p, horizon, ts, compete):
    """Functions of row weights. d: 0 censored, 1 event, 2 competing."""
    case = (d == 1) & (t <= horizon)
    known = (d > 0) | (t >= horizon)
    cut = np.minimum(t, horizon)
    at_risk_of_censoring = {u: (t > u) | ((t == u) & (d == 0)) for u in np.unique(t[(d == 0) & (t < horizon)])}

    def observed(w):
        value = np.ones(len(t), complex)
        for u, at_risk in at_risk_of_censoring.items():
            share = w[(t == u) & (d == 0)].sum() / w[at_risk].sum()
            value[cut > u] *= 1 - share
        return value

    def weights(w):
        found = np.zeros(len(t), complex)
        found[known] = w[known] / observed(w)[known]
        return found

    higher = (p[:, None] > p) + 0.5 * (p[:, None] == p)
    before = (t[:, None] < t) | ((t[:, None] == t) & (d == 0)[None, :])

    def risk(w):
        return (weights(w) * case).sum() / w.sum()

    def auroc(w):
        v = weights(w)
        a, b = v * case, v * (known & ~case)
        return (a @ higher @ b) / (a.sum() * b.sum())

    def brier(w):
        return (weights(w) * (p - case) ** 2).sum() / w.sum()

    def concordance(w, first):
        return (first @ (higher * before) @ w) / (first @ before @ w)

    found = {
        "observed_risk": risk,
        "log_observed_expected": lambda w: np.log(risk(w) * w.sum() / (w * p).sum()),
        "auroc": auroc,
        "brier": brier,
        "scaled_brier": lambda w: 1 - brier(w) / (risk(w) * (1 - risk(w))),
    }
    if not compete:
        found["harrell_c"] = lambda w: concordance(w, w * (d == 1))
        found["uno_c"] = lambda w: concordance(w, w * case / observed(w) ** 2)
    for cutoff in ts:
        flag = p >= cutoff
        ratio = lambda w, top, of: (weights(w) * top).sum() / (weights(w) * of).sum()
        found[f"sensitivity {cutoff}"] = lambda w, f=flag: ratio(w, case & f, case)
        found[f"specificity {cutoff}"] = lambda w, f=flag: ratio(w, known & ~case & ~f, known & ~case)
        found[f"ppv {cutoff}"] = lambda w, f=flag: ratio(w, case & f, known & f)
        found[f"npv {cutoff}"] = lambda w, f=flag: ratio(w, known & ~case & ~f, known & ~f)
        found[f"net_benefit {cutoff}"] = lambda w, f=flag, o=cutoff / (1 - cutoff): (
            (weights(w) * (case & f)).sum() - o * (weights(w) * (known & ~case & f)).sum()) / w.sum()
    return found


def derivative(function, n):
    one = np.ones(n, complex)
    gradient = []
    for row in range(n):
        step = one.copy()
        step[row] += STEP * 1j
        gradient.append(function(step).imag / STEP)
    return float(function(one).real), float(np.sqrt(np.sum(np.square(gradient))))


def libraries(t, d, p, horizon, compete):
    """What lifelines and scikit-survival say, after censored times were moved up a little."""
    moved = np.where(d == 0, t + 1e-6, t)
    just = np.nextafter(horizon, np.inf)
    outcome = np.array(list(zip(d == 1, moved)), dtype=[("event", bool), ("time", float)])
    found = {}
    if compete:
        times, incidence = cumulative_incidence_competing_risks(d, moved)
        found["observed_risk"] = incidence[1][np.searchsorted(times, horizon, side="right") - 1]
        return found
    fitter = KaplanMeierFitter().fit(moved, d == 1)
    found["observed_risk"] = 1 - float(fitter.predict(horizon))
    below = fitter._cumulative_sq_.loc[:horizon].iloc[-1]
    found["greenwood"] = float((1 - found["observed_risk"]) * np.sqrt(below))
    found["auroc"] = cumulative_dynamic_auc(outcome, outcome, p, [horizon])[0][0]
    found["brier"] = brier_score(outcome, outcome, 1 - p, [horizon])[1][0]
    # The integrated form of scikit-survival takes survival, so that Brier of 1 - p against survival is that of p.
    found["harrell_c"] = concordance_index_censored(d == 1, t, p, tied_tol=0)[0]
    found["uno_c"] = concordance_index_ipcw(outcome, outcome, p, tau=just, tied_tol=0)[0]
    return {name: float(value) for name, value in found.items()}


def cases(random):
    for n, ties, compete, horizon, ts in [(150, None, False, 1.0, [0.3, 0.5]), (200, 1, False, 1.0, [0.4]),
                                          (180, 2, True, 1.2, [0.3]), (60, None, False, 0.7, [0.35])]:
        x = random.normal(0, 1, n)
        event, other = random.exponential(1 / (0.6 * np.exp(0.9 * x))), random.exponential(3, n)
        censored = random.exponential(1.8, n)
        t = np.minimum(event, censored) if not compete else np.min([event, other, censored], axis=0)
        d = np.where(t == event, 1, np.where(t == censored, 0, 2))
        if ties is not None:
            t = np.maximum(np.round(t, ties), 10.0 ** -ties)
        p = np.round(1 - np.exp(-0.6 * horizon * np.exp(0.8 * x + random.normal(0, 0.3, n))), 2)
        functions = measures(t, d, p, horizon, ts, compete)
        own = {name: derivative(function, n) for name, function in functions.items()}
        theirs = libraries(t, d, p, horizon, compete)
        greenwood = theirs.pop("greenwood", None)
        if greenwood is not None:
            assert abs(greenwood - own["observed_risk"][1]) < 1e-10, (greenwood, own["observed_risk"])
        for name, value in theirs.items():
            assert abs(value - own[name][0]) < 1e-9, (name, value, own[name])
        yield {"rows": [[float(a), int(b), float(c)] for a, b, c in zip(t, d, p)], "horizon": horizon,
               "checked": sorted(theirs) + ["greenwood"] * (greenwood is not None), "measures": own}


def main():
    random = np.random.default_rng(SEED)
    names = {name: version(name) for name in ["numpy", "lifelines", "scikit-survival"]}
    print(json.dumps({"libraries": names, "seed": SEED})[:-1])
    print(',"cases":[\n' + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases(random)) + "]}")


if __name__ == "__main__":
    main()
