"""Expected values of every measure on real data, from other people's libraries.

    pip install -r ../../../demo/log/requirements.txt
    python real_data.py FOLDER > real_data.json

FOLDER holds three published data sets, each in a folder of its own. The measures are those of
demo/log/golden.py, which does the same for the Diabetes-130 data. Scores are rounded to thousandths,
so that what is kept here is small: [score in billionths, rows without, rows with].

- `seismometer_example` (Epic, seismometer-data; Strack et al. 2014; CC BY 4.0): LGBM_score, and
  whether the encounter has an event. Before rounding, AUROC has to be the one published with it.
- `chop_covid_testing` (Obstfeld, R package medicaldata; MIT): a positive test against a negative
  one, scored by age in years over 100, held within 0.005 and 0.995. No model: a check of numbers.
- `cms_hrrp_fy2023` (CMS, public domain): an excess readmission ratio above 1, scored by the
  predicted readmission rate. No model: a check of numbers.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "demo" / "log"))
import golden  # noqa: E402

SCALE = 10**9
THRESHOLDS = [0.1, 0.2]


def seismometer(folder: Path):
    predictions = pd.read_parquet(folder / "predictions.parquet")
    events = pd.read_parquet(folder / "events.parquet")
    y = predictions["encounter_id"].isin(events["encounter_id"]).to_numpy().astype(float)
    p = predictions["LGBM_score"].to_numpy()
    assert abs(roc_auc_score(y, p) - 0.7617950867) < 1e-10
    return y, p


def chop(folder: Path):
    frame = pd.read_csv(folder / "covid_testing.csv")
    frame = frame[frame["result"].isin(["positive", "negative"])]
    return (frame["result"] == "positive").to_numpy().astype(float), (frame["age"] / 100).to_numpy()


def hrrp(folder: Path):
    name = "FY_2023_Hospital_Readmissions_Reduction_Program_Hospital.csv"
    frame = pd.read_csv(folder / name)
    ratio = pd.to_numeric(frame["Excess Readmission Ratio"], errors="coerce")
    rate = pd.to_numeric(frame["Predicted Readmission Rate"], errors="coerce")
    known = ratio.notna() & rate.notna()
    return (ratio[known] > 1).to_numpy().astype(float), (rate[known] / 100).to_numpy()


def main():
    folder, out = Path(sys.argv[1]), []
    sets = [("seismometer_example", seismometer), ("chop_covid_testing", chop), ("cms_hrrp_fy2023", hrrp)]
    for name, read in sets:
        y, p = read(folder / name)
        thousandths = np.rint(np.clip(p, 0.005, 0.995) * 1000).astype(np.int64)
        score = thousandths * (SCALE // 1000)
        scores = np.unique(score)
        rows = [[int(s), int((y[score == s] == 0).sum()), int((y[score == s] == 1).sum())] for s in scores]
        expected = golden.estimates(y, score / SCALE, None, THRESHOLDS)
        out.append({"name": name, "rows": rows, "curve": True, "estimates": expected})
    libraries = ["scikit-learn", "statsmodels", "scipy", "numpy", "pandas"]
    print('{"libraries":' + json.dumps({name: version(name) for name in libraries})
          + f',"thresholds":{THRESHOLDS},"cases":[\n'
          + ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in out) + "\n]}")


if __name__ == "__main__":
    main()
