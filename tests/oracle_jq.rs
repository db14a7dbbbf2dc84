//! The filters of `parse` against jq: over the same records, both keep the same ones.
//!
//! `AUDITCTL_TEST_SEED` makes other expressions.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use common::{Dice, Missing, TestEnv, machine, skip};

/// Random expressions that are asked of both.
const EXPRESSIONS: usize = 60;

/// The demo's records, and jq.
struct Oracle {
    env: TestEnv,
    jq: PathBuf,
}

impl Oracle {
    fn new() -> Option<Self> {
        let Some(jq) = machine::program("jq") else {
            skip(Missing::Tool, "there is no jq");
            return None;
        };
        let env = TestEnv::with_demo();
        let all = env.run("parse -o ndjson --reveal");
        assert_eq!(all.status, 0, "{all}");
        std::fs::write(env.path("all.ndjson"), &all.stdout).unwrap();
        Some(Oracle { env, jq })
    }

    /// Compares what is kept by these options and by this filter of jq; how many records that is.
    fn compare(&self, options: &str, filter: &str) -> usize {
        let ours = self.env.run(&format!("parse -o ndjson --reveal {options}"));
        assert_eq!(ours.status, 0, "{options}: {ours}");
        let mut command = Command::new(&self.jq);
        let output = command.args(["-c", &format!("select({filter})")]).arg(self.env.path("all.ndjson"));
        let output = output.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{filter}: {}", String::from_utf8_lossy(&output.stderr));
        // jq prints numbers in its own way: records are told by their text.
        let records = |bytes: &[u8]| -> Vec<[String; 2]> {
            let all = serde_json::Deserializer::from_slice(bytes).into_iter::<serde_json::Value>();
            all.map(Result::unwrap)
                .map(|record| ["timestamp", "message"].map(|name| record[name].to_string()))
                .collect()
        };
        let (ours, theirs) = (records(&ours.stdout), records(&output.stdout));
        let differs = ours.iter().zip(&theirs).position(|(a, b)| a != b);
        assert_eq!((ours.len(), differs), (theirs.len(), None), "{options}, {filter}");
        theirs.len()
    }
}

#[test]
fn jq_keeps_the_same_records() {
    let Some(oracle) = Oracle::new() else { return };
    for (options, filter) in [
        ("--event UPDATE", r#".event.event_type == "UPDATE""#),
        (
            "--event CREATE,DELETE --model payments",
            r#"(.event.event_type | IN("CREATE", "DELETE")) and .event.model == "Payments""#,
        ),
        ("--level WARNING+", r#".level | IN("WARNING", "ERROR", "CRITICAL")"#),
        ("--logger purchase_audit,payments", r#".logger | IN("purchase_audit", "payments")"#),
        ("--user none", ".event.user_id == null and .event.user_email == null"),
        ("--search pago", r#".message | ascii_downcase | contains("pago")"#),
        ("--where 'changes.status.to = PAID'", r#".event.changes.status.to == "PAID""#),
        ("--where 'event is null'", ".event == null"),
        (
            "--where 'not (event_type = CREATE or level = INFO)'",
            r#"(.event.event_type == "CREATE" or .level == "INFO") | not"#,
        ),
        (
            "--where 'instance_id > 20 and instance_id <= 60'",
            r#"(.event.instance_id | type) == "number" and .event.instance_id > 20 and .event.instance_id <= 60"#,
        ),
        ("--where 'function =~ \"^log_\"'", r#".function // "" | test("^log_")"#),
    ] {
        oracle.compare(options, filter);
    }
}

/// Tests, each as an expression and for jq.
const TESTS: [(&str, &str); 18] = [
    ("event_type = UPDATE", r#".event.event_type == "UPDATE""#),
    ("event_type in (CREATE, DELETE)", r#"(.event.event_type | IN("CREATE", "DELETE"))"#),
    ("event_type is null", ".event.event_type == null"),
    ("event_type != UPDATE", r#"(.event.event_type != null and .event.event_type != "UPDATE")"#),
    ("level in (WARNING, ERROR)", r#"(.level | IN("WARNING", "ERROR"))"#),
    ("logger = payments", r#".logger == "payments""#),
    ("logger =~ \"^p.*s$\"", r#"(.logger | test("^p.*s$"))"#),
    ("function =~ \"^log_\"", r#"(.function // "" | test("^log_"))"#),
    ("instance_id > 20", r#"(.event.instance_id | type == "number" and . > 20)"#),
    ("instance_id <= 9", r#"(.event.instance_id | type == "number" and . <= 9)"#),
    ("instance_id in (3, 9, 27)", "(.event.instance_id | IN(3, 9, 27))"),
    ("user_id is null", ".event.user_id == null"),
    ("user_email ~ an", r#"(.event.user_email // "" | ascii_downcase | contains("an"))"#),
    ("changes.status.to = PAID", r#".event.changes.status.to == "PAID""#),
    ("changes.status.from in (PENDING, PAID)", r#"(.event.changes.status.from | IN("PENDING", "PAID"))"#),
    ("extra_data.visit_id is not null", ".event.extra_data.visit_id != null"),
    ("message ~ \"pago\"", r#"(.message | ascii_downcase | contains("pago"))"#),
    ("line > 50", r#"(.line | type == "number" and . > 50)"#),
];

fn expression(dice: &mut Dice, depth: usize) -> (String, String) {
    let kind = if depth == 0 { 3 } else { dice.below(4) };
    match kind {
        0 => {
            let (ours, theirs) = expression(dice, depth - 1);
            (format!("not ({ours})"), format!("({theirs} | not)"))
        }
        1 | 2 => {
            let word = ["and", "or"][kind - 1];
            let (a, b) = (expression(dice, depth - 1), expression(dice, depth - 1));
            (format!("({} {word} {})", a.0, b.0), format!("({} {word} {})", a.1, b.1))
        }
        _ => {
            let (ours, theirs) = *dice.picks(&TESTS);
            (ours.to_owned(), theirs.to_owned())
        }
    }
}

#[test]
fn jq_keeps_the_same_records_by_random_expressions() {
    let Some(oracle) = Oracle::new() else { return };
    let seed = machine::variable("AUDITCTL_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut dice = Dice(seed);
    let answered = (0..EXPRESSIONS).filter(|_| {
        let (ours, theirs) = expression(&mut dice, 4);
        oracle.compare(&format!("--where '{ours}'"), &theirs) > 0
    });
    assert!(answered.count() > EXPRESSIONS / 2);
}
