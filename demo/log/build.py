"""Build the demo prediction log from the UCI "Diabetes 130-US hospitals" file.

    python -m venv venv && venv/bin/pip install -r demo/log/requirements.txt
    venv/bin/python demo/log/build.py dataset_diabetes.zip

Writes two Parquet files beside this script, one per scoring system, with the same encounters:

    readmit-local.parquet   a logistic regression trained on the first 18 simulated months
    vendor-lace.parquet     a fixed points score in the manner of LACE, developed elsewhere

The order of the encounters is real (it is the order of `encounter_id`). THE DATES ARE SIMULATED:
the source has none, so the encounters are spread evenly over five calendar years in their real
order. Outcomes, predictors and groups are the source's. See README.md for the columns, the
exclusions and the cautions. There is no randomness in this script.
"""

import argparse
import hashlib
import hmac
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).resolve().parent
ZIP_SHA256 = "3a17a3b55b6dd4a1926703185c0ad8e2ed30bc8e2f9b927cdd1000b733d1de8e"
CSV_NAME = "dataset_diabetes/diabetic_data.csv"

# Discharge dispositions that rule out a readmission: death (11, 19, 20, 21) and hospice (13, 14).
DEATH_OR_HOSPICE = {"11", "13", "14", "19", "20", "21"}

# The simulated calendar. A row's time depends on nothing but its rank.
LOG_START = pd.Timestamp("2021-01-01", tz="UTC")
LOG_END = pd.Timestamp("2026-01-01", tz="UTC")  # exclusive
GO_LIVE = pd.Timestamp("2022-07-01", tz="UTC")  # rows before it are `train`, the others `deploy`
MATURITY = pd.Timedelta(days=30)

# Demonstration only: a salt that is printed in a public file protects nobody. The source is
# already public and de-identified; the hash only shows where a pseudonym belongs.
DEMO_SALT = b"primum demo log, not a secret"

SITE = "main"
UNKNOWN = "Unknown"
OTHER = "Other"

RACE = {"?": UNKNOWN, "AfricanAmerican": "African American"}
SEX = {"Unknown/Invalid": UNKNOWN}
# Labels of IDs_mapping.csv; its three ways to say "we do not know" (5 Not Available, 6 NULL,
# 8 Not Mapped) are one level. Newborn and trauma centre are rare enough to be one level too.
ADMISSION_TYPE = {
    "1": "Emergency", "2": "Urgent", "3": "Elective", "4": OTHER, "7": OTHER,
    "5": UNKNOWN, "6": UNKNOWN, "8": UNKNOWN,
}  # fmt: skip
# The source has no table of payer codes: the five names are the usual reading, the codes that
# have none keep their code, and codes with fewer than 1,000 encounters are `Other`.
PAYER = {
    "?": UNKNOWN, "MC": "Medicare", "MD": "Medicaid", "HM": "HMO", "BC": "Blue Cross",
    "SP": "Self-pay", "CP": "Code CP", "UN": "Code UN", "CM": "Code CM", "OG": "Code OG",
}  # fmt: skip
SPECIALTIES_KEPT = 12


def read_source(path: Path) -> pd.DataFrame:
    """Read the CSV inside the zip as text, after checking that the zip is the known one."""
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != ZIP_SHA256:
        raise SystemExit(f"{path}: SHA-256 is {digest}, expected {ZIP_SHA256}; nothing was written")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open(CSV_NAME) as csv:
        frame = pd.read_csv(csv, dtype=str, keep_default_na=False)
    frame["encounter_id"] = frame["encounter_id"].astype("int64")
    frame = frame.sort_values("encounter_id", ignore_index=True)
    if not frame["encounter_id"].is_unique:
        raise SystemExit(f"{path}: encounter_id is not unique")
    return frame


