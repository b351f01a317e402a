//! A folder of the seismometer package is read as it is.
//!
//! The published example is read too where `PRIMUM_SEISMOMETER` names its folder. Its numbers of
//! positives and its AUROC are those of seismometer 0.5.0 and scikit-learn on the same files.

#![cfg(test)]

use evidence::{EvidenceError, Request, Seismometer, is_seismometer, run, tally};
use statistics::Measure;
use std::path::{Path, PathBuf};

const CONFIG: &str = "other_info:\n  usage_config: usage.yml\n  data_dir: data\n  \
                      prediction_path: p.csv\n  event_path: e.csv\n  template: binary\n";

const USAGE: &str = "\
data_usage:
  entity_id: pat
  context_id: enc
  primary_output: Score
  primary_target: Readmitted
  predict_time: At
  cohorts:
    - source: age
      display_name: Age
      splits: [18, 65]
    - source: sex
  event_table: {type: Kind, time: When, value: Is}
  events:
    - source: [Readmit, Return]
      display_name: Readmitted
      window_hr: 6
      offset_hr: 1
      usage: target
    - source: Death
  load_time_filters:
    - {source: split, action: include, values: [test]}
  censor_min_count: 10
";

const PREDICTIONS: &str = "pat,enc,Score,At,age,sex,split\n\
                           1,a,0.1,2026-01-01T00:00:00,17,F,test\n\
                           1,a,0.2,2026-01-01T05:00:00,18,F,test\n\
                           1,b,0.3,2026-01-01T05:00:00,65,F,test\n\
                           2,c,0.4,2026-01-01T05:00:00,,M,test\n\
                           2,c,bad,2026-01-01T05:00:00,,M,train\n";

/// The first event of encounter a, one hour back, is 6 hours after the first prediction; that of b
/// does not count; that of c is of another kind.
const EVENTS: &str = "pat,enc,Kind,When,Is\n1,a,Readmit,2026-01-01T07:00:00,\n\
                      1,b,Return,2026-01-01T08:00:00,0\n2,c,Death,2026-01-01T07:00:00,1\n";

fn folder(dir: &tempfile::TempDir, config: &str, usage: &str) -> PathBuf {
    let folder = dir.path().join("study");
    std::fs::create_dir_all(folder.join("data")).unwrap();
    std::fs::write(folder.join("config.yml"), config).unwrap();
    std::fs::write(folder.join("usage.yml"), usage).unwrap();
    std::fs::write(folder.join("data/p.csv"), PREDICTIONS).unwrap();
    // Beside the configuration, where the published example has its files.
    std::fs::write(folder.join("e.csv"), EVENTS).unwrap();
    std::fs::write(folder.join("data/metadata.json"), "{\"thresholds\": [0.15, 0.3]}").unwrap();
    folder
}

#[tokio::test]
async fn windows_cohorts_filters_and_thresholds_are_those_of_the_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let folder = folder(&dir, CONFIG, USAGE);
    assert!(is_seismometer(&folder) && !is_seismometer(dir.path()));
    let study = Seismometer::open(&folder).unwrap();
    assert_eq!(study.request.thresholds, [0.15, 0.3]);
    assert_eq!(study.entity, "pat");
    let wanted =
        "groups of fewer than 11 rows are not shown, whatever `censor_min_count` says (10)";
    assert_eq!(study.warnings, [wanted]);
    let set = tally(&study.source, &study.request).await.unwrap();
    let found: Vec<(String, u64, u64)> = set
        .cells
        .iter()
        .map(|(key, tally)| {
            let cohort = key.cohort.as_ref().map(ToString::to_string).unwrap_or_default();
            (cohort, tally.n, tally.events)
        })
        .collect();
    let wanted = [
        ("", 4, 2),
        ("Age = 18 to under 65", 1, 1),
        ("Age = 65 and over", 1, 0),
        ("Age = not recorded", 1, 0),
        ("Age = under 18", 1, 1),
        ("sex = F", 3, 2),
        ("sex = M", 1, 0),
    ];
    assert_eq!(found, wanted.map(|(cohort, n, events)| (cohort.to_owned(), n, events)));
}

