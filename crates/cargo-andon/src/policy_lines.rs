//! The lines of the policy that gates stand on.

use andon_evidence::policy::GateId;

/// The line of a gate's threshold in the policy, counted from 1. If the table of the gate holds no threshold, it is the
/// line of the table. If there is no such table, there is no line.
pub(crate) fn threshold_line(gate: &GateId, policy_text: &str) -> Option<usize> {
    let name = gate.to_string();
    let is_table = |line: &str| {
        let inside = line.trim().strip_prefix("[gate.").and_then(|rest| rest.split_once(']'));
        inside.is_some_and(|(key, _)| key.trim().trim_matches(['"', '\'']) == name)
    };
    let lines: Vec<&str> = policy_text.lines().collect();
    let table = lines.iter().position(|line| is_table(line))?;
    let inside = lines[table + 1..].iter().take_while(|line| !line.trim_start().starts_with('['));
    let is_threshold = |line: &&str| {
        let key = line.split('=').next().unwrap_or_default().trim();
        key == "min" || key == "max"
    };
    let threshold = inside.clone().position(is_threshold);
    Some(table + 1 + threshold.map_or(0, |place| place + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_that_of_the_threshold() {
        let text = "[gate.\"a.b\"]\nwhy = \"max = 2\"\nmax = 1\n\n[ gate . \"c.d\" ]\n[gate.\"a.bc\"]\nwhy = \"x\"\n";
        let line = |gate: &str| threshold_line(&gate.to_owned().try_into().unwrap(), text);
        assert_eq!([line("accuracy.b"), line("fairness.c")], [None, None]);
        let text = text.replace("a.b", "accuracy.b");
        let line = |gate: &str| threshold_line(&gate.to_owned().try_into().unwrap(), &text);
        assert_eq!([line("accuracy.b"), line("accuracy.bc")], [Some(3), Some(6)]);
    }
}
