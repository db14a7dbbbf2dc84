//! What is offered where, in bash and in fish, which both tell without a terminal.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use auditctl::cli::Cli;
use auditctl::output::EntryColumn;
use auditctl::query::{Field, UserSpec, Zone};
use clap::CommandFactory;
use rusqlite::Connection;

use super::common::{Missing, skip};
use super::place::Place;

/// Users of the demo, as `--user` takes them.
const USERS: &[&str] = &[
    "name:88887777",
    "ana",
    "directora",
    "gerardo",
    "josé.araya",
    "juergen",
    "kiosco",
    "luis.mora",
    "marisol",
    "mei.chen",
    "sean",
    "valeria",
    "none",
];

/// The last word of a line, which is what bash replaces where nothing in it is quoted.
fn last_word(line: &str) -> &str {
    &line[line.rfind([' ', '=', ':']).map_or(0, |at| at + 1)..]
}

/// What both shells offer. A word after `=` is completed alone in bash, and with its option in fish.
#[track_caller]
fn offered(place: &Place, line: &str, setup: &str) -> Vec<String> {
    let bash = place.bash(line, last_word(line), setup);
    let Some(fish) = place.fish(line, setup) else {
        skip(Missing::Shell, "fish is not here");
        return bash;
    };
    let whole = line.rfind(' ').map_or(line, |at| &line[at + 1..]);
    let front = whole.strip_suffix(last_word(line)).unwrap_or_default();
    // fish lists options by their first letters, and values in its own order.
    let in_fish: BTreeSet<&str> = fish.iter().map(|word| word.strip_prefix(front).unwrap_or(word)).collect();
    let in_bash: BTreeSet<&str> = bash.iter().map(|word| word.trim_matches('\'')).collect();
    assert_eq!(in_bash, in_fish, "{line}");
    bash
}

#[track_caller]
fn check(place: &Place, line: &str, expected: &[&str]) {
    assert_eq!(offered(place, line, ""), expected, "{line}");
}

#[test]
fn verbs_options_and_fixed_values() {
    let place = Place::new("auditctl");
    let verbs = verbs();
    let verbs: Vec<&str> = verbs.iter().map(String::as_str).collect();
    check(&place, "auditctl ", &[&verbs[..], &["help"]].concat());
    check(&place, "auditctl sho", &["show"]);
    check(&place, "auditctl man ", &verbs);
    check(&place, "auditctl completions ", &["bash", "zsh", "fish", "elvish", "powershell"]);
    check(&place, "auditctl list --o", &["--ordering", "--offset", "--output"]);
    check(&place, "auditctl list -o ", &["table", "json", "ndjson", "csv", "tsv"]);
    check(&place, "auditctl --color=a", &["auto", "always"]);
    check(&place, "auditctl list --since ye", &["yesterday"]);
    check(&place, "auditctl list --status 4", &["4xx"]);
    check(&place, "auditctl list --limit ", &[]);
    check(&place, "auditctl list --search ", &[]);
    check(
        &place,
        "auditctl show ",
        &["--output", "--raw"].into_iter().chain(GLOBAL.iter().copied()).collect::<Vec<_>>(),
    );
}

/// The verbs that are offered, in the order of the help.
fn verbs() -> Vec<String> {
    let command = Cli::command();
    command.get_subcommands().filter(|verb| !verb.is_hide_set()).map(|verb| verb.get_name().to_owned()).collect()
}

/// The global options in the order of the help.
const GLOBAL: &[&str] = &[
    "--database",
    "--profile",
    "--config",
    "--log-dir",
    "--timezone",
    "--utc",
    "--log-timezone",
    "--audit-table",
    "--reveal",
    "--color",
    "--quiet",
    "--verbose",
    "--help",
];

