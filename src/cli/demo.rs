//! `auditctl demo`: builds the park, runs the main job on it, and says what to try next.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use chrono::{DateTime, Utc};

use super::list::CANNOT_WRITE;
use super::{Context, Examples, Exit, Failure};
use crate::config::Environment;
use crate::config::variables::{AUDITCTL_CONFIG, AUDITCTL_DATABASE, AUDITCTL_LOG_DIR, AUDITCTL_PROFILE};
use crate::demo::folder::{FolderError, LOGS, Site};
use crate::demo::{self, Highlights, Park};
use crate::shell;
use crate::store::sqlite;

/// Build a small real database and logs to try everything on
///
/// The demo is a month in the ticket shop of a park in Costa Rica, told up to this minute: a SQLite database with the
/// service's own tables, a dozen users, some sixty orders with their payments and versions, about a thousand audit
/// entries, and the log files that belong to them. It needs neither the service nor Python, and it is ready in less
/// than a second. Everything in it is invented; its passwords open nothing else.
///
/// When it is built, the command shows the newest entries of one user, then the variable that points the program at the
/// demo and five commands worth trying. The variable names the demo's configuration file, whose profile has the database,
/// the folder of the logs, and the time zone of their stamps.
///
/// A folder that holds anything but an earlier demo is refused, and nothing in it is touched. An earlier demo is built
/// anew and put in the old one's place when it is whole.
#[derive(Debug, clap::Args)]
#[command(add = Examples(&[
    ("A demo in the usual place", "auditctl demo"),
    ("A demo in a folder of one's own", "auditctl demo park"),
]))]
pub struct DemoArgs {
    /// Build it in this folder
    ///
    /// The folder is made if need be, for its owner only. The default is auditctl/demo in XDG_DATA_HOME, which is
    /// ~/.local/share where that is not set.
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

/// A demo in its place.
struct Built {
    folder: PathBuf,
    park: Park,
}

pub(super) fn run(args: DemoArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let begun = Instant::now();
    let program = context.program().to_owned();
    let folder = match args.dir {
        Some(folder) => folder,
        None => default_folder(context)?,
    };
    let here = context.environment.current_dir.clone();
    let built = build(&folder, context.environment.now()?)?;
    let elapsed = begun.elapsed().as_secs_f64();
    context.ui.status(&format!("{} ({elapsed:.2} s)", summary(&built)));
    if here.is_some_and(|here| here.starts_with(&built.folder)) {
        context.ui.status("This shell stands in the folder that was replaced: `cd .` takes it to the new one");
    }

    context.ui.data(&format!("$ {}\n", command(&program, MAIN_JOB))).context(CANNOT_WRITE)?;
    context.ui.finish().context(CANNOT_WRITE)?;
    show_main_job(context, &built)?;
    context.ui.data(&what_next(&program, &built, &context.environment)).context(CANNOT_WRITE)?;
    context.ui.finish().context(CANNOT_WRITE)?;
    Ok(Exit::Done)
}

/// The main job, word by word.
const MAIN_JOB: &[&str] = &["list", "--user", "5", "--ordering", "-timestamp", "--limit", "10"];

/// Runs the main job on the demo and prints what it prints.
fn show_main_job(context: &mut Context, built: &Built) -> anyhow::Result<()> {
    context.point_at(&built.folder.join(demo::folder::DATABASE), &built.folder.join(LOGS));
    super::run_words(MAIN_JOB, context)?;
    Ok(())
}

fn default_folder(context: &Context) -> anyhow::Result<PathBuf> {
    let base = context.environment.data_home.clone().ok_or_else(|| {
        let line = format!("{} demo DIR", context.program());
        Failure::usage("there is no home folder to build the demo in").hint(format!("name a folder: {line}"))
    })?;
    Ok(base.join("auditctl").join("demo"))
}

/// Builds the demo beside its place and puts it there.
fn build(folder: &Path, now: DateTime<Utc>) -> anyhow::Result<Built> {
    let park = demo::tell(now, demo::SEED).map_err(|error| Failure::usage(error.to_string()))?;
    let site = Site::begin(folder).map_err(refused)?;
    sqlite::demo::create(&site.database(), &park)?;
    demo::logs::write(&site.logs(), &park).context("the demo's logs could not be written")?;
    Ok(Built { folder: site.finish().map_err(refused)?, park })
}

fn refused(error: FolderError) -> Failure {
    Failure::unable(error.to_string())
}

/// What was built, in one line.
fn summary(built: &Built) -> String {
    let park = &built.park;
    format!(
        "Built a demo in {}: {} audit entries, {} versions in {} revisions, {} orders, {} payments, {} donations, \
         {} users, {} log records",
        built.folder.display(),
        park.audit.len(),
        park.versions.len(),
        park.revisions.len(),
        park.orders.len(),
        park.payments.len(),
        park.donations.len(),
        park.users.len(),
        park.events.len(),
    )
}

/// The variable to export, those that would come before it, and the commands to try.
fn what_next(program: &str, built: &Built, environment: &Environment) -> String {
    let config = built.folder.join(demo::folder::CONFIG);
    let mut text = format!("\nTo point {program} at the demo:\n\n");
    let before = [AUDITCTL_DATABASE, AUDITCTL_LOG_DIR, AUDITCTL_PROFILE];
    let set: Vec<&str> = before.iter().filter(|it| environment.get(**it).is_some()).map(|it| it.name).collect();
    if !set.is_empty() {
        text.push_str(&format!("  unset {}\n", set.join(" ")));
    }
    text.push_str(&format!("  export {}={}\n\nThen try:\n", AUDITCTL_CONFIG.name, shell_quote(config.as_os_str())));
    for (what, words) in worth_trying(&built.park.highlights) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        text.push_str(&format!("\n  {what}\n    {}\n", command(program, &words)));
    }
    text
}

