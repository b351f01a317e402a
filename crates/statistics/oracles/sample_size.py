"""Expected values for the tests of `sample_size`, by ways that share no formula with the code where there is one.

    pip install scipy==1.12.0 numpy==1.26.4
    python sample_size.py > sample_size.json

- Observed over expected: the width is written down as the definition says, and solved for rows by bisection.
- Slope: Fisher information of a logistic model by adaptive quadrature, and a two by two matrix inverted.
- Area: the sum in the form that Newcombe printed, tried row by row.
- Standardised net benefit: (TP - w FP)/(TP + FN) as a function of multinomial shares, its variance by the delta method
  with derivatives by complex step.
"""

import json
from importlib.metadata import version

import numpy as np
from scipy import integrate, optimize, stats

Z = stats.norm.ppf(0.975)


def observed_expected(prevalence, width, z):
    def gap(log_rows):
        error = np.sqrt((1 - prevalence) / (prevalence * np.exp(log_rows)))
        return np.exp(z * error) - np.exp(-z * error) - width
    return float(np.exp(optimize.brentq(gap, np.log(0.5), 60, xtol=1e-15, rtol=1e-15)))


def information(mean, deviation):
    """The Fisher information of intercept and slope that one row brings."""
    def part(power):
        def term(x):
            log_odds = mean + deviation * x
            chance = 1 / (1 + np.exp(-log_odds))
            return log_odds ** power * chance * (1 - chance) * stats.norm.pdf(x)
        edges = np.linspace(-16, 16, 65)
        return sum(integrate.quad(term, a, b, epsabs=1e-18, epsrel=1e-12)[0] for a, b in zip(edges, edges[1:]))
    return np.array([[part(0), part(1)], [part(1), part(2)]])


def slope_variance(matrix):
    return float(np.linalg.inv(matrix)[1, 1])


def slope(mean, deviation, width, z):
    return slope_variance(information(mean, deviation)) / (width / 2 / z) ** 2


def area_error(area, prevalence, rows):
    c, n = area, rows
    inner = 1 + (n / 2 - 1) * (1 - c) / (2 - c) + (n / 2 - 1) * c / (1 + c)
    return np.sqrt(c * (1 - c) * inner / (n * n * prevalence * (1 - prevalence)))


def fewest_for_area(area, prevalence, width, z):
    rows = np.arange(1, 2_000_000, dtype=float)
    return int(rows[2 * z * area_error(area, prevalence, rows) <= width][0])


def benefit_variance(prevalence, sensitivity, specificity, threshold):
    """N times the variance of the standardised net benefit."""
    weight = threshold / (1 - threshold)
    shares = np.array([prevalence * sensitivity, prevalence * (1 - sensitivity),
                       (1 - prevalence) * (1 - specificity), (1 - prevalence) * specificity])

    def benefit(share):
        return (share[0] - weight * share[2]) / (share[0] + share[1])
    tiny = 1e-30
    slope = np.array([benefit(shares + 1j * tiny * unit).imag / tiny for unit in np.eye(4)])
    return float(slope @ (np.diag(shares) - np.outer(shares, shares)) @ slope)


def cases(z):
    for prevalence, width in [(0.018, 1), (0.1, 0.2), (0.5, 0.1), (0.003, 2.5), (0.97, 0.05)]:
        rows = observed_expected(prevalence, width, z)
        yield {"target": "observed_expected", "prevalence": prevalence, "width": width, "rows": rows}
    for mean, deviation, width in [(-5, 2.5, 0.2), (-1.5, 0.8, 0.3), (0, 0.2, 0.4), (-2, 6, 0.1), (3, 1.2, 0.25)]:
        yield {"target": "slope", "prevalence": 0.1, "mean": mean, "deviation": deviation, "width": width,
               "rows": slope(mean, deviation, width, z)}
    for area, prevalence, width in [(0.8, 0.018, 0.1), (0.65, 0.2, 0.05), (0.95, 0.4, 0.08), (0.5, 0.5, 0.3)]:
        fewest = fewest_for_area(area, prevalence, width, z)
        yield {"target": "auroc", "prevalence": prevalence, "area": area, "width": width, "fewest": fewest,
               "width_of_fewest": float(2 * z * area_error(area, prevalence, fewest))}
    for prevalence, sensitivity, specificity, threshold, width in [
            (0.2, 0.8, 0.6, 0.1, 0.2), (0.05, 0.7, 0.9, 0.15, 0.3), (0.4, 1.0, 0.3, 0.5, 0.1),
            (0.1, 0.5, 1.0, 0.0, 0.2)]:
        variance = benefit_variance(prevalence, sensitivity, specificity, threshold)
        yield {"target": "net_benefit", "prevalence": prevalence, "sensitivity": sensitivity,
               "specificity": specificity, "threshold": threshold, "width": width,
               "rows": variance / (width / 2 / z) ** 2}


def tally():
    """The same from rows that are there: scores, outcomes, and the width of the slope's interval."""
    random = np.random.default_rng(2026)
    billionths = np.sort(np.round(1e9 / (1 + np.exp(-random.normal(-2.2, 1.1, 628)))).astype(int))
    outcome = random.random(628) < billionths / 1e9
    scores = billionths / 1e9
    design = np.column_stack([np.ones(628), np.log(scores / (1 - scores))])
    inverse = np.linalg.inv(design.T @ (design * (scores * (1 - scores))[:, None]))
    return {"scores": billionths.tolist(), "outcomes": outcome.astype(int).tolist(),
            "slope_width": float(2 * Z * np.sqrt(inverse[1, 1])), "events": int(outcome.sum())}


def main():
    libraries = {name: version(name) for name in ["scipy", "numpy"]}
    print(json.dumps({"libraries": libraries, "tally": tally()}, separators=(",", ":"))[:-1])
    print(',"cases":[\n' + ",\n".join(json.dumps(case) for case in cases(Z)) + "\n]}")


main()
