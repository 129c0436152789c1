//! One input of the form, made from a column of the contract.

use andon::{Column, Decider, Kind, Record};

/// An input of the form.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// The name of the column and of the input.
    pub(crate) name: String,
    /// The name in plain words.
    pub(crate) label: String,
    /// The column's doc comment: its meaning and unit.
    pub(crate) help: String,
    /// The values that the contract allows.
    pub(crate) allowed: String,
    /// The range in which the model was tested, if the policy states one.
    pub(crate) tested: Option<String>,
    /// True if the input must be filled in.
    pub(crate) required: bool,
    /// The kind of input.
    pub(crate) control: InputControl,
}

/// The kind of an input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum InputControl {
    /// A number, with the ends of its range as text.
    Number { whole: bool, min: String, max: String },
    /// One of several options: the value that is sent, and its words.
    Choice { options: Vec<(String, String)>, json_form: JsonForm },
    /// Any text.
    Text,
}

/// The JSON form of a chosen value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonForm {
    /// A string.
    Text,
    /// A number or a truth value.
    Literal,
}

impl Field {
    /// The inputs for all columns of a decider, in the model's order.
    pub(crate) fn all<R: Record>(decider: &Decider<R>) -> Vec<Self> {
        decider.input_columns().map(|column| Self::new(decider, column)).collect()
    }

    fn new<R: Record>(decider: &Decider<R>, column: &Column) -> Self {
        let control = choose_control(&column.kind);
        let feature = decider.model().features().iter().find(|feature| feature.name == column.name);
        let range = decider.model().validated(&column.name).zip(feature);
        let tested = range.map(|(range, feature)| {
            format!("Tested from {} to {}.", feature.spoken(range.min), feature.spoken(range.max))
        });
        let help = column.description.trim();
        let help = if matches!(control, InputControl::Choice { .. }) { without_codes(help) } else { help.to_owned() };
        Self {
            label: to_words(&column.name),
            name: column.name.clone(),
            allowed: column.allowed(),
            required: column.required,
            help,
            tested,
            control,
        }
    }

    /// The JSON form of the value, for the script.
    pub(crate) fn json_form(&self) -> &'static str {
        match self.control {
            InputControl::Number { .. } => "number",
            InputControl::Choice { json_form: JsonForm::Literal, .. } => "literal",
            InputControl::Choice { json_form: JsonForm::Text, .. } | InputControl::Text => "text",
        }
    }
}

fn choose_control(kind: &Kind) -> InputControl {
    let yes_or_no = |no: &str, yes: &str| InputControl::Choice {
        options: vec![(no.to_owned(), "No".to_owned()), (yes.to_owned(), "Yes".to_owned())],
        json_form: JsonForm::Literal,
    };
    match kind {
        Kind::Flag => yes_or_no("false", "true"),
        Kind::Number { whole: true, min: Some(0.0), max: Some(1.0) } => yes_or_no("0", "1"),
        Kind::Number { whole, min, max } => {
            let written = |end: Option<f64>| end.map(|end| end.to_string()).unwrap_or_default();
            InputControl::Number { whole: *whole, min: written(*min), max: written(*max) }
        }
        Kind::Choice(names) => {
            let options = names.iter().map(|name| (name.clone(), to_words(name))).collect();
            InputControl::Choice { options, json_form: JsonForm::Text }
        }
        Kind::Text => InputControl::Text,
    }
}

/// A help text without the codes behind Yes and No.
fn without_codes(help: &str) -> String {
    let bare = help.trim_end_matches('.');
    bare.strip_suffix(": 0 or 1")
        .or_else(|| bare.strip_suffix(", 0 or 1"))
        .map_or(help.to_owned(), |text| format!("{text}."))
}

/// Turns `monthly_income` into `Monthly income`.
pub(crate) fn to_words(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.trim().chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_words() {
        assert_eq!(to_words("delinquent_60_days"), "Delinquent 60 days");
        assert_eq!(to_words("loan-approval"), "Loan approval");
        assert_eq!(to_words("_"), "");
        assert_eq!(without_codes("Whether it rains: 0 or 1."), "Whether it rains.");
        assert_eq!(without_codes("Whether it rains."), "Whether it rains.");
    }

    #[test]
    fn a_flag_is_chosen_and_a_range_is_typed() {
        let bit = Kind::Number { whole: true, min: Some(0.0), max: Some(1.0) };
        assert!(matches!(choose_control(&bit), InputControl::Choice { json_form: JsonForm::Literal, .. }));
        let share = Kind::Number { whole: false, min: Some(0.0), max: Some(1.0) };
        assert_eq!(
            choose_control(&share),
            InputControl::Number { whole: false, min: "0".to_owned(), max: "1".to_owned() }
        );
    }
}
