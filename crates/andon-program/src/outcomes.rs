//! `outcomes import`: joins what happened later to the decisions on the trail.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use andon::Violation;
use andon::evidence::evidence::today;
use andon::evidence::{EXIT_GO, EXIT_NO_GO};
use andon_audit::{
    Head, JsonObject, KnownNotes, Location, MAX_NOTES, Note, NoteKind, RecordedRow, Timestamp, VerifyError,
};
use andon_serve::trail::OutcomeBody;
use anyhow::Context;
use clap::Subcommand;

use crate::audit::Trail;
use crate::output::conclude;

/// The columns of the file.
const COLUMNS: [&str; 3] = ["decision", "outcome", "date"];

/// The most violations that are shown.
const MAX_SHOWN: usize = 10;

/// The prefix of a decision that is named by its row.
const ROW: &str = "row:";

#[derive(Subcommand)]
pub(crate) enum OutcomesAction {
    /// Record the outcomes in a CSV file with the columns decision, outcome and date: all of them, or none if one is
    /// wrong. A decision is named by its request id, or as row:17 by its place in the trail. Outcomes that are on
    /// record already are left as they are
    Import {
        /// CSV file
        file: PathBuf,
        #[command(flatten)]
        trail: Trail,
    },
}

/// Runs an action. The exit code is 1 if the trail was changed since it was recorded.
pub(crate) fn run(action: &OutcomesAction) -> anyhow::Result<u8> {
    let OutcomesAction::Import { file, trail } = action;
    let location = trail.location();
    let head = match andon_audit::verify(location.clone(), None) {
        Ok(verified) => verified.head,
        Err(broken @ VerifyError::Broken { .. }) => {
            return conclude(&format!("{location}: {broken}, so nothing was imported"), EXIT_NO_GO);
        }
        Err(error) => return Err(error.into()),
    };
    let lines = read_file(file, &today().to_string())?;
    let joined = join(&lines, &read_trail(&location, &head, &lines)?).map_err(|found| broken(file, found))?;
    let recorded = joined.notes.len();
    if recorded > 0 {
        andon_audit::note(location, joined.notes, Some(joined.known))?;
    }
    let text = format!("{recorded} outcomes recorded; {} were on record already", lines.len() - recorded);
    conclude(&text, EXIT_GO)
}

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OutcomeLine {
    line: usize,
    decision: String,
    body: OutcomeBody,
}

fn broken(file: &Path, violations: Vec<Violation>) -> anyhow::Error {
    let file = file.display();
    let count = violations.len();
    let mut lines = vec![format!("{file}: {count} wrong, so nothing was imported")];
    lines.extend(violations.iter().take(MAX_SHOWN).map(|violation| format!("  {violation}")));
    lines.extend((count > MAX_SHOWN).then(|| format!("  and {} more", count - MAX_SHOWN)));
    lines.push(format!("next: mend the file, then: outcomes import {file}"));
    anyhow::Error::msg(lines.join("\n"))
}

fn violation(line: usize, column: &str, value: &str, problem: &str, allowed: &str) -> Violation {
    Violation { line: Some(line as u64), ..Violation::new(column, value, problem, allowed) }
}

/// Reads the file; no outcome may be later than `today`.
fn read_file(file: &Path, today: &str) -> anyhow::Result<Vec<OutcomeLine>> {
    let failed = || format!("failed to read {}", file.display());
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(file).with_context(failed)?;
    let header = reader.headers().with_context(failed)?.clone();
    let place = |column: &str| header.iter().position(|name| name == column);
    let places: Vec<usize> = COLUMNS.iter().filter_map(|column| place(column)).collect();
    if places.len() != COLUMNS.len() || header.len() != COLUMNS.len() {
        let found = header.iter().collect::<Vec<_>>().join(",");
        let wrong = violation(1, "header", &found, "is not the header", &COLUMNS.join(","));
        return Err(broken(file, vec![wrong]));
    }
    let mut lines = Vec::new();
    let mut violations = Vec::new();
    for record in reader.records() {
        let record = record.with_context(failed)?;
        let line = record.position().map_or(0, |position| position.line() as usize);
        let fields: Vec<&str> = places.iter().map(|place| record.get(*place).unwrap_or_default()).collect();
        match read_line(line, &fields, today) {
            Ok(read) => lines.push(read),
            Err(found) => violations.extend(found),
        }
    }
    if lines.len() > MAX_NOTES {
        violations.push(violation(0, "file", &lines.len().to_string(), "rows are too many at once", "100000"));
    }
    anyhow::ensure!(!lines.is_empty() || !violations.is_empty(), "{}: there is a header and no row", file.display());
    if violations.is_empty() { Ok(lines) } else { Err(broken(file, violations)) }
}

