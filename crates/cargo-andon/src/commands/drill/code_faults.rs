//! Faults in the code of the release, which cargo then compiles anew. They know no source: they find the test of a
//! gate, the learner that is handed to the release, and the record.

use anyhow::{Context, Result};

use super::fault::{Fault, VICTIM, after, before, features};
use super::not_here::NotHere;
use super::replica::Planted;

/// The tests of the gates of accuracy.
const TESTS: &str = "tests/gate/accuracy.rs";
const TEST: &str = "#[test]";

/// Those that change code.
pub(crate) const IN_CODE: &[Fault] = &[
    after("a stale fingerprint", &[VICTIM], |planted| {
        planted.rewrite("src/lib.rs", |content| Ok(format!("{content}\n")))
    }),
    before("a deleted gate test", &[VICTIM], |planted| test(planted, |_| "const _: () = ();".to_owned())),
    before("an ignored gate test", &[VICTIM], |planted| {
        test(planted, |test| test.text.replacen(TEST, "#[test]\n#[ignore]", 1))
    }),
    before("a renamed gate test", &[VICTIM], |planted| {
        test(planted, |test| test.text.replacen(&format!("fn {}(", test.name), &format!("fn {}_once(", test.name), 1))
    }),
    before("a gate test that records nothing", &[VICTIM], |planted| test(planted, |test| test.with_body("Ok(())"))),
    before("a constant under the name of a statistic", &[VICTIM], |planted| {
        let constant = "crate::GATES.release()?.gate(&andon::gate_id!(), |_| \
            andon::judge::Measurement::exact(1.0, andon::judge::Unit::Share, 1))";
        test(planted, |test| test.with_body(constant))
    }),
    before("two tests that write one id", &[VICTIM], |planted| {
        test(planted, |test| test.with_body(&format!("let first = {{ {0} }}; first?; {0}", test.body())))
    }),
    before("training that follows the process", &["reproducibility."], |planted| {
        let recipe = "&andon::policy::Recipe { seed: u64::from(std::process::id()), ..recipe.clone() }";
        learner(planted, |grow| format!("({grow})({recipe}, better, rows, labels, threads)"))
    }),
    // It learns that the best fifth is the worst, which no calibration of two numbers can undo.
    before("a learner that distrusts the best", &["calibration."], |planted| {
        learner(planted, |grow| {
            format!(
                "{{ let scores = ({grow})(recipe, better, rows, labels, threads)?.score_all(rows); \
                 let mut sorted = scores.clone(); sorted.sort_by(f64::total_cmp); \
                 let best = sorted[sorted.len() * 4 / 5]; \
                 let labels: Vec<bool> = \
                 labels.iter().zip(&scores).map(|(label, score)| *label && *score < best).collect(); \
                 ({grow})(recipe, better, rows, &labels, threads) }}"
            )
        })
    }),
    before("a record that is slow to read", &["latency."], |planted| {
        let field = format!("pub {}:", features(&planted.policy()?)?.0);
        let (path, text) = source_with(planted, &field)?;
        let slow = "\nfn slow<T>(_: &T) -> bool {\n    for round in 0..20 {\n        \
            let mut numbers: Vec<u32> = (0..1000).map(|at: u32| at.wrapping_mul(2_654_435_761) ^ round).collect();\n        \
            numbers.sort_unstable();\n        std::hint::black_box(&numbers);\n    }\n    false\n}\n";
        let marked = format!("#[serde(skip_serializing_if = \"slow\")]\n    {field}");
        planted.rewrite(&path, |_| Ok(text.replacen(&field, &marked, 1) + slow))
    }),
];

/// The test of a gate, as it stands in its file.
struct GateTest<'a> {
    name: &'a str,
    /// From its attribute to the brace that closes it.
    text: &'a str,
}