def simulated_times(count: int) -> pd.DatetimeIndex:
    """Discharge times in ms: the middle of each of `count` equal slices of the calendar."""
    span_ms = int((LOG_END - LOG_START) / pd.Timedelta(milliseconds=1))
    offsets = [(2 * rank + 1) * span_ms // (2 * count) for rank in range(count)]
    return (LOG_START + pd.to_timedelta(offsets, unit="ms")).as_unit("ms")


# --- ICD-9 ------------------------------------------------------------------------------------


def icd9_number(code: str) -> float:
    """The numeric part of an ICD-9 code; NaN for V and E codes and for missing values."""
    try:
        return float(code)
    except ValueError:
        return float("nan")


def diagnosis_group(code: str) -> str:
    """The nine groups of primary diagnoses of Strack et al. 2014 (their table 2)."""
    n = icd9_number(code)
    if np.isnan(n):
        return "other"
    if 250 <= n < 251:
        return "diabetes"
    whole = int(n)
    if 390 <= whole <= 459 or whole == 785:
        return "circulatory"
    if 460 <= whole <= 519 or whole == 786:
        return "respiratory"
    if 520 <= whole <= 579 or whole == 787:
        return "digestive"
    if 580 <= whole <= 629 or whole == 788:
        return "genitourinary"
    if 140 <= whole <= 239:
        return "neoplasm"
    if 710 <= whole <= 739:
        return "musculoskeletal"
    if 800 <= whole <= 999:
        return "injury"
    return "other"


# Comorbid conditions by three-digit ICD-9 category, after Deyo 1992 and Quan 2005. The source cuts
# every code but 250 to three digits: a condition that they define on four digits is taken where
# its category is mostly that condition (443, 571, 572, 710, 714, 588), else left out (456, 506,
# 785, V43).
CONDITIONS = {
    "infarction": [410, 412],
    "heart_failure": [428],
    "peripheral_vascular": [441, 443],
    "cerebrovascular": list(range(430, 439)),
    "dementia": [290],
    "pulmonary": list(range(490, 506)),
    "connective_tissue": [710, 714, 725],
    "mild_liver": [571],
    "severe_liver": [572],
    "renal": [582, 583, 585, 586, 588],
    "tumour": [*range(140, 173), *range(174, 196), *range(200, 209)],
    "metastatic": list(range(196, 200)),
    "hiv": [42, 43, 44],
}
CONDITION_OF = {code: name for name, codes in CONDITIONS.items() for code in codes}

# Weights of the comorbidity part of LACE (van Walraven 2010, after Schneeweiss 2003), as they are
# usually reprinted.
LACE_WEIGHTS = {
    "infarction": 1, "cerebrovascular": 1, "peripheral_vascular": 1, "heart_failure": 2,
    "diabetes_end_organ": 2, "pulmonary": 2, "mild_liver": 2, "renal": 2, "tumour": 2,
    "dementia": 3, "connective_tissue": 3, "severe_liver": 4, "hiv": 4, "metastatic": 6,
}  # fmt: skip


def charlson_conditions(code: str) -> set[str]:
    """Comorbid conditions that one ICD-9 code stands for (none or one)."""
    n = icd9_number(code)
    if np.isnan(n):
        return set()
    if 250.4 <= n < 250.8:
        return {"diabetes_end_organ"}
    return {CONDITION_OF[int(n)]} if int(n) in CONDITION_OF else set()


# --- The vendor's score -----------------------------------------------------------------------


def lace_points(source: pd.DataFrame) -> np.ndarray:
    """LACE points (0-19) from what the file has; README.md lists where it departs from LACE."""
    days = source["time_in_hospital"].astype(int).to_numpy()
    length = np.select([days < 1, days <= 3, days <= 6, days <= 13], [0, days, 4, 5], default=7)
    acuity = np.where(source["admission_type_id"].isin({"1", "7"}), 3, 0)
    visits = np.minimum(source["number_emergency"].astype(int).to_numpy(), 4)
    comorbidity = np.array([
        comorbidity_points(codes)
        for codes in source[["diag_1", "diag_2", "diag_3"]].itertuples(index=False)
    ])
    return length + acuity + comorbidity + visits


def comorbidity_points(codes) -> int:
    """The C of LACE: 0 to 3 as they are, 4 and more give 5."""
    found = set().union(*(charlson_conditions(code) for code in codes))
    weight = sum(LACE_WEIGHTS[condition] for condition in found)
    # Every encounter in the source is a diabetic one: one point where no worse form is coded.
    weight += 0 if "diabetes_end_organ" in found else 1
    return weight if weight <= 3 else 5


def lace_probability(points: np.ndarray) -> np.ndarray:
    """The vendor's fixed mapping: a straight line on the logit scale through the two ends that
    the LACE paper publishes in its abstract (0 points: 2.0 %, 19 points: 43.7 %)."""
    low, high = np.log(0.020 / 0.980), np.log(0.437 / 0.563)
    return 1 / (1 + np.exp(-(low + (high - low) * points / 19)))


# --- The local model --------------------------------------------------------------------------

DISPOSITION = {
    "1": "home", "6": "home_health", "8": "home_health", "7": "against_advice",
    "3": "facility", "4": "facility", "5": "facility", "15": "facility", "22": "facility",
    "23": "facility", "24": "facility", "30": "facility", "2": "hospital", "9": "hospital",
    "10": "hospital", "27": "hospital", "28": "hospital", "29": "hospital",
}  # fmt: skip


def features(source: pd.DataFrame) -> pd.DataFrame:
    """Predictors known at discharge. No payer, race, sex or specialty."""
    number = lambda column: source[column].astype(float)
    return pd.DataFrame({
        "inpatient": np.log1p(number("number_inpatient")),
        "emergency": np.log1p(number("number_emergency")),
        "outpatient": np.log1p(number("number_outpatient")),
        "days": np.log(number("time_in_hospital")),
        "medications": np.log(number("num_medications")),
        "laboratory": number("num_lab_procedures"),
        "procedures": number("num_procedures"),
        "diagnoses": number("number_diagnoses").clip(upper=9),
        "age": source["age"].str.extract(r"\[(\d+)-")[0].astype(float) + 5,
        "insulin": source["insulin"],
        "diabetes_drug": source["diabetesMed"],
        "a1c": source["A1Cresult"],
        "admission": source["admission_type_id"].map(ADMISSION_TYPE).replace(OTHER, "Emergency"),
        "disposition": source["discharge_disposition_id"].map(DISPOSITION).fillna("other"),
        "diagnosis": source["diag_1"].map(diagnosis_group),
    })


def local_scores(source: pd.DataFrame, outcome: np.ndarray, fit: np.ndarray) -> np.ndarray:
    """Fit on the rows of `fit`, score all rows. The intercept is not penalised, so the mean score
    of the fitted rows equals their outcome rate: the model is calibrated where it was trained."""
    table = features(source)
    numeric = [column for column in table if pd.api.types.is_numeric_dtype(table[column])]
    categorical = [column for column in table if column not in numeric]
    model = make_pipeline(
        ColumnTransformer([
            ("numeric", StandardScaler(), numeric),
            ("categorical", OneHotEncoder(drop="first", handle_unknown="error"), categorical),
        ]),
        LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-10, max_iter=200),
    )
    model.fit(table[fit], outcome[fit])
    return model.predict_proba(table)[:, 1]


