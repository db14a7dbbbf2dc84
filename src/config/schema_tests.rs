//! The schema, the mistakes that can be made in it, and how each is named.

use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::{Document, PROFILE_KEYS, Size, read};
use crate::config::{ConfigError, LogPolicy};
use crate::query::Zone;

fn parse(text: &str) -> Result<Document, ConfigError> {
    read(Path::new("config.toml"), Path::new("/etc/auditctl"), text)
}

const WHOLE: &str = r#"
default_profile = "prod"
[profiles.prod]
database = "postgres://auditor@db/park"
password_command = "pass show park/db"
log_dir = "/srv/park/logs"
timezone = "America/Costa_Rica"
service_timezone = "UTC"
redact = { add = ["iban"], remove = ["pan"] }
audit_table = "park_auditlog"
[profiles.prod.logs."audit.log"]
max_size = "20MiB"
keep = 10
[profiles.prod.models."api.payments"]
table = "park_payments"
columns = { status = "state" }
defaults = { channel = "WEB", tries = 0x1_0, rate = 0.5, open = true, day = 2026-11-23, tags = ["a", { b = 1 }] }
symmetrical = { rivals = true, suppliers = false }
[profiles.here]
database = "park.sqlite3"
log_dir = "logs"
"#;

#[test]
fn the_whole_schema() {
    let document = parse(WHOLE).unwrap();
    assert_eq!(document.default_profile.as_deref(), Some("prod"));
    let prod = &document.profiles["prod"];
    assert_eq!(prod.database.as_ref().unwrap().to_string(), "postgres://auditor@db/park");
    assert_eq!(prod.password_command.as_deref(), Some("pass show park/db"));
    assert_eq!(prod.log_dir.as_deref(), Some(Path::new("/srv/park/logs")));
    assert_eq!(prod.zone, Some(Zone::parse("America/Costa_Rica").unwrap()));
    assert_eq!(prod.log_zone, Some(Zone::parse("UTC").unwrap()));
    assert_eq!(
        (prod.redact.add.as_slice(), prod.redact.remove.as_slice()),
        (&["iban".into()][..], &["pan".into()][..])
    );
    assert_eq!(prod.audit_table.as_deref(), Some("park_auditlog"));
    assert_eq!(prod.logs["audit.log"], LogPolicy { max_size: Some(Size(20 << 20)), keep: Some(10) });
    let payments = &prod.models["api.payments"];
    assert_eq!(payments.table.as_deref(), Some("park_payments"));
    assert_eq!(payments.columns["status"], "state");
    assert_eq!(
        serde_json::to_value(&payments.defaults).unwrap(),
        json!({"channel": "WEB", "tries": 16, "rate": 0.5, "open": true, "day": "2026-11-23", "tags": ["a", {"b": 1}]})
    );
    assert_eq!((payments.symmetrical["rivals"], payments.symmetrical["suppliers"]), (true, false));
    let here = &document.profiles["here"];
    assert_eq!(here.database.as_ref().unwrap().to_string(), "/etc/auditctl/park.sqlite3", "from the file's folder");
    assert_eq!(here.log_dir.as_deref(), Some(Path::new("/etc/auditctl/logs")));
}