/// Five commands, each with what it answers.
fn worth_trying(found: &Highlights) -> [(&'static str, Vec<String>); 5] {
    let words = |line: String| line.split(' ').map(str::to_owned).collect();
    [
        ("What was refused this week?", words("list --status 4xx --since -7d".to_owned())),
        ("What did that failed login send?", words(format!("show {}", found.failing_login))),
        (
            "Who touched this order, from its first day on?",
            words(format!("list --model purchaseorders --record-id {} --ordering id", found.order)),
        ),
        ("Who deleted what? For a spreadsheet.", words("list --action DELETE -o csv".to_owned())),
        ("How many entries name no user?", words("list --user none --count".to_owned())),
    ]
}

/// A command line that a shell reads as these words.
fn command(program: &str, words: &[&str]) -> String {
    let quoted = |word: &str| shell::word(word).unwrap_or_else(|| shell_quote(OsStr::new(word)));
    std::iter::once(program).chain(words.iter().copied()).map(quoted).collect::<Vec<_>>().join(" ")
}

/// One word of a shell's command line: in single quotes, or in `$'…'` where bytes would not survive a terminal.
fn shell_quote(word: &OsStr) -> String {
    shell::quoted(word).unwrap_or_else(|| {
        let mut out = String::from("$'");
        for &byte in word.as_encoded_bytes() {
            match byte {
                b'\\' | b'\'' => out.extend(['\\', char::from(byte)]),
                b' '..=b'~' => out.push(char::from(byte)),
                _ => out.push_str(&format!("\\x{byte:02x}")),
            }
        }
        out.push('\'');
        out
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        use std::os::unix::ffi::OsStrExt;
        let words: [&[u8]; 7] = [
            b"/plain",
            b"/with space",
            b"/it's",
            "/ñandú".as_bytes(),
            b"/a\nb'\\",
            b"/\xff\xfe",
            "/\u{202e}x".as_bytes(),
        ];
        for word in words {
            let quoted = shell_quote(OsStr::from_bytes(word));
            assert!(!quoted.contains(char::is_control), "{quoted:?}");
            let script = format!("printf %s {quoted}");
            let output = Command::new("bash").args(["-c", &script]).output().unwrap();
            assert_eq!(output.stdout, word, "{quoted}");
        }
    }

    #[test]
    fn a_command_line_is_quoted_only_where_it_must() {
        assert_eq!(command("auditctl", MAIN_JOB), "auditctl list --user 5 --ordering -timestamp --limit 10");
        assert_eq!(command("my tool", &["show", "a*b", ""]), "'my tool' show 'a*b' ''");
    }
}
