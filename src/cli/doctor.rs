//! `auditctl doctor`: checks, each with a stable id and a remedy.

use std::cell::{Cell as StdCell, RefCell};

use anyhow::Context as _;
use clap::Args;

use super::columns::{RowArgs, Rows};
use super::list::CANNOT_WRITE;
use super::{Context, Examples, Exit, Failure};
use crate::config::Settings;
use crate::doctor::{self, Check, Finding, Patient, State};
use crate::output::{Cell, Column, CtrlC, Format, Progress, Shrink, Tone, Ui, escape_dangerous, escape_line, paint};
use crate::query::closest;

/// Check that all is well, and say what to do where it is not
///
/// The checks only look; nothing is changed, and nobody who writes is kept waiting for more than a quarter of a second.
/// Each row has an id that does not change from version to version, a state (ok, warn, fail, skipped), the subject where
/// a check is about one of several things, a message and a remedy (null where none is needed). What is not configured
/// is skipped, what is configured and not there fails.
///
/// The checks of the database: database.reachable (which one, its version, journal and encoding), database.permissions
/// (who may read and change the file and its folder), database.integrity (is it damaged: by SQLite's quick check, and
/// where that would take long by reading the rows), database.size (how large, how fast does it grow, how long is there
/// room).
///
/// The checks of the audit table: table.schema (is it as the service's contract says), table.index (can it be sorted by
/// time), table.secrets (how many entries hold secrets in the clear, and from which endpoints; never the secrets). Paths
/// are told apart without their ids, as in `stats --fold-ids`.
///
/// The checks of time: time.zone (are log stamps read in the zone they were written in: the last of them is compared
/// with the time at which its file was written), time.clock (does anything lie in the future, did a clock go back).
///
/// The checks of the logs, in the folder of the logs and in those of logs that the profile names elsewhere: logs.folder
/// (is it there, and logs in it), logs.filesystem (can logs be rotated there without losing a line), logs.permissions
/// (may they be changed with the rights that a rotation has, and by nobody else), logs.policy (is each log that the
/// profile names there, and all said that its rotation needs), logs.limits (are the limits below those of the service's
/// own handlers), logs.sizes (is any log over its limit), logs.writers (do several processes rotate one log by
/// themselves, does one not append), logs.space (is there room for a rotation) and logs.unfinished (was one
/// interrupted).
///
/// On a terminal each finding has lines of its own, the remedy below, to be copied; elsewhere, and with --columns, the
/// findings are rows of a table.
///
/// Exits with 1 when a check fails; a warning is no failure.
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("Is all well?", "auditctl doctor"),
    ("For a monitor", "auditctl doctor -o json --skip logs.space"),
    ("Which endpoints write secrets into the audit table", "auditctl doctor --only table.secrets"),
    ("Only what matters before a rotation", "auditctl doctor --only logs.filesystem,logs.limits"),
]))]
pub struct DoctorArgs {
    /// Run these checks and no others
    ///
    /// Ids, separated by commas; `logs` means all whose id begins so. The default is all.
    ///
    /// Example: `--only database,table.index`
    #[arg(long, value_name = "ID[,ID…]", value_delimiter = ',')]
    only: Vec<String>,

    /// Leave these checks out
    ///
    /// Takes what --only takes. The default is none.
    #[arg(long, value_name = "ID[,ID…]", value_delimiter = ',')]
    skip: Vec<String>,

    #[command(flatten)]
    rows: RowArgs,
}

/// The columns of findings.
pub(super) const COLUMNS: [Column; 5] = [
    Column { name: "id", title: "check", right: false, shrink: Shrink::Never },
    Column { name: "state", title: "state", right: false, shrink: Shrink::Never },
    Column { name: "subject", title: "subject", right: false, shrink: Shrink::Middle { rank: 0, floor: 12 } },
    Column { name: "message", title: "message", right: false, shrink: Shrink::End { rank: 1, floor: 20 } },
    Column { name: "remedy", title: "remedy", right: false, shrink: Shrink::End { rank: 1, floor: 20 } },
];

pub(super) fn run(args: DoctorArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    let checks = asked(&args)?;
    let in_table = COLUMNS.each_ref().map(|column| column.name);
    let mut rows = Rows::new(&args.rows, &COLUMNS, &in_table, COLUMNS.len(), &context.ui)?;
    let findings = examine(&checks, &settings, &context.ui);
    let failed = findings.iter().any(|finding| finding.state == State::Fail);
    let exit = if failed { Exit::No } else { Exit::Done };
    if args.rows.output == Format::Table && context.ui.width().is_some() && !args.rows.names_columns() {
        print_for_people(&findings, &mut context.ui).context(CANNOT_WRITE)?;
        return Ok(exit);
    }
    for finding in findings {
        let optional = |text: Option<String>| text.map_or(Cell::Null, Cell::text);
        let row = vec![
            Cell::text(finding.id),
            Cell::text(finding.state.name()),
            optional(finding.subject),
            Cell::text(finding.message),
            optional(finding.remedy),
        ];
        rows.row(row, &mut context.ui)?;
    }
    rows.finish(context)?;
    Ok(exit)
}

