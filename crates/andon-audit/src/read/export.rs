//! A trail for other programs: CSV for spreadsheets, NDJSON for everything else.

use std::collections::VecDeque;
use std::io::{self, BufWriter, Write};
use std::ops::{ControlFlow, RangeInclusive};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::error::StoreError;
use crate::location::Location;
use crate::read::chunks::chunks;
use crate::record::cord::CordRow;
use crate::record::note::NoteRow;
use crate::record::ranges::Ranges;
use crate::record::row::{DecisionRow, ForgettingRow, Link, Personal, StoredPersonal};
use crate::store::open::open_source;

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header line (RFC 4180); objects and arrays as JSON text.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

/// A trail cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The export cannot be written.
    #[error("failed to write the export: {0}")]
    Write(#[from] io::Error),
}

/// Writes all rows in the order of the chain, and returns how many. Blocks.
///
/// Inputs and monitoring have a column each: what was scored and what is only watched do not mix.
///
/// A forgotten decision says when and why; its inputs and monitoring are empty. A forgetting, a
/// stop, a clear and a note are rows of their own; a note says which row it is `about`.
///
/// # Errors
/// [`ExportError`]; what was written until then is not a whole export.
pub fn export(location: impl Into<Location>, format: Format, writer: impl Write) -> Result<u64, ExportError> {
    let location = location.into();
    let mut source = open_source(&location)?;
    let head = source.head()?;
    let mut rows = RowsInOrder::new(source.forgettings()?, source.cord()?, ExportOutput::new(format, writer));
    for chunk in chunks(1..=head.count) {
        rows.expect(source.notes(chunk.clone())?);
        let mut result = Ok(());
        source.decisions(chunk, &mut |sequence, row| {
            let unreadable = |problem| StoreError::Unreadable { location: location.to_string(), sequence, problem };
            let row = row.map_err(|problem| ExportError::Store(unreadable(problem)));
            result = row.and_then(|row| rows.decision(&row).map_err(ExportError::Write));
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        result?;
    }
    Ok(rows.finish()?)
}

/// One row of either kind, as it is exported.
#[derive(Default, Serialize)]
struct ExportedRow<'a> {
    sequence: u64,
    time: &'a str,
    kind: &'static str,
    request_id: Option<&'a str>,
    model_version: Option<&'a str>,
    fingerprint: Option<&'a str>,
    model_sha256: Option<&'a str>,
    score: Option<f64>,
    decision: Option<&'a str>,
    reasons: Option<ExportedJson<'a>>,
    explanation_source: Option<&'a str>,
    inputs: Option<ExportedJson<'a>>,
    monitoring: Option<ExportedJson<'a>>,
    forgotten_at: Option<&'a str>,
    forgotten_because: Option<&'a str>,
    forgotten_rows: Option<&'a str>,
    by: Option<&'a str>,
    why: Option<&'a str>,
    about: Option<u64>,
    note: Option<ExportedJson<'a>>,
    hash: String,
}

/// Stored JSON: a text in CSV, itself in NDJSON.
#[derive(Serialize)]
#[serde(untagged)]
enum ExportedJson<'a> {
    Text(&'a str),
    Value(&'a RawValue),
}

enum ExportOutput<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Ndjson(BufWriter<W>),
}

impl<W: Write> ExportOutput<W> {
    fn new(format: Format, writer: W) -> Self {
        match format {
            Format::Csv => Self::Csv(Box::new(csv::Writer::from_writer(writer))),
            Format::Ndjson => Self::Ndjson(BufWriter::new(writer)),
        }
    }

    fn json<'a>(&self, text: &'a str) -> io::Result<ExportedJson<'a>> {
        match self {
            Self::Csv(_) => Ok(ExportedJson::Text(text)),
            Self::Ndjson(_) => Ok(ExportedJson::Value(serde_json::from_str(text)?)),
        }
    }

    fn write(&mut self, line: &ExportedRow<'_>) -> io::Result<()> {
        match self {
            Self::Csv(writer) => Ok(writer.serialize(line)?),
            Self::Ndjson(writer) => {
                serde_json::to_writer(&mut *writer, line)?;
                writer.write_all(b"\n")
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Csv(writer) => writer.flush(),
            Self::Ndjson(writer) => writer.flush(),
        }
    }
}

/// A row between decisions.
enum RowBetween {
    Forgetting(ForgettingRow),
    Pull(CordRow),
    Note(NoteRow),
}

impl RowBetween {
    fn link(&self) -> &Link {
        match self {
            Self::Forgetting(row) => &row.link,
            Self::Pull(row) => &row.link,
            Self::Note(row) => &row.link,
        }
    }

