//! The options that every verb takes, before it or after it.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueHint};

use crate::config::{DatabaseText, Typed};
use crate::output::ColorChoice;

/// Options that every verb takes, before it or after it.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Read this database
    ///
    /// The path of an SQLite file, or a URL: `sqlite:PATH`, `sqlite:///relative/path`, `sqlite:////absolute/path`,
    /// `postgres://USER@HOST/NAME`, `postgresql://…`, `mysql://…`, `mariadb://…`. In a URL, `%20` stands for a space
    /// and so on; a path is taken as it is. Other users of the machine can read a password on a command line: leave it
    /// out of the URL.
    ///
    /// Without this option, the first of these that names a database is taken: the profile of --profile;
    /// AUDITCTL_DATABASE; the profile of AUDITCTL_PROFILE, or the default profile of the configuration file;
    /// DATABASE_URL; db.sqlite3 beside the nearest manage.py, from the current folder upward; ./db.sqlite3.
    ///
    /// Example: `--database /srv/park/db.sqlite3`
    #[arg(long, global = true, value_name = "URL|PATH", value_hint = ValueHint::FilePath)]
    pub(super) database: Option<DatabaseText>,

    /// Use this profile of the configuration file
    ///
    /// A profile names a database and says what goes with it: time zones, the folder of the logs, what to redact. An
    /// option replaces the key it is about; the rest of the profile still holds. The default is the profile that
    /// AUDITCTL_PROFILE names, else the `default_profile` of the configuration file, else none.
    ///
    /// Example: `--profile prod`
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,

    /// Read this configuration file, and no other
    ///
    /// The default is the file that AUDITCTL_CONFIG names; without it, auditctl/config.toml in XDG_CONFIG_HOME
    /// (~/.config where that is not set) and then /etc/auditctl/config.toml. A profile of the first of these two hides
    /// one of the same name in the second. Relative paths in a configuration file start from the file's own folder.
    ///
    /// Example: `--config ./auditctl.toml`
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,

    /// Look for the service's log files in this folder
    ///
    /// The default is the folder of the profile that --profile names, else AUDITCTL_LOG_DIR, else the folder of the
    /// profile chosen in another way, else `logs` beside the database, else `logs` beside the nearest manage.py.
    ///
    /// Example: `--log-dir /srv/park/logs`
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) log_dir: Option<PathBuf>,

    /// Show times in this zone, and read them in it
    ///
    /// A name of the IANA database, an offset such as `-06:00`, `UTC` or `machine`. It holds for the times that are
    /// shown and for those given without an offset in options such as --since. The default is the profile's
    /// `timezone`, else the machine's own zone.
    ///
    /// Example: `--timezone America/Costa_Rica`
    #[arg(long, global = true, value_name = "ZONE", allow_hyphen_values = true)]
    pub(super) timezone: Option<String>,

    /// Show times in UTC, and read them so
    ///
    /// The same as `--timezone UTC`. It contradicts another --timezone.
    #[arg(long, global = true)]
    pub(super) utc: bool,

    /// Read the stamps of log records in this zone
    ///
    /// The service writes its logs in its own local time and without an offset. The default is the profile's
    /// `service_timezone`, else the machine's own zone.
    ///
    /// Example: `--log-timezone America/Costa_Rica`
    #[arg(long, global = true, value_name = "ZONE", allow_hyphen_values = true)]
    pub(super) log_timezone: Option<String>,

    /// Read audit entries from this table
    ///
    /// The default is the profile's `audit_table`, else `api_auditlog`, else the only table whose name ends in
    /// `_auditlog` and that has the seven columns of one.
    ///
    /// Example: `--audit-table shop_auditlog`
    #[arg(long, global = true, value_name = "TABLE")]
    pub(super) audit_table: Option<String>,

    /// Show secrets instead of masking them
    ///
    /// By default, passwords, tokens, card numbers and the like are replaced by `[redacted]` in every output. No
    /// configuration file and no environment variable can turn that off.
    #[arg(long, global = true)]
    pub(super) reveal: bool,

    /// Colour the output
    ///
    /// With `auto`, NO_COLOR and CLICOLOR_FORCE are heeded: the first switches colour off, the second on where output
    /// is not a terminal. The other two come before both.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(super) color: ColorChoice,

    /// Say nothing but data and errors
    ///
    /// Silences the lines of status on stderr, such as the one that says how many more entries match.
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,

    /// Say more on stderr
    ///
    /// Tells which database is read and where its address came from, which table and which zone; how many rows were
    /// looked at and how many of them matched, in how many ranges and on how many connections; and how long it took.
    /// Can be repeated, which says no more.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,

    /// Print help
    ///
    /// `-h` prints a summary, `--help` all there is to say, with examples.
    #[arg(id = "help", short = 'h', long = "help", global = true, action = ArgAction::Help)]
    _help: Option<bool>,
}

impl GlobalArgs {
    pub(super) fn typed(&self) -> Typed {
        Typed {
            database: self.database.clone(),
            profile: self.profile.clone(),
            config: self.config.clone(),
            log_dir: self.log_dir.clone(),
            timezone: self.timezone.clone(),
            utc: self.utc,
            log_timezone: self.log_timezone.clone(),
            audit_table: self.audit_table.clone(),
            reveal: self.reveal,
        }
    }
}
