//! Zeros that were read in a log, and where what was read behind them is once they are gone.
//!
//! A cut that was interrupted leaves a hole in the log, which reads as zeros, and others append behind it. The next
//! rotation takes it out: what stood before it stays where it is, what stands behind it moves to the front, and line breaks
//! are left of it. Knows nothing of who reads.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use memchr::memchr;

/// So many bytes before a gap tell whether a file is the same.
const BEFORE: usize = 4096;
/// A hole that is taken out has two blocks of a file system or more, and none of them is smaller than this.
const LEAST: u64 = 2 << 12;

/// Zeros, and the line breaks behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where they begin.
    from: u64,
    /// Where they end.
    to: u64,
    /// The bytes before them.
    before: Vec<u8>,
}

impl Gap {
    /// Notes the last gap among the bytes that were read at this place, behind these. One before it is forgotten, unless
    /// it goes on.
    pub fn note(gap: &mut Option<Gap>, at: u64, before: &[u8], read: &[u8]) {
        let mut next = 0;
        if let Some(open) = gap.as_mut().filter(|gap| gap.to == at) {
            next = blank(read);
            open.to += next as u64;
        }
        if !may_have_one(&read[next..]) {
            return;
        }
        while let Some(zero) = memchr(0, &read[next..]) {
            let from = next + zero;
            let length = blank(&read[from..]);
            next = from + length;
            // What is short is somebody's zeros; where the bytes end, that is not known yet.
            if length as u64 >= LEAST || next == read.len() {
                let own = &read[from.saturating_sub(BEFORE)..from];
                let others = &before[before.len().saturating_sub(BEFORE - own.len())..];
                let before = [others, own].concat();
                *gap = Some(Gap { from: at + from as u64, to: at + next as u64, before });
            }
        }
    }

    /// Where a file is read on from which the gap was taken out, by who had come to this place before; and the bytes before
    /// it, the last of which are these. None where it is another file, or as it was.
    pub fn closed_in(&self, file: &File, at: u64, witness: &[u8]) -> io::Result<Option<(u64, Vec<u8>)>> {
        let mut found = vec![0; self.before.len()];
        let Some(start) = self.from.checked_sub(found.len() as u64) else { return Ok(None) };
        if self.to - self.from < LEAST || file.read_exact_at(&mut found, start).is_err() || found != self.before {
            return Ok(None);
        }
        let behind = at.saturating_sub(self.to);
        if behind == 0 {
            return Ok(Some((self.from, found)));
        }
        let known = witness.len().min(usize::try_from(behind).unwrap_or(usize::MAX));
        let known = witness[witness.len() - known..].to_vec();
        let end = next_content(file, self.from)?;
        Ok(end.filter(|end| *end < self.to).map(|end| (end + behind, known)))
    }
}

/// Whether these bytes end in a gap, or may have one that is long enough inside: few of them are looked at, since all that
/// is read of a log comes by here.
fn may_have_one(bytes: &[u8]) -> bool {
    // A gap of that length covers one of these places and the byte behind it.
    const STEP: usize = LEAST as usize / 2;
    let end = bytes.iter().rposition(|byte| !is_blank(byte)).map_or(0, |last| last + 1);
    let is_gap = |at: usize| bytes[at..].iter().take(2).filter(|byte| is_blank(byte)).count() == 2;
    bytes[end..].contains(&0) || (0..bytes.len()).step_by(STEP).any(is_gap)
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, 0 | b'\n')
}

/// How many bytes at the beginning say nothing.
fn blank(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_blank(byte)).count()
}

/// The first byte from here on that says something.
fn next_content(file: &File, mut at: u64) -> io::Result<Option<u64>> {
    let mut bytes = vec![0; 1 << 16];
    loop {
        let read = match file.read_at(&mut bytes, at) {
            Ok(0) => return Ok(None),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let skipped = blank(&bytes[..read]);
        at += skipped as u64;
        if skipped < read {
            return Ok(Some(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However the reading was divided, what is behind the gap is where it is.
    #[test]
    fn what_was_read_is_found_again() {
        let (front, behind) = (b"one\ntwo\n".repeat(50), b"three\nfour\n".repeat(20));
        let gap = 12_288;
        let read = [&front[..], &vec![0; gap], b"\n", &behind].concat();
        let file = |left: usize| {
            let file = tempfile::tempfile().unwrap();
            file.write_all_at(&[&front[..], &vec![b'\n'; left], &behind].concat(), 0).unwrap();
            file
        };
        for step in [1, 7, 400, 4096, 5000, 1 << 20] {
            for end in [front.len() + gap, front.len() + gap + 2, read.len()] {
                let (mut noted, mut at) = (None, 0);
                while at < end {
                    let next = (at + step).min(end);
                    Gap::note(&mut noted, at as u64, &read[at.saturating_sub(100)..at], &read[at..next]);
                    at = next;
                }
                for left in [0, 1, 4096] {
                    let witness = &read[end.saturating_sub(50)..end];
                    let (place, before) =
                        noted.as_ref().unwrap().closed_in(&file(left), end as u64, witness).unwrap().unwrap();
                    let behind = end.saturating_sub(front.len() + gap + 1);
                    let expected = if behind == 0 { front.len() } else { front.len() + left + behind };
                    assert_eq!(place, expected as u64, "{step} at once, up to {end}, {left} left");
                    assert!(read[..end].ends_with(&before) || behind == 0 && front.ends_with(&before));
                }
            }
        }
    }

    /// Wherever it lies among what was read at once.
    #[test]
    fn a_gap_is_noted_from_a_certain_length_on() {
        let least = usize::try_from(LEAST).unwrap();
        for from in (0..10_000).step_by(199) {
            for (length, is_noted) in [(least - 1, false), (least, true), (least + 1, true), (3 * least, true)] {
                let mut read = [b"a\n".repeat(from / 2 + 1), vec![0; length], b"b\n".repeat(9000)].concat();
                // Its line breaks are part of it.
                read[from / 2 * 2 + 2 + length / 2..][..length / 4].fill(b'\n');
                let gap = |read: &[u8]| {
                    let mut noted = None;
                    Gap::note(&mut noted, 0, b"", read);
                    noted.map(|gap: Gap| gap.to - gap.from)
                };
                assert_eq!(gap(&read), is_noted.then_some(length as u64), "{length} from {from} on");
                // At the end of what was read, it may go on.
                let to = from / 2 * 2 + 2 + length;
                assert_eq!(gap(&read[..to]), Some(length as u64), "{length} from {from} on, at the end");
            }
        }
    }

    #[test]
    fn what_is_no_gap_is_none() {
        let mut noted = None;
        Gap::note(&mut noted, 0, b"", b"one\0two\n");
        assert_eq!(noted, None);
        Gap::note(&mut noted, 8, b"one\0two\n", &[b'x', 0, 0]);
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(b"one\0two\nx\0\0", 0).unwrap();
        assert_eq!(noted.unwrap().closed_in(&file, 11, b"x\0\0").unwrap(), None, "too short");
        // As it was, and another file.
        let mut noted = None;
        let read = [&b"one\n"[..], &vec![0; 20_000], b"two\n"].concat();
        Gap::note(&mut noted, 0, b"", &read);
        let (noted, file) = (noted.unwrap(), tempfile::tempfile().unwrap());
        file.write_all_at(&read, 0).unwrap();
        assert_eq!(noted.closed_in(&file, read.len() as u64, b"two\n").unwrap(), None);
        file.write_all_at(b"ene", 0).unwrap();
        assert_eq!(noted.closed_in(&file, read.len() as u64, b"two\n").unwrap(), None);
    }
}