fn read_line(line: usize, fields: &[&str], today: &str) -> Result<OutcomeLine, Vec<Violation>> {
    let [decision, outcome, date] = fields else { return Err(Vec::new()) };
    let mut found = Vec::new();
    if decision.is_empty() {
        found.push(violation(line, "decision", decision, "is empty", "a request id, or row:17"));
    }
    if !["0", "1"].contains(outcome) {
        found.push(violation(line, "outcome", outcome, "is no value of the label", "0, 1"));
    }
    let is_date = date.len() == 10 && format!("{date}T00:00:00Z").parse::<Timestamp>().is_ok();
    if !is_date {
        found.push(violation(line, "date", date, "is no date", "as in 2026-05-31"));
    } else if *date > today {
        found.push(violation(line, "date", date, "is in the future", &format!("at most {today}")));
    }
    let body = OutcomeBody { outcome: u8::from(*outcome == "1"), date: (*date).to_owned() };
    if found.is_empty() { Ok(OutcomeLine { line, decision: (*decision).to_owned(), body }) } else { Err(found) }
}

/// What the trail says about the decisions that a file names.
#[derive(Debug, Default)]
struct TrailIndex {
    /// The rows of each decision by the name that the file gives it.
    rows: BTreeMap<String, Vec<u64>>,
    /// The day of each of these rows.
    days: BTreeMap<u64, String>,
    /// Each outcome on record.
    outcomes: BTreeMap<u64, OutcomeBody>,
    /// The number of them.
    known: u64,
}

fn read_trail(location: &Location, head: &Head, lines: &[OutcomeLine]) -> anyhow::Result<TrailIndex> {
    let named: BTreeSet<&str> = lines.iter().map(|line| line.decision.as_str()).collect();
    let mut index = TrailIndex::default();
    let mut wrong = None;
    andon_audit::read_rows(location.clone(), head, |row| match row {
        RecordedRow::Decision(row) => {
            for name in [row.request_id, &format!("{ROW}{}", row.sequence)] {
                if named.contains(name) {
                    index.rows.entry(name.to_owned()).or_default().push(row.sequence);
                    index.days.insert(row.sequence, row.time.chars().take(10).collect());
                }
            }
        }
        RecordedRow::Note(note) if note.kind == NoteKind::Outcome => match serde_json::from_str(note.body) {
            Ok(body) => {
                index.outcomes.insert(note.about, body);
                index.known += 1;
            }
            Err(error) => drop(wrong.get_or_insert(format!("row {}: {error}", note.sequence))),
        },
        RecordedRow::Note(_) => {}
    })?;
    wrong.map_or(Ok(index), |wrong| Err(anyhow::anyhow!("{location}: {wrong}")))
}

/// The outcomes that are to be recorded.
#[derive(Debug)]
struct Joined {
    notes: Vec<Note>,
    known: KnownNotes,
}

fn join(lines: &[OutcomeLine], index: &TrailIndex) -> Result<Joined, Vec<Violation>> {
    let mut notes = Vec::new();
    let mut found = Vec::new();
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    for line in lines {
        match join_line(line, index, &mut seen) {
            Ok(Some(note)) => notes.push(note),
            Ok(None) => {}
            Err(violation) => found.push(violation),
        }
    }
    let known = KnownNotes { kind: NoteKind::Outcome, count: index.known };
    if found.is_empty() { Ok(Joined { notes, known }) } else { Err(found) }
}

/// The note of a line; none if it is on record already.
fn join_line(
    line: &OutcomeLine,
    index: &TrailIndex,
    seen: &mut BTreeMap<u64, usize>,
) -> Result<Option<Note>, Violation> {
    let OutcomeLine { line, decision, body } = line;
    let wrong = |problem: &str, allowed: &str| violation(*line, "decision", decision, problem, allowed);
    let about = match index.rows.get(decision).map(Vec::as_slice) {
        Some([row]) => *row,
        None | Some([]) => return Err(wrong("is no decision of the trail", "a request id of the trail, or row:17")),
        Some(rows) => {
            let rows: Vec<String> = rows.iter().take(MAX_SHOWN).map(|row| format!("{ROW}{row}")).collect();
            return Err(wrong("is the request of several decisions", &format!("one of {}", rows.join(", "))));
        }
    };
    if let Some(first) = seen.insert(about, *line) {
        return Err(wrong(&format!("has an outcome in row {first} already"), "one row for a decision"));
    }
    let day = index.days.get(&about).map_or("", String::as_str);
    if body.date.as_str() < day {
        return Err(violation(*line, "date", &body.date, "is before the decision", &format!("{day} or later")));
    }
    match index.outcomes.get(&about) {
        Some(known) if known == body => Ok(None),
        Some(OutcomeBody { outcome, date }) => {
            let known = format!("{outcome} on {date}, as row {about} of the trail has it");
            Err(violation(*line, "outcome", &format!("{} on {}", body.outcome, body.date), "contradicts", &known))
        }
        None => {
            let object = JsonObject::new(body).map_err(|error| wrong(&error.to_string(), ""))?;
            Ok(Some(Note { kind: NoteKind::Outcome, about, body: object }))
        }
    }
}

