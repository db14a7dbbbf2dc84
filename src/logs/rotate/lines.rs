//! Whole lines of a log, looked for from its end.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use super::lossless::to_u64;

/// Where the last complete line ends; None where there is none yet, or only blank ones.
pub(super) fn complete_lines(log: &File) -> io::Result<Option<u64>> {
    let length = end_of_lines(log, log.metadata()?.size())?;
    Ok(if length == 0 || is_filler(log, length)? { None } else { Some(length) })
}

/// Where the last complete line of these first bytes ends; zero where there is none.
pub fn end_of_lines(file: &File, mut end: u64) -> io::Result<u64> {
    const CHUNK: u64 = 1 << 16;
    let mut chunk = vec![0; 1 << 16];
    while end > 0 {
        let start = end.saturating_sub(CHUNK);
        let bytes = &mut chunk[..usize::try_from(end - start).unwrap_or_default()];
        file.read_exact_at(bytes, start)?;
        if let Some(at) = memchr::memrchr(b'\n', bytes) {
            return Ok(start + to_u64(at) + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Whether there is nothing before this offset but the line breaks that the last rotation left.
fn is_filler(log: &File, length: u64) -> io::Result<bool> {
    // It leaves less than three blocks of them.
    if length > 1 << 16 {
        return Ok(false);
    }
    let mut lines = vec![0; usize::try_from(length).unwrap_or_default()];
    log.read_exact_at(&mut lines, 0)?;
    Ok(lines.iter().all(|byte| *byte == b'\n'))
}

/// Whether the end of the last line is still to come.
pub(super) fn ends_within_a_line(log: &File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(at) = log.metadata()?.size().checked_sub(1) {
        log.read_exact_at(&mut last, at)?;
    }
    Ok(last != [b'\n'])
}
