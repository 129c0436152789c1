//! Whether files that are open are still the ones at their paths.
//!
//! An open file that was deleted takes writes and loses them, and the operating system reports success.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// Files that must stay where they are.
#[derive(Debug)]
pub(crate) struct Places(Vec<(PathBuf, Identity)>);

impl Places {
    /// Remembers which files stand at these paths now.
    pub(crate) fn new(paths: impl IntoIterator<Item = PathBuf>) -> Result<Self, StoreError> {
        let identify =
            |path: PathBuf| identity(&path).map(|identity| (path.clone(), identity)).ok_or(StoreError::Gone(path));
        paths.into_iter().map(identify).collect::<Result<_, _>>().map(Self)
    }

    /// # Errors
    /// [`StoreError::Gone`] with the first path at which there is no file or another one.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self.0.iter().find(|(path, was)| identity(path).as_ref() != Some(was)) {
            Some((path, _)) => Err(StoreError::Gone(path.clone())),
            None => Ok(()),
        }
    }
}

/// Device and number of the file.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Elsewhere an open file cannot be deleted.
#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(drop)
}

/// Takes the lock that a trail's writer holds until it is dropped.
pub(crate) fn lock(trail: &Path) -> Result<File, StoreError> {
    let path = beside(trail, ".lock");
    let io = |action, source| StoreError::Io { action, path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| io("open", source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(StoreError::Locked(trail.display().to_string())),
        Err(fs::TryLockError::Error(source)) => Err(io("lock", source)),
    }
}

/// Makes it durable that the files of a folder are in it.
pub(crate) fn sync_folder(trail: &Path) -> Result<(), StoreError> {
    let folder = match trail.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let io = |source| StoreError::Io { action: "sync", path: folder.to_owned(), source };
    if cfg!(unix) { File::open(folder).and_then(|folder| folder.sync_all()).map_err(io) } else { Ok(()) }
}

/// The path with `ending` behind its name.
pub(crate) fn beside(trail: &Path, ending: &str) -> PathBuf {
    let mut path = trail.as_os_str().to_owned();
    path.push(ending);
    path.into()
}
