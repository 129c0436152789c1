//! The reasons that a person reads, in neutral words that no forbidden word stands in.

use andon_evidence::policy::says;

use crate::columns::names::spoken;
use crate::columns::seen::{SeenColumn, SeenKind};
use crate::project::texts::quoted;

/// Most words of a name that is used in a reason: the harness allows 20 words in all.
const MAX_NAME_WORDS: usize = 14;

/// One line of the reason dictionary. `never` holds the forbidden words.
pub(super) fn entry(column: &SeenColumn, number: usize, never: &[String]) -> String {
    let code = format!("R{number:02}");
    let name = spoken(&column.name);
    let forbidden = |text: &str| never.iter().any(|word| says(text, word));
    let levels: Vec<&str> = match &column.kind {
        SeenKind::Category { levels, .. } => levels.iter().map(|(name, _)| name.as_str()).collect(),
        _ => Vec::new(),
    };
    let name =
        if forbidden(&name) || name.split(' ').count() > MAX_NAME_WORDS { format!("the field {code}") } else { name };
    let reason = match &column.kind {
        SeenKind::Flag { .. } if forbidden("yes no") => {
            format!("{{ 0 = {}, 1 = {} }}", quoted(&format!("{name}: 0")), quoted(&format!("{name}: 1")))
        }
        SeenKind::Flag { .. } => {
            format!("{{ 0 = {}, 1 = {} }}", quoted(&format!("{name}: no")), quoted(&format!("{name}: yes")))
        }
        SeenKind::Category { .. } if levels.iter().any(|level| forbidden(level) || level.len() > 40) => {
            let text = |(place, level): (usize, &&str)| {
                format!("{} = {}", quoted(level), quoted(&format!("{name}: choice {}", place + 1)))
            };
            format!("{{ {} }}", levels.iter().enumerate().map(text).collect::<Vec<_>>().join(", "))
        }
        SeenKind::Category { .. } => quoted(&format!("{name}: {{value}}")),
        _ => quoted(&format!("{name} of {{value}}")),
    };
    let missing = if column.missing > 0 {
        format!(", missing = {}", quoted(&format!("nothing stated for {name}")))
    } else {
        String::new()
    };
    let improve = quoted(&format!("another value for {name}"));
    format!("{} = {{ code = {}, reason = {reason}{missing}, improve = {improve} }}\n", column.name, quoted(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, cells: &[&str], never: &[&str]) -> String {
        let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        let never: Vec<String> = never.iter().map(|word| (*word).to_owned()).collect();
        entry(&SeenColumn::new(name, name, &cells, '.'), 7, &never)
    }

    #[test]
    fn no_reason_says_a_forbidden_word() {
        assert!(line("income", &["1", "2", "3"], &["age"]).contains("\"income of {value}\""));
        assert!(line("family_size", &["1", "2", "3"], &["family"]).contains("\"the field R07 of {value}\""));
        assert!(line("phone", &["yes", "no"], &["no"]).contains("1 = \"phone: 1\""));
        assert!(line("origin", &["asia", "female"], &["female"]).contains("\"female\" = \"origin: choice 2\""));
        assert!(line("rooms", &["1", "", "5"], &[]).contains("missing = \"nothing stated for rooms\""));
    }
}
