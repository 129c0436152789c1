//! The folder that a package ships in: read whole, and held against the digests beside it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::{PackageError, SUMS};
use crate::files::{FileError, sha256_hex};

/// Most bytes of all files together.
const MOST: u64 = 512 << 20;

/// Every file of the folder by name, but the digests themselves.
///
/// # Errors
/// [`PackageError`] unless the folder holds exactly the plain files that are listed, each with its digest.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    // Once, so that a link that is turned to another package meanwhile does not mix the two.
    let folder = &fs::canonicalize(folder).map_err(FileError::io("find", folder))?;
    let mut room = MOST;
    let sums = parse(&read_file(folder, SUMS, &mut room)?)?;
    for entry in fs::read_dir(folder).map_err(FileError::io("read", folder))? {
        let name = entry.map_err(FileError::io("read", folder))?.file_name();
        let is_listed = name.to_str().is_some_and(|name| name == SUMS || sums.contains_key(name));
        if !is_listed {
            return wrong(format!("{} is not listed in {SUMS}", name.to_string_lossy()));
        }
    }
    let mut files = BTreeMap::new();
    for (name, sum) in sums {
        let bytes = read_file(folder, &name, &mut room)?;
        if sha256_hex(&bytes) != sum {
            return wrong(format!("{name} does not hash to its digest in {SUMS}"));
        }
        files.insert(name, bytes);
    }
    Ok(files)
}

/// Digests by file name. A name that leads elsewhere is none.
fn parse(sums: &[u8]) -> Result<BTreeMap<String, String>, PackageError> {
    let mut by_name = BTreeMap::new();
    for (line, number) in String::from_utf8_lossy(sums).lines().zip(1..) {
        let entry = line.split_once("  ").filter(|(_, name)| Path::new(name).file_name() == Some(name.as_ref()));
        let Some((sum, name)) = entry else {
            return wrong(format!("{SUMS}: line {number} is not a digest and a file name"));
        };
        if by_name.insert(name.to_owned(), sum.to_owned()).is_some() {
            return wrong(format!("{SUMS}: {name} is listed twice"));
        }
    }
    Ok(by_name)
}

/// Reads a plain file: a link could lead out of the folder, and a pipe never end.
fn read_file(folder: &Path, name: &str, room: &mut u64) -> Result<Vec<u8>, PackageError> {
    let path = folder.join(name);
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return wrong(format!("{name} is missing")),
        Err(error) => return Err(FileError::io("read", &path)(error).into()),
    };
    if !metadata.is_file() {
        return wrong(format!("{name} is not a plain file"));
    }
    let too_long = || wrong(format!("{name} is too long: all files together may have {MOST} bytes"));
    if metadata.len() > *room {
        return too_long();
    }
    let mut bytes = Vec::new();
    let file = File::open(&path).map_err(FileError::io("read", &path))?;
    // It may have grown meanwhile; one byte more than there is room for is enough to be refused for.
    file.take(*room + 1).read_to_end(&mut bytes).map_err(FileError::io("read", &path))?;
    match room.checked_sub(bytes.len() as u64) {
        Some(left) => *room = left,
        None => return too_long(),
    }
    Ok(bytes)
}

fn wrong<T>(what: String) -> Result<T, PackageError> {
    Err(PackageError::Inconsistent(what))
}