# --- The log ----------------------------------------------------------------------------------


def pseudonym(patient: str) -> str:
    return hmac.new(DEMO_SALT, patient.encode(), hashlib.sha256).hexdigest()[:12]


def age_band(source_band: str) -> str:
    low = int(source_band[1:].split("-")[0])
    return "0-29" if low < 30 else "90+" if low >= 90 else f"{low}-{low + 9}"


def specialty(column: pd.Series) -> pd.Series:
    kept = column[column != "?"].value_counts().index[:SPECIALTIES_KEPT]
    return column.where(column.isin(kept), OTHER).mask(column == "?", UNKNOWN)


def common_columns(source: pd.DataFrame) -> pd.DataFrame:
    """Everything but the id, the system and the score, one row per encounter."""
    times = simulated_times(len(source))
    subjects = source["patient_nbr"].map(pseudonym)
    if subjects.nunique() != source["patient_nbr"].nunique():
        raise SystemExit("two patients share a pseudonym: lengthen it")
    return pd.DataFrame({
        "subject": subjects,
        "site": SITE,
        "predicted_at": times,
        "matured_at": times + MATURITY,
        "split": np.where(times < GO_LIVE, "train", "deploy"),
        "outcome": (source["readmitted"] == "<30").astype("int8"),
        "sex": source["gender"].replace(SEX),
        "race": source["race"].replace(RACE),
        "age_band": source["age"].map(age_band),
        "payer": source["payer_code"].map(PAYER).fillna(OTHER),
        "specialty": specialty(source["medical_specialty"]),
        "admission_type": source["admission_type_id"].map(ADMISSION_TYPE),
    })


