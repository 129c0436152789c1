//! A real PostgreSQL, started for a test and stopped in the middle of it; the tests of andon-serve use it as well.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::skip::skip;

/// A PostgreSQL of its own, on a socket in a temporary folder.
pub(crate) struct PostgresServer {
    folder: TempDir,
    programs: PathBuf,
    process: Option<Child>,
}

impl PostgresServer {
    /// `None` if PostgreSQL is not installed; then the test is skipped.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            skip("postgres", "PostgreSQL is not installed");
            return None;
        };
        // In /tmp, because a socket's path may not be long.
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let mut server = Self { folder, programs, process: None };
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(server.folder.path()).status();
            assert!(owned.unwrap().success(), "PostgreSQL without its user `postgres`");
        }
        let data = server.data();
        let made = server.command("initdb").args(["-A", "trust", "-U", "postgres", "-D"]).arg(data).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        server.run();
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// As an unprivileged user, since PostgreSQL refuses to be root.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program).current_dir("/");
        command
    }

    pub(crate) fn run(&mut self) {
        let folder = self.folder.path().to_owned();
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(&folder).args(["-c", "listen_addresses="]);
        command.stderr(std::fs::File::create(folder.join("log")).unwrap());
        self.process = Some(command.spawn().unwrap());
        let start = Instant::now();
        while let Err(error) = postgres::Client::connect(&self.url(), postgres::NoTls) {
            assert!(start.elapsed() < Duration::from_secs(60), "{error}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// At once, without a checkpoint, as if the machine had lost power; the operating system keeps what it has.
    pub(crate) fn stop(&mut self) {
        drop(self.command("pg_ctl").args(["stop", "-m", "immediate", "-D"]).arg(self.data()).output());
        if let Some(mut process) = self.process.take() {
            process.wait().unwrap();
        }
    }

    pub(crate) fn url(&self) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}/postgres")
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n")
}

fn programs() -> Option<PathBuf> {
    let asked = Command::new("pg_config").arg("--bindir").output();
    let asked = asked.ok().map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut places = asked.into_iter().chain(debian.map(|version| version.path().join("bin")));
    places.find(|place: &PathBuf| Path::new(&place.join("initdb")).exists())
}
