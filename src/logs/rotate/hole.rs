//! The hole that a cut leaves which was interrupted in the kernel, and how it is taken out again.
//!
//! A file system cuts by moving what lies behind the cut to the front, piece by piece, and then makes the file shorter.
//! XFS gives up before the second if the process has been killed, and a power failure may come between two pieces. Then
//! there is a hole as long as the cut, which reads as zeros: at the front, behind the last piece that was moved, or,
//! in nearly all cases, at the end. Whoever appended since did so behind it.
//!
//! Knows how such a hole is told from other zeros: it is a hole, not written, and, with the zeros in the blocks around
//! it, as long as the intent says. The blocks in it are cut out. What can't be is less than two blocks and becomes line
//! breaks, unless it lies within a line: a line is not torn for it. Nothing is written but zeros over which others
//! can't be writing: they append behind them.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::disk::Disk;
use super::intent::Intent;

/// Less than this is not cut out: after one more interruption, such a hole could have been filled by those who append.
const LEAST_BLOCKS: u64 = 2;

/// A hole that is being taken out, as the intent keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hole {
    /// Where the zeros begin.
    from: u64,
    /// Where they end.
    to: u64,
    /// Where the blocks begin that are cut out.
    cut_from: u64,
    /// Where they end; nothing is cut out where that is the same.
    cut_to: u64,
}

impl Hole {
    /// The hole that the cut of this intent has left in the file.
    pub(super) fn left_by(intent: &Intent, file: &File) -> io::Result<Option<Hole>> {
        match intent.hole {
            Some(hole) if hole.is_in_place(file)? => Ok(Some(hole)),
            // What was cut out of it may have left another, behind what it had behind it.
            Some(hole) => Hole::find(file, hole.from, hole.cut(), intent.block),
            None => Hole::find(file, 0, intent.cut, intent.block),
        }
    }

    /// The hole that a cut of so many bytes left in this file, if it left one behind this offset.
    fn find(file: &File, behind: u64, length: u64, block: u64) -> io::Result<Option<Hole>> {
        if !block.is_power_of_two() || length < LEAST_BLOCKS * block {
            return Ok(None);
        }
        let size = file.metadata()?.size();
        let mut at = behind;
        while let Some(hole) = next_hole(file, at, size)? {
            at = hole.end;
            let unwritten = hole.end - hole.start;
            if unwritten > length || unwritten < length - block {
                continue;
            }
            let lacks = length - unwritten;
            let from = hole.start - zeros_before(file, hole.start.saturating_sub(lacks)..hole.start)?;
            if zeros_after(file, hole.end..(from + length).min(size))? + hole.end - from >= length {
                return Ok(Some(Hole::new(from, from + length, block, size)));
            }
        }
        Ok(None)
    }

    fn new(from: u64, to: u64, block: u64, size: u64) -> Hole {
        let cut_from = from.next_multiple_of(block);
        // A cut may not reach the end of the file.
        let cut_to = to.min(size.saturating_sub(1)) / block * block;
        let cut_to = if cut_to < cut_from + LEAST_BLOCKS * block { cut_from.min(to) } else { cut_to };
        Hole { from, to, cut_from: cut_from.min(to), cut_to }
    }

    /// How much is cut out of it.
    pub(super) fn cut(&self) -> u64 {
        self.cut_to - self.cut_from
    }

    /// Whether it says what a hole can be.
    pub(super) fn makes_sense(&self) -> bool {
        self.from <= self.cut_from && self.cut_from <= self.cut_to && self.cut_to <= self.to
    }

    /// Whether nothing was cut out of it yet.
    fn is_in_place(&self, file: &File) -> io::Result<bool> {
        let is_there = self.to <= file.metadata()?.size();
        Ok(is_there && zeros_after(file, self.cut_from..self.cut_to)? == self.cut())
    }

    /// Takes it out; done again, it does the same.
    pub(super) fn take_out(&self, disk: &dyn Disk, file: &File) -> io::Result<()> {
        if !is_within_a_line(file, self.from)? {
            for edge in [self.from..self.cut_from, self.cut_to..self.to] {
                blank(disk, file, edge)?;
            }
            disk.sync(file)?;
        }
        if self.cut() > 0 {
            disk.collapse(file, self.cut_from, self.cut())?;
            disk.sync(file)?;
        }
        Ok(())
    }
}

/// The first hole that ends behind this offset, from there on.
fn next_hole(file: &File, at: u64, size: u64) -> io::Result<Option<Range<u64>>> {
    let start = match seek(file, SeekFrom::Hole(at)) {
        // The end of a file is one, of no length.
        Ok(start) if start < size => start,
        Ok(_) | Err(Errno::NXIO) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match seek(file, SeekFrom::Data(start)) {
        Ok(end) => Ok(Some(start..end.min(size))),
        Err(Errno::NXIO) => Ok(Some(start..size)),
        Err(error) => Err(error.into()),
    }
}

/// How many zeros there are from the beginning of this range on.
fn zeros_after(file: &File, range: Range<u64>) -> io::Result<u64> {
    let mut at = range.start;
    let mut bytes = vec![0; 1 << 16];
    while at < range.end {
        let chunk = &mut bytes[..usize::try_from(range.end - at).unwrap_or(usize::MAX).min(1 << 16)];
        file.read_exact_at(chunk, at)?;
        let zeros = chunk.iter().take_while(|byte| **byte == 0).count();
        at += zeros as u64;
        if zeros < chunk.len() {
            break;
        }
    }
    Ok(at - range.start)
}

/// How many zeros there are before the end of this range, which is not long.
fn zeros_before(file: &File, range: Range<u64>) -> io::Result<u64> {
    let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or_default()];
    file.read_exact_at(&mut bytes, range.start)?;
    Ok(bytes.iter().rev().take_while(|byte| **byte == 0).count() as u64)
}

/// Whether the line before this offset goes on behind it.
fn is_within_a_line(file: &File, offset: u64) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(before) = offset.checked_sub(1) {
        file.read_exact_at(&mut last, before)?;
    }
    Ok(last != [b'\n'])
}

fn blank(disk: &dyn Disk, file: &File, range: Range<u64>) -> io::Result<()> {
    let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or_default()];
    file.read_exact_at(&mut bytes, range.start)?;
    // A run that did this may have died halfway; anything else is somebody's.
    if bytes.contains(&0) && bytes.iter().all(|byte| matches!(byte, 0 | b'\n')) {
        bytes.fill(b'\n');
        disk.write_at(file, &bytes, range.start)?;
    }
    Ok(())
}