#[test]
fn what_is_on_the_line_is_not_offered_again_nor_what_contradicts_it() {
    let place = Place::new("auditctl");
    check(&place, "auditctl list --user 5 --user 6 --u", &["--user", "--until", "--utc"]);
    check(&place, "auditctl list --until today --u", &["--user", "--utc"]);
    check(&place, "auditctl --utc list --u", &["--user", "--until"]);
    check(&place, "auditctl list --offset 3 --pa", &["--path"]);
    check(&place, "auditctl list --count --l", &["--log-dir", "--log-timezone"]);
    check(&place, "auditctl list --columns id,ti", &["id,timestamp"]);
    check(&place, "auditctl doctor --columns re", &["remedy"]);
    check(&place, "auditctl doctor --only table.s", &["table.schema", "table.secrets"]);
    check(
        &place,
        "auditctl doctor --skip time,table",
        &["time,table", "time,table.schema", "time,table.index", "time,table.secrets"],
    );
    check(&place, "auditctl list --columns id,status,me", &["id,status,method"]);
    check(&place, "auditctl list --columns=user,user", &["user,username"]);
    check(&place, "auditctl list --method get,p", &["get,POST", "get,PUT", "get,PATCH"]);
    check(&place, "auditctl list --ordering -id,u", &["-id,user"]);
    check(&place, "auditctl list --ordering -timestamp,ti", &[]);
}

#[test]
fn columns_and_fields() {
    let place = Place::new("auditctl");
    check(&place, "auditctl list --columns ", &EntryColumn::ALL.map(EntryColumn::name));
    check(&place, "auditctl versions purchaseorders --columns id,obj", &["id,object_id", "id,object_repr"]);
    check(&place, "auditctl blame payments 1 --columns f", &["field"]);
    check(&place, "auditctl history payments 1 --columns su", &["summary"]);
    check(&place, "auditctl deleted --columns da", &["date_created"]);
    check(&place, "auditctl models --columns a", &[]);
    let fields = Field::ALL.map(Field::name);
    let descending = fields.map(|field| format!("-{field}"));
    let both: Vec<_> = fields.into_iter().chain(descending.iter().map(String::as_str)).collect();
    check(&place, "auditctl list --ordering ", &both);
    check(&place, "auditctl stats --by day --ordering da", &["day"]);
    check(&place, "auditctl stats --by day --ordering -sh", &["-share"]);
    check(&place, "auditctl list --ordering=-", &descending.iter().map(String::as_str).collect::<Vec<_>>());
}

/// Options of these names mean something else there than with audit entries.
#[test]
fn what_logs_have() {
    let place = Place::new("auditctl");
    check(&place, "auditctl rotate --method ", &["collapse", "rename", "copytruncate"]);
    check(
        &place,
        "auditctl rotate --columns file,",
        &["size", "action", "method", "backup", "removed"]
            .map(|name| format!("file,{name}"))
            .each_ref()
            .map(String::as_str),
    );
    check(&place, "auditctl parse --columns line", &["line", "line_number"]);
    check(&place, "auditctl parse --columns level,user", &["level,user_id", "level,user_email"]);
    check(&place, "auditctl parse --ordering -l", &["-logger", "-level", "-line", "-line_number"]);
    check(
        &place,
        "auditctl parse --by event_type,m",
        &["event_type,module", "event_type,message", "event_type,model", "event_type,month"],
    );
    check(&place, "auditctl parse --event PAY", &["PAYMENT_SUCCESS", "PAYMENT_FAILED"]);
    check(&place, "auditctl parse --level w", &["WARNING", "WARNING+"]);
    check(&place, "auditctl parse --level ERROR,D", &["ERROR,DEBUG", "ERROR,DEBUG+"]);
    check(&place, "auditctl parse --logger p", &["purchase_audit", "payments", "purchase_orders"]);
    check(&place, "auditctl parse --model ", &["PurchaseOrders", "Payments"]);
    check(&place, "auditctl parse --where lin", &["line", "line_number"]);
    // Records name users by id or address.
    check(&place, "auditctl parse --user ", &[]);
    // What is offered is taken.
    for option in ["--columns", "--ordering", "--by"] {
        for word in offered(&place, &format!("auditctl parse {option} "), "") {
            let mut command = place.command(place.real().to_str().unwrap());
            let output = command.args(["parse", &format!("{option}={word}"), "/dev/null"]).output().unwrap();
            assert!(output.status.success(), "{option} {word}: {output:?}");
        }
    }
}

