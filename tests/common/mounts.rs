//! The program in a mount namespace of its own, where a test may mount what it likes: it goes with its processes.

use std::process::Command;

use super::{Missing, Ran, TestEnv, machine, skip};

/// Runs a command line in the test's folder after a script has mounted something there; None after saying that the test
/// is skipped, where this machine allows no such mounts.
#[track_caller]
pub fn after(env: &TestEnv, script: &str, line: &str) -> Option<Ran> {
    let shell = |script: &str| {
        let mut command = Command::new("unshare");
        env.prepare(&mut command);
        command.env("PATH", machine::variable("PATH").unwrap_or_default());
        // Root needs no users of its own, without whom it may mount images of disks as well.
        let users = if rustix::process::geteuid().is_root() { "--propagation=private" } else { "--map-root-user" };
        command.args(["--mount", users, "sh", "-e", "-c", script]);
        command
    };
    if !shell(script).output().is_ok_and(|output| output.status.success()) {
        skip(Missing::Privilege, "this machine allows no mount namespaces, or not this mount");
        return None;
    }
    let run = format!("{{ {script}\n}} >/dev/null 2>&1; cd \"$PWD\"; exec {} {line}", env!("CARGO_BIN_EXE_auditctl"));
    Some(env.output(shell(&run)))
}

/// Runs a script of bash there whose `$AUDITCTL` is the program: what was printed, stdout before stderr. None after
/// saying that the test is skipped, where root's mounts are not allowed, or the script gives up with 77.
#[track_caller]
pub fn script(env: &TestEnv, script: &str) -> Option<String> {
    let mut command = Command::new("unshare");
    env.prepare(&mut command);
    command.args(["--mount", "bash", "-c", script]).env("AUDITCTL", env!("CARGO_BIN_EXE_auditctl"));
    command.env("PATH", machine::variable("PATH").unwrap_or_default());
    let ran = command.output().ok().filter(|output| !matches!(output.status.code(), None | Some(1 | 77)));
    let Some(ran) = ran else {
        skip(Missing::Privilege, "this machine allows no mount namespaces, or not this mount");
        return None;
    };
    let text = format!("{}── stderr\n{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    Some(text.replace(&env.root().display().to_string(), "[ROOT]"))
}
