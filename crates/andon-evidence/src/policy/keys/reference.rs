//! The reference as Markdown.

use std::fmt::Write as _;

use crate::policy::gate_id::FAMILIES;
use crate::policy::keys::key::{NAME, PolicyKey, PolicyTable, Presence};
use crate::policy::keys::tables::TABLES;

const HEAD: &str = "\
# The policy: every key of `release.toml`

<!-- Generated from crates/andon-evidence/src/policy/keys. A test compares this file with the code;
     `ANDON_BLESS=1 cargo test -p andon-evidence policy_reference` writes it anew. -->

`release.toml` stands in the root of a release. It is the only place where a bar is written, and it is an input of the
fingerprint: after a change of one byte, every gate must run again. Andon refuses a policy with an unknown key, a
missing key or a value out of range, and names the line or the key.
";

/// The reference of all keys, as Markdown: the content of `docs/policy.md`.
#[must_use]
pub fn reference() -> String {
    let mut text = HEAD.to_owned();
    let _ = writeln!(text, "\n| table | required | for |\n|---|---|---|");
    for table in &TABLES {
        let required = if table.required { "yes" } else { "no" };
        let summary = first_clause(table.meaning);
        let _ = writeln!(text, "| [`{}`](#{}) | {required} | {summary} |", header(table), anchor(table));
    }
    let _ = writeln!(text, "\n{NAME} stands for a name that you choose: a column, a gate, a group or a family.");
    let _ = writeln!(text, "The families of gates are {}.", FAMILIES.join(", "));
    TABLES.iter().for_each(|table| write_table(&mut text, table));
    text
}

/// The text up to the first colon or full stop that a space follows.
fn first_clause(text: &str) -> &str {
    let ends = [": ", ". "].iter().filter_map(|end| text.find(end));
    text[..ends.min().unwrap_or(text.len())].trim_end_matches('.')
}

fn header(table: &PolicyTable) -> String {
    format!("[{}]", table.name)
}

/// The anchor that Markdown renderers make of a heading: lower case, without punctuation.
fn anchor(table: &PolicyTable) -> String {
    table.name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

fn write_table(text: &mut String, table: &PolicyTable) {
    let required = if table.required { "Required." } else { "Optional." };
    let _ = writeln!(text, "\n## `{}`\n\n{} {required}\n", header(table), table.meaning);
    let _ = writeln!(text, "| key | type | default | valid values | meaning |\n|---|---|---|---|---|");
    for key in table.keys {
        let PolicyKey { name, kind, meaning, .. } = key;
        let _ = writeln!(text, "| `{name}` | {kind} | {} | {} | {meaning} |", default(key), valid_values(key));
    }
    let _ = writeln!(text, "\n```toml\n{}```", table.example);
}

fn default(key: &PolicyKey) -> String {
    match key.presence {
        Presence::Required => "required".to_owned(),
        Presence::Optional => "none".to_owned(),
        Presence::Default(value) => format!("`{value}`"),
    }
}

fn valid_values(key: &PolicyKey) -> String {
    let each = if key.kind.starts_with("list") { "each " } else { "" };
    let range = key.limits.map(|limits| format!("{each}{} to {}", grouped(limits.min), grouped(limits.max)));
    let parts: Vec<String> = range.into_iter().chain([key.valid.to_owned()]).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "any".to_owned() } else { parts.join("; ") }
}

/// A number with a comma between each three digits before the point.
fn grouped(number: f64) -> String {
    let text = number.abs().to_string();
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let digits = whole.char_indices().map(|(at, digit)| match whole.len() - at {
        left if at > 0 && left % 3 == 0 => format!(",{digit}"),
        _ => digit.to_string(),
    });
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}{rest}", digits.collect::<String>())
}
