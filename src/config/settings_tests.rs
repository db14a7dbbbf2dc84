//! Tables of precedence: everything is said at once, then taken away from the top, and each time the next one wins.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::super::variables::{
    AUDITCTL_CONFIG, AUDITCTL_DATABASE, AUDITCTL_LOG_DIR, AUDITCTL_NOW, AUDITCTL_PROFILE, DATABASE_URL, TZ,
};
use super::super::{FileState, report};
use super::*;

/// A machine with a Django project, a user's configuration and one of the machine.
struct Machine {
    root: TempDir,
    typed: Typed,
    environment: Environment,
}

impl Machine {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        for folder in ["home/.config/auditctl", "etc", "park/app", "park/logs"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        for file in ["park/manage.py", "park/db.sqlite3", "park/app/db.sqlite3"] {
            fs::write(root.path().join(file), "").unwrap();
        }
        let mut environment = Environment::default();
        environment.current_dir = Some(root.path().join("park/app"));
        environment.config_home = Some(root.path().join("home/.config"));
        environment.system_config = Some(root.path().join("etc/config.toml"));
        Machine { root, typed: Typed::default(), environment }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn own(self, text: &str) -> Self {
        fs::write(self.path("home/.config/auditctl/config.toml"), text).unwrap();
        self
    }

    fn system(self, text: &str) -> Self {
        fs::write(self.path("etc/config.toml"), text).unwrap();
        self
    }

    fn set(mut self, variable: super::super::variables::Variable, value: &str) -> Self {
        self.environment = self.environment.with(variable, value);
        self
    }

    fn profile(mut self, name: &str) -> Self {
        self.typed.profile = Some(name.to_owned());
        self
    }

    fn settings(&self) -> Settings {
        Settings::resolve(&self.typed, &self.environment).unwrap()
    }

    fn error(&self) -> ConfigError {
        Settings::resolve(&self.typed, &self.environment).unwrap_err()
    }

    /// A text with the root of the machine taken out.
    fn stable(&self, text: &str) -> String {
        text.replace(&self.root.path().display().to_string(), "")
    }

    /// The database and its source, as they are shown.
    fn database(&self) -> (String, String) {
        let settings = self.settings();
        let database = settings.database().unwrap();
        (self.stable(&database.value.to_string()), self.stable(&database.source.to_string()))
    }

    fn log_dir(&self) -> Option<(String, String)> {
        let dir = self.settings().log_dir?;
        Some((self.stable(&dir.value.display().to_string()), self.stable(&dir.source.to_string())))
    }

    fn everything() -> Self {
        let mut machine = Machine::new()
            .own("default_profile = 'usual'\n[profiles.named]\ndatabase = '/named'\nlog_dir = '/logs/named'\n[profiles.usual]\ndatabase = '/usual'\nlog_dir = '/logs/usual'\n[profiles.env]\ndatabase = '/env'")
            .set(AUDITCTL_DATABASE, "/variable")
            .set(AUDITCTL_LOG_DIR, "/logs/variable")
            .set(AUDITCTL_PROFILE, "env")
            .set(DATABASE_URL, "sqlite:////url")
            .profile("named");
        machine.typed.database = Some("/option".into());
        machine.typed.log_dir = Some("/logs/option".into());
        machine
    }
}

#[test]
fn the_database_in_the_order_of_the_places() {
    let mut machine = Machine::everything();
    let own = "/home/.config/auditctl/config.toml";
    let is = |machine: &Machine, value: &str, source: &str| {
        assert_eq!(machine.database(), (value.to_owned(), source.to_owned()));
    };
    is(&machine, "/option", "--database");
    machine.typed.database = None;
    is(&machine, "/named", &format!("profile `named` of {own}"));
    machine.typed.profile = None;
    is(&machine, "/variable", "AUDITCTL_DATABASE");
    machine = machine.set(AUDITCTL_DATABASE, "");
    is(&machine, "/env", &format!("profile `env` of {own}"));
    machine = machine.set(AUDITCTL_PROFILE, "");
    is(&machine, "/usual", &format!("profile `usual` of {own}"));
    machine = machine.own("");
    is(&machine, "/url", "DATABASE_URL");
    machine = machine.set(DATABASE_URL, "");
    is(&machine, "/park/db.sqlite3", "found: db.sqlite3 beside /park/manage.py");
    fs::remove_file(machine.path("park/db.sqlite3")).unwrap();
    is(&machine, "/park/app/db.sqlite3", "found: db.sqlite3 in the current folder");
    fs::remove_file(machine.path("park/app/db.sqlite3")).unwrap();
    let error = machine.settings().database().unwrap_err();
    assert!(matches!(error, ConfigError::NoDatabase { .. }));
}

#[test]
fn the_folder_of_the_logs_in_the_order_of_the_places() {
    let mut machine = Machine::everything();
    let own = "/home/.config/auditctl/config.toml";
    let is = |machine: &Machine, value: &str, source: &str| {
        assert_eq!(machine.log_dir(), Some((value.to_owned(), source.to_owned())));
    };
    is(&machine, "/logs/option", "--log-dir");
    machine.typed.log_dir = None;
    is(&machine, "/logs/named", &format!("profile `named` of {own}"));
    machine.typed.profile = None;
    is(&machine, "/logs/variable", "AUDITCTL_LOG_DIR");
    machine = machine.set(AUDITCTL_LOG_DIR, "").set(AUDITCTL_PROFILE, "");
    is(&machine, "/logs/usual", &format!("profile `usual` of {own}"));
    machine = machine.own("");
    fs::create_dir_all(machine.path("other/logs")).unwrap();
    machine.typed.database = Some("../../other/db".into());
    is(&machine, "/park/app/../../other/logs", "found: beside /park/app/../../other/db");
    machine.typed.database = Some("postgres://db/park".into());
    is(&machine, "/park/logs", "found: beside /park/manage.py");
    fs::remove_dir(machine.path("park/logs")).unwrap();
    assert_eq!(machine.log_dir(), None);
}

#[test]
fn zones_in_the_order_of_the_places() {
    let mut machine = Machine::new().own(
        "[profiles.prod]\ntimezone = 'America/Costa_Rica'\nservice_timezone = 'Asia/Tokyo'\n[profiles.none]\ndatabase = 'x'",
    );
    let zones = |machine: &Machine| {
        let settings = machine.settings();
        let shown = |zone: Sourced<Zone>| format!("{} {}", zone.value, machine.stable(&zone.source.to_string()));
        (shown(settings.zone), shown(settings.log_zone))
    };
    let is = |machine: &Machine, zone: &str, log_zone: &str| {
        assert_eq!(zones(machine), (zone.to_owned(), log_zone.to_owned()));
    };
    is(&machine, "machine default", "machine default");
    machine = machine.set(TZ, "Europe/Madrid");
    is(&machine, "machine TZ", "machine TZ");
    machine = machine.profile("none");
    is(&machine, "machine TZ", "machine TZ");
    machine = machine.profile("prod");
    let from = "profile `prod` of /home/.config/auditctl/config.toml";
    is(&machine, &format!("America/Costa_Rica {from}"), &format!("Asia/Tokyo {from}"));
    machine.typed.log_timezone = Some("Europe/Paris".to_owned());
    machine.typed.timezone = Some("Europe/London".to_owned());
    is(&machine, "Europe/London --timezone", "Europe/Paris --log-timezone");
    machine.typed.timezone = None;
    machine.typed.utc = true;
    is(&machine, "UTC --utc", "Europe/Paris --log-timezone");
    machine.typed.timezone = Some("UTC".to_owned());
    assert_eq!(machine.error(), ConfigError::Contradiction("--utc", "--timezone"));
    machine.typed.utc = false;
    machine.typed.timezone = Some("Nowhere/Land".to_owned());
    assert!(machine.error().to_string().starts_with("--timezone: "));
}

#[test]
fn an_option_replaces_its_key_and_the_rest_of_the_profile_holds() {
    const PROD: &str = "default_profile = 'prod'\n[profiles.prod]\ndatabase = 'postgres://auditor@db/park'\npassword_command = 'pass show park'\ntimezone = 'Asia/Tokyo'\naudit_table = 'park_auditlog'\nredact.add = ['iban']\nlogs.'audit.log'.keep = 3\nmodels.'a.b'.table = 't'";
    let check = |machine: &Machine, database: &str, password: bool| {
        let settings = machine.settings();
        assert_eq!(machine.database().0, database);
        assert_eq!(settings.zone.value, Zone::parse("Asia/Tokyo").unwrap());
        assert_eq!(settings.redact.add, ["iban"]);
        assert_eq!(settings.logs["audit.log"].keep, Some(3));
        assert_eq!(settings.models["a.b"].table.as_deref(), Some("t"));
        assert_eq!(settings.audit_table.unwrap().value, "park_auditlog");
        assert_eq!(settings.password_command.is_some(), password, "{database}");
    };
    let profile = || Machine::new().own(PROD);
    check(&profile(), "postgres://auditor@db/park", true);
    // A variable that points elsewhere must not carry the profile's password there.
    check(&profile().set(AUDITCTL_DATABASE, "postgres://other/park"), "postgres://other/park", false);
    let mut typed = profile();
    typed.typed.database = Some("postgres://replica/park".into());
    check(&typed, "postgres://replica/park", false);
    check(&typed.profile("prod"), "postgres://replica/park", true);

    let mut machine = profile();
    machine.typed.audit_table = Some("other_auditlog".to_owned());
    let table = machine.settings().audit_table.unwrap();
    assert_eq!(table, Sourced::new("other_auditlog".to_owned(), Source::Option("--audit-table")));
}

#[test]
fn the_users_file_comes_before_the_machines() {
    let both = |own: &str, system: &str| Machine::new().own(own).system(system);
    let machine = both("default_profile = 'prod'", "default_profile = 'test'\n[profiles.prod]\ndatabase = '/prod'");
    assert_eq!(machine.database(), ("/prod".to_owned(), "profile `prod` of /etc/config.toml".to_owned()));
    let machine =
        both("[profiles.prod]\ntimezone = 'UTC'", "default_profile = 'prod'\n[profiles.prod]\ndatabase = '/prod'");
    assert_eq!(machine.database().0, "/park/db.sqlite3", "a profile hides another as a whole");
    assert_eq!(
        machine.settings().profile.unwrap().source,
        Source::DefaultProfile { file: machine.path("etc/config.toml") }
    );

    // A file that is named is the only one.
    let mut machine = both("broken", "broken");
    let extra = machine.path("park/app/extra.toml");
    fs::write(&extra, "default_profile = 'x'\n[profiles.x]\ndatabase = 'sub/x.db'").unwrap();
    machine.environment = machine.environment.with(AUDITCTL_CONFIG, &extra);
    assert_eq!(machine.database().0, "/park/app/sub/x.db", "seen from the file's folder");
    machine.typed.config = Some(PathBuf::from("/dev/null"));
    assert_eq!(machine.database().0, "/park/db.sqlite3");
    assert_eq!(machine.settings().config_files.len(), 1);
    machine.typed.config = Some(machine.path("nowhere.toml"));
    let error = machine.error();
    assert!(matches!(&error, ConfigError::Unreadable { file, .. } if file.ends_with("nowhere.toml")), "{error}");
}

#[test]
fn files_that_are_not_there_or_not_ours_are_no_mistake() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new().system("default_profile = 'prod'\n[profiles.prod]\ndatabase = '/prod'");
    let states = |machine: &Machine| machine.settings().config_files.iter().map(|file| file.state).collect::<Vec<_>>();
    assert_eq!(states(&machine), [FileState::Missing, FileState::Read]);
    fs::set_permissions(machine.path("etc/config.toml"), fs::Permissions::from_mode(0o000)).unwrap();
    // Root reads everything, so that this half has nothing to say there.
    if fs::read(machine.path("etc/config.toml")).is_err() {
        assert_eq!(states(&machine), [FileState::Missing, FileState::Forbidden]);
        let error = machine.profile("prod").error().hint().unwrap();
        assert!(error.contains("not readable"), "{error}");
    }
    let mut machine = Machine::new();
    machine.environment = Environment::default();
    let settings = machine.settings();
    assert!(settings.config_files.is_empty());
    assert!(settings.database().is_err());
}

