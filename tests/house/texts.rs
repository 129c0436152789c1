//! Documentation: how it opens, and how long its lines are.

use crate::source::Source;

/// Columns of a line of documentation.
const MAX_DOC_COLUMNS: usize = 120;
/// The share of doc comments that may open with a relative clause instead of their subject.
const MAX_RELATIVE_SHARE: f64 = 0.03;

/// Doc comments that open with a relative clause, unless it is a question; all of them, if there are too many.
pub(crate) fn relative_openings(sources: &[Source]) -> Vec<String> {
    const WORDS: [&str; 11] =
        ["What", "Whatever", "How", "Whether", "Where", "Who", "Whoever", "Whose", "Which", "Why", "When"];
    let mut found = Vec::new();
    let mut comments = 0;
    for source in sources {
        for comment in source.doc_comments() {
            comments += 1;
            let sentence = comment.join(" ").split_inclusive(['.', '?']).next().unwrap_or_default().to_owned();
            let first = sentence.split([' ', '\'', ',']).next().unwrap_or_default();
            if WORDS.contains(&first) && !sentence.ends_with('?') {
                found.push(format!("{}: {}", source.path, comment[0]));
            }
        }
    }
    if found.len() as f64 > MAX_RELATIVE_SHARE * comments as f64 { found } else { Vec::new() }
}

/// Lines of documentation that are too long to read at a glance.
pub(crate) fn long_doc_lines(sources: &[Source]) -> Vec<String> {
    let lines = sources.iter().flat_map(|source| source.text.lines().map(move |line| (source, line)));
    let docs = lines.filter(|(_, line)| ["///", "//!"].iter().any(|slashes| line.trim_start().starts_with(slashes)));
    let long = docs.filter(|(_, line)| line.chars().count() > MAX_DOC_COLUMNS);
    long.map(|(source, line)| format!("{}: {line}", source.path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_clause_is_found_and_a_question_is_none() {
        let found = |text: &str| relative_openings(&[Source::new("src/a.rs", text)]).len();
        assert_eq!(found("/// What is left.\nfn a() {}"), 1);
        assert_eq!(found("//! Whether rows\n//! repeat."), 1);
        assert_eq!(found("/// What is left?\n/// Where rows repeat, nothing."), 0);
        assert_eq!(found("/// Rows that are left."), 0);
        let many = "/// Rows.\nfn a() {}\n".repeat(40);
        assert_eq!(found(&format!("{many}/// How many.\nfn b() {{}}")), 0, "one of many may");
    }

    #[test]
    fn a_long_line_is_found_in_docs_only() {
        let long = "x".repeat(118);
        let found = |text: &str| long_doc_lines(&[Source::new("src/a.rs", text)]).len();
        assert_eq!(found(&format!("/// {long}")), 1);
        assert_eq!(found(&format!("    //! {long}")), 1);
        assert_eq!(found(&format!("/// {}", &long[2..])), 0);
        assert_eq!(found(&format!("const A: &str = \"{long}\";")), 0);
    }
}