#[test]
fn zones_a_level_at_a_time() {
    let place = Place::new("auditctl");
    let top = offered(&place, "auditctl --timezone ", "");
    assert!(
        top.len() < 70 && ["America/", "Europe/", "UTC", "machine"].iter().all(|word| top.iter().any(|w| w == word)),
        "{top:?}"
    );
    check(&place, "auditctl --timezone america/arg", &["America/Argentina/"]);
    check(&place, "auditctl --log-timezone Europe/Mad", &["Europe/Madrid"]);
    check(&place, "auditctl --timezone costa", &["America/Costa_Rica"]);
    // Whatever is offered is a zone, or goes on.
    let mut open = vec![String::new()];
    let mut count = 0;
    while let Some(start) = open.pop() {
        for word in place.bash(&format!("auditctl --timezone {start}"), &start, "") {
            match word.ends_with('/') {
                true => open.push(word),
                false => {
                    assert!(Zone::parse(&word).is_ok(), "{word}");
                    count += 1;
                }
            }
        }
    }
    assert!(count > 500, "{count} zones");
}

#[test]
fn users_and_models_of_the_database() {
    let place = Place::new("auditctl");
    check(&place, "auditctl list --user ", USERS);
    check(&place, "auditctl list --user=m", &["marisol", "mei.chen"]);
    check(&place, "auditctl list --user n", &["none"]);
    check(&place, "auditctl list --user name:8", &["88887777"]);
    check(&place, "auditctl list --model p", &["payments", "permission", "purchaseorders"]);
    check(&place, "auditctl list --model api", &["'API Request'"]);
    // They are the models there are, whatever the audit table holds.
    let models = offered(&place, "auditctl list --model ", "");
    let database = Connection::open(place.database()).unwrap();
    let mut wanted: Vec<String> = database
        .prepare("SELECT DISTINCT model FROM django_content_type ORDER BY model")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    wanted.push("'API Request'".to_owned());
    assert_eq!(models, wanted);
}

/// Whatever the name of a user is, the word that is offered means that user to the program.
#[test]
fn each_word_means_its_user() {
    let place = Place::new("auditctl");
    let strange = ["12345", "007", "none", "None", "name:5", "name:", "-rf", "--reveal", "5a", "٥", " ", "a b"];
    place.add_users(&place.database(), &strange);
    let database = Connection::open(place.database()).unwrap();
    let names: BTreeSet<String> = database
        .prepare("SELECT username FROM auth_user")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    // The program's own words, before a shell sees them.
    let answer = place.ask("fish", b"wauditctl\0wlist\0w--user\0c\0");
    let answer = String::from_utf8(answer.stdout).unwrap();
    let words: Vec<&str> = answer.lines().skip(1).map(|line| line.split('\t').next().unwrap()).collect();
    let meant: Vec<UserSpec> = words.iter().map(|word| UserSpec::parse(word).unwrap()).collect();
    let meant_names: BTreeSet<String> = meant
        .iter()
        .filter_map(|spec| match spec {
            UserSpec::Name(name) => Some(name.clone()),
            UserSpec::Id(_) | UserSpec::Anonymous => None,
        })
        .collect();
    assert_eq!(meant_names, names);
    assert_eq!(meant.iter().filter(|spec| **spec == UserSpec::Anonymous).count(), 1);
    for word in words {
        let output =
            place.command(place.real().to_str().unwrap()).args(["list", "--count", "--user", word]).output().unwrap();
        assert!(output.status.success(), "{word}: {output:?}");
    }
}

