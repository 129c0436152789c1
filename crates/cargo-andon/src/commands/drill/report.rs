//! The result of one fault, in a line.

use std::collections::BTreeSet;

use super::plan::Drill;

/// The result of one fault.
pub(crate) struct Report<'a> {
    drill: &'a Drill,
    /// Gates that were not green, with the word for their state.
    red: Vec<String>,
    /// True if one of the gates that should catch it did, and nothing could be packaged.
    pub(crate) caught: bool,
}

impl<'a> Report<'a> {
    /// Judges what was red, and whether packaging refused.
    pub(crate) fn new(drill: &'a Drill, red: Vec<String>, refused: bool) -> Self {
        let named = drill.gates.is_empty() || red.iter().any(|gate| is_expected(drill, gate));
        Self { drill, red, caught: refused && named }
    }

    /// The fault and the gates that caught it, those that should have first, and how many more.
    pub(crate) fn line(&self) -> String {
        let (expected, others): (Vec<&String>, Vec<&String>) =
            self.red.iter().partition(|gate| is_expected(self.drill, gate));
        let shown: BTreeSet<&str> = expected.iter().take(3).map(|gate| gate.as_str()).collect();
        let shown: Vec<&str> = shown.into_iter().collect();
        let by = match (shown.is_empty(), self.red.is_empty()) {
            (false, _) => shown.join(", "),
            (true, true) => "packaging, which refuses the file".to_owned(),
            (true, false) => others.first().map(|gate| gate.as_str()).unwrap_or_default().to_owned(),
        };
        let more = self.red.len().saturating_sub(shown.len().max(usize::from(!self.red.is_empty())));
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{:<10} {:<42} {by}{more}", if self.caught { "caught" } else { "MISSED" }, self.drill.name)
    }
}

fn is_expected(drill: &Drill, gate: &str) -> bool {
    drill.gates.iter().any(|known| gate.starts_with(known))
}
