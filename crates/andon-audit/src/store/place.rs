//! Open files, and the check that they are still the ones at their paths.
//!
//! An open file that was deleted takes writes and loses them, and the operating system reports success.
//!
//! And SQLite takes whatever log stands beside a database for that database's: nothing in either says that they belong
//! together. Opened beside a log of another one, a database reads as a mixture, and moving the log into it destroys
//! both. So [`ExpectedFiles`] looks at the files before SQLite does.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::StoreError;

/// Files that must stay where they are.
#[derive(Debug)]
pub(crate) struct OpenFiles(Vec<(PathBuf, FileIdentity)>);

impl OpenFiles {
    /// Remembers which files stand at these paths now.
    pub(crate) fn new(paths: impl IntoIterator<Item = PathBuf>) -> Result<Self, StoreError> {
        let identify =
            |path: PathBuf| identity(&path).map(|identity| (path.clone(), identity)).ok_or(StoreError::Gone(path));
        paths.into_iter().map(identify).collect::<Result<_, _>>().map(Self)
    }

    /// # Errors
    /// [`StoreError::Gone`] with the first path at which there is no file or another one.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self.0.iter().find(|place| !stands(place)) {
            Some((path, _)) => Err(StoreError::Gone(path.clone())),
            None => Ok(()),
        }
    }

    /// True if the file that was at this path is still there.
    pub(crate) fn has(&self, path: &Path) -> bool {
        self.0.iter().any(|place| place.0 == path && stands(place))
    }
}

/// The files that the next writer must find after one failed, before SQLite touches any.
#[derive(Debug, Default)]
pub(crate) struct ExpectedFiles(Option<DatabaseAndLog>);

#[derive(Debug)]
struct DatabaseAndLog {
    database: (PathBuf, FileIdentity),
    log: (PathBuf, FileIdentity),
    /// Both were at their paths when the writer failed: if the log goes later, another program may have done with it.
    stood: bool,
}

impl ExpectedFiles {
    /// The files of a trail; `None` inside if there were none to begin with.
    pub(crate) fn files(places: &OpenFiles, database: &Path, log: &Path) -> Self {
        let find = |path: &Path| places.0.iter().find(|(place, _)| place == path).cloned();
        let both = find(database).zip(find(log));
        Self(both.map(|(database, log)| DatabaseAndLog { stood: stands(&database) && stands(&log), database, log }))
    }

    /// Looks at the files, and opens none. Another database is let through to be looked at, read only, where the trail
    /// has a row to know it by and no log of this trail's stands beside it: it may be a copy that was put back. A log
    /// that somebody moved may not be missed: rows would go into a new one, and be lost when the old one is put back in
    /// its place.
    ///
    /// # Errors
    /// [`StoreError::Gone`] with the file that is not the one it was.
    pub(crate) fn check(&self, has_rows: bool) -> Result<(), StoreError> {
        let Some(DatabaseAndLog { database, log, stood }) = &self.0 else { return Ok(()) };
        let log_is_filled = is_filled(&log.0);
        let missing = match (stands(database), stands(log)) {
            // SQLite deletes the log beside an empty file.
            _ if !is_filled(&database.0) => Some(database),
            (true, true) => None,
            (true, false) => (!stood || log_is_filled).then_some(log),
            (false, is_ours) => (!has_rows || (is_ours && log_is_filled)).then_some(database),
        };
        missing.map_or(Ok(()), |(path, _)| Err(StoreError::Gone(path.clone())))
    }
}

fn stands((path, was): &(PathBuf, FileIdentity)) -> bool {
    identity(path).as_ref() == Some(was)
}

/// True if there is a file and it is not empty.
pub(crate) fn is_filled(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.len() > 0)
}

/// Device and number of the file. Where there are none, zeros: an open file cannot be deleted there.
type FileIdentity = (u64, u64);

fn identity(path: &Path) -> Option<FileIdentity> {
    fs::metadata(path).ok().map(|file| device_and_number(&file))
}

#[cfg(unix)]
fn device_and_number(file: &fs::Metadata) -> FileIdentity {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino())
}

#[cfg(not(unix))]
fn device_and_number(_: &fs::Metadata) -> FileIdentity {
    (0, 0)
}

/// The times that a lock is tried, with [`LOCK_PAUSE`] between them.
const LOCK_TRIES: usize = 20;

/// The pause between two tries for a lock.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Takes the lock that a trail's writer holds until it is dropped.
///
/// A program that is being started holds every open file of its parent until it runs, and with it the lock of a writer
/// that has ended already. So a taken lock is tried again for a moment.
pub(crate) fn lock(trail: &Path) -> Result<File, StoreError> {
    let path = beside(trail, ".lock");
    let io = |action, source| StoreError::Io { action, path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| io("open", source))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(fs::TryLockError::Error(source)) => return Err(io("lock", source)),
        }
    }
    Err(StoreError::Locked(trail.display().to_string()))
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