#[test]
fn files_that_hold_no_text_are_named() {
    let machine = Machine::new();
    let file = machine.path("home/.config/auditctl/config.toml");
    for (bytes, why) in [(b"\xff".to_vec(), "not UTF-8"), (vec![b' '; 1 << 21], "larger than 1 MiB")] {
        fs::write(&file, bytes).unwrap();
        let error = machine.error().to_string();
        assert!(error.contains("config.toml") && error.contains(why), "{error}");
    }
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(matches!(machine.error(), ConfigError::Unreadable { .. }));
}

#[test]
fn an_unknown_profile_is_named_with_who_named_it() {
    let own = "default_profile = 'prodd'\n[profiles.prod]\n[profiles.test]";
    for (machine, message, hint) in [
        (
            Machine::new().own(own),
            "there is no profile `prodd`, which default_profile of /home/.config/auditctl/config.toml names",
            "did you mean `prod`?",
        ),
        (
            Machine::new().own(own).profile("nothing"),
            "there is no profile `nothing`, which --profile names",
            "there are: prod, test",
        ),
        (
            Machine::new().own(own).set(AUDITCTL_PROFILE, "tset"),
            "there is no profile `tset`, which AUDITCTL_PROFILE names",
            "did you mean `test`?",
        ),
        (
            Machine::new().profile("prod"),
            "there is no profile `prod`, which --profile names",
            "no configuration file has profiles: looked at /home/.config/auditctl/config.toml (not there), /etc/config.toml (not there)",
        ),
    ] {
        let error = machine.error();
        assert_eq!(machine.stable(&error.to_string()), message);
        assert_eq!(machine.stable(&error.hint().unwrap()), hint);
    }
}

