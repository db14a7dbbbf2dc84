//! The folder of a demo: built aside and put in its place when it is whole, over nothing but an earlier demo.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::logs;
use super::service::ZONE;

/// The file that marks a folder as a demo.
pub const MARK: &str = ".auditctl-demo";

/// The database's file.
pub const DATABASE: &str = "db.sqlite3";

/// The folder of the logs.
pub const LOGS: &str = "logs";

/// The configuration file, whose one profile is the demo.
pub const CONFIG: &str = "config.toml";

/// Why a folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It is somebody's.
    #[error("{0} is not empty and not an earlier demo, so nothing was written to it; name another folder")]
    NotADemo(PathBuf),
    /// It was an earlier demo, and somebody put something of their own there.
    #[error(
        "{folder} is an earlier demo but holds {stranger}, which a new demo would delete; move it or name another folder"
    )]
    Stranger {
        /// The folder.
        folder: PathBuf,
        /// The file or folder that is no part of a demo.
        stranger: PathBuf,
    },
    /// It is a file, or nothing that could be a folder.
    #[error("{0} is not a folder; name another one for the demo")]
    NotAFolder(PathBuf),
    /// The file system said no.
    #[error("the demo could not be built in {folder}: {source}")]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A demo under construction. Dropped before [`Site::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Site {
    target: PathBuf,
    aside: TempDir,
}

impl Site {
    /// Checks that a demo may be put at `target` and begins one beside it.
    pub fn begin(target: &Path) -> Result<Self, FolderError> {
        let failed = |source| FolderError::Io { folder: target.to_owned(), source };
        let absolute = std::path::absolute(target).map_err(failed)?;
        // A link to a folder stays a link: what it points to is replaced.
        let target = match fs::canonicalize(&absolute) {
            Ok(existing) => {
                check(&existing)?;
                existing
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && !absolute.is_symlink() => absolute,
            Err(error) => return Err(failed(error)),
        };
        let Some(parent) = target.parent() else { return Err(FolderError::NotADemo(target)) };
        let aside = fs::create_dir_all(parent).and_then(|()| {
            let aside = builder().tempdir_in(parent)?;
            create_for_owner(&aside.path().join(LOGS))?;
            fs::write(aside.path().join(CONFIG), config())?;
            fs::write(aside.path().join(MARK), "This folder was built by `auditctl demo`, which may rebuild it.\n")?;
            Ok(aside)
        });
        Ok(Site { aside: aside.map_err(failed)?, target })
    }

    /// Where the database is to be made.
    pub fn database(&self) -> PathBuf {
        self.aside.path().join(DATABASE)
    }

    /// Where the logs are to be written.
    pub fn logs(&self) -> PathBuf {
        self.aside.path().join(LOGS)
    }

    /// Puts the demo in its place and gives that place, an absolute path.
    pub fn finish(self) -> Result<PathBuf, FolderError> {
        let Site { target, aside } = self;
        match place(aside, &target) {
            Ok(()) => Ok(target),
            Err(source) => Err(FolderError::Io { folder: target, source }),
        }
    }
}

/// A profile that is in force where the file is named. Its paths are seen from the folder, which may be moved; the
/// stamps of the logs name no zone, so that the profile must.
fn config() -> String {
    format!(
        "# The demo as a profile, for AUDITCTL_CONFIG or --config.\ndefault_profile = \"demo\"\n\n[profiles.demo]\n\
         database = \"{DATABASE}\"\nlog_dir = \"{LOGS}\"\nservice_timezone = \"{ZONE}\"\n"
    )
}

/// A folder that only its owner may enter: the rows hold what people would not want read.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".auditctl-demo-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o700));
    }
    builder
}

/// A folder in which others may read at most, whatever the umask: `rotate` refuses logs that others could exchange.
fn create_for_owner(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o755);
    }
    builder.create(folder)
}

