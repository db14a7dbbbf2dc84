//! Calls that are meant for the other auditctl, the one of the Linux kernel.

mod common;

use common::TestEnv;

fn run(arguments: &[&str]) -> (i32, String, String) {
    let env = TestEnv::empty();
    let ran = env.output(env.command(arguments));
    (ran.status, ran.text().to_owned(), ran.said().to_owned())
}

#[test]
fn each_flag_of_the_kernels_tool_is_told_where_that_is() {
    for flag in "aAbcCdDeFfiklmprRsStwW".chars() {
        let (status, stdout, stderr) = run(&[&format!("-{flag}")]);
        assert_eq!((status, stdout.as_str()), (2, ""), "-{flag}");
        assert_eq!(
            stderr,
            format!(
                "auditctl: error: -{flag} is an option of the Linux kernel's auditctl, which is /sbin/auditctl; this \
                 auditctl reads the audit entries, versions and logs of a Django service\n"
            )
        );
    }
}

#[test]
fn real_calls_of_it() {
    for arguments in [
        &["-w", "/etc/passwd", "-p", "wa", "-k", "passwd"][..],
        &["-a", "always,exit", "-F", "arch=b64", "-S", "openat"],
        &["-e", "2"],
        &["-q", "-s"],
        &["-D", "-k", "config"],
    ] {
        let (status, _, stderr) = run(arguments);
        assert_eq!(status, 2, "{arguments:?}");
        assert!(stderr.contains("/sbin/auditctl") && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn what_is_ours_stays_ours() {
    assert_eq!(run(&["-h"]).0, 0);
    for arguments in [&["config", "-l"][..], &["--profile", "-l", "config"], &["-Z"]] {
        let (status, _, stderr) = run(arguments);
        assert_eq!(status, 2, "{arguments:?}");
        assert!(!stderr.contains("/sbin"), "{stderr}");
    }
}
