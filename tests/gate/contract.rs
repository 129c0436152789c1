//! Are the data what they claim to be and fit to learn from, and is every other row refused?

use crate::{Gate, gate, gate_id};

/// The whole data file keeps the contract. The gate counts all broken values and lists the first ones.
#[test] fn rows() -> Gate { gate(&gate_id!()) }
/// The contract accepts every valid application, and the model scores it from 0 to 1.
#[test] fn accepts_valid() -> Gate { gate(&gate_id!()) }
/// The contract refuses every application with one broken field, and names the field.
#[test] fn refuses_broken() -> Gate { gate(&gate_id!()) }
/// The same row from CSV and from JSON is the same record.
#[test] fn same_in_json_and_csv() -> Gate { gate(&gate_id!()) }
/// Enough rows to learn from.
#[test] fn minimum_rows() -> Gate { gate(&gate_id!()) }
/// Enough rows of the rarer label.
#[test] fn class_balance() -> Gate { gate(&gate_id!()) }
/// Label 1 is the better outcome for the applicant, by every name and by the data.
#[test] fn favourable() -> Gate { gate(&gate_id!()) }
/// Every column of the record is judged, or somebody wrote down why not.
#[test] fn unjudged_columns() -> Gate { gate(&gate_id!()) }
/// Few rows that occur twice.
#[test] fn duplicates() -> Gate { gate(&gate_id!()) }
/// Few rows that occur again with nearly the same values.
#[test] fn near_duplicates() -> Gate { gate(&gate_id!()) }
/// Few equal rows with different labels.
#[test] fn conflicting_labels() -> Gate { gate(&gate_id!()) }
/// No feature with the same value in every row.
#[test] fn constant_columns() -> Gate { gate(&gate_id!()) }
/// No code such as 999999 that stands for a missing number.
#[test] fn sentinels() -> Gate { gate(&gate_id!()) }
/// No category with two spellings.
#[test] fn category_spellings() -> Gate { gate(&gate_id!()) }
/// No direction in `[better]` that the labels contradict.
#[test] fn directions() -> Gate { gate(&gate_id!()) }
/// No feature that predicts the label almost alone.
#[test] fn label_leakage() -> Gate { gate(&gate_id!()) }
/// No value, pattern of digits or combination of values that gives the label away on a few rows.
#[test] fn value_leakage() -> Gate { gate(&gate_id!()) }
/// The id of a row does not predict its label.
#[test] fn identifier_leakage() -> Gate { gate(&gate_id!()) }
/// No row is judged by a model that was trained on an equal row.
#[test] fn fold_overlap() -> Gate { gate(&gate_id!()) }
/// No id that names two rows.
#[test] fn unique_id() -> Gate { gate(&gate_id!()) }
/// No request and no data file that the previous release accepted is refused now, unless that is announced.
#[test] fn compatible() -> Gate { gate(&gate_id!()) }
