//! Names: of types, of bindings, and of the harness's public items.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Source;

/// Type names that may stand for more than one thing.
const MAX_REUSED_TYPE_NAMES: usize = 25;
/// Statements that may bind several values by a tuple, as a swap does.
const MAX_TUPLE_BINDINGS: usize = 40;

/// Type names that are defined more than once; all of them, if there are too many.
pub(crate) fn reused_type_names(sources: &[Source]) -> Vec<String> {
    let mut defined: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        for name in source.code().lines().filter_map(defined_type) {
            defined.entry(name.to_owned()).or_default().insert(&source.path);
        }
    }
    let reused = defined.into_iter().filter(|(_, paths)| paths.len() > 1);
    let reused: Vec<String> = reused.map(|(name, paths)| format!("{name}: {paths:?}")).collect();
    if reused.len() > MAX_REUSED_TYPE_NAMES { reused } else { Vec::new() }
}

/// The name that a line defines as a type; the types of a trait's implementation are no new names.
fn defined_type(line: &str) -> Option<&str> {
    let associated = line.trim_start().starts_with("type ") && line.starts_with(' ');
    let line = Some(item(line)).filter(|_| !associated)?;
    let rest = ["struct ", "enum ", "trait ", "type "].iter().find_map(|word| line.strip_prefix(word))?;
    rest.split(|letter: char| !letter.is_alphanumeric()).next()
}

/// A line without its indentation and visibility.
fn item(line: &str) -> &str {
    let line = line.trim_start();
    ["pub ", "pub(crate) ", "pub(super) "].iter().find_map(|visible| line.strip_prefix(visible)).unwrap_or(line)
}

/// Statements such as `let (a, b) = (f(), g());`; all of them, if there are too many.
pub(crate) fn tuple_bindings(sources: &[Source]) -> Vec<String> {
    let lines = sources.iter().flat_map(|source| source.text.lines().map(move |line| (source, line.trim())));
    let bindings = lines.filter(|(_, line)| line.starts_with("let (") && line.contains(") = ("));
    let bindings: Vec<String> = bindings.map(|(source, line)| format!("{}: {line}", source.path)).collect();
    if bindings.len() > MAX_TUPLE_BINDINGS { bindings } else { Vec::new() }
}

/// Public items of the harness that no file outside it names, no public signature and no macro: they are the harness's
/// own and need not be public.
pub(crate) fn unnamed_public_items(harness: &[Source], outside: &str) -> Vec<String> {
    let harness: Vec<(&Source, String)> = harness.iter().map(|source| (source, source.code())).collect();
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    let lines = harness.iter().flat_map(|(_, code)| code.lines());
    let signatures = lines.filter(|line| {
        ["pub ", "$crate::"].iter().any(|word| line.trim_start().starts_with(word)) || line.contains("->")
    });
    words(outside).flat_map(|word| [word, word]).chain(signatures.flat_map(words)).for_each(|word| {
        *named.entry(word).or_default() += 1;
    });
    for word in harness.iter().flat_map(|(source, _)| source.doc_examples()).flat_map(words) {
        *named.entry(word).or_default() += 2;
    }
    let mut found = Vec::new();
    for (source, code) in harness.iter().filter(|(source, _)| !source.is_test()) {
        let public = code.lines().filter_map(|line| line.strip_prefix("pub ")).filter_map(public_name);
        // Its own definition names it once.
        found.extend(public.filter(|name| named[name] < 2).map(|name| format!("{}: {name}", source.path)));
    }
    found
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

/// The name that a public line defines.
fn public_name(line: &str) -> Option<&str> {
    let kinds = ["struct ", "enum ", "trait ", "type ", "const fn ", "fn ", "const ", "static "];
    let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind))?;
    words(rest).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One file for each number, with this text.
    fn files(count: usize, text: impl Fn(usize) -> String) -> Vec<Source> {
        (0..count).map(|at| Source::new(&format!("src/a{at}.rs"), &text(at))).collect()
    }

    #[test]
    fn more_reused_type_names_than_allowed_are_found() {
        let reused = |names: usize| {
            let first = files(names, |at| format!("pub(crate) struct T{at}<'a>;\n"));
            let second = files(2 * names, |at| format!("enum T{at} {{}}\n")).into_iter().skip(names);
            let again = files(names, |at| format!("type T{at} = u8;\n")).into_iter().map(|mut source| {
                source.path.push('2');
                source
            });
            reused_type_names(&first.into_iter().chain(second).chain(again).collect::<Vec<_>>()).len()
        };
        assert_eq!(reused(MAX_REUSED_TYPE_NAMES), 0);
        assert_eq!(reused(MAX_REUSED_TYPE_NAMES + 1), MAX_REUSED_TYPE_NAMES + 1);
    }

    #[test]
    fn more_tuple_bindings_than_allowed_are_found() {
        let found = |count| tuple_bindings(&files(count, |_| "    let (a, b) = (f(), g());\n".to_owned())).len();
        assert_eq!(found(MAX_TUPLE_BINDINGS), 0);
        assert_eq!(found(MAX_TUPLE_BINDINGS + 1), MAX_TUPLE_BINDINGS + 1);
    }

    #[test]
    fn a_public_item_that_nobody_names_is_found() {
        let text = "pub fn used() {}\npub const fn idle() {}\npub(crate) fn own() {}\npub struct Kept<T>(T);\n\
            pub struct Told;\npub fn used() -> Told {}\n";
        let harness = [Source::new("crates/andon/src/a.rs", text)];
        assert_eq!(unnamed_public_items(&harness, "used(); Kept::<u8>"), ["crates/andon/src/a.rs: idle"]);
    }
}
