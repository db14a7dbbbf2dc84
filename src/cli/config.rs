//! `auditctl config`.

use super::{Context, Exit, Failure};

/// (in preparation)
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {}

pub(super) fn run(_args: ConfigArgs, _context: &mut Context) -> anyhow::Result<Exit> {
    Err(Failure::unable("in preparation").into())
}
