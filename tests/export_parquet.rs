//! `auditctl export -o parquet`: what DuckDB and pyarrow read is what `-o ndjson` says, value for value.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![allow(clippy::print_stdout, reason = "the counts are what such a test is about")]

mod common;

use common::TestEnv;
use insta::assert_snapshot;

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_it_says_so() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("export -o parquet --to out.parquet"), @"
    ── stderr
    auditctl: error: this program was built without parquet
    hint: build it with `cargo build --release --features parquet`, or take another format
    ── status 2
    ");
    assert!(!env.path("out.parquet").exists());
}

#[cfg(feature = "parquet")]
mod written {
    use std::process::Command;

    use super::*;
    use common::{Missing, machine, skip};

    const COLUMNS: &str =
        "id,timestamp,action,model,record_id,details,user,username,method,path,status,request,response,decoded";

    /// Runs the reader over what was written; `None` where Python has no pyarrow and DuckDB.
    fn read_back(env: &TestEnv, pattern: &str, lines: &str) -> Option<String> {
        let python = machine::variable("AUDITCTL_TEST_PYTHON").unwrap_or_else(|| "python3".into());
        let has_both = Command::new(&python).args(["-c", "import duckdb, pyarrow"]).output().unwrap().status.success();
        if !has_both {
            skip(Missing::Python, "this Python has no duckdb and pyarrow");
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracles/parquet.py");
        let output = Command::new(python).arg(script).args([env.path(pattern), env.path(lines)]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8(output.stdout).unwrap())
    }

    #[test]
    fn is_what_json_says() {
        for env in [TestEnv::with_story(), TestEnv::with_demo()] {
            assert_eq!(env.run(&format!("export --columns {COLUMNS} --to all.ndjson")).status, 0);
            assert_eq!(env.run(&format!("export --columns {COLUMNS} -o parquet --to all.parquet")).status, 0);
            let Some(said) = read_back(&env, "all.parquet", "all.ndjson") else { return };
            println!("{said}");
            // By day, in folders; by a cursor, in two runs.
            let by_day = "export -o parquet --split-by day --to day={day}/{first}.parquet --cursor-file c";
            assert_eq!(env.run(&format!("{by_day} --columns {COLUMNS} --limit 7")).status, 0);
            assert_eq!(env.run(&format!("{by_day} --columns {COLUMNS}")).status, 0);
            read_back(&env, "day=*/*.parquet", "all.ndjson");
        }
    }

    #[test]
    fn what_is_not_of_its_type_is_said() {
        let env = TestEnv::with_story();
        env.lift_constraints();
        env.sql("UPDATE api_auditlog SET timestamp = 'never', user_id = 'somebody' WHERE id = 3");
        assert_snapshot!(env.run("export -o parquet --split-by day --to day={day}/e.parquet"), @"
        ── stderr
        warning: values that are not of their column's type were left empty, in timestamp, user
        18 entries exported to ./day=2026-11-20/e.parquet and 4 more files
        ── status 0
        ");
        assert!(env.path("day=__HIVE_DEFAULT_PARTITION__/e.parquet").exists());
    }

    #[test]
    fn is_not_compressed_twice() {
        let env = TestEnv::with_story();
        assert_snapshot!(env.run("export -o parquet --to out.parquet.gz"), @"
        ── stderr
        auditctl: error: parquet is compressed inside: 'out.parquet.gz' would be compressed twice
        hint: leave out the ending .gz or .zst
        ── status 2
        ");
        let ran = env.run("export -o parquet --model nothing");
        assert!(ran.stdout.starts_with(b"PAR1") && ran.stdout.ends_with(b"PAR1"), "a file without rows is one");
    }
}
