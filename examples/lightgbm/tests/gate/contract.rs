//! Are the data what they claim to be and fit to learn from, and is every other record refused?

use crate::{Gate, gate, gate_id};

#[test] fn accepts_valid() -> Gate { gate(&gate_id!()) }
#[test] fn category_spellings() -> Gate { gate(&gate_id!()) }
#[test] fn class_balance() -> Gate { gate(&gate_id!()) }
#[test] fn conflicting_labels() -> Gate { gate(&gate_id!()) }
#[test] fn constant_columns() -> Gate { gate(&gate_id!()) }
#[test] fn duplicates() -> Gate { gate(&gate_id!()) }
#[test] fn favourable() -> Gate { gate(&gate_id!()) }
#[test] fn fold_overlap() -> Gate { gate(&gate_id!()) }
#[test] fn identifier_leakage() -> Gate { gate(&gate_id!()) }
#[test] fn label_leakage() -> Gate { gate(&gate_id!()) }
#[test] fn minimum_rows() -> Gate { gate(&gate_id!()) }
#[test] fn refuses_broken() -> Gate { gate(&gate_id!()) }
#[test] fn rows() -> Gate { gate(&gate_id!()) }
#[test] fn same_in_json_and_csv() -> Gate { gate(&gate_id!()) }
#[test] fn sentinels() -> Gate { gate(&gate_id!()) }
#[test] fn unjudged_columns() -> Gate { gate(&gate_id!()) }
#[test] fn value_leakage() -> Gate { gate(&gate_id!()) }
