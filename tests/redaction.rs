//! Secrets are masked in every output of every verb, unless `--reveal` is given.

mod common;

use common::TestEnv;

/// What is secret in entries 8 and 9, and what is not.
const SECRETS: [&str; 5] = ["caoba", "roja", "verde", "eyJhbGciOiJIUzI1NiJ9", "abc123def456"];
const KNOWN: [&str; 3] = ["ana", "Credenciales", "/api/login/"];

const LINES: [&str; 16] = [
    "list --path /api/login/ --columns id,details",
    "list --path /api/login/ --columns request,response",
    "list --path /api/login/ -o json",
    "list --path /api/login/ -o json --columns request,response,details",
    "list --path /api/login/ -o ndjson",
    "list --path /api/login/ -o csv",
    "list --path /api/login/ -o csv --columns request,response",
    "list --path /api/login/ -o tsv",
    "list --path /api/login/ -o tsv --columns request,response",
    "list --ordering details --path /api/login/ -o json",
    "list --search caoba -o json",
    "show 8 9",
    "show 8 9 --color always",
    "show 8 9 -o json",
    "show 8 9 -o csv",
    "show 8 9 -o tsv",
];

#[test]
fn secrets_are_masked_everywhere() {
    let mut env = TestEnv::with_story();
    // No variable turns it off.
    env.set("AUDITCTL_REVEAL", "1");
    for line in LINES {
        for ran in [env.run(line), env.run_on_terminal(200, line)] {
            let shown = ran.to_string();
            assert_eq!(ran.status, 0, "{line}\n{shown}");
            for secret in SECRETS {
                assert!(!shown.contains(secret), "{line} shows {secret}\n{shown}");
            }
            assert!(shown.contains("[redacted]"), "{line}\n{shown}");
            assert!(KNOWN.iter().any(|known| shown.contains(known)), "{line} masks too much\n{shown}");
        }
    }
}

#[test]
fn reveal_shows_them() {
    let env = TestEnv::with_story();
    for line in LINES {
        let shown = env.run(&format!("{line} --reveal")).to_string();
        for secret in SECRETS {
            assert!(shown.contains(secret), "{line} hides {secret}\n{shown}");
        }
        assert!(!shown.contains("[redacted]"), "{line}\n{shown}");
    }
}
