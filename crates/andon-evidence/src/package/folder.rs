//! The folder of an artifact: read whole, and compared with the digests beside it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path};

use crate::files::{FileError, sha256_hex};
use crate::layout::SUMS;
use crate::package::manifest::PackageError;

/// The most bytes of all files together.
const MAX_PACKAGE_BYTES: u64 = 512 << 20;

/// Every file of an artifact's folder by name, that of one in a folder inside with its path.
/// The folder may be a symbolic link; it is resolved once.
///
/// # Errors
/// [`PackageError`] unless the folder holds exactly the plain files that [`SUMS`] lists, each with its digest.
pub fn read_folder(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    // Resolved once: a link that is turned to another package meanwhile must not mix the two.
    let folder = &fs::canonicalize(folder).map_err(FileError::io("find", folder))?;
    let mut room = MAX_PACKAGE_BYTES;
    let listed = read_file(folder, SUMS, &mut room)?;
    let sums = parse(&listed)?;
    check_listed(folder, "", &sums)?;
    let mut files = BTreeMap::from([(SUMS.to_owned(), listed)]);
    for (name, sum) in sums {
        let bytes = read_file(folder, &name, &mut room)?;
        if sha256_hex(&bytes) != sum {
            return inconsistent(format!("{name} does not hash to its digest in {SUMS}"));
        }
        files.insert(name, bytes);
    }
    Ok(files)
}

/// Every file in the folder is listed, and every folder leads to a listed file.
fn check_listed(folder: &Path, prefix: &str, sums: &BTreeMap<String, String>) -> Result<(), PackageError> {
    for entry in fs::read_dir(folder).map_err(FileError::io("read", folder))? {
        let entry = entry.map_err(FileError::io("read", folder))?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let inside = format!("{name}/");
        let is_folder = entry.file_type().map_err(FileError::io("read", folder))?.is_dir();
        if is_folder && sums.keys().any(|listed| listed.starts_with(&inside)) {
            check_listed(&entry.path(), &inside, sums)?;
        } else if name != SUMS && !sums.contains_key(&name) {
            return inconsistent(format!("{name} is not listed in {SUMS}"));
        }
    }
    Ok(())
}

/// Digests by file name. A name that leads out of the folder is refused.
fn parse(sums: &[u8]) -> Result<BTreeMap<String, String>, PackageError> {
    let mut by_name = BTreeMap::new();
    for (line, number) in String::from_utf8_lossy(sums).lines().zip(1..) {
        let entry = line.split_once("  ").filter(|(_, name)| is_inside(name));
        let Some((sum, name)) = entry else {
            return inconsistent(format!("{SUMS}: line {number} is not a digest and a file name"));
        };
        if by_name.insert(name.to_owned(), sum.to_owned()).is_some() {
            return inconsistent(format!("{SUMS}: {name} is listed twice"));
        }
    }
    Ok(by_name)
}

/// True if a name is a plain path down from the folder, written in the shortest way.
fn is_inside(name: &str) -> bool {
    let steps = Path::new(name).components().map(|step| match step {
        Component::Normal(step) => step.to_str(),
        _ => None,
    });
    steps.collect::<Option<Vec<&str>>>().is_some_and(|steps| !steps.is_empty() && steps.join("/") == name)
}

/// Reads a plain file and no other kind: a link could lead out of the folder, and a pipe could never end.
fn read_file(folder: &Path, name: &str, room: &mut u64) -> Result<Vec<u8>, PackageError> {
    let path = folder.join(name);
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return inconsistent(format!("{name} is missing"));
        }
        Err(error) => return Err(FileError::io("read", &path)(error).into()),
    };
    if !metadata.is_file() {
        return inconsistent(format!("{name} is not a plain file"));
    }
    let too_long =
        || inconsistent(format!("{name} is too large: all files together may have at most {MAX_PACKAGE_BYTES} bytes"));
    if metadata.len() > *room {
        return too_long();
    }
    let mut bytes = Vec::new();
    let file = File::open(&path).map_err(FileError::io("read", &path))?;
    // The file may have grown meanwhile: one byte beyond the room is enough to refuse it.
    file.take(*room + 1).read_to_end(&mut bytes).map_err(FileError::io("read", &path))?;
    match room.checked_sub(bytes.len() as u64) {
        Some(left) => *room = left,
        None => return too_long(),
    }
    Ok(bytes)
}

fn inconsistent<T>(what: String) -> Result<T, PackageError> {
    Err(PackageError::Inconsistent(what))
}
