//! The text of a red gate: the measurement, the groups behind it, the bar, and the command to run next.

use std::fmt;

use andon_evidence::evidence::Finding;
use andon_evidence::judge::{Bar, Part, Unit};
use andon_evidence::policy::GateId;

use crate::families::fairness::unjudged::unjudged_part;

/// The error of a red gate's test. It prints the measurement, the groups behind it, the bar, the reason of the bar, and
/// the command to run next.
pub struct Red(pub(crate) String);

impl Red {
    /// The error of a test that cannot ask its question, with what to mend.
    #[must_use]
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Debug for Red {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Red {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The finding, line by line.
pub(crate) fn describe_finding(finding: &Finding) -> Vec<String> {
    let measurement = match finding {
        Finding::Measured(measurement) => measurement,
        Finding::NotMeasured(why) | Finding::Refused(why) => {
            return vec![format!("  found     {}", why.trim().replace('\n', "\n            "))];
        }
        Finding::Started => return vec!["  found     the gate never ended".to_owned()],
    };
    let interval = if measurement.is_exact() { "" } else { ", 95 % interval in brackets" };
    let mut lines = vec![format!("  measured  {measurement}{interval}, n = {}", measurement.n())];
    let rate = |value: f64| match measurement.unit() {
        Unit::Count => format!("{value}"),
        _ => format!("{value:.4}"),
    };
    let describe = |part: &Part| match (part.n, part.value) {
        // One instance, told whole.
        (1, 1.0) => format!("            {}", part.name.replace('\n', "\n            ")),
        (n, value) => format!("            {}: {} of {n} rows", part.name, rate(value)),
    };
    lines.extend(measurement.asked().map(|asked| format!("  asked     {asked}")));
    lines.extend(measurement.parts().iter().map(describe));
    if unjudged_part(measurement).is_some() {
        lines.push("  unjudged  list their groups under [data.protected]; for under 2 % of the rows,".to_owned());
        lines.push(
            "            a reason under [data.unjudged] excuses the interval of their worst assignment".to_owned(),
        );
    }
    lines
}

/// The whole text of a red gate; `word` is its verdict and `found` the lines of [`describe_finding`].
pub(crate) fn report(id: &GateId, bar: &Bar, word: &str, found: &[String]) -> String {
    let then = format!("cargo test --test gate -- {}", id.test_path());
    let mend = match id.family() {
        "card" => "read the change: cargo insta review",
        "contract" => "mend the data, or the record in src/application.rs",
        "explanation" => "mend [wording], [explanation] or the names in release.toml",
        "import" => "answer the questions with the library that trained the model: cargo andon import-model",
        "latency" | "serving" => "run it again on an idle machine, or mend the program",
        "reproducibility" => "make the recipe free of chance: no clock, no order of a hash map, no unseeded draw",
        _ => "mend data, recipe or policy",
    };
    let next = format!("{mend}; then {then}");
    let found = found.join("\n");
    format!("{id} is {word}\n{found}\n  bar       {bar}\n  why       {}\n  next      {next}", bar.why)
}