SCHEMA = pa.schema([
    ("prediction_id", pa.string()), ("subject", pa.string()), ("system", pa.string()),
    ("version", pa.string()), ("site", pa.string()),
    ("predicted_at", pa.timestamp("ms", tz="UTC")), ("matured_at", pa.timestamp("ms", tz="UTC")),
    ("split", pa.string()), ("score", pa.float64()), ("outcome", pa.int8()),
    ("sex", pa.string()), ("race", pa.string()), ("age_band", pa.string()),
    ("payer", pa.string()), ("specialty", pa.string()), ("admission_type", pa.string()),
])  # fmt: skip
NOT_DICTIONARY = {"prediction_id", "predicted_at", "matured_at", "outcome"}


def write_log(common: pd.DataFrame, system: str, version: str, score: np.ndarray, out: Path):
    """One system's log, sorted by time; scores with six decimals."""
    frame = common.assign(
        prediction_id=[f"{system}-{row:06d}" for row in range(1, len(common) + 1)],
        system=system,
        version=version,
        score=np.round(score, 6),
    )
    table = pa.Table.from_pandas(frame[SCHEMA.names], schema=SCHEMA, preserve_index=False)
    table = table.replace_schema_metadata({
        "dates": "SIMULATED: encounter order is real, calendar dates are not",
        "source": "UCI Machine Learning Repository, data set 296 (Strack et al. 2014), CC BY 4.0",
        "use": "demonstrations only",
    })
    path = out / f"{system}.parquet"
    pq.write_table(
        table, path, compression="zstd", compression_level=19, row_group_size=32_768,
        use_dictionary=[name for name in SCHEMA.names if name not in NOT_DICTIONARY],
        version="2.6", data_page_version="1.0", store_schema=False,
        sorting_columns=[pq.SortingColumn(SCHEMA.get_field_index("predicted_at"))],
    )  # fmt: skip
    print(f"{path.name}: {table.num_rows} rows, {path.stat().st_size} bytes")


def report(common: pd.DataFrame, scores: dict[str, np.ndarray]) -> None:
    """Print the counts that README.md quotes."""
    when = common["predicted_at"]
    periods = {
        "train    2021-01..2022-06": when < GO_LIVE,
        "silent   2022-07..2022-12": (when >= GO_LIVE) & (when < "2023-01-01"),
        "live     2023-01..2025-12": when >= "2023-01-01",
    }
    for name, rows in periods.items():
        outcome = common["outcome"][rows]
        means = ", ".join(f"mean {s} {v[rows].mean():.4f}" for s, v in scores.items())
        print(f"{name}: {len(outcome)} rows, {outcome.sum()} outcomes "
              f"({outcome.mean():.4f}), {means}")  # fmt: skip
    for column in ("sex", "race", "age_band", "payer", "specialty", "admission_type"):
        counts = common[column].value_counts()
        print(f"{column}: " + ", ".join(f"{level} {n}" for level, n in counts.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("zip", type=Path, help="dataset_diabetes.zip as published by UCI")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    arguments = parser.parse_args()

    source = read_source(arguments.zip)
    excluded = source["discharge_disposition_id"].isin(DEATH_OR_HOSPICE)
    print(f"encounters read: {len(source)}; excluded (death or hospice): {excluded.sum()}")
    source = source[~excluded].reset_index(drop=True)

    common = common_columns(source)
    outcome = common["outcome"].to_numpy()
    # Only outcomes that were known on the day the model went live may teach it.
    fit = (common["matured_at"] <= GO_LIVE).to_numpy()
    print(f"patients: {common['subject'].nunique()}; rows the model was fitted on: {fit.sum()}")
    scores = {
        "readmit-local": local_scores(source, outcome, fit),
        "vendor-lace": lace_probability(lace_points(source)),
    }
    for system, score in scores.items():
        write_log(common, system, "1.0", score, arguments.out)
    report(common, scores)


if __name__ == "__main__":
    main()
