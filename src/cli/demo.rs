//! `auditctl demo`.

use super::{Context, Exit, Failure};

/// (in preparation)
#[derive(Debug, clap::Args)]
pub struct DemoArgs {}

pub(super) fn run(_args: DemoArgs, _context: &mut Context) -> anyhow::Result<Exit> {
    Err(Failure::unable("in preparation").into())
}