#[test]
fn an_option_with_an_empty_value_is_refused() {
    type Change = fn(&mut Typed);
    let changes: [(&str, Change); 7] = [
        ("--database", |typed| typed.database = Some("".into())),
        ("--profile", |typed| typed.profile = Some(String::new())),
        ("--config", |typed| typed.config = Some(PathBuf::new())),
        ("--log-dir", |typed| typed.log_dir = Some(PathBuf::new())),
        ("--timezone", |typed| typed.timezone = Some(String::new())),
        ("--log-timezone", |typed| typed.log_timezone = Some(String::new())),
        ("--audit-table", |typed| typed.audit_table = Some(String::new())),
    ];
    for (option, change) in changes {
        let mut machine = Machine::new();
        change(&mut machine.typed);
        assert!(matches!(machine.error(), ConfigError::Option { option: named, .. } if named == option), "{option}");
    }
}

#[test]
fn a_search_in_vain_tells_where_it_looked_and_what_to_do() {
    let machine = Machine::new().own("[profiles.here]\ntimezone = 'UTC'").set(AUDITCTL_DATABASE, "");
    for file in ["park/db.sqlite3", "park/app/db.sqlite3"] {
        fs::remove_file(machine.path(file)).unwrap();
    }
    let error = machine.settings().database().unwrap_err();
    assert_eq!(
        machine.stable(&error.searched().unwrap()),
        "looked, in order, at --database (not given); --profile (not given); AUDITCTL_DATABASE (not set); \
         AUDITCTL_PROFILE (not set); a default_profile (none in /home/.config/auditctl/config.toml (read), \
         /etc/config.toml (not there)); DATABASE_URL (not set); db.sqlite3 beside a manage.py (/park/manage.py has \
         none); ./db.sqlite3 (not there)"
    );
    assert_eq!(
        error.hint().unwrap(),
        "give `--database PATH` or `--profile NAME` (here), or once for all: export AUDITCTL_DATABASE=/path/to/db.sqlite3"
    );
    let machine = machine.profile("here");
    let searched = machine.settings().database().unwrap_err().searched().unwrap();
    assert!(searched.contains("--profile (profile `here` names none); AUDITCTL_DATABASE"), "{searched}");
}

