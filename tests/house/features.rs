//! The table of features: every path in it exists, and every name stands in its file.

use std::fs;
use std::path::Path;

/// Cells of the table that name a path that does not exist, or a name that its file does not hold.
pub(crate) fn missing_places(table: &str, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut complaints = Vec::new();
    for row in table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| feature ")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        if cells.len() != 3 {
            complaints.push(format!("no three cells: {row}"));
        }
        for cell in cells.iter().skip(1) {
            let places = cell.split("; ").map(|place| missing_in_place(place.trim(), &read));
            complaints.extend(places.flatten());
        }
    }
    complaints
}

/// A place is a path, and names in it behind a colon.
fn missing_in_place(place: &str, read: &impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut quoted = place.split('`').skip(1).step_by(2);
    let Some(path) = quoted.next() else { return vec![format!("no path: {place}")] };
    let Some(text) = read(path) else { return vec![format!("{path} does not exist")] };
    let words: Vec<&str> = text.split(|sign: char| !(sign.is_alphanumeric() || "_-".contains(sign))).collect();
    let missing = quoted.filter(|name| !words.contains(name));
    missing.map(|name| format!("{path} does not hold {name}")).collect()
}

/// The text of a file of the repository.
pub(crate) fn read_file(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_or_a_name_that_is_gone_is_found() {
        let read = |path: &str| (path == "a.rs").then(|| "fn one() {}".to_owned());
        let found = |places: &str| missing_places(&format!("| x | `a.rs`: `one` | {places} |"), read);
        assert_eq!(found("`a.rs`; `a.rs`: `one`"), [""; 0]);
        assert_eq!(found("`a.rs`: `one`, `two`"), ["a.rs does not hold two"]);
        assert_eq!(found("`a.rs`: `on`; `b.rs`: `one`"), ["a.rs does not hold on", "b.rs does not exist"]);
        assert_eq!(found("nothing"), ["no path: nothing"]);
        assert_eq!(missing_places("| x | `a.rs` |", read).len(), 1);
    }
}
