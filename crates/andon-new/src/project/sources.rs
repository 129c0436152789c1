//! The files that are the same in every project, but for its name.

use std::path::PathBuf;

/// Files by their path in the project; `PROJECT` stands for its name, and `PROJECT_CRATE` for the crate's.
const FIXED: [(&str, &str); 8] = [
    ("src/lib.rs", include_str!("../../templates/lib.rs.txt")),
    ("src/main.rs", include_str!("../../templates/main.rs.txt")),
    ("src/card.rs", include_str!("../../templates/card.rs.txt")),
    ("build.rs", include_str!("../../templates/build.rs.txt")),
    ("tests/outcome.rs", include_str!("../../templates/outcome.rs.txt")),
    ("templates/model_card.md", include_str!("../../templates/model_card.md")),
    (".gitignore", include_str!("../../templates/gitignore.txt")),
    (".gitattributes", include_str!("../../templates/gitattributes.txt")),
];

pub(super) fn fixed(name: &str) -> Vec<(PathBuf, String)> {
    let named = |text: &str| text.replace("PROJECT_CRATE", &name.replace('-', "_")).replace("PROJECT", name);
    FIXED.iter().map(|(path, text)| (PathBuf::from(path), named(text))).collect()
}
