//! Turns a submitted form into the JSON that the contract reads, or into a list of problems.

use std::collections::btree_map::Entry;

use andon::{Decider, Record, Violation};

use super::field::{Field, InputControl};
use super::values::{self, Values};

/// The largest number of fields that is read. No honest form has as many.
const MAX_FIELDS: usize = 1_000;

/// A submitted form: its values by name, and the names that came more than once.
#[derive(Debug, Default)]
pub(crate) struct Submitted {
    pub(crate) values: Values,
    repeated: Vec<String>,
}

impl Submitted {
    /// Reads an `application/x-www-form-urlencoded` body. Any bytes give some values.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let mut submitted = Self::default();
        for (name, value) in form_urlencoded::parse(body).take(MAX_FIELDS) {
            match submitted.values.entry(name.into_owned()) {
                Entry::Vacant(entry) => drop(entry.insert(value.trim().to_owned())),
                Entry::Occupied(entry) => submitted.repeated.push(entry.key().clone()),
            }
        }
        submitted
    }

    /// Checks the values and makes a record of them.
    ///
    /// # Errors
    /// Every invalid value. If a value cannot be read, the one in `sound` replaces it, so that the contract can check
    /// the others.
    pub(crate) fn to_record<R: Record>(
        &self,
        decider: &Decider<R>,
        fields: &[Field],
        sound: &Values,
    ) -> Result<R, Vec<Violation>> {
        let mut broken: Vec<Violation> = fields.iter().filter_map(|field| self.find_unreadable(field)).collect();
        broken.extend(self.repeated.iter().map(|name| violation(name, "", "was sent more than once", "one value")));
        let mut values = self.values.clone();
        for field in fields.iter().filter(|field| broken.iter().any(|broken| broken.column == field.name)) {
            values.insert(field.name.clone(), sound.get(&field.name).cloned().unwrap_or_default());
        }
        match decider.read_request(&values::to_json(fields, &values)) {
            Ok(record) if broken.is_empty() => Ok(record),
            Ok(_) => Err(broken),
            Err(others) => Err(broken.into_iter().chain(others).collect()),
        }
    }

    fn find_unreadable(&self, field: &Field) -> Option<Violation> {
        let text = self.values.get(&field.name).map_or("", String::as_str);
        let problem = match (&field.control, text) {
            (_, "") if field.required => "needs a value",
            (_, "") => return None,
            (InputControl::Number { whole: true, .. }, text) if text.parse::<i64>().is_err() => "is not a whole number",
            (InputControl::Number { .. }, text) if values::parse_number(text).is_none() => "is not a number",
            (InputControl::Choice { options, .. }, text) if !options.iter().any(|(value, _)| value == text) => {
                "is none of the choices"
            }
            _ => return None,
        };
        Some(violation(&field.name, text, problem, &field.allowed))
    }
}

fn violation(column: &str, value: &str, problem: &str, allowed: &str) -> Violation {
    let value = value.chars().take(60).collect();
    Violation { line: None, column: column.to_owned(), value, problem: problem.to_owned(), allowed: allowed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_read() {
        let submitted = Submitted::parse(b"a=1&a=2&b=%ff%00&&=&c=+x+");
        assert_eq!(submitted.values["a"], "1");
        assert_eq!(submitted.repeated, ["a"]);
        assert_eq!(submitted.values["c"], "x");
        assert_eq!(submitted.values["b"], "\u{fffd}\0");
    }
}