    fn to_line<W: Write>(&self, output: &ExportOutput<W>) -> io::Result<ExportedRow<'_>> {
        Ok(match self {
            Self::Forgetting(row) => ExportedRow {
                forgotten_because: Some(&row.reason),
                forgotten_rows: Some(&row.sequences),
                ..line("forgetting", &row.link)
            },
            Self::Pull(row) => {
                ExportedRow { by: Some(&row.by), why: Some(&row.why), ..line(row.act.name(), &row.link) }
            }
            Self::Note(row) => ExportedRow {
                about: Some(row.about),
                note: Some(output.json(&row.body)?),
                ..line(row.kind.name(), &row.link)
            },
        })
    }
}

/// The forgettings, and which rows they name.
struct ForgettingsByRow {
    rows: Vec<ForgettingRow>,
    /// Forgotten rows in ascending order, each range with the place of its forgetting.
    ranges: Vec<(RangeInclusive<u64>, usize)>,
}

impl ForgettingsByRow {
    fn new(rows: Vec<ForgettingRow>) -> Self {
        let mut ranges = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let of_row = row.sequences.parse::<Ranges>().unwrap_or_default();
            ranges.extend(of_row.iter().map(|range| (range.clone(), at)));
        }
        ranges.sort_unstable_by_key(|(range, _)| *range.start());
        Self { rows, ranges }
    }

    fn forgetting_of(&self, sequence: u64) -> Option<&ForgettingRow> {
        let at = self.ranges.partition_point(|(range, _)| *range.end() < sequence);
        let (range, at) = self.ranges.get(at)?;
        if range.contains(&sequence) { self.rows.get(*at) } else { None }
    }
}

/// Brings decisions and forgettings into the order of the chain.
struct RowsInOrder<W: Write> {
    output: ExportOutput<W>,
    forgettings: ForgettingsByRow,
    /// In the order of the chain; written rows are gone.
    between: VecDeque<RowBetween>,
    count: u64,
}

impl<W: Write> RowsInOrder<W> {
    fn new(forgettings: Vec<ForgettingRow>, cord: Vec<CordRow>, output: ExportOutput<W>) -> Self {
        let pulls = cord.into_iter().map(RowBetween::Pull);
        let between = in_order(forgettings.iter().cloned().map(RowBetween::Forgetting).chain(pulls));
        Self { output, forgettings: ForgettingsByRow::new(forgettings), between, count: 0 }
    }

    /// Takes the notes between the decisions that follow.
    fn expect(&mut self, notes: Vec<NoteRow>) {
        if !notes.is_empty() {
            self.between = in_order(self.between.drain(..).chain(notes.into_iter().map(RowBetween::Note)));
        }
    }

    fn decision(&mut self, row: &DecisionRow) -> io::Result<()> {
        self.write_between(row.link.sequence)?;
        let fields = &row.fields;
        let forgotten = self.forgettings.forgetting_of(row.link.sequence);
        let personal = |held| match held {
            &StoredPersonal::Text(Personal { ref json, .. }) => self.output.json(json).map(Some),
            _ => Ok(None),
        };
        let line = ExportedRow {
            request_id: Some(&fields.request_id),
            model_version: Some(&fields.model_version),
            fingerprint: Some(&fields.fingerprint),
            model_sha256: fields.model_sha256.as_deref(),
            score: fields.score,
            decision: Some(&fields.decision),
            reasons: Some(self.output.json(&fields.reasons)?),
            explanation_source: Some(&fields.explanation_source),
            inputs: personal(&row.inputs)?,
            monitoring: personal(&row.monitoring)?,
            forgotten_at: forgotten.map(|row| row.link.time.as_str()),
            forgotten_because: forgotten.map(|row| row.reason.as_str()),
            ..line("decision", &row.link)
        };
        self.count += 1;
        self.output.write(&line)
    }

    /// Writes the rows between decisions up to this place.
    fn write_between(&mut self, sequence: u64) -> io::Result<()> {
        while self.between.front().is_some_and(|row| row.link().sequence < sequence) {
            let Some(row) = self.between.pop_front() else { break };
            self.output.write(&row.to_line(&self.output)?)?;
            self.count += 1;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<u64> {
        self.write_between(u64::MAX)?;
        self.output.flush()?;
        Ok(self.count)
    }
}

fn in_order(rows: impl Iterator<Item = RowBetween>) -> VecDeque<RowBetween> {
    let mut rows: Vec<RowBetween> = rows.collect();
    rows.sort_by_key(|row| row.link().sequence);
    rows.into()
}

fn line<'a>(kind: &'static str, link: &'a Link) -> ExportedRow<'a> {
    ExportedRow {
        sequence: link.sequence,
        time: &link.time,
        kind,
        hash: link.hash.to_string(),
        ..ExportedRow::default()
    }
}
