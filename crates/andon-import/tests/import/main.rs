//! Files of the libraries themselves: their predictions and Shapley values, and files that are cut or changed.

#![expect(clippy::unwrap_used, clippy::float_cmp, clippy::print_stderr, reason = "a test")]

mod hostile;
mod libraries;
mod points;

/// The bytes of a stored file.
fn stored(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
