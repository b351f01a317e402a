//! Rubrics: what people are asked about an output, on which scale, and what counts as a defect.

use crate::PackError;
use crate::fault::Check;
use crate::shape::Shape;
use governance::FactId;
use serde::Deserialize;

/// Where it stands in an act: nowhere. A rubric is used, not adopted; a validation standard that a
/// hospital adopts can hold the same criteria.
pub(crate) const SHAPE: Shape = Shape::Other;

/// The most answers of a scale.
const MOST_ANSWERS: usize = 100;

/// A rubric for ratings of output.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatingRubric {
    /// Its handle.
    pub id: FactId,
    /// Its version.
    pub version: String,
    /// Its title.
    pub title: String,
    /// Where the content comes from.
    pub source: String,
    /// What is asked of each item.
    pub criteria: Vec<RatedQuestion>,
}

/// One question of a rubric.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatedQuestion {
    /// Its handle, as the column of criteria in a file of ratings has it.
    pub id: FactId,
    /// The question in plain words.
    pub question: String,
    /// What raters have to know to answer alike.
    #[serde(default)]
    pub help: Option<String>,
    /// The possible answers, each with what it takes, from the worst to the best.
    pub scale: Vec<String>,
    /// The number of the worst answer; each further one is 1 more.
    #[serde(default = "one")]
    pub from: i32,
    /// This many answers, from the worst on, count as a defect; with 0, none does.
    #[serde(default)]
    pub errors: u8,
    /// This many of them, from the worst on, count as a critical defect.
    #[serde(default)]
    pub critical: u8,
    /// The most that the share of items with a defect may be, by the upper end of its interval.
    #[serde(default)]
    pub defects_at_most: Option<f64>,
    /// The most that the share of items with a critical defect may be.
    #[serde(default)]
    pub critical_at_most: Option<f64>,
}

fn one() -> i32 {
    1
}

impl RatedQuestion {
    /// The numbers of the answers, from the worst to the best.
    #[must_use]
    pub fn levels(&self) -> Vec<f64> {
        let numbers = (0..).map(|step| f64::from(self.from) + f64::from(step));
        numbers.zip(&self.scale).map(|(number, _)| number).collect()
    }

    /// The numbers of those that count as a defect.
    #[must_use]
    pub fn defects(&self) -> Vec<f64> {
        self.levels().into_iter().take(usize::from(self.errors)).collect()
    }

    /// The numbers of those that count as a critical defect.
    #[must_use]
    pub fn critical_defects(&self) -> Vec<f64> {
        self.levels().into_iter().take(usize::from(self.critical)).collect()
    }
}