#[test]
fn a_bad_configuration_is_refused_with_its_line() {
    let mut wrong = Vec::new();
    let mut check = |from: &str, to: &str, wanted: &str| {
        let dir = tempfile::tempdir().unwrap();
        let (config, usage) = (CONFIG.replacen(from, to, 1), USAGE.replacen(from, to, 1));
        assert!((config != CONFIG) != (usage != USAGE), "{from}");
        let folder = folder(&dir, &config, &usage);
        let found = Seismometer::open(&folder).map(|_| ()).unwrap_err().to_string();
        let found = found.replace(&format!("{}/", folder.display()), "");
        if !found.starts_with(wanted) {
            wrong.push(format!("{found}\nwanted {wanted}"));
        }
    };
    check("other_info:", "other:", "`config.yml`, line 1: ");
    check("usage_config: usage.yml", "usage_config: [", "`config.yml`, line ");
    check("usage_config: usage.yml", "usage_config: no.yml", "`no.yml` cannot be read: ");
    check("  primary_target: Readmitted\n", "", "`usage.yml`, line ");
    check(
        "splits: [18, 65]",
        "splits: [65, 18]",
        "`usage.yml`, line 8: the request cannot be answered: column `Age`: the edges must be \
         numbers, each greater than the one before",
    );
    check("splits: [18, 65]", "splits: [a]", "`usage.yml`, line 10: ");
    check(
        "display_name: Age",
        "display_name: sex",
        "`usage.yml`, line 11: there are two cohorts named `sex`",
    );
    check(
        "window_hr: 6",
        "window_hr: -6",
        "`usage.yml`, line 14: the request cannot be answered: `horizon_hours` must be a number \
         above 0",
    );
    check("window_hr: 6", "window_hr: six", "`usage.yml`, line ");
    check(
        "usage: target",
        "merge_strategy: last",
        "`usage.yml`, line 14: the merge strategy `last` is not followed",
    );
    check(
        "values: [test]",
        "values: [a, b]",
        "`usage.yml`, line 21: the filter on `split` is more than one value to include",
    );
    check("action: include", "action: keep_top", "`usage.yml`, line 21: the filter on `split`");
    check("data_usage:", "data_usage: &a [*a]\nmore:", "`usage.yml`, line 1: ");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn positives(study: &Seismometer, request: &Request) -> (u64, f64) {
    let report = run(&study.source, request).await.unwrap();
    let auroc = report.estimates.iter().find(|it| it.measure == Measure::Auroc).unwrap();
    assert_eq!((report.rows.used, report.source.len()), (99_340, 2));
    (auroc.events.unwrap(), auroc.estimate.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_published_example_has_the_published_numbers() -> Result<(), EvidenceError> {
    let Some(folder) = std::env::var_os("PRIMUM_SEISMOMETER") else { return Ok(()) };
    let study = Seismometer::open(Path::new(&folder))?;
    let wanted = [
        (Some(6.0), 2_746, 0.742_250_790_6),
        (Some(24.0), 11_252, 0.761_700_691_3),
        (None, 11_314, 0.761_795_086_7),
    ];
    for (window, events, auroc) in wanted {
        let mut request = study.request.clone();
        assert_eq!(request.by, ["Age", "Race", "Gender"]);
        request.events.as_mut().unwrap().horizon_hours = window;
        let found = positives(&study, &request).await;
        assert_eq!(found.0, events, "{window:?}");
        assert!((found.1 - auroc).abs() < 1e-9, "{window:?}: {}", found.1);
    }
    let v2 = Seismometer::open(&Path::new(&folder).join("v2"))?;
    assert_eq!(v2.request.thresholds, [0.1, 0.2]);
    let missing = tally(&v2.source, &v2.request).await.map(|_| ()).unwrap_err().to_string();
    assert!(missing.contains("events.parquet` cannot be read"), "{missing}");
    Ok(())
}
