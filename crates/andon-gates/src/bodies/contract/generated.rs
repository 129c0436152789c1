//! Properties of the contract that hold for generated rows.

use std::cell::RefCell;

use andon::data::cells;
use andon::data::dataset::Rows;
use andon::data::generate::{JsonRow, as_csv, broken_row, check, valid_row};
use andon::gate::Gate;
use andon::judge::{Measurement, NotMeasured, Unit};
use andon::{Contract, Matrix, Measured, Record};

use crate::body::Surroundings;

/// Generated rows per property.
const CASES: u32 = 500;

/// The contract accepts every valid row, and the model scores it from 0 to 1. A command is asked about all of them at
/// once.
pub(super) fn accepts_valid<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, _: &str) -> Measured {
    let judged = gate.judged()?;
    let contract = gate.release().contract();
    let rows = RefCell::new(Matrix::new(judged.frame.matrix.columns()));
    let checked = check(CASES, &valid_row(contract), |row| {
        let record = contract.read_json(&json(&row)?).map_err(|broken| format!("{broken:?}"))?;
        let cells = cells::read(&record).map_err(|error| error.to_string())?;
        let model = judged.decider.model();
        let encoded = model.encode(&cells).map_err(|error| error.to_string())?;
        if judged.command.is_some() {
            rows.borrow_mut().push(&encoded);
            return Ok(());
        }
        match model.score(&encoded) {
            Some(score) if (0.0..=1.0).contains(&score.share()) => Ok(()),
            other => Err(format!("scored {other:?}")),
        }
    });
    let scored = |cases| judged.score_all(&rows.into_inner()).map(|_| cases).map_err(|NotMeasured(why)| why);
    count_counterexamples(gate, checked.and_then(scored))
}

/// The contract refuses every row with one broken field, and names the field.
pub(super) fn refuses_broken<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, _: &str) -> Measured {
    let contract = gate.release().contract();
    let checked = check(CASES, &broken_row(contract), |(row, column)| {
        let from_json = contract.read_json(&json(&row)?).map_err(|broken| first_column(&broken));
        let from_csv = as_csv(&row).map(|csv| read_csv(contract, &csv));
        match (from_json, from_csv) {
            (Err(named), None) if named == column => Ok(()),
            (Err(named), Some(Err(also))) if named == column && also == column => Ok(()),
            (json, csv) => Err(format!(
                "broken in {column}; {} as JSON, and {} as CSV",
                outcome(&json),
                csv.as_ref().map_or("not written".to_owned(), outcome)
            )),
        }
    });
    count_counterexamples(gate, checked)
}

/// The same row from CSV and from JSON is the same record.
pub(super) fn same_in_json_and_csv<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, _: &str) -> Measured {
    let contract = gate.release().contract();
    let checked = check(CASES, &valid_row(contract), |row| {
        let from_json = contract.read_json(&json(&row)?).map_err(|broken| format!("{broken:?}"))?;
        let csv = as_csv(&row).ok_or("a valid row has no CSV form")?;
        let text = |record: &R| serde_json::to_string(record).map_err(|error| error.to_string());
        let from_csv = text(&read_csv(contract, &csv)?)?;
        let from_json = text(&from_json)?;
        if from_csv == from_json { Ok(()) } else { Err(format!("{from_csv} differs from {from_json}")) }
    });
    count_counterexamples(gate, checked)
}

fn json(row: &JsonRow) -> Result<Vec<u8>, String> {
    serde_json::to_vec(row).map_err(|error| error.to_string())
}

fn outcome<R>(read: &Result<R, String>) -> String {
    read.as_ref().map_or_else(|column| format!("refused for {column}"), |_| "accepted".to_owned())
}

fn first_column(broken: &[andon::Violation]) -> String {
    broken.first().map_or_else(String::new, |violation| violation.column.clone())
}

/// The only row of a file, or the column because of which it is refused.
fn read_csv<R: Record>(contract: &Contract<R>, csv: &[u8]) -> Result<R, String> {
    let mut rows = Rows::new(contract, csv).map_err(|broken| broken.column)?;
    let row = rows.next().ok_or("no row")?;
    row.map_err(|broken| first_column(&broken))
}

/// Zero counterexamples among the checked cases. A counterexample refuses the gate, in its simplest form.
fn count_counterexamples<R: Record>(gate: &mut Gate<'_, R>, checked: Result<u64, String>) -> Measured {
    match checked {
        Ok(cases) => Measurement::exact(0.0, Unit::Count, cases),
        Err(counterexample) => Err(gate.refuse(counterexample)),
    }
}
