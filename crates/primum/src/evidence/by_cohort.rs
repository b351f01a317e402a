//! Findings of everyone and of each cohort: on the terminal, and as a page.

use super::files::{Outputs, put};
use super::findings::digest;
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::Args;
use evidence::{Cohorts, RowsRead};
use serde::Serialize;
use statistics::{Cohort, Finding, attribute_in_words};
use std::path::PathBuf;
use web::FileTable;

/// Which cohorts there are, and whether a page is written.
#[derive(Debug, Clone, Default, Args)]
pub struct ByCohort {
    /// Columns whose levels are the cohorts; race*sex stands for each race with each sex
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…")]
    pub by: Vec<String>,
    /// Write what is found to this file as a page that needs nothing else
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Overwrite what is there
    #[arg(long, requires = "html")]
    pub force: bool,
}

/// What was found, in rows of text.
pub struct Told<'a> {
    title: &'static str,
    heads: &'static [&'static str],
    everyone: Vec<Vec<String>>,
    cohorts: Vec<(&'a Cohort, Vec<Vec<String>>)>,
    joined: &'a [Cohort],
    /// What else is known of all rows: a table or a line.
    more: Option<More>,
}

/// What is told beside the measures.
pub enum More {
    /// A table.
    Table(FileTable),
    /// A line.
    Line(String),
}

impl ByCohort {
    /// Refuses to overwrite a page, before it is known what is to be written.
    pub fn check(&self) -> Result<()> {
        Outputs { html: self.html.clone(), force: self.force, ..Outputs::default() }.check()
    }
}

impl<'a> Told<'a> {
    /// By what each finding is in a row of text, under its heads.
    pub fn of<W>(
        (title, heads): (&'static str, &'static [&'static str]),
        everyone: &[Finding<W>],
        by_cohort: &'a Cohorts<W>,
        row: impl Fn(&Finding<W>) -> Vec<String>,
    ) -> Self {
        let rows = |found: &[Finding<W>]| found.iter().map(&row).collect();
        let cohorts = by_cohort.cohorts.iter().map(|it| (&it.cohort, rows(&it.estimates)));
        Self {
            title,
            heads,
            everyone: rows(everyone),
            cohorts: cohorts.collect(),
            joined: &by_cohort.joined,
            more: None,
        }
    }

    /// The same with what else is known, if it may be shown.
    pub fn with(self, more: Option<More>) -> Self {
        Self { more, ..self }
    }

    /// The answer, with the page written where one is wanted.
    pub fn answer(
        self,
        asked: &ByCohort,
        report: &impl Serialize,
        rows: &RowsRead,
        level: f64,
    ) -> Result<Answer> {
        let mut text = format!("{}\n", self.text());
        for note in self.notes() {
            text += &format!("\n{note}");
        }
        text += &format!("\n{}", digest(rows, level));
        if let Some(path) = &asked.html {
            let page = web::tables_file(self.title, &self.tables(), &self.notes(), &rows.digest)?;
            put(path, page.as_bytes(), asked.force)?;
            text += &format!("\nWritten: {}", path.display());
        }
        Answer::new(report, text)
    }

    fn text(&self) -> String {
        let mut everyone = Table::new(self.heads.iter().copied());
        self.everyone.iter().for_each(|row| everyone.row(row.iter().cloned()));
        let mut text = everyone.to_string();
        if let Some(More::Table(more)) = &self.more {
            let mut table = Table::new(more.heads.iter().map(String::as_str));
            more.rows.iter().for_each(|row| table.row(row.iter().cloned()));
            text += &format!("\n\n{table}");
        }
        if self.cohorts.is_empty() {
            return text;
        }
        let mut table = Table::new(["cohort"].into_iter().chain(self.heads.iter().copied()));
        for (cohort, rows) in &self.cohorts {
            let names = std::iter::once(name(cohort)).chain(std::iter::repeat(String::new()));
            for (name, row) in names.zip(rows) {
                table.row(std::iter::once(name).chain(row.iter().cloned()));
            }
        }
        text + &format!("\n\n{table}")
    }

    fn tables(&self) -> Vec<FileTable> {
        let table = |title: String, rows: &Vec<Vec<String>>| FileTable {
            title,
            heads: self.heads.iter().map(|&head| head.to_owned()).collect(),
            rows: rows.clone(),
        };
        let mut tables = vec![table("Everyone".to_owned(), &self.everyone)];
        if let Some(More::Table(more)) = &self.more {
            tables.push(more.clone());
        }
        tables.extend(self.cohorts.iter().map(|(cohort, rows)| table(name(cohort), rows)));
        tables
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(More::Line(line)) = &self.more {
            notes.push(line.clone());
        }
        if !self.joined.is_empty() {
            let joined: Vec<String> = self.joined.iter().map(ToString::to_string).collect();
            notes.push(format!(
                "Levels with too few rows to be shown are together with others: {}.",
                joined.join("; ")
            ));
        }
        notes
    }
}

fn name(cohort: &Cohort) -> String {
    format!("{}: {}", attribute_in_words(&cohort.attribute), cohort.level)
}