/// Whether what is there may be replaced: an empty folder, or a demo that nobody has added to.
fn check(folder: &Path) -> Result<(), FolderError> {
    let failed = |source| FolderError::Io { folder: folder.to_owned(), source };
    if !folder.is_dir() {
        return Err(FolderError::NotAFolder(folder.to_owned()));
    }
    let names = names(folder).map_err(failed)?;
    if names.is_empty() {
        return Ok(());
    }
    if !names.iter().any(|name| name == MARK) {
        return Err(FolderError::NotADemo(folder.to_owned()));
    }
    let stranger = |path: PathBuf| FolderError::Stranger { folder: folder.to_owned(), stranger: path };
    let ours = |name: &str| [MARK, LOGS, CONFIG].contains(&name) || name.starts_with(DATABASE);
    if let Some(name) = names.iter().find(|name| !ours(name)) {
        return Err(stranger(folder.join(name)));
    }
    let logs = folder.join(LOGS);
    if !logs.is_dir() {
        return Ok(());
    }
    // Rotating leaves `audit.log.2` and hidden files beside the logs.
    let ours = |name: &str| logs::FILES.iter().any(|log| name.trim_start_matches('.').starts_with(log));
    match self::names(&logs).map_err(failed)?.iter().find(|name| !ours(name)) {
        Some(name) => Err(stranger(logs.join(name))),
        None => Ok(()),
    }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// Renames the finished folder into its place. An earlier demo changes places with it and is deleted afterwards, so
/// that there is one or the other at any time.
fn place(aside: TempDir, target: &Path) -> io::Result<()> {
    match fs::rename(aside.path(), target) {
        Ok(()) => {
            let _ = aside.keep();
            Ok(())
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists) => {
            exchange(aside.path(), target)?;
            aside.close()
        }
        Err(error) => Err(error),
    }
}

#[cfg(target_os = "linux")]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
        // Some file systems cannot exchange.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => exchange_in_steps(a, b),
        done => Ok(done?),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    exchange_in_steps(a, b)
}

/// Three renames; when one fails, those before it are taken back.
fn exchange_in_steps(a: &Path, b: &Path) -> io::Result<()> {
    let between = a.with_extension("old");
    fs::rename(b, &between)?;
    if let Err(error) = fs::rename(a, b) {
        fs::rename(&between, b)?;
        return Err(error);
    }
    fs::rename(&between, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(target: &Path) -> PathBuf {
        let site = Site::begin(target).unwrap();
        fs::write(site.database(), "new").unwrap();
        site.finish().unwrap()
    }

    #[test]
    fn both_ways_of_exchanging_leave_each_in_the_others_place() {
        for exchange in [exchange, exchange_in_steps] {
            let folder = tempfile::tempdir().unwrap();
            let (a, b) = (folder.path().join("a"), folder.path().join("b"));
            for (path, text) in [(&a, "new"), (&b, "old")] {
                fs::create_dir(path).unwrap();
                fs::write(path.join("file"), text).unwrap();
            }
            exchange(&a, &b).unwrap();
            assert_eq!(fs::read_to_string(a.join("file")).unwrap(), "old");
            assert_eq!(fs::read_to_string(b.join("file")).unwrap(), "new");
            assert_eq!(names(folder.path()).unwrap().len(), 2);
        }
    }

    #[test]
    fn an_earlier_demo_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("demo");
        finish(&target);
        fs::write(target.join(DATABASE), "used").unwrap();
        finish(&target);
        assert_eq!(fs::read_to_string(target.join(DATABASE)).unwrap(), "new");
        assert_eq!(names(folder.path()).unwrap(), ["demo"]);
    }

    #[test]
    fn an_unfinished_site_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let site = Site::begin(&folder.path().join("demo")).unwrap();
        fs::write(site.database(), "half").unwrap();
        drop(site);
        assert!(names(folder.path()).unwrap().is_empty());
    }

    #[test]
    fn what_is_somebodys_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("full")).unwrap();
        fs::write(at("full").join("notes.txt"), "").unwrap();
        assert!(matches!(Site::begin(&at("full")), Err(FolderError::NotADemo(_))));
        fs::write(at("file"), "").unwrap();
        assert!(matches!(Site::begin(&at("file")), Err(FolderError::NotAFolder(_))));
        for stranger in ["mine.csv", "logs/mine.log"] {
            let demo = finish(&at("demo"));
            fs::write(demo.join(stranger), "").unwrap();
            assert!(matches!(Site::begin(&demo), Err(FolderError::Stranger { .. })), "{stranger}");
            fs::remove_file(demo.join(stranger)).unwrap();
        }
        let demo = finish(&at("demo"));
        for ours in ["db.sqlite3-wal", "logs/audit.log.2", "logs/.audit.log.rotating"] {
            fs::write(demo.join(ours), "").unwrap();
        }
        finish(&demo);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_enter() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let demo = finish(&folder.path().join("deep/er/demo"));
        assert_eq!(fs::metadata(demo).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
