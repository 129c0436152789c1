//! Are the data what they claim to be and fit to learn from, and is every other row refused?

use andon::data::dataset::{DatasetError, Rows};
use andon::data::generate::{JsonRow, as_csv, broken_row, check, valid_row};
use andon::families::contract::{
    columns, directions, favourable, leakage, rows, sentinels, unjudged_columns, value_leakage,
};
use andon::judge::{Measurement, Unit};
use andon::model::candidate::assign_folds;
use andon::{Contract, Dataset, gate_id};
use loan_approval::application::LoanApplication;

use crate::{Gate, not_measured, probe, release};

/// Generated rows per property.
const CASES: u32 = 500;

/// The whole data file keeps the contract. The gate counts all broken values and lists the first ones.
#[test]
fn rows() -> Gate {
    release().gate(&gate_id!(), |gate| match Dataset::read(gate.release().contract(), &gate.release().data_path()) {
        Ok(data) => Measurement::exact(0.0, Unit::Count, data.rows.len() as u64),
        Err(DatasetError::Broken(broken)) => panic!("{broken}"),
        Err(error) => Err(not_measured(error)),
    })
}

/// The contract accepts every valid application, and the model scores it from 0 to 1.
#[test]
fn accepts_valid() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let judged = gate.judged()?;
        let contract = release().contract();
        count_counterexamples(check(CASES, &valid_row(contract), |row| {
            let record = contract.read_json(&json(&row)).map_err(|broken| format!("{broken:?}"))?;
            let cells = andon::data::cells::read(&record).map_err(|error| error.to_string())?;
            let model = judged.decider.model();
            let encoded = model.encode(&cells).map_err(|error| error.to_string())?;
            match model.score(&encoded) {
                Some(score) if (0.0..=1.0).contains(&score.share()) => Ok(()),
                other => Err(format!("scored {other:?}")),
            }
        }))
    })
}

/// The contract refuses every application with one broken field, and names the field.
#[test]
fn refuses_broken() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let contract = gate.release().contract();
        count_counterexamples(check(CASES, &broken_row(contract), |(row, column)| {
            let from_json = contract.read_json(&json(&row)).map_err(|broken| broken[0].column.clone());
            let from_csv = as_csv(&row).map(|csv| read_csv(contract, &csv));
            match (from_json, from_csv) {
                (Err(named), None) if named == column => Ok(()),
                (Err(named), Some(Err(also))) if named == column && also == column => Ok(()),
                other => Err(format!("broken in {column}, and the answers were {other:?}")),
            }
        }))
    })
}

/// The same row from CSV and from JSON is the same record.
#[test]
fn same_in_json_and_csv() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let contract = gate.release().contract();
        count_counterexamples(check(CASES, &valid_row(contract), |row| {
            let from_json = contract.read_json(&json(&row)).map_err(|broken| format!("{broken:?}"))?;
            let csv = as_csv(&row).ok_or("a valid row has no CSV form")?;
            let from_csv = read_csv(contract, &csv)?;
            if from_csv == from_json { Ok(()) } else { Err(format!("{from_csv:?} differs from {from_json:?}")) }
        }))
    })
}

/// Enough rows to learn from.
#[test]
fn minimum_rows() -> Gate {
    release().gate(&gate_id!(), |gate| rows::minimum_rows(&gate.judged()?.frame))
}

/// Enough rows of the rarer label.
#[test]
fn class_balance() -> Gate {
    release().gate(&gate_id!(), |gate| rows::class_balance(&gate.judged()?.frame))
}

/// Label 1 is the better outcome for the applicant, by every name and by the data.
#[test]
fn favourable() -> Gate {
    release().gate(&gate_id!(), |gate| favourable::favourable(release().policy(), &gate.judged()?.frame))
}

/// Every column of the record is judged, or somebody wrote down why not.
#[test]
fn unjudged_columns() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let rows = gate.judged()?.dataset.rows.len() as u64;
        unjudged_columns::unjudged_columns(release().policy(), release().contract(), rows)
    })
}

/// Few rows that occur twice.
#[test]
fn duplicates() -> Gate {
    release().gate(&gate_id!(), |gate| rows::duplicates(&gate.judged()?.frame))
}

/// Few rows that occur again with nearly the same values.
#[test]
fn near_duplicates() -> Gate {
    release().gate(&gate_id!(), |gate| rows::near_duplicates(&gate.judged()?.frame))
}

/// Few equal rows with different labels.
#[test]
fn conflicting_labels() -> Gate {
    release().gate(&gate_id!(), |gate| rows::conflicting_labels(&gate.judged()?.frame))
}

/// No feature with the same value in every row.
#[test]
fn constant_columns() -> Gate {
    release().gate(&gate_id!(), |gate| columns::constant(&gate.judged()?.frame))
}

/// No code such as 999999 that stands for a missing number.
#[test]
fn sentinels() -> Gate {
    release().gate(&gate_id!(), |gate| sentinels::sentinels(&gate.judged()?.frame, &gate.release().policy().usual))
}

/// No category with two spellings.
#[test]
fn category_spellings() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let release = gate.release();
        let judged = gate.judged()?;
        columns::category_spellings(release.contract(), &judged.dataset.rows, &release.policy().data.id)
    })
}

/// No direction in `[better]` that the labels contradict.
#[test]
fn directions() -> Gate {
    release().gate(&gate_id!(), |gate| directions::contradicted(&gate.judged()?.frame, &gate.release().policy().better))
}

/// No feature that predicts the label almost alone.
#[test]
fn label_leakage() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let judged = gate.judged()?;
        leakage::single_feature(&judged.frame, &probe(judged))
    })
}

/// No value, pattern of digits or pair of values that gives the label away on a few rows.
#[test]
fn value_leakage() -> Gate {
    release().gate(&gate_id!(), |gate| value_leakage::value_leakage(&gate.judged()?.frame))
}

/// The id of a row does not predict its label.
#[test]
fn identifier_leakage() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let judged = gate.judged()?;
        leakage::identifier(&judged.dataset.rows, &release().policy().data.id, &judged.frame.labels)
    })
}

/// No row is judged by a model that was trained on an equal row.
#[test]
fn fold_overlap() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let policy = release().policy();
        let judged = gate.judged()?;
        let folds = assign_folds(&judged.frame, policy.evaluation.folds, policy.recipe.seed);
        leakage::fold_overlap(&judged.frame, &folds)
    })
}

fn json(row: &JsonRow) -> Vec<u8> {
    serde_json::to_vec(row).expect("a map of values is JSON")
}

/// The only row of a file, or the column because of which it is refused.
fn read_csv(contract: &Contract<LoanApplication>, csv: &[u8]) -> Result<LoanApplication, String> {
    let mut rows = Rows::new(contract, csv).map_err(|broken| broken.column)?;
    let row = rows.next().ok_or("no row")?;
    row.map_err(|broken| broken[0].column.clone())
}

/// Zero counterexamples among the checked cases. A counterexample fails the test, in its simplest form.
fn count_counterexamples(checked: Result<u64, String>) -> andon::Measured {
    match checked {
        Ok(cases) => Measurement::exact(0.0, Unit::Count, cases),
        Err(counterexample) => panic!("{counterexample}"),
    }
}
