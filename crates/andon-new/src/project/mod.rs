//! The files of a project.

mod bar;
mod bars;
mod context;
mod data_tables;
mod fairness_bars;
mod later_bars;
mod manifest;
mod people_tables;
mod policy;
mod readme;
mod record;
mod sources;
mod texts;
mod wording;

use std::path::{Path, PathBuf};

use andon_evidence::files::{self, sha256_hex};
use andon_evidence::layout::{CARGO_LOCK, CARGO_MANIFEST, POLICY};
use andon_evidence::policy::Policy;
use andon_evidence::proposals::marks;

use crate::columns::seen::{SeenColumn, SeenKind};
use crate::conversion::{Conversion, ConvertedColumn, UNDISCLOSED, WrittenAs};
use crate::error::NewError;
use crate::project::context::Context;
use crate::proposals::Answers;
use crate::proposals::groups::ProtectedGroups;
use crate::proposals::plan::{ColumnPart, Plan};
use crate::reading::{SourceFile, read};
use crate::tests_of_gates;

pub use self::context::Harness;

/// The project that is proposed for a data file: its files, and what was found.
#[derive(Debug, Clone)]
pub struct Project {
    /// The files, by their path in the project.
    pub files: Vec<(PathBuf, String)>,
    /// The findings, for the user to read at once.
    pub summary: String,
    /// The number of proposals that wait for a person.
    pub proposals: usize,
}

impl Project {
    /// Reads a data file and proposes a project.
    ///
    /// # Errors
    /// [`NewError`] names the fault in the file or in the answers, and the next step.
    pub fn propose(answers: &Answers, harness: &Harness) -> Result<Self, NewError> {
        let bytes = files::read(&answers.data)?;
        let source = read(&bytes).map_err(|problem| problem.of(&answers.data))?;
        let plan = Plan::new(&source, answers)?;
        let conversion = conversion(&source, &plan, answers, &sha256_hex(&bytes));
        let data = conversion.convert(&answers.data, &bytes)?;
        let context = Context { name: &answers.name, plan: &plan, conversion: &conversion };
        let policy = policy::to_toml(&context);
        let gates = Policy::parse(&policy, Path::new(POLICY))?.gates;
        let mut written = vec![
            (PathBuf::from(CARGO_MANIFEST), manifest::to_toml(&answers.name, harness)),
            (PathBuf::from(POLICY), policy),
            (PathBuf::from("src/record.rs"), record::to_rust(&plan)),
            (context.data_file(), data),
            (PathBuf::from(CONVERSION), conversion.to_file()),
            (PathBuf::from("README.md"), readme::to_markdown(&context)),
        ];
        written.extend(sources::fixed(&answers.name));
        written.extend(tests_of_gates::all(&answers.name, gates.keys()));
        if let Some(lock) = harness.lock() {
            written.push((
                PathBuf::from(CARGO_LOCK),
                files::read(&lock).map(|lock| String::from_utf8_lossy(&lock).into_owned())?,
            ));
        }
        let proposals = written.iter().map(|(_, text)| marks(text).count()).sum();
        Ok(Self { summary: readme::summary(&context, proposals), files: written, proposals })
    }

    /// Writes the files into a folder that does not exist yet, or is empty.
    ///
    /// # Errors
    /// [`NewError`] if the folder holds something, or a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), NewError> {
        if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file() {
            return Err(NewError::Exists(folder.to_owned()));
        }
        self.files.iter().try_for_each(|(path, text)| Ok(files::write_atomically(&folder.join(path), text.as_bytes())?))
    }
}

/// The description of the conversion, in a project.
pub const CONVERSION: &str = "data/conversion.toml";

fn conversion(source: &SourceFile, plan: &Plan, answers: &Answers, sha256: &str) -> Conversion {
    let mut columns = Vec::new();
    if plan.id_is_made {
        columns.push(converted(&plan.id, None, WrittenAs::RowNumber));
    }
    for column in &plan.columns {
        let seen = &column.seen;
        match &column.part {
            ColumnPart::Dropped(_) => {}
            ColumnPart::Outcome => columns.push(outcome(plan)),
            ColumnPart::Protected { groups, .. } => columns.push(protected(seen, groups)),
            ColumnPart::Id => columns.push(converted(&seen.name, Some(seen), WrittenAs::Text)),
            ColumnPart::Time | ColumnPart::Feature | ColumnPart::LeftOut(_) => columns.push(plain(seen)),
        }
    }
    let file = answers.data.file_name().map(|name| name.to_string_lossy().into_owned());
    Conversion {
        source: file.unwrap_or_default(),
        sha256: sha256.to_owned(),
        encoding: source.encoding.to_owned(),
        separator: source.separator,
        decimal: plan.decimal,
        sort_by: plan.time().map(str::to_owned),
        columns,
    }
}

fn converted(name: &str, from: Option<&SeenColumn>, write: WrittenAs) -> ConvertedColumn {
    ConvertedColumn {
        name: name.to_owned(),
        from: from.map(|column| column.source.clone()),
        write,
        form: None,
        missing: from.map(|column| column.missing_words.clone()).unwrap_or_default(),
        if_missing: None,
        cuts: Vec::new(),
        recode: std::collections::BTreeMap::new(),
    }
}

fn outcome(plan: &Plan) -> ConvertedColumn {
    let label = &plan.label;
    let recode = [(label.favourable.clone(), "1".to_owned()), (label.other.clone(), "0".to_owned())].into();
    let column = plan.columns.iter().find(|column| column.part == ColumnPart::Outcome).map(|column| &column.seen);
    ConvertedColumn { recode, ..converted(&label.name, column, WrittenAs::Text) }
}

fn protected(seen: &SeenColumn, groups: &ProtectedGroups) -> ConvertedColumn {
    let if_missing = (seen.missing > 0).then(|| UNDISCLOSED.to_owned());
    if !groups.cuts.is_empty() {
        return ConvertedColumn {
            cuts: groups.cuts.clone(),
            if_missing,
            ..converted(&seen.name, Some(seen), WrittenAs::Band)
        };
    }
    ConvertedColumn { if_missing, ..converted(&seen.name, Some(seen), WrittenAs::Text) }
}

fn plain(seen: &SeenColumn) -> ConvertedColumn {
    let column = |write| converted(&seen.name, Some(seen), write);
    match &seen.kind {
        SeenKind::Number { .. } => column(WrittenAs::Number),
        SeenKind::Day { form } => ConvertedColumn { form: Some((*form).to_owned()), ..column(WrittenAs::Day) },
        SeenKind::Flag { yes, no } if yes != "1" => {
            let recode = [(yes.clone(), "1".to_owned()), (no.clone(), "0".to_owned())].into();
            ConvertedColumn { recode, ..column(WrittenAs::Text) }
        }
        _ => column(WrittenAs::Text),
    }
}
