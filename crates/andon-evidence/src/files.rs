//! Files that are either whole or absent: each is written aside and then renamed. A sealed file holds its own digest.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// A file could not be read, written or trusted.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("failed to {action} {path}: {source}", path = .path.display())]
    Io {
        /// The attempted action: `read`, `write`, `lock`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The answer of the operating system.
        source: io::Error,
    },
    /// The content does not match its seal.
    #[error("{path} was changed after it was written: its content hashes to {found}, its seal says {sealed}", path = .path.display())]
    BrokenSeal {
        /// The file.
        path: PathBuf,
        /// Digest of the content.
        found: String,
        /// Digest in the seal.
        sealed: String,
    },
    /// The content is not of the expected form.
    #[error("{path} is not of the expected form: {source}", path = .path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// The parser's message.
        source: serde_json::Error,
    },
}

impl FileError {
    /// Wraps an I/O error with the action and the path.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}

/// SHA-256 as bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 as lower-case hexadecimal.
///
/// ```
/// let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// assert_eq!(andon_evidence::files::sha256_hex(b""), empty);
/// ```
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hexadecimal(sha256(bytes))
}

fn hexadecimal(digest: [u8; 32]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    digest.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A reader that takes the digest of all that is read through it.
///
/// ```
/// use andon_evidence::files::{DigestReader, sha256_hex};
/// let mut reader = DigestReader::new(&b"rows"[..]);
/// std::io::copy(&mut reader, &mut std::io::sink())?;
/// assert_eq!(reader.sha256_hex(), sha256_hex(b"rows"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct DigestReader<I> {
    input: I,
    digest: Sha256,
}

impl<I: io::Read> DigestReader<I> {
    /// A reader of this input.
    pub fn new(input: I) -> Self {
        Self { input, digest: Sha256::new() }
    }

    /// SHA-256 of what was read, as lower-case hexadecimal.
    pub fn sha256_hex(self) -> String {
        hexadecimal(self.digest.finalize().into())
    }
}

impl<I: io::Read> io::Read for DigestReader<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.digest.update(&buffer[..read]);
        Ok(read)
    }
}

/// Reads a whole file.
///
/// # Errors
/// [`FileError::Io`] with the path.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(FileError::io("read", path))
}

/// Replaces `path` by `bytes` in one step: a reader sees the old file or the new one, never a part.
///
/// # Errors
/// [`FileError::Io`]; the old file is then untouched.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut file = AtomicWriter::new(path)?;
    file.write_all(bytes).map_err(FileError::io("write", path))?;
    file.finish().map(drop)
}

/// A file that is written piece by piece, aside. It stands at its path once it is [finished](AtomicWriter::finish), and
/// what was not finished leaves the old file as it was.
///
/// ```
/// use std::io::Write;
/// use andon_evidence::files::{AtomicWriter, sha256_hex};
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("rows.csv");
/// let mut file = AtomicWriter::new(&path)?;
/// file.write_all(b"rows")?;
/// assert!(!path.exists());
/// assert_eq!(file.finish()?, sha256_hex(b"rows"));
/// assert_eq!(std::fs::read(&path)?, b"rows");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AtomicWriter {
    path: PathBuf,
    aside: BufWriter<tempfile::NamedTempFile>,
    digest: Sha256,
}

impl AtomicWriter {
    /// Begins the file that will stand at `path`. Its folder is made.
    ///
    /// # Errors
    /// [`FileError::Io`] when the folder cannot be written.
    pub fn new(path: &Path) -> Result<Self, FileError> {
        let failed = || FileError::io("write", path);
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed())?;
        let aside = tempfile::NamedTempFile::new_in(folder).map_err(failed())?;
        Ok(Self { path: path.to_owned(), aside: BufWriter::new(aside), digest: Sha256::new() })
    }

    /// Puts the file at its path in one step, and returns its SHA-256 as lower-case hexadecimal.
    ///
    /// # Errors
    /// [`FileError::Io`]; the old file is then untouched.
    pub fn finish(self) -> Result<String, FileError> {
        let failed = || FileError::io("write", &self.path);
        let aside = self.aside.into_inner().map_err(|error| failed()(error.into_error()))?;
        aside.as_file().sync_all().map_err(failed())?;
        aside.persist(&self.path).map_err(|error| failed()(error.error))?;
        Ok(hexadecimal(self.digest.finalize().into()))
    }
}

impl Write for AtomicWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.aside.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.aside.flush()
    }
}

/// Holds an exclusive lock between processes until dropped.
///
/// # Errors
/// [`FileError::Io`] when the lock file cannot be made or locked.
pub fn lock(path: &Path) -> Result<File, FileError> {
    let failed = || FileError::io("lock", path);
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed())?;
    let file = File::create(path).map_err(failed())?;
    file.lock().map_err(failed())?;
    Ok(file)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed<T> {
    sha256: String,
    content: T,
}

/// Writes `content` as JSON together with the SHA-256 of that JSON, so that a later edit is found.
///
/// # Errors
/// [`FileError`] when the content cannot be written.
pub fn write_sealed<T: Serialize>(path: &Path, content: &T) -> Result<(), FileError> {
    let form = |source| FileError::Form { path: path.to_owned(), source };
    let json = serde_json::to_string_pretty(content).map_err(form)?;
    let sha256 = sha256_hex(json.as_bytes());
    let sealed = Sealed { sha256, content: RawValue::from_string(json).map_err(form)? };
    let bytes = serde_json::to_vec(&sealed).map_err(form)?;
    write_atomically(path, &bytes)
}

/// Reads a file that [`write_sealed`] wrote; `None` if there is no such file.
///
/// # Errors
/// [`FileError::BrokenSeal`] when the content was edited, [`FileError::Form`] when it is partial or of another form.
pub fn read_sealed<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, FileError> {
    if !path.exists() {
        return Ok(None);
    }
    parse_sealed(path, &read(path)?).map(Some)
}

/// The content of a file that [`write_sealed`] wrote, from its bytes.
///
/// # Errors
/// As [`read_sealed`].
pub fn parse_sealed<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, FileError> {
    let form = |source| FileError::Form { path: path.to_owned(), source };
    let sealed: Sealed<&RawValue> = serde_json::from_slice(bytes).map_err(form)?;
    let found = sha256_hex(sealed.content.get().as_bytes());
    if found != sealed.sha256 {
        return Err(FileError::BrokenSeal { path: path.to_owned(), found, sealed: sealed.sha256 });
    }
    serde_json::from_str(sealed.content.get()).map_err(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_file_reads_back_and_every_changed_byte_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealed.json");
        write_sealed(&path, &vec![1.5, 0.1 + 0.2]).unwrap();
        assert_eq!(read_sealed::<Vec<f64>>(&path).unwrap(), Some(vec![1.5, 0.1 + 0.2]));

        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert!(read_sealed::<Vec<f64>>(&path).is_err(), "byte {at} changed unseen");
            fs::write(&path, &good[..at]).unwrap();
            assert!(read_sealed::<Vec<f64>>(&path).is_err(), "cut at byte {at} unseen");
        }
    }

    #[test]
    fn an_absent_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_sealed::<u8>(&folder.path().join("none.json")).unwrap(), None);
    }
}
