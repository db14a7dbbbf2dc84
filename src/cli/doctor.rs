//! `auditctl doctor`: checks, each with a stable id and a remedy.

use clap::Args;

use super::columns::{RowArgs, Rows};
use super::{Context, Examples, Exit, Failure};
use crate::doctor::{self, Check, State};
use crate::output::{Cell, Column, Shrink};
use crate::query::closest;

/// Check that all is well, and say what to do where it is not
///
/// The checks only look; nothing is changed. Each row has an id that does not change from version to version, a state
/// (ok, warn, fail, skipped), the subject where a check is about one of several things, a message and a remedy (null
/// where none is needed).
///
/// The checks of the logs: logs.folder (is there one), logs.filesystem (can logs be rotated there without losing a
/// line), logs.permissions, logs.limits (are the limits below those of the service's own handlers), logs.sizes (is any
/// log over its limit), logs.writers (do several processes rotate one log by themselves, does one not append),
/// logs.space and logs.unfinished.
///
/// Exits with 1 when a check fails; a warning is no failure.
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("Is all well?", "auditctl doctor"),
    ("For a monitor", "auditctl doctor -o json --skip logs.space"),
    ("Only what matters before a rotation", "auditctl doctor --only logs.filesystem,logs.limits"),
]))]
pub struct DoctorArgs {
    /// Run these checks and no others
    ///
    /// Ids, separated by commas; `logs` means all whose id begins so. The default is all.
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

const COLUMNS: [Column; 5] = [
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
    let mut failed = false;
    for check in checks {
        for finding in check.run(&settings) {
            failed |= finding.state == State::Fail;
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
    }
    rows.finish(context)?;
    Ok(if failed { Exit::No } else { Exit::Done })
}

/// The checks that were asked for, in their own order.
fn asked(args: &DoctorArgs) -> Result<Vec<&'static Check>, Failure> {
    for name in args.only.iter().chain(&args.skip) {
        if doctor::checks().any(|check| check.is_meant_by(name)) {
            continue;
        }
        let ids: Vec<&str> = doctor::checks().map(|check| check.id).collect();
        let failure = Failure::usage(format!("there is no check '{name}': the checks are {}", ids.join(", ")));
        return Err(match closest(name, ids) {
            Some(id) => failure.hint(format!("did you mean '{id}'?")),
            None => failure,
        });
    }
    let named = |names: &[String], check: &Check| names.iter().any(|name| check.is_meant_by(name));
    let wanted = |check: &&Check| (args.only.is_empty() || named(&args.only, check)) && !named(&args.skip, check);
    Ok(doctor::checks().filter(wanted).collect())
}