#[test]
fn mistakes_are_named_with_file_line_and_key() {
    for (text, message, hint) in [
        (
            "\n\ndefault_profil = 1",
            "config.toml:3: unknown key `default_profil`",
            Some("did you mean `default_profile`?"),
        ),
        ("color = 1", "config.toml:1: unknown key `color`", Some("known here: default_profile, profiles")),
        (
            "timezone = 'UTC'",
            "config.toml:1: unknown key `timezone`",
            Some("it belongs into a profile, below a line such as [profiles.prod]"),
        ),
        (
            "[profiles.prod]\ndatabse = 'x'\nzzz = 1",
            "config.toml:2: unknown key `profiles.prod.databse`",
            Some("did you mean `database`?"),
        ),
        (
            "[profiles.prod]\nreveal = true",
            "config.toml:2: unknown key `profiles.prod.reveal`",
            Some("secrets are shown by the option --reveal alone"),
        ),
        (
            "profiles.prod.redact.ad = []",
            "config.toml:1: unknown key `profiles.prod.redact.ad`",
            Some("did you mean `add`?"),
        ),
        (
            "[profiles.p.logs.'audit.log']\nmax_sise=1",
            "config.toml:2: unknown key `profiles.p.logs.\"audit.log\".max_sise`",
            Some("did you mean `max_size`?"),
        ),
        (
            "[profiles.p.models.'a.b']\ncolumn={}",
            "config.toml:2: unknown key `profiles.p.models.\"a.b\".column`",
            Some("did you mean `columns`?"),
        ),
        ("profiles = 1", "config.toml:1: `profiles` takes a table, not an integer", None),
        ("profiles.prod = 'x'", "config.toml:1: `profiles.prod` takes a table, not a string", None),
        ("default_profile = true", "config.toml:1: `default_profile` takes a string, not a boolean", None),
        ("profiles.p.database = 5", "config.toml:1: `profiles.p.database` takes a string, not an integer", None),
        (
            "profiles.p.redact.add = 'x'",
            "config.toml:1: `profiles.p.redact.add` takes an array of strings, not a string",
            None,
        ),
        (
            "profiles.p.redact.add = [\n'x',\n1]",
            "config.toml:3: `profiles.p.redact.add` takes an array of strings, not an integer",
            None,
        ),
        ("profiles.p.redact.add = ['']", "config.toml:1: `profiles.p.redact.add`: one of the words is empty", None),
        ("profiles.p.audit_table = ' '", "config.toml:1: `profiles.p.audit_table`: the value is empty", None),
        (
            "profiles.p.log_dir = '~/logs'",
            "config.toml:1: `profiles.p.log_dir`: only a shell replaces a leading `~`: write the path in full",
            None,
        ),
        (
            "profiles.p.database = 'postgres://u:hunter2@db'",
            "config.toml:1: `profiles.p.database`: the URL names no database: write postgres://user@host/name",
            None,
        ),
        (
            "profiles.p.models.payments = {}",
            "config.toml:1: `profiles.p.models.payments`: a model is named with its app in one quoted key, such as models.\"api.payments\"",
            None,
        ),
        (
            "profiles.p.models.'a.b'.symmetrical.x = 1",
            "config.toml:1: `profiles.p.models.\"a.b\".symmetrical.x` takes true or false, not an integer",
            None,
        ),
        (
            "profiles.p.models.'a.b'.defaults.x = inf",
            "config.toml:1: `profiles.p.models.\"a.b\".defaults.x`: the number is not finite: write it as a string",
            None,
        ),
        (
            "profiles.p.models.'a.b'.defaults.x = 9223372036854775808",
            "config.toml:1: `profiles.p.models.\"a.b\".defaults.x`: the integer takes more than 64 bits: write it as a string",
            None,
        ),
        (
            "profiles.p.models.'a.b'.columns.x = 1",
            "config.toml:1: `profiles.p.models.\"a.b\".columns.x` takes a string, not an integer",
            None,
        ),
        ("profiles.'' = {}", "config.toml:1: `profiles.\"\"`: a profile needs a name", None),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!(error.to_string(), message);
        assert_eq!(error.hint().as_deref(), hint, "{text}");
    }
}

#[test]
fn sizes_and_counts_are_checked() {
    let log = |line: &str| parse(&format!("[profiles.p.logs.'audit.log']\n{line}"));
    for line in ["max_size = '20MiB'", "max_size = 20971520", "keep = 1", "keep = 9999"] {
        log(line).expect(line);
    }
    for line in [
        "max_size = 0",
        "max_size = -1",
        "max_size = 'big'",
        "max_size = 1.5",
        "keep = 0",
        "keep = -1",
        "keep = 10000",
        "keep = '1'",
    ] {
        let error = log(line).expect_err(line).to_string();
        assert!(error.starts_with("config.toml:2: `profiles.p.logs.\"audit.log\"."), "{error}");
    }
}

#[test]
fn zones_are_checked() {
    let error = parse("[profiles.p]\ntimezone = 'America/Costarica'").unwrap_err().to_string();
    assert!(
        error.starts_with("config.toml:2: `profiles.p.timezone`: ") && error.contains("America/Costarica"),
        "{error}"
    );
}

#[test]
fn what_is_no_toml_is_named_with_its_line_and_without_its_text() {
    for text in [
        "[profiles.p]\ndatabase = \"postgres://u:hunter2@db/park",
        "[profiles.p]\ndatabase = postgres://u:hunter2@db/park",
        "[profiles.p]\ndatabase = 'postgres://u:hunter2@db/park' x",
    ] {
        let error = parse(text).expect_err(text).to_string();
        assert!(error.starts_with("config.toml:2: ") && !error.contains("hunter2"), "{error}");
    }
    assert!(parse("profiles.p = 1\nprofiles.p = 2").unwrap_err().to_string().starts_with("config.toml:2: "));
    let deep = format!("x = {}", "[".repeat(100_000));
    assert!(matches!(parse(&deep), Err(ConfigError::Syntax { .. })));
}

#[test]
fn every_key_refuses_a_value_of_another_type() {
    for key in PROFILE_KEYS {
        let error = parse(&format!("[profiles.p]\n{key} = 1979-05-27")).unwrap_err();
        assert!(matches!(error, ConfigError::WrongType { found: "a date or time", .. }), "{error}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\[profiles.p\\]\n)?([a-z_.]{1,9} = [\\[{'\"a-z0-9:. ]{0,9}\n){0,4}") {
        let _ = parse(&text);
    }
}