#[test]
fn a_wrong_database_is_an_error_only_for_who_asks_for_it() {
    let machine = Machine::new().set(DATABASE_URL, "oracle://u:hunter2@db/park");
    let settings = machine.settings();
    assert_eq!(settings.log_dir.as_ref().unwrap().value, machine.path("park/logs"));
    let error = settings.database().unwrap_err().to_string();
    assert!(error.starts_with("DATABASE_URL: `oracle:`") && !error.contains("hunter2"), "{error}");
    // A folder of the name is passed over; a file that is no database is for the opening to complain about.
    let machine = Machine::new();
    fs::remove_file(machine.path("park/db.sqlite3")).unwrap();
    fs::create_dir(machine.path("park/db.sqlite3")).unwrap();
    assert_eq!(machine.database().0, "/park/app/db.sqlite3");
}

#[test]
fn only_the_nearest_manage_py_counts() {
    let mut machine = Machine::new();
    fs::write(machine.path("park/app/manage.py"), "").unwrap();
    fs::remove_file(machine.path("park/app/db.sqlite3")).unwrap();
    assert!(machine.settings().database().is_err());
    machine.environment.current_dir = Some(machine.path("park"));
    assert_eq!(machine.database().0, "/park/db.sqlite3");
}

#[test]
fn the_clock_of_the_run() {
    let settings = Machine::new().set(AUDITCTL_NOW, "2026-11-23T03:09:54-06:00").settings();
    assert_eq!(settings.now.value.to_rfc3339(), "2026-11-23T09:09:54+00:00");
    let error = Machine::new().set(AUDITCTL_NOW, "soon").error();
    assert!(matches!(error, ConfigError::Variable { variable: "AUDITCTL_NOW", .. }));
}

