//! Source files as text: their place, their code without comments and tests, their documentation.

use std::fs;
use std::path::{Path, PathBuf};

/// One file under a `src` folder.
pub(crate) struct Source {
    /// Path from the repository's root.
    pub(crate) path: String,
    /// The crate's folder name; empty for the root package.
    pub(crate) package: String,
    /// Module path within the crate; empty for `lib.rs` and `main.rs`.
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (package, inside) = match path.strip_prefix("crates/").and_then(|rest| rest.split_once("/src/")) {
            Some((package, inside)) => (package, inside),
            None => ("", path.trim_start_matches("src/")),
        };
        let module = inside.trim_end_matches(".rs").split('/').filter(|name| !["mod", "lib", "main"].contains(name));
        let module = module.map(str::to_owned).collect();
        Self { path: path.to_owned(), package: package.to_owned(), module, text: text.to_owned() }
    }

    pub(crate) fn is_test(&self) -> bool {
        self.module.iter().any(|name| name == "tests")
    }

    /// The lines that are neither comments nor part of a test module.
    pub(crate) fn code(&self) -> String {
        let mut code = String::new();
        let mut in_tests = false;
        for line in self.text.lines() {
            in_tests |= line.starts_with("mod tests {");
            if !in_tests && !line.trim_start().starts_with("//") {
                code.push_str(line);
                code.push('\n');
            }
            in_tests &= line != "}";
        }
        code
    }

    /// The lines of documentation that name the crate from outside, as examples do.
    pub(crate) fn doc_examples(&self) -> impl Iterator<Item = &str> {
        let docs = self.text.lines().map(str::trim_start).filter(|line| line.starts_with("//"));
        docs.filter(|line| line.contains("andon::"))
    }

    /// The doc comments, each a list of its lines without the slashes.
    pub(crate) fn doc_comments(&self) -> Vec<Vec<&str>> {
        let mut comments: Vec<Vec<&str>> = Vec::new();
        let mut kind = "";
        for line in self.text.lines() {
            let line = line.trim_start();
            let this = ["///", "//!"].into_iter().find(|slashes| line.starts_with(slashes)).unwrap_or("");
            if !this.is_empty() {
                if this != kind {
                    comments.push(Vec::new());
                }
                let text = line.trim_start_matches(this).trim_start();
                comments.last_mut().into_iter().for_each(|comment| comment.push(text));
            }
            kind = this;
        }
        comments
    }
}

/// The Rust files below a folder of the repository, in order.
pub(crate) fn read(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join(folder), &mut files);
    files.sort();
    let source = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a source is UTF-8");
        Source::new(&path.strip_prefix(root).expect("below the root").to_string_lossy(), &text)
    };
    files.iter().map(source).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !["target", "templates", "corpus"].iter().any(|name| path.ends_with(name)) {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
