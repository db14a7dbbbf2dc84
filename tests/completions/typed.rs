//! What the program is given after a TAB: the shell itself says which words it reads off the line.

use super::common::{Missing, skip};
use super::place::Place;
use super::terminal::{Shell, Terminal};

/// Users whose names a shell would run, split, expand or take for something else. Each begins with two letters that
/// no other name begins with.
const STRANGE: &[&str] = &[
    "qa $(touch PWNED)",
    "qb`touch PWNED`",
    "qc;touch PWNED",
    "qd&&touch PWNED",
    "qe|tee PWNED",
    "qf>PWNED",
    "qg<x",
    "qh it's",
    "qi \"quoted\"",
    "qj\\back\\\\slash",
    "qk!!touch",
    "ql*",
    "qm?[a-z]",
    "qn{a,b}",
    "qo:b=c",
    "qp$HOME",
    "qq ends with ",
    "qr'\"$`\\ !",
    "qs(x)",
    "qt ends'",
    "qu ends\"",
    "qv ends\\",
    "qw^x^y",
    "qx%s%d%F{red}",
    "qy ñandú 😀",
    "qz --reveal",
    "xa@b,c",
    "xb#c",
    "xc~root",
    "xd\tx",
];

/// Starts a shell, or says that this test is skipped.
#[track_caller]
fn start(shell: Shell, place: &Place, setup: &str) -> Option<Terminal> {
    let terminal = Terminal::start(shell, place, setup);
    if terminal.is_none() {
        skip(Missing::Shell, &format!("{} or script(1) is not here", shell.program()));
    }
    terminal
}

#[track_caller]
fn check(shell: Shell, terminal: &mut Terminal, line: &str, expected: &[&str]) {
    let given = terminal.enter(shell, line);
    let given: Option<Vec<&str>> = given.as_ref().map(|words| words.iter().map(String::as_str).collect());
    assert_eq!(given.as_deref(), Some(expected), "{line} in {shell:?}");
}

fn strange_names(shell: Shell) {
    let place = Place::new("auditctl");
    place.add_users(&place.database(), STRANGE);
    let Some(mut terminal) = start(shell, &place, "") else { return };
    for name in STRANGE.iter().filter(|name| !name.contains('\t')) {
        let start = &name[..2];
        // In bash the program quotes; the others do it themselves, and are asked about what quotes are about.
        let is_about_quotes = shell == Shell::Bash || name.contains(['\'', '"', '\\', '$', '`', '!']);
        for quote in if is_about_quotes { &["", "'", "\""][..] } else { &[""] } {
            check(shell, &mut terminal, &format!("auditctl list --user {quote}{start}\t"), &["list", "--user", name]);
        }
        let whole = format!("--user={name}");
        check(shell, &mut terminal, &format!("auditctl list --user={start}\t"), &["list", &whole]);
        assert!(!place.path("work/PWNED").exists(), "{name}");
    }
    // A name with a control character is not offered.
    check(shell, &mut terminal, "auditctl list --user xd\t", &["list", "--user", "xd"]);
}

#[test]
fn no_name_is_run_or_changed_in_bash() {
    strange_names(Shell::Bash);
}

#[test]
fn no_name_is_run_or_changed_in_zsh() {
    strange_names(Shell::Zsh);
}

#[test]
fn no_name_is_run_or_changed_in_fish() {
    strange_names(Shell::Fish);
}

/// What a person types, and the words that come of it, in every shell.
const ORDINARY: &[(&str, &[&str])] = &[
    ("auditctl li\t--ord\t-ti\t", &["list", "--ordering", "-timestamp"]),
    ("auditctl list --ordering user,-ti\t", &["list", "--ordering", "user,-timestamp"]),
    ("auditctl list --columns=id,ti\t", &["list", "--columns=id,timestamp"]),
    ("auditctl list --user an\t--method po\t", &["list", "--user", "ana", "--method", "POST"]),
    ("auditctl list --user name:8\t", &["list", "--user", "name:88887777"]),
    ("auditctl list --user 8\t", &["list", "--user", "name:88887777"]),
    ("auditctl list --user josé\t", &["list", "--user", "josé.araya"]),
    ("auditctl list --model api\t", &["list", "--model", "API Request"]),
    ("auditctl list --model 'API\t", &["list", "--model", "API Request"]),
    ("auditctl list --model PURCH\t", &["list", "--model", "purchaseorders"]),
    ("auditctl list --model=purch\t", &["list", "--model=purchaseorders"]),
    ("auditctl list -o nd\t", &["list", "-o", "ndjson"]),
    ("auditctl list --timezone costa\t", &["list", "--timezone", "America/Costa_Rica"]),
    ("auditctl list --timezone=amer\tcosta\t", &["list", "--timezone=America/Costa_Rica"]),
    ("auditctl --profile bac\tconf\t", &["--profile", "backup", "config"]),
    ("auditctl --config 'a \tconfig", &["--config", "a file", "config"]),
    ("auditctl --config=a\t config", &["--config=a file", "config"]),
    ("auditctl demo su\t", &["demo", "sub folder/"]),
    ("auditctl completions fi\t", &["completions", "fish"]),
    ("auditctl man sh\t", &["man", "show"]),
    ("auditctl list --user nobody-has-this-name\t", &["list", "--user", "nobody-has-this-name"]),
];

