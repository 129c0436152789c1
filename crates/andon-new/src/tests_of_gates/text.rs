//! The text of the files in `tests/gate/`.

use andon_evidence::policy::GateId;

use crate::tests_of_gates::scan::end_of_module;

/// The question of each family.
const QUESTIONS: [(&str, &str); 13] = [
    ("policy", "Has a person decided what a program proposed?"),
    ("contract", "Are the data what they claim to be and fit to learn from, and is every other record refused?"),
    ("accuracy", "Is the model right often enough, better than simpler means, and right everywhere?"),
    ("calibration", "Does 0.8 mean 8 in 10?"),
    ("fairness", "Are groups treated alike, and do the features reveal them?"),
    ("robustness", "Do answers stay the same, or get no worse, if inputs change?"),
    ("drift", "Are the later rows like the earlier ones?"),
    ("reproducibility", "Do the same inputs give the same model, and the same package?"),
    ("import", "Is the model that is judged the one that was trained?"),
    ("explanation", "Are the explanations of the answers true?"),
    ("latency", "How long does one decision take?"),
    ("serving", "Is the served answer the one that was judged?"),
    ("card", "Has a person approved the model card?"),
];

/// The imports of a file with tests, or of a module with some.
const IMPORTS: &str = "use crate::{Gate, gate, gate_id};\n";

/// The head of a family's file.
pub(super) fn family_head(family: &str) -> String {
    let question = QUESTIONS.iter().find(|(name, _)| *name == family).map_or("", |(_, question)| question);
    format!("//! {question}\n")
}

/// A text with one more test.
pub(super) fn with_test(text: &str, gate: &GateId) -> String {
    match gate.question() {
        (question, None) => at_the_end(text, question),
        (question, Some(subject)) => in_module(text, question, subject),
    }
}

fn test(name: &str) -> String {
    format!("#[test] fn {name}() -> Gate {{ gate(&gate_id!()) }}\n")
}

fn at_the_end(text: &str, name: &str) -> String {
    let text = if text.contains(&format!("\n{IMPORTS}")) { text.to_owned() } else { with_imports(text) };
    // Tests stand line by line; whatever else is there keeps a distance.
    let gap = if text.lines().last().is_some_and(|line| line.starts_with("#[test]")) { "" } else { "\n" };
    format!("{text}{gap}{}", test(name))
}

/// Puts the imports behind the doc of the file.
fn with_imports(text: &str) -> String {
    let doc: usize = text.lines().take_while(|line| line.starts_with("//!")).map(|line| line.len() + 1).sum();
    format!("{}\n{IMPORTS}{}", &text[..doc], &text[doc..])
}

/// Puts a test into the module of its question, which is made if there is none.
fn in_module(text: &str, module: &str, name: &str) -> String {
    let test = test(name);
    let lines: Vec<&str> = text.lines().collect();
    match end_of_module(&lines, module) {
        Some(at) => {
            let before = lines[..at].join("\n");
            let after = lines[at..].join("\n");
            format!("{before}\n    {test}{after}\n")
        }
        None => format!("{text}\nmod {module} {{\n    {IMPORTS}\n    {test}}}\n"),
    }
}

/// `main.rs` with one more family.
pub(super) fn with_module(text: &str, family: &str) -> String {
    let line = format!("#[rustfmt::skip]\nmod {family};\n");
    match text.find("\n#[rustfmt::skip]\nmod ") {
        Some(at) => format!("{}{line}{}", &text[..=at], &text[at + 1..]),
        None => format!("{text}\n{line}"),
    }
}

/// The file that names the families and opens the release.
pub(super) fn main_file<'a>(name: &str, families: impl Iterator<Item = &'a str>) -> String {
    let modules: String = families.map(|family| format!("#[rustfmt::skip]\nmod {family};\n")).collect();
    let text = include_str!("../../templates/gate_main.rs.txt").replace("// families\n", &(modules + "\n"));
    text.replace("PROJECT_CRATE", &name.replace('-', "_")).replace("PROJECT", name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests_of_gates::scan::tests_in;

    #[test]
    fn a_test_is_added_where_its_path_says() {
        let mut text = family_head("fairness");
        let paths = ["fairness.proxy.sex", "fairness.answered.sex", "fairness.own", "fairness.proxy.race"];
        for path in paths {
            text = with_test(&text, &GateId::try_from(path.to_owned()).unwrap());
        }
        assert_eq!(tests_in(&text), ["proxy::sex", "proxy::race", "answered::sex", "own"]);
        assert_eq!(
            with_module("//! x\n\n#[rustfmt::skip]\nmod card;\n", "drift"),
            "//! x\n\n#[rustfmt::skip]\nmod drift;\n#[rustfmt::skip]\nmod card;\n"
        );
    }
}