/// Reads a rubric and checks that each criterion can be answered: ids are unique, every question
/// and answer says something, and a defect leaves an answer that is none.
///
/// # Errors
/// Everything that is wrong with it.
pub fn rubric(file: &str, text: &str) -> Result<RatingRubric, PackError> {
    let (mut check, rubric): (_, RatingRubric) = Check::parse(file, text, SHAPE)?;
    check.says_something("the version", &rubric.version);
    check.says_something("the title", &rubric.title);
    check.says_something("the source", &rubric.source);
    if rubric.criteria.is_empty() {
        check.note(None, "nothing is asked", "add at least one [[criteria]]");
    }
    check.unique("id", "the criterion", rubric.criteria.iter().map(|it| &it.id));
    for asked in &rubric.criteria {
        let id = &asked.id;
        let mut note = |what: String, remedy| {
            check.about(id, format!("the criterion `{id}` {what}"), remedy);
        };
        let silent = |text: &String| text.trim().is_empty();
        if silent(&asked.question) || asked.scale.iter().any(silent) {
            let remedy = "say what raters are asked, and what each answer takes";
            note("has no question or an empty answer".to_owned(), remedy);
        }
        let answers = asked.scale.len();
        if !(2..=MOST_ANSWERS).contains(&answers) {
            note(format!("has {answers} answers"), "give it from 2 to 100");
        } else if usize::from(asked.errors) >= answers {
            let what = format!("counts {} of {answers} answers as a defect", asked.errors);
            note(what, "leave at least one that is none");
        }
        if asked.critical > asked.errors {
            let what = format!(
                "counts {} answers as a critical defect, and {} as a defect",
                asked.critical, asked.errors
            );
            note(what, "a critical defect is a defect: lower `critical` or raise `errors`");
        }
        for (name, limit, counted) in [
            ("defects_at_most", asked.defects_at_most, asked.errors),
            ("critical_at_most", asked.critical_at_most, asked.critical),
        ] {
            let Some(limit) = limit else { continue };
            if !(limit > 0.0 && limit <= 1.0) {
                let what = format!("has `{name} = {limit}`, which no number of items can show");
                note(what, "give a share above 0, at most 1");
            } else if counted == 0 {
                let what = format!("has `{name}`, and no answer that counts");
                note(what, "say how many answers count, or leave the limit out");
            }
        }
    }
    check.finish(rubric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;

    const HEAD: &str = "id = \"ours\"\nversion = \"1\"\ntitle = \"t\"\nsource = \"s\"\n";

    fn faults(criterion: &str) -> String {
        let text = format!("{HEAD}[[criteria]]\nid = \"a\"\nquestion = \"q\"\n{criterion}\n");
        rubric("ours.toml", &text).map_or_else(|error| error.to_string(), |_| "sound".to_owned())
    }

    #[test]
    fn built_in_rubrics_are_sound() {
        for file in builtin::RUBRICS {
            let found = rubric(file.path, file.text).unwrap();
            assert_eq!(builtin::rubric(&found.id.to_string()), Some(file), "named as its file");
            for asked in &found.criteria {
                assert_eq!(asked.levels().len(), asked.scale.len());
                assert!(asked.help.is_some(), "{} helps nobody to answer alike", asked.id);
            }
        }
    }

    #[test]
    fn what_cannot_be_answered_is_named_with_its_line() {
        assert_eq!(faults("scale = [\"bad\", \"good\"]\nerrors = 1\ncritical = 1"), "sound");
        for (criterion, expected) in [
            ("scale = [\"good\"]", "line 6: the criterion `a` has 1 answers"),
            ("scale = [\"bad\", \" \"]", "has no question or an empty answer"),
            ("scale = [\"bad\", \"good\"]\nerrors = 2", "counts 2 of 2 answers as a defect"),
            ("scale = [\"bad\", \"good\"]\ncritical = 1", "counts 1 answers as a critical defect"),
            ("scale = [\"bad\", \"good\"]\ndefects_at_most = 0.1", "and no answer that counts"),
            ("scale = [\"b\", \"g\"]\nerrors = 1\ndefects_at_most = 0.0", "no number of items"),
            ("scale = [\"b\", \"g\"]\nerrors = 1\ndefects_at_most = nan", "no number of items"),
            ("scale = [\"b\", \"g\"]\nworst = 1", "unknown field `worst`"),
        ] {
            let said = faults(criterion);
            assert!(said.contains(expected), "{criterion}: {said}");
        }
        let twice = "scale = [\"b\", \"g\"]\n[[criteria]]\nid = \"a\"\nquestion = \"q\"\nscale = \
                     [\"b\", \"g\"]";
        assert!(faults(twice).contains("`a` is there twice"), "{}", faults(twice));
        let nothing = rubric("x.toml", &format!("{HEAD}criteria = []\n")).unwrap_err();
        assert!(nothing.to_string().contains("nothing is asked"));
    }

    #[test]
    fn numbers_follow_the_scale() {
        let text = format!(
            "{HEAD}[[criteria]]\nid = \"a\"\nquestion = \"q\"\nfrom = -2\nerrors = 2\n\
             critical = 1\nscale = [\"much worse\", \"worse\", \"same\", \"better\"]\n"
        );
        let found = rubric("x.toml", &text).unwrap();
        let asked = &found.criteria[0];
        assert_eq!(asked.levels(), [-2.0, -1.0, 0.0, 1.0]);
        assert_eq!((asked.defects(), asked.critical_defects()), (vec![-2.0, -1.0], vec![-2.0]));
    }
}