fn ordinary_lines(shell: Shell) {
    let place = Place::new("auditctl");
    std::fs::create_dir_all(place.path(".config/auditctl")).unwrap();
    std::fs::write(place.path(".config/auditctl/config.toml"), "[profiles.backup]\n[profiles.prod]\n").unwrap();
    let Some(mut terminal) = start(shell, &place, "") else { return };
    for (line, words) in ORDINARY {
        // Shells put no slash, one, or none once the line is entered.
        let given = terminal.enter(shell, line).map(|words| words.join(" ").trim_end_matches('/').to_owned());
        assert_eq!(given.as_deref(), Some(words.join(" ").trim_end_matches('/')), "{line:?} in {shell:?}");
    }
}

#[test]
fn ordinary_lines_in_bash() {
    ordinary_lines(Shell::Bash);
}

#[test]
fn ordinary_lines_in_zsh() {
    ordinary_lines(Shell::Zsh);
}

#[test]
fn ordinary_lines_in_fish() {
    ordinary_lines(Shell::Fish);
}

/// Each shell says in its own way that a variable holds a database.
fn the_database_of_the_line(shell: Shell) {
    let place = Place::new("auditctl");
    std::fs::create_dir_all(place.path("other db")).unwrap();
    let other = place.path("other db/db.sqlite3");
    std::fs::copy(place.database(), &other).unwrap();
    place.add_users(&other, &["only-in-the-other"]);
    let other = other.to_str().unwrap();
    let setup = match shell {
        Shell::Fish => format!("set DB '{other}'"),
        Shell::Bash | Shell::Zsh => format!("DB='{other}'"),
    };
    let Some(mut terminal) = start(shell, &place, &setup) else { return };
    let relative = "../other db/db.sqlite3";
    // What the program is given in the end is the shell's to say; completion has to have read the same.
    for (database, given) in [
        (format!("'{other}'"), other),
        (other.replace(' ', "\\ "), other),
        (format!("\"{relative}\""), relative),
        ("\"$DB\"".to_owned(), other),
        ("~/'other db/db.sqlite3'".to_owned(), other),
    ] {
        let line = format!("auditctl --database {database} list --user only\t");
        check(shell, &mut terminal, &line, &["--database", given, "list", "--user", "only-in-the-other"]);
    }
    check(shell, &mut terminal, "auditctl list --user only\t", &["list", "--user", "only"]);
    // A command substitution is not run, and nobody else's names are offered in its place.
    let line = "auditctl --database \"$(touch PWNED)\" list --user an\t\u{15}auditctl done";
    check(shell, &mut terminal, line, &["done"]);
    assert!(!place.path("work/PWNED").exists());
}

#[test]
fn the_database_of_the_line_in_bash() {
    the_database_of_the_line(Shell::Bash);
}

#[test]
fn the_database_of_the_line_in_zsh() {
    the_database_of_the_line(Shell::Zsh);
}

#[test]
fn the_database_of_the_line_in_fish() {
    the_database_of_the_line(Shell::Fish);
}

/// Many take the colon or the equals sign out of the characters at which bash breaks words.
#[test]
fn bash_may_break_words_where_it_likes() {
    let place = Place::new("auditctl");
    place.add_users(&place.database(), &["9:30=x y"]);
    for setup in
        ["", "COMP_WORDBREAKS=${COMP_WORDBREAKS//:}", "COMP_WORDBREAKS=${COMP_WORDBREAKS//=}", "COMP_WORDBREAKS=' '"]
    {
        let Some(mut terminal) = start(Shell::Bash, &place, setup) else { return };
        for (line, words) in [
            ("auditctl list --user name:88\t", &["list", "--user", "name:88887777"]),
            ("auditctl list --user=name:88\t", &["list", "--user=name:88887777", ""]),
            ("auditctl list --user 9:3\t", &["list", "--user", "9:30=x y"]),
            ("auditctl list --user 9:30=\t", &["list", "--user", "9:30=x y"]),
            ("auditctl list --user '9:30=\t", &["list", "--user", "9:30=x y"]),
            ("auditctl list --user name:9:\t", &["list", "--user", "name:9:30=x y"]),
        ] {
            let words: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty()).collect();
            check(Shell::Bash, &mut terminal, line, &words);
        }
    }
}

/// The cursor in the middle: what stands after it counts, and stays.
#[test]
fn what_stands_after_the_cursor_counts() {
    let place = Place::new("auditctl");
    let other = place.path("other.sqlite3");
    std::fs::copy(place.database(), &other).unwrap();
    place.add_users(&other, &["only-in-the-other"]);
    // fish keeps it to itself.
    for shell in [Shell::Bash, Shell::Zsh] {
        // zsh can also load the script by hand.
        let setup = format!("source <({} completions {})", place.real().display(), shell.program());
        let Some(mut terminal) = start(shell, &place, &setup) else { continue };
        let rest = " --database ../other.sqlite3";
        let back = "\u{2}".repeat(rest.len());
        let line = format!("auditctl list --user only{rest}{back}\t");
        let words = ["list", "--user", "only-in-the-other", "--database", "../other.sqlite3"];
        check(shell, &mut terminal, &line, &words);
    }
}