#[test]
fn too_many_users_to_choose_from() {
    let place = Place::new("auditctl");
    let database = Connection::open(place.database()).unwrap();
    database
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
             INSERT INTO auth_user (password, is_superuser, username, last_name, email, is_staff, is_active, date_joined, first_name)
             SELECT '', 0, printf('visitor%05d', i), '', '', 0, 1, '2026-11-23 00:00:00', '' FROM n",
        )
        .unwrap();
    // What bash types is what all candidates have in common: of some of them it would be too much.
    check(&place, "auditctl list --user ", &[]);
    assert_eq!(offered(&place, "auditctl list --user v", "").len(), 5000);
    assert_eq!(offered(&place, "auditctl list --user visitor0498", "").len(), 10);
}

/// A second database whose only ordinary user has this name.
fn other_database(place: &Place, file: &Path, name: &str) {
    fs::copy(place.database(), file).unwrap();
    place.add_users(file, &[name]);
}

#[test]
fn the_database_and_the_profiles_are_those_of_a_run() {
    let place = Place::new("auditctl");
    let other = place.path("other.sqlite3");
    other_database(&place, &other, "zz-other");
    let config = place.path("own.toml");
    fs::write(
        &config,
        format!("default_profile = 'here'\n[profiles.here]\ndatabase = '{}'\n[profiles.bare]\n", other.display()),
    )
    .unwrap();
    let (other, config) = (other.to_str().unwrap(), config.to_str().unwrap());
    for (line, setup, expected) in [
        ("auditctl list --user zz".to_owned(), String::new(), &[][..]),
        (format!("auditctl --database {other} list --user zz"), String::new(), &["zz-other"]),
        (format!("auditctl list --database={other} --user zz"), String::new(), &["zz-other"]),
        (format!("auditctl --config {config} --profile here list --user zz"), String::new(), &["zz-other"]),
        (
            "auditctl --profile here list --user zz".to_owned(),
            format!("export AUDITCTL_CONFIG={config}"),
            &["zz-other"],
        ),
        ("auditctl list --user zz".to_owned(), format!("export AUDITCTL_DATABASE={other}"), &["zz-other"]),
        (
            "auditctl list --user zz".to_owned(),
            format!("export AUDITCTL_CONFIG={config} AUDITCTL_DATABASE="),
            &["zz-other"],
        ),
        ("auditctl --database ../other.sqlite3 list --user zz".to_owned(), String::new(), &["zz-other"]),
        ("auditctl --database $NOWHERE list --user a".to_owned(), String::new(), &[]),
        ("auditctl --database /nowhere list --user a".to_owned(), String::new(), &[]),
        ("auditctl --profile nowhere list --user a".to_owned(), String::new(), &[]),
        ("auditctl --database a --database b list --user a".to_owned(), String::new(), &[]),
        (format!("auditctl --config {config} --profile "), String::new(), &["bare", "here"]),
        ("auditctl --profile ".to_owned(), String::new(), &[]),
    ] {
        // `set -x` of fish in the words of bash.
        let fish = "function export; for pair in $argv; set -gx (string split -m1 = $pair); end; end";
        assert_eq!(place.bash(&line, last_word(&line), &setup), expected, "{line} {setup}");
        if let Some(offered) = place.fish(&line, &format!("{fish}\n{setup}")) {
            assert_eq!(offered, expected, "{line} {setup} in fish");
        }
    }
}

#[test]
fn the_program_goes_by_the_name_it_has() {
    let place = Place::new("park-audit");
    let script = place.command(place.real().to_str().unwrap()).args(["completions", "bash"]).output().unwrap();
    let script = String::from_utf8(script.stdout).unwrap();
    assert!(script.contains("complete -o nosort -F _park_audit_complete park-audit"), "{script}");
    let expected = ["'API Request'"];
    let line = "park-audit list --model API";
    let bash = format!(
        "source <({} completions bash)\nCOMP_LINE='{line}' COMP_POINT={}\n_park_audit_complete park-audit API ''\necho \"${{COMPREPLY[@]}}\"",
        place.real().display(),
        line.len()
    );
    let output = place.command("bash").args(["--norc", "-c", &bash]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected[0], "{output:?}");
    match place.fish(line, "") {
        Some(offered) => assert_eq!(offered, ["API Request"]),
        None => skip(Missing::Shell, "fish is not here"),
    }
}
