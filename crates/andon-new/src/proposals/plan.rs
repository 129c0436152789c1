//! The part of every column, proposed from names and values and from what the user said.

use std::collections::BTreeSet;

use andon_evidence::evidence::today;
use andon_evidence::policy::protected_ground;
use jiff::civil::Date;

use crate::columns::dates::day;
use crate::columns::names::{field_names, free};
use crate::columns::numbers::find_decimal;
use crate::columns::seen::{SeenColumn, SeenKind};
use crate::error::NewError;
use crate::proposals::answers::Answers;
use crate::proposals::groups::ProtectedGroups;
use crate::proposals::leakage::{SUSPICIOUS_AREA, area_alone};
use crate::proposals::outcome::Label;
use crate::reading::SourceFile;

/// The part that a column plays.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ColumnPart {
    /// Names the row.
    Id,
    /// Says when.
    Time,
    /// The outcome.
    Outcome,
    /// A protected attribute, and why it is taken for one.
    Protected { groups: ProtectedGroups, because: String },
    /// The model sees it.
    Feature,
    /// In the data file, and not for the model.
    LeftOut(String),
    /// Not in the data file.
    Dropped(String),
}

/// A column with its part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlannedColumn {
    pub(crate) seen: SeenColumn,
    pub(crate) part: ColumnPart,
}

/// The parts of all columns.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) rows: usize,
    pub(crate) decimal: char,
    pub(crate) label: Label,
    /// The name of the id in the data file, and whether it is made.
    pub(crate) id: String,
    pub(crate) id_is_made: bool,
    pub(crate) columns: Vec<PlannedColumn>,
    newest_day: Option<Date>,
}

/// The newest of the days in a column, unless it lies ahead: then it is no day of collection.
fn newest_day(column: &SeenColumn, cells: &[String]) -> Option<Date> {
    let SeenKind::Day { form } = column.kind else { return None };
    let days = cells.iter().filter_map(|cell| day(cell, form)?.parse::<Date>().ok());
    days.max().filter(|day| *day <= today())
}

impl Plan {
    /// Proposes the part of every column.
    pub(crate) fn new(source: &SourceFile, answers: &Answers) -> Result<Self, NewError> {
        let table = &source.table;
        let decimal = find_decimal(table.columns.iter().flatten().map(String::as_str), source.separator);
        let names = field_names(&table.header);
        let seen = table.header.iter().zip(&names).zip(&table.columns);
        let seen: Vec<SeenColumn> =
            seen.map(|((source, name), cells)| SeenColumn::new(source, name, cells, decimal)).collect();
        let finder = Finder { answers, seen: &seen, rows: table.rows(), decimal };
        let label = finder.column("--label", answers.label.as_deref())?.ok_or_else(|| finder.no_label())?;
        let mut outcome = Label::new(&seen[label].source, &table.columns[label], answers.favourable.as_deref())?;
        let id = finder.id(label)?;
        let time = finder.time()?;
        let asked = finder.protected()?;
        let favourable: Vec<bool> = table.columns[label].iter().map(|cell| *cell == outcome.favourable).collect();
        let newest_day = time.and_then(|place| newest_day(&seen[place], &table.columns[place]));
        let part = |place: usize| match () {
            () if place == label => ColumnPart::Outcome,
            () if Some(place) == id => ColumnPart::Id,
            () if Some(place) == time => ColumnPart::Time,
            () => finder.part(place, &table.columns[place], &asked, &favourable),
        };
        let parts: Vec<ColumnPart> = (0..seen.len()).map(part).collect();
        let mut taken: BTreeSet<String> = names.iter().cloned().collect();
        if outcome.name != names[label] {
            outcome.name = free(&outcome.name, &mut taken);
        }
        let id_name = id.map_or_else(|| free("row_number", &mut taken), |place| names[place].clone());
        let columns = seen.into_iter().zip(parts).map(|(seen, part)| PlannedColumn { seen, part }).collect();
        let (rows, id_is_made) = (table.rows(), id.is_none());
        let plan = Self { rows, decimal, label: outcome, id: id_name, id_is_made, columns, newest_day };
        plan.check(answers.protected.is_some())
    }

    fn check(self, protected_was_given: bool) -> Result<Self, NewError> {
        if self.features().next().is_none() {
            let problem = "no column is left to predict it from".to_owned();
            let next = "see the parts that the columns were given: too many values, none, or one".to_owned();
            return Err(NewError::Answer { flag: "--data", problem, next });
        }
        if self.protected().next().is_none() && !protected_was_given {
            let columns: Vec<&str> = self.columns.iter().map(|column| column.seen.source.as_str()).collect();
            let problem = "no column is a protected ground by its name, and the gates of fairness need one".to_owned();
            let next =
                format!("name them, or say `--protected none` if the file has none; columns: {}", columns.join(", "));
            return Err(NewError::Answer { flag: "--protected", problem, next });
        }
        Ok(self)
    }

    pub(crate) fn features(&self) -> impl Iterator<Item = &SeenColumn> {
        self.columns.iter().filter(|column| column.part == ColumnPart::Feature).map(|column| &column.seen)
    }

    /// The protected attributes, with the reason why each is taken for one.
    pub(crate) fn protected(&self) -> impl Iterator<Item = (&SeenColumn, &ProtectedGroups, &str)> {
        self.columns.iter().filter_map(|column| match &column.part {
            ColumnPart::Protected { groups, because } => Some((&column.seen, groups, because.as_str())),
            _ => None,
        })
    }

    /// The name of the column with the time.
    pub(crate) fn time(&self) -> Option<&str> {
        let time = self.columns.iter().find(|column| column.part == ColumnPart::Time);
        time.map(|column| column.seen.name.as_str())
    }

