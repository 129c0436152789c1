//! Texts as the files of a project need them.

/// A text in quotation marks, as TOML reads it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A list of texts, as TOML reads it.
pub(super) fn list(texts: impl Iterator<Item = impl AsRef<str>>) -> String {
    let texts: Vec<String> = texts.map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

/// A whole number with a comma at every thousand.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let parts = digits.as_bytes().rchunks(3).rev().filter_map(|part| str::from_utf8(part).ok());
    parts.collect::<Vec<_>>().join(",")
}

/// The first letter as a capital.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A bound as Rust and TOML read it: a whole number without a point if `whole`.
pub(super) fn bound(number: f64, whole: bool) -> String {
    if whole { format!("{number:.0}") } else { format!("{number:?}") }
}

/// A key with a list of names.
pub(super) fn array(key: &str, names: impl Iterator<Item = impl AsRef<str>>) -> String {
    format!("{key} = {}\n", list(names))
}