#[test]
fn the_report_tells_each_value_with_its_source_and_no_password() {
    let mut machine = Machine::new()
        .own("default_profile = 'prod'\n[profiles.prod]\ndatabase = 'postgres://auditor:hunter2@db/park?password=hunter2'\npassword_command = 'echo sesame'\ntimezone = 'UTC'\nredact = { add = ['iban', 'cuenta'], remove = ['pan'] }\n[profiles.prod.logs.'audit.log']\nmax_size = '20MiB'\nkeep = 10\n[profiles.prod.models.'api.payments']\ntable = 'park_payments'\ncolumns = { status = 'state' }\ndefaults = { channel = 'WEB' }")
        .set(AUDITCTL_NOW, "2026-11-23T09:09:54Z");
    machine.typed.log_timezone = Some("America/Costa_Rica".to_owned());
    machine.typed.reveal = true;
    let settings = machine.settings();
    assert!(!format!("{settings:?}").contains("hunter2"));
    let from = "profile `prod` of FILE";
    let expected = [
        ("config", Some("FILE"), "read"),
        ("config", Some("/etc/config.toml"), "not there"),
        ("profile", Some("prod"), "default_profile of FILE"),
        ("database", Some("postgres://auditor:***@db/park"), from),
        ("password_command", Some("echo …"), from),
        ("audit_table", None, "looked for in the database"),
        ("log_dir", Some("/park/logs"), "found: beside /park/manage.py"),
        ("timezone", Some("UTC"), from),
        ("service_timezone", Some("America/Costa_Rica"), "--log-timezone"),
        ("reveal", Some("true"), "--reveal"),
        ("now", Some("2026-11-23T09:09:54Z"), "AUDITCTL_NOW"),
        ("redact.add", Some("iban, cuenta"), from),
        ("redact.remove", Some("pan"), from),
        ("logs.\"audit.log\".max_size", Some("20MiB"), from),
        ("logs.\"audit.log\".keep", Some("10"), from),
        ("models.\"api.payments\".table", Some("park_payments"), from),
        ("models.\"api.payments\".columns.status", Some("state"), from),
        ("models.\"api.payments\".defaults.channel", Some("\"WEB\""), from),
    ];
    let stable = |text: &str| machine.stable(text).replace("/home/.config/auditctl/config.toml", "FILE");
    let lines = report(&settings);
    let lines: Vec<_> =
        lines.iter().map(|line| (line.key.as_str(), line.value.as_deref().map(stable), stable(&line.source))).collect();
    let expected: Vec<_> =
        expected.iter().map(|(key, value, source)| (*key, value.map(str::to_owned), (*source).to_owned())).collect();
    assert_eq!(lines, expected);
}

#[test]
fn the_report_of_nothing() {
    let environment = Environment::default().with(AUDITCTL_CONFIG, Path::new("/dev/null"));
    let settings = Settings::resolve(&Typed::default(), &environment).unwrap();
    let lines = report(&settings);
    let line = |key: &str| lines.iter().find(|line| line.key == key).unwrap();
    assert_eq!(line("config").source, "AUDITCTL_CONFIG, read");
    assert_eq!(line("database").value, None);
    assert_eq!(line("database.tried").value.as_deref(), Some("--database"), "the first of them");
    assert_eq!(lines.iter().filter(|line| line.key == "database.tried").count(), 8);
    assert_eq!(line("timezone").value.as_deref(), Some("machine"));
    assert!(line("timezone").source.starts_with("default: the machine's own, now "));
    assert_eq!(line("reveal").value.as_deref(), Some("false"));
}
