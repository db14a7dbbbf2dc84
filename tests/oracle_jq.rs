//! The filters of `parse` against jq: over the same records, both keep the same ones.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::process::{Command, Stdio};

use common::{Missing, TestEnv, machine, skip};

#[test]
fn jq_keeps_the_same_records() {
    let Some(jq) = machine::program("jq") else { return skip(Missing::Tool, "there is no jq") };
    let env = TestEnv::with_demo();
    let all = env.run("parse -o ndjson --reveal");
    assert_eq!(all.status, 0, "{all}");
    std::fs::write(env.path("all.ndjson"), &all.stdout).unwrap();
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
        let ours = env.run(&format!("parse -o ndjson --reveal {options}"));
        let mut command = Command::new(&jq);
        let output = command.args(["-c", &format!("select({filter})")]).arg(env.path("all.ndjson"));
        let output = output.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // jq prints numbers in its own way: records are told by their text.
        let records = |bytes: &[u8]| -> Vec<[String; 2]> {
            let all = serde_json::Deserializer::from_slice(bytes).into_iter::<serde_json::Value>();
            all.map(Result::unwrap)
                .map(|record| ["timestamp", "message"].map(|name| record[name].to_string()))
                .collect()
        };
        let (ours, theirs) = (records(&ours.stdout), records(&output.stdout));
        let differs = ours.iter().zip(&theirs).position(|(a, b)| a != b);
        assert_eq!((ours.len(), differs), (theirs.len(), None), "{options}");
    }
}
