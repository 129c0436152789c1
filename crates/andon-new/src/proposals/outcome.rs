//! The outcome: a column with two values, of which one is better for the person.

use crate::columns::missing::is_blank_word;
use crate::columns::names::field_name;
use crate::columns::seen::{counted, yes_and_no};
use crate::error::NewError;

/// The outcome that the model predicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    /// The column in the source file.
    pub(crate) source: String,
    /// The column in the data file, which says what 1 means.
    pub(crate) name: String,
    /// The value that becomes 1.
    pub(crate) favourable: String,
    /// The value that becomes 0.
    pub(crate) other: String,
    /// Rows with the favourable value.
    pub(crate) favourable_rows: usize,
}

impl Label {
    /// Reads the outcome from its column.
    pub(crate) fn new(source: &str, cells: &[String], favourable: Option<&str>) -> Result<Self, NewError> {
        let counts = counted(cells);
        let blank: usize = counts.iter().filter(|(value, _)| is_blank_word(value)).map(|(_, rows)| rows).sum();
        let values: Vec<(&str, usize)> = counts.into_iter().filter(|(value, _)| !is_blank_word(value)).collect();
        if blank > 0 {
            let problem = format!("{blank} rows of `{source}` have no value");
            return Err(wrong_label(problem, "take these rows out of the file: nothing can be learned from them"));
        }
        let [first, second] = values[..] else { return Err(not_two(source, &values)) };
        let favourable = chosen(source, favourable, &values)?;
        let (taken, other) = if favourable == first.0 { (first, second) } else { (second, first) };
        let name = label_name(source, taken.0, other.0);
        let [favourable, other] = [taken.0, other.0].map(str::to_owned);
        Ok(Self { source: source.to_owned(), name, favourable, other, favourable_rows: taken.1 })
    }
}

fn wrong_label(problem: String, next: &str) -> NewError {
    NewError::Answer { flag: "--label", problem, next: next.to_owned() }
}

fn not_two(source: &str, values: &[(&str, usize)]) -> NewError {
    let shown: Vec<String> = values.iter().take(5).map(|(value, rows)| format!("`{value}` ({rows} rows)")).collect();
    let more = if values.len() > 5 { ", ..." } else { "" };
    let problem =
        format!("`{source}` has {} different values, and an outcome has two: {}{more}", values.len(), shown.join(", "));
    let next = match values.len() {
        0 | 1 => "name a column in which both outcomes occur",
        _ => "name a column with two values, or put the values together into two before, such as repaid and not repaid",
    };
    wrong_label(problem, next)
}

fn chosen<'a>(source: &str, favourable: Option<&str>, values: &[(&'a str, usize)]) -> Result<&'a str, NewError> {
    let listed: Vec<String> = values.iter().map(|(value, rows)| format!("`{value}` ({rows} rows)")).collect();
    let listed = format!("the values of `{source}` are {}", listed.join(" and "));
    let refused = |problem: String| NewError::Answer { flag: "--favourable", problem, next: listed.clone() };
    let asked = favourable.ok_or_else(|| {
        refused("which value of the outcome is better for the person? Approvals and fairness count it".to_owned())
    })?;
    let found = values.iter().find(|(value, _)| *value == asked.trim());
    found.map(|(value, _)| *value).ok_or_else(|| refused(format!("`{asked}` is no value of `{source}`")))
}

/// A name that says what 1 means.
fn label_name(source: &str, favourable: &str, other: &str) -> String {
    let name = field_name(source);
    match yes_and_no(&[favourable, other]) {
        Some((yes, _)) if yes == favourable => name,
        Some(_) => format!("not_{name}"),
        None => field_name(&format!("{name}_is_{favourable}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(values: &[&str], favourable: Option<&str>) -> Result<Label, String> {
        let cells: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        Label::new("Credit-Risk", &cells, favourable).map_err(|error| error.to_string())
    }

    #[test]
    fn two_values_become_one_and_zero() {
        let label = label(&["bad", "good", "good"], Some("good")).unwrap();
        assert_eq!(
            (label.name.as_str(), label.other.as_str(), label.favourable_rows),
            ("credit_risk_is_good", "bad", 2)
        );
        for (values, favourable, name) in [
            (["0", "1"], "1", "credit_risk"),
            (["0", "1"], "0", "not_credit_risk"),
            (["Y", "N"], "N", "not_credit_risk"),
            (["1", "2"], "1", "credit_risk_is_1"),
        ] {
            assert_eq!(super::tests::label(&values, Some(favourable)).unwrap().name, name);
        }
    }

    #[test]
    fn an_outcome_has_two_values_and_a_favourable_one() {
        assert!(label(&["1", "1"], Some("1")).unwrap_err().contains("has 1 different values"));
        assert!(label(&["1", "2", "3"], Some("1")).unwrap_err().contains("has 3 different values"));
        assert!(label(&["1", "2", ""], Some("1")).unwrap_err().contains("1 rows of `Credit-Risk` have no value"));
        assert!(label(&["1", "2"], Some("3")).unwrap_err().contains("`3` is no value"));
        let unsaid = label(&["1", "2", "2"], None).unwrap_err();
        assert!(unsaid.starts_with("--favourable: ") && unsaid.contains("`1` (1 rows) and `2` (2 rows)"), "{unsaid}");
    }
}