    /// The newest day of the column with the time, unless it lies ahead.
    pub(crate) fn newest_day(&self) -> Option<Date> {
        self.newest_day
    }

    /// The share of rows with the favourable outcome.
    pub(crate) fn share(&self) -> f64 {
        self.label.favourable_rows as f64 / self.rows.max(1) as f64
    }

    /// Rows of the rarer outcome.
    pub(crate) fn rarer_rows(&self) -> usize {
        self.label.favourable_rows.min(self.rows - self.label.favourable_rows)
    }
}

/// Finds columns by what the user said.
struct Finder<'a> {
    answers: &'a Answers,
    seen: &'a [SeenColumn],
    rows: usize,
    decimal: char,
}

impl Finder<'_> {
    /// The place of a column by its name in the file or in the project.
    fn column(&self, flag: &'static str, name: Option<&str>) -> Result<Option<usize>, NewError> {
        let Some(name) = name.map(str::trim) else { return Ok(None) };
        let exact = self.seen.iter().position(|column| column.source == name);
        let found = exact.or_else(|| self.seen.iter().position(|column| column.name == name));
        found.map(Some).ok_or_else(|| NewError::Answer {
            flag,
            problem: format!("there is no column `{name}`"),
            next: self.listed(),
        })
    }

    fn listed(&self) -> String {
        let columns: Vec<&str> = self.seen.iter().map(|column| column.source.as_str()).collect();
        format!("the columns are {}", columns.join(", "))
    }

    fn no_label(&self) -> NewError {
        let problem = "which column is the outcome that the model predicts?".to_owned();
        NewError::Answer { flag: "--label", problem, next: self.listed() }
    }

    /// The column that names a row: the one that was given, or one that is called an id and has a value of its own in
    /// every row.
    fn id(&self, label: usize) -> Result<Option<usize>, NewError> {
        let names_rows = |column: &SeenColumn| column.different == self.rows && column.missing == 0;
        if let Some(place) = self.column("--id", self.answers.id.as_deref())? {
            let column = &self.seen[place];
            if names_rows(column) {
                return Ok(Some(place));
            }
            let problem = format!("`{}` has {} values in {} rows", column.source, column.different, self.rows);
            let next =
                "name a column with a value of its own in every row, or none: then the number of the row is taken";
            return Err(NewError::Answer { flag: "--id", problem, next: next.to_owned() });
        }
        let is_id = |(place, column): &(usize, &SeenColumn)| {
            let called = column.name == "id" || column.name.ends_with("_id") || column.name.ends_with("number");
            *place != label && called && names_rows(column)
        };
        Ok(self.seen.iter().enumerate().find(is_id).map(|(place, _)| place))
    }

    fn time(&self) -> Result<Option<usize>, NewError> {
        let Some(place) = self.column("--time", self.answers.time.as_deref())? else { return Ok(None) };
        let column = &self.seen[place];
        if matches!(column.kind, SeenKind::Day { .. } | SeenKind::Number { .. }) && column.missing == 0 {
            return Ok(Some(place));
        }
        let problem = format!("`{}` is not a day or a number in every row", column.source);
        let next = "name a column such as 2026-11-26, or leave the option out: then nothing is said about drift";
        Err(NewError::Answer { flag: "--time", problem, next: next.to_owned() })
    }

    fn protected(&self) -> Result<Vec<usize>, NewError> {
        let given = self.answers.protected.iter().flatten();
        let places = given.map(|name| self.column("--protected", Some(name)));
        Ok(places.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// The part of a column that is neither label, id nor time.
    fn part(&self, place: usize, cells: &[String], asked: &[usize], favourable: &[bool]) -> ColumnPart {
        let column = &self.seen[place];
        if let Some(because) = why_protected(column, asked.contains(&place)) {
            return match ProtectedGroups::new(column, cells, self.decimal) {
                Some(groups) if groups.judged.len() > 1 => ColumnPart::Protected { groups, because },
                _ => ColumnPart::Dropped(format!(
                    "{because}, and no groups can be made of its {} values; make a column of groups of it, and convert again",
                    column.different
                )),
            };
        }
        match column.kind {
            SeenKind::Nothing => ColumnPart::Dropped("it has no value in any row".to_owned()),
            SeenKind::Text => ColumnPart::Dropped(format!(
                "it has {} different texts, which name rows or tell stories; a model cannot learn from them",
                column.different
            )),
            SeenKind::Day { .. } => {
                ColumnPart::Dropped("it is a day; `--time` makes it the order of the rows".to_owned())
            }
            _ if column.different == 1 && column.missing == 0 => {
                ColumnPart::Dropped("it has the same value in every row".to_owned())
            }
            _ => match area_alone(column, cells, favourable, self.decimal) {
                Some(area) if area >= SUSPICIOUS_AREA => ColumnPart::LeftOut(format!(
                    "suspected: alone it tells the outcome with an area under the ROC curve of {area:.2}, as only a value does \
                     that was written after the outcome"
                )),
                _ => ColumnPart::Feature,
            },
        }
    }
}

/// The reason why a column is taken for a protected attribute.
fn why_protected(column: &SeenColumn, asked: bool) -> Option<String> {
    let levels: Vec<String> = match &column.kind {
        SeenKind::Category { levels, .. } => levels.iter().map(|(name, _)| name.clone()).collect(),
        _ => Vec::new(),
    };
    match protected_ground(&column.name, &levels) {
        Some(ground) => Some(format!("a protected ground by its name or groups ({ground})")),
        None => asked.then(|| "named as protected by the user".to_owned()),
    }
}
