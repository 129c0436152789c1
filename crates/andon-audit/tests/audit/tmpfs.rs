//! A disk that a test fills; the tests of andon-serve use it as well.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system in memory, unmounted when dropped. Only root may have one.
pub(crate) struct Tmpfs(PathBuf);

impl Tmpfs {
    pub(crate) fn mount(at: &Path, size: &str) -> Option<Self> {
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(at).output();
        mount.is_ok_and(|done| done.status.success()).then(|| Self(at.to_owned()))
    }

    pub(crate) fn remount(&self, option: &str) -> bool {
        let mount = Command::new("mount").args(["-o", &format!("remount,{option}")]).arg(&self.0).output();
        mount.is_ok_and(|done| done.status.success())
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(&self.0).output());
    }
}