/// How far the lines of a finding below its first stand in.
const INDENT: &str = "         ";

/// On a terminal a finding has lines of its own. The terminal wraps its remedy, which can be copied whole then.
fn print_for_people(findings: &[Finding], ui: &mut Ui) -> std::io::Result<()> {
    let coloured = ui.coloured();
    // Narrower than this, a word would often not fit a line.
    let width = ui.width().unwrap_or(usize::MAX).max(INDENT.len() + 30);
    ui.page();
    for finding in findings {
        let tone = match finding.state {
            State::Ok => Tone::Good,
            State::Warn => Tone::Warning,
            State::Fail => Tone::Bad,
            State::Skipped => Tone::Dim,
        };
        let state = paint(&format!("{:<7}", finding.state.name()), tone, coloured);
        let subject = finding.subject.as_deref().map_or(String::new(), |subject| format!("{}: ", escape_line(subject)));
        let message = format!("{}  {subject}{}", finding.id, escape_line(&finding.message));
        let lines = textwrap::wrap(&message, width - INDENT.len());
        for (n, line) in lines.iter().enumerate() {
            match line.strip_prefix(finding.id).filter(|_| n == 0) {
                Some(rest) => writeln!(ui.out(), "{state}  {}{rest}", paint(finding.id, Tone::Heading, coloured))?,
                None => writeln!(ui.out(), "{INDENT}{line}")?,
            }
        }
        if let Some(remedy) = &finding.remedy {
            let remedy = paint(&escape_dangerous(remedy), Tone::Notice, coloured);
            writeln!(ui.out(), "{INDENT}{remedy}")?;
        }
    }
    ui.finish()?;
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    let counts = [State::Fail, State::Warn, State::Skipped, State::Ok].map(|state| (count(state), state.name()));
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
    ui.status(&counts.join(", "));
    Ok(())
}

/// Runs the checks, with a bar for each that lasts.
fn examine(checks: &[&Check], settings: &Settings, ui: &Ui) -> Vec<Finding> {
    // Rows are printed when all is known, so that a bar has the terminal for itself.
    let bar: RefCell<Option<(u64, Progress)>> = RefCell::new(None);
    let running = StdCell::new("");
    let mut progress = |done: u64, total: u64| {
        let mut bar = bar.borrow_mut();
        if let Some((_, old)) = bar.as_mut().filter(|(of, _)| *of != total) {
            old.end();
            *bar = None;
        }
        let (_, bar) = bar.get_or_insert_with(|| (total, Progress::through_ids(total, false, CtrlC::Kills, ui)));
        bar.at_entries(done, || running.get().to_owned());
    };
    let mut patient = Patient::new(settings, &mut progress);
    let mut findings = Vec::new();
    for check in checks {
        running.set(check.id);
        findings.extend(check.run(&mut patient));
        if let Some((_, mut bar)) = bar.take() {
            bar.end();
        }
    }
    findings
}

/// The checks that were asked for, in their own order.
fn asked(args: &DoctorArgs) -> Result<Vec<&'static Check>, Failure> {
    for name in args.only.iter().chain(&args.skip) {
        if doctor::checks().any(|check| check.is_meant_by(name)) {
            continue;
        }
        let ids: Vec<&str> = doctor::checks().map(|check| check.id).collect();
        let failure = Failure::usage(format!("there is no check '{name}': the checks are {}", ids.join(", ")));
        let things = ids.iter().filter_map(|id| id.split_once('.')).map(|(thing, _)| thing);
        return Err(match closest(name, things.chain(ids.iter().copied())) {
            Some(id) => failure.hint(format!("did you mean '{id}'?")),
            None => failure,
        });
    }
    let named = |names: &[String], check: &Check| names.iter().any(|name| check.is_meant_by(name));
    let wanted = |check: &&Check| (args.only.is_empty() || named(&args.only, check)) && !named(&args.skip, check);
    let left: Vec<_> = doctor::checks().filter(wanted).collect();
    if left.is_empty() {
        // A monitor that looks at nothing must not be told that all is well.
        return Err(Failure::usage("no check is left: --skip leaves out all that would be run"));
    }
    Ok(left)
}
