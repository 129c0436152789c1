//! A disk that a test fills; the tests of andon-serve use it as well.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::skip::skip;

/// A small file system in memory, unmounted when dropped. Only root may have one.
pub(crate) struct Tmpfs(PathBuf);

impl Tmpfs {
    /// `None` if mounting fails, as it does without root; then the test, named by `what`, is skipped.
    pub(crate) fn mount(what: &str, at: &Path, size: &str) -> Option<Self> {
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(at).output();
        if !mount.is_ok_and(|done| done.status.success()) {
            skip("tmpfs", &format!("{what}: mounting a tmpfs needs root"));
            return None;
        }
        Some(Self(at.to_owned()))
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