#[cfg(test)]
mod tests {
    use andon_audit::{Entry, Trail as OpenTrail, verify};

    use super::*;

    fn entry(request_id: &str) -> Entry {
        Entry {
            request_id: request_id.to_owned(),
            model_version: "1.0.0".to_owned(),
            fingerprint: "f".to_owned(),
            model_sha256: "a".to_owned(),
            inputs: JsonObject::new(&BTreeMap::from([("rooms", 5)])).expect("an object"),
            score: Some(0.5),
            decision: "ACCEPT".to_owned(),
            reasons: Vec::new(),
            explanation_source: "template".to_owned(),
            monitoring: None,
        }
    }

    /// Imports a text into the trail; the answer is what was printed as an error, or the number of notes by then.
    fn import(folder: &Path, text: &str) -> Result<u64, String> {
        let file = folder.join("outcomes.csv");
        std::fs::write(&file, text).expect("a file");
        let trail = folder.join("trail.db");
        let flags = Trail { trail: trail.display().to_string() };
        let code = run(&OutcomesAction::Import { file, trail: flags }).map_err(|error| error.to_string())?;
        assert_eq!(code, EXIT_GO);
        Ok(verify(trail.as_path(), None).expect("a trail").notes)
    }

    #[test]
    fn outcomes_are_recorded_once_and_a_wrong_file_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let trail = OpenTrail::open(folder.path().join("trail.db").as_path()).expect("a trail");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        for request in ["a", "b", "twice", "twice"] {
            runtime.block_on(trail.record(entry(request))).expect("recorded");
        }
        // The trail stays open: outcomes are imported beside the service.
        let day = today();
        let refused = |text: &str, parts: &[&str]| {
            let error = import(folder.path(), text).expect_err(text);
            let all = [parts, &["so nothing was imported", "next: mend the file, then: outcomes import"]].concat();
            assert!(all.iter().all(|part| error.contains(part)), "{error}");
            assert_eq!(verify(folder.path().join("trail.db").as_path(), None).expect("a trail").notes, 0, "{text}");
        };
        let good = format!("decision,outcome,date\na,1,{day}\n");
        refused("decision;outcome;date\na;1;2026-12-01\n", &["header", "decision,outcome,date"]);
        refused(&format!("{good}nobody,1,{day}\n"), &["line 3", "`nobody`", "is no decision of the trail"]);
        refused(&format!("{good}row:9,1,{day}\n"), &["line 3", "`row:9`", "is no decision of the trail"]);
        refused(&format!("{good}b,2,{day}\n"), &["line 3", "outcome", "`2`", "0, 1"]);
        refused(&format!("{good}b,,{day}\n"), &["line 3", "outcome", "0, 1"]);
        refused(&format!("{good}a,1,{day}\n"), &["line 3", "has an outcome in row 2 already"]);
        refused(&format!("{good}row:1,1,{day}\n"), &["line 3", "has an outcome in row 2 already"]);
        refused(&format!("{good}twice,1,{day}\n"), &["line 3", "several decisions", "row:3, row:4"]);
        refused(&format!("{good}b,1,2026-02-30\n"), &["line 3", "date", "`2026-02-30`", "is no date"]);
        refused(&format!("{good}b,1,2026-1-1\n"), &["line 3", "date", "is no date"]);
        refused(&format!("{good}b,1,2199-01-01\n"), &["line 3", "date", "is in the future"]);
        refused(&format!("{good}b,1,2026-01-01\n"), &["line 3", "date", "is before the decision"]);

        let all = format!("date, decision, outcome\n{day}, a, 1\n{day}, row:2, 0\n{day}, row:4, 1\n");
        assert_eq!(import(folder.path(), &all), Ok(3));
        assert_eq!(import(folder.path(), &all), Ok(3), "what is on record is left as it is");
        assert_eq!(import(folder.path(), &good), Ok(3));
        let error = import(folder.path(), &format!("decision,outcome,date\nrow:3,1,{day}\na,0,{day}\n"));
        let error = error.expect_err("a contradiction");
        assert!(error.contains("line 3") && error.contains("contradicts") && error.contains("row 1"), "{error}");
        assert_eq!(verify(folder.path().join("trail.db").as_path(), None).expect("a trail").notes, 3);
        runtime.block_on(trail.record(entry("c"))).expect("the service goes on");
    }
}
