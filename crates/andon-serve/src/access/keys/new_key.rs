//! A new key, from the system's randomness.

use andon::evidence::files::sha256_hex;

use super::error::NoKey;
use super::file;

/// The number of random bytes in a key: nobody guesses 256 bits.
const KEY_BYTES: usize = 32;

/// The beginning of every key, so that secret scanners find a leaked one.
const KEY_PREFIX: &str = "andon_";

/// A new key. The service will keep only its digest.
#[expect(missing_debug_implementations, reason = "a key in a log is a key that leaked")]
pub struct NewKey {
    /// The key, for the client alone.
    pub key: String,
    /// The line for the file: the key's name and digest.
    pub line: String,
}

impl NewKey {
    /// Makes a key from the system's randomness.
    ///
    /// # Errors
    /// [`NoKey`] if the file cannot hold the name, or if the system gives no random bytes.
    pub fn generate(name: &str) -> Result<Self, NoKey> {
        if !file::is_name(name) {
            return Err(NoKey::Name(name.to_owned()));
        }
        let mut random = [0; KEY_BYTES];
        getrandom::fill(&mut random).map_err(NoKey::Random)?;
        let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = format!("{KEY_PREFIX}{digits}");
        let line = format!("{name} {}", sha256_hex(key.as_bytes()));
        Ok(Self { key, line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_fits_its_line_and_no_two_are_the_same() {
        let one = NewKey::generate("branch-7").unwrap();
        let other = NewKey::generate("branch-7").unwrap();
        assert_ne!(one.key, other.key);
        assert_eq!(one.key.len(), 70);
        assert!(!one.line.contains(&one.key[6..20]), "the line holds a part of the key");
        assert_eq!(one.line, format!("branch-7 {}", sha256_hex(one.key.as_bytes())));
        let keys = file::parse(&one.line, std::path::Path::new("keys")).unwrap();
        assert_eq!(keys[0].digest, sha256_hex(one.key.as_bytes()));
        assert_ne!(keys[0].digest, sha256_hex(other.key.as_bytes()));
        for name in ["", "a b", "a\n", "#a", "é", &"a".repeat(65)] {
            assert!(matches!(NewKey::generate(name), Err(NoKey::Name(_))), "{name}");
        }
    }
}