impl<'a> GateTest<'a> {
    fn find(file: &'a str, name: &'a str) -> Option<Self> {
        let function = file.find(&format!("fn {name}("))?;
        let begin = file[..function].rfind(TEST)?;
        let end = function + closing(&file[function..], '{', '}')?;
        Some(Self { name, text: &file[begin..=end] })
    }

    fn braces(&self) -> (usize, usize) {
        let open = self.text.find('{').unwrap_or_default();
        (open + 1, self.text.len() - 1)
    }

    fn body(&self) -> &str {
        let (begin, end) = self.braces();
        self.text[begin..end].trim()
    }

    fn with_body(&self, body: &str) -> String {
        let (begin, end) = self.braces();
        format!("{} {body} {}", &self.text[..begin], &self.text[end..])
    }
}

/// The place of the bracket that closes the first one that opens.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (place, letter) in text.char_indices().skip_while(|(_, letter)| *letter != open) {
        depth = if letter == open { depth + 1 } else { depth - usize::from(letter == close) };
        if depth == 0 {
            return Some(place);
        }
    }
    None
}

/// Changes the test of the gate that is tampered with.
fn test(planted: &Planted<'_>, change: impl FnOnce(&GateTest<'_>) -> String) -> Result<()> {
    let name = planted.victim()?.split_once('.').context("a gate has a family")?.1;
    if !planted.exists(TESTS) {
        return Err(NotHere::because(format!("there is no {TESTS}")));
    }
    planted.rewrite(TESTS, |file| {
        let none = || NotHere::because(format!("{TESTS} has no `{TEST}` with `fn {name}(`"));
        let test = GateTest::find(file, name).ok_or_else(none)?;
        Ok(file.replacen(test.text, &change(&test), 1))
    })
}

/// Puts another learner into the place of the one that the release is opened with.
fn learner(planted: &Planted<'_>, change: impl FnOnce(&str) -> String) -> Result<()> {
    const OPEN: &str = "Release::open(";
    let (path, text) = source_with(planted, OPEN)?;
    let call = text.find(OPEN).context("it was found")? + OPEN.len();
    let end = call - 1 + closing(&text[call - 1..], '(', ')').context("the call never ends")?;
    let (root, grow) = text[call..end].split_once(',').context("the call has no learner")?;
    let broken = change(grow.trim().trim_end_matches(','));
    let call = format!("{root}, |recipe, better, rows, labels, threads| {broken}");
    planted.rewrite(&path, |_| Ok(format!("{}{call}{}", &text[..end - root.len() - grow.len() - 1], &text[end..])))
}

/// The first source with a text in it, and what it holds.
fn source_with(planted: &Planted<'_>, wanted: &str) -> Result<(String, String)> {
    let found = planted.sources()?.into_iter().find(|(_, text)| text.contains(wanted));
    found.ok_or_else(|| NotHere::because(format!("no file in src/ has `{wanted}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_found_whatever_its_form() {
        let file = "/// One.\n#[test] fn one() -> Gate { gate(&gate_id!()) }\n/// Two.\n#[test]\n#[inline]\nfn two() -> Gate {\n    \
                    measure(|| { 1 })\n}\n";
        let one = GateTest::find(file, "one").unwrap();
        assert_eq!((one.text, one.body()), ("#[test] fn one() -> Gate { gate(&gate_id!()) }", "gate(&gate_id!())"));
        assert_eq!(one.with_body("Ok(())"), "#[test] fn one() -> Gate { Ok(()) }");
        let two = GateTest::find(file, "two").unwrap();
        assert!(two.text.starts_with("#[test]\n#[inline]") && two.body() == "measure(|| { 1 })", "{}", two.text);
        assert!(GateTest::find(file, "three").is_none());
    }

    #[test]
    fn a_bracket_that_never_closes_is_none() {
        assert_eq!(closing("f(a, (b)) + c)", '(', ')'), Some(8));
        assert!(closing("f(a", '(', ')').is_none() && closing("f", '(', ')').is_none());
    }
}
