//! Golden cases: records with the answer that each must get. A file holds one case on each line, as JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::policy::stated;

/// A record with the answer that it must get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenCase {
    /// The features, as in a request.
    pub record: Map<String, Value>,
    /// The policy's word for the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// The range in which the probability must lie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<ProbabilityRange>,
    /// The failure that the case stands for.
    pub because: String,
}

/// A range of probabilities, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbabilityRange {
    /// The lowest one.
    pub min: f64,
    /// The highest one.
    pub max: f64,
}

/// A line that is no golden case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct NoGoldenCase {
    /// The line in the file, from 1.
    pub line: usize,
    /// The fault in it.
    pub problem: String,
}

impl GoldenCase {
    /// The defect of a case, if it has one. `words` are the decisions that the policy knows.
    #[must_use]
    pub fn defect(&self, words: &[&str]) -> Option<String> {
        if let Some(decision) = self.decision.as_deref().filter(|decision| !words.contains(decision)) {
            return Some(format!("`{decision}` is no decision; allowed: {}", words.join(", ")));
        }
        if let Some(ProbabilityRange { min, max }) = self.probability
            && !(0.0 <= min && min <= max && max <= 1.0)
        {
            return Some(format!("the probability {min} to {max} is no range within 0 to 1"));
        }
        if self.decision.is_none() && self.probability.is_none() {
            return Some("states neither a decision nor a probability".to_owned());
        }
        stated("because", &self.because).err().map(|(key, problem)| format!("{key}: {problem}"))
    }

    /// The cases in the text of a file, each with its line. Empty lines are skipped.
    ///
    /// # Errors
    /// [`NoGoldenCase`] for the first line that is no case.
    pub fn read_all(text: &str, words: &[&str]) -> Result<Vec<(usize, Self)>, NoGoldenCase> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let read = |(place, line): (usize, &str)| {
            let wrong = |problem: String| NoGoldenCase { line: place + 1, problem };
            let case: Self = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
            case.defect(words).map_or(Ok((place + 1, case)), |defect| Err(wrong(defect)))
        };
        lines.map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<usize, String> {
        let cases = GoldenCase::read_all(&format!("\n{line}\n"), &["YES", "NO", "REFER"]);
        cases.map(|cases| cases.len()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_without_an_answer_or_a_reason_is_no_case() {
        assert_eq!(read(r#"{"record":{"a":1},"decision":"NO","because":"complaint of 3 March"}"#), Ok(1));
        assert_eq!(read(r#"{"record":{},"probability":{"min":0.2,"max":0.2},"because":"complaint 7"}"#), Ok(1));
        assert_eq!(read(""), Ok(0));
        for (line, told) in [
            (r#"{"record":{},"because":"complaint 7"}"#, "line 2: states neither"),
            (r#"{"record":{},"decision":"MAYBE","because":"complaint 7"}"#, "allowed: YES, NO, REFER"),
            (r#"{"record":{},"decision":"NO","because":""}"#, "states nothing"),
            (r#"{"record":{},"probability":{"min":0.5,"max":0.4},"because":"complaint 7"}"#, "0.5 to 0.4 is no range"),
            (r#"{"record":{},"probability":{"min":-1,"max":0.4},"because":"complaint 7"}"#, "is no range"),
            (r#"{"record":[],"decision":"NO","because":"complaint 7"}"#, "line 2: "),
            ("[]", "line 2: "),
        ] {
            assert!(read(line).unwrap_err().contains(told), "{line}");
        }
    }
}
