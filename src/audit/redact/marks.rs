//! What of a text is worth a closer look, a bit for each byte: many bytes are looked at side by side, with whatever
//! vector instructions the processor has.
//!
//! Knows bytes; what may begin with them, `scout` knows. What has no bit is certain to be nothing.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x16, u8x64};

/// How many bytes are looked at together.
pub(super) const BLOCK: usize = 64;
/// How many blocks one call goes through.
const BLOCKS: usize = 16;
/// How many bytes of a needle are looked at.
pub(super) const PLACES: usize = 4;
/// A block with those bytes behind it that tell what begins at its end.
const WINDOW: usize = BLOCK + PLACES - 1;
/// The bit in which upper and lower case of a letter differ.
pub(super) const FOLD: u8 = 0x20;

/// A bit for each byte of a block, the first byte's the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Where a needle may begin.
    pub(super) needles: u64,
    /// Digits.
    pub(super) digits: u64,
    /// What begins an escape: `\`, `%`, `&`.
    pub(super) escapes: u64,
}

/// What is known of a needle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It may stand anywhere.
    Any,
    /// It begins a word: then it is not looked for behind a letter of the same case, where no escape is near that hides
    /// what stands before it.
    Begins,
    /// It is a whole word that ends in a letter: then no lower-case letter follows it either.
    Whole,
}

/// Needles are divided into as many groups as a byte has bits; the bits of each kind.
const fn bits(kind: Kind) -> std::ops::Range<u32> {
    match kind {
        Kind::Begins => 0..5,
        Kind::Whole => 5..7,
        Kind::Any => 7..8,
    }
}

/// What is seen of a block by itself.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// Where a needle of each kind may begin.
    begins: u64,
    whole: u64,
    any: u64,
    lower: u64,
    upper: u64,
    digits: u64,
    escapes: u64,
}

impl Seen {
    /// Where a needle may begin, with what stands before the block.
    fn needles(&self, before: &Seen) -> u64 {
        let behind = |now: u64, before: u64| now << 1 | before >> (BLOCK - 1);
        let is_inside = self.lower & behind(self.lower, before.lower)
            | self.upper & behind(self.upper, before.upper) & self.upper >> 1;
        let words = self.begins | self.whole & !(self.lower >> (PLACES - 1));
        let is_plain = self.escapes | before.escapes == 0;
        self.any | if is_plain { words & !is_inside } else { words }
    }
}

/// For one place of the needles, which groups of them have a byte there with this lower and with this upper half.
#[derive(Clone, Copy, Debug, Default)]
struct Halves {
    lower: [u8; 16],
    upper: [u8; 16],
}

impl Halves {
    /// Lets this byte pass for a group, in either case; any where there is none.
    fn admit(&mut self, byte: Option<u8>, group: u8) {
        for half in 0..16 {
            if byte.is_none_or(|byte| byte & 0xf == half) {
                self.lower[usize::from(half)] |= group;
            }
            if byte.is_none_or(|byte| byte >> 4 == half | FOLD >> 4) {
                self.upper[usize::from(half)] |= group;
            }
        }
    }

    /// How many bytes pass for a group.
    fn passing(&self, group: u8) -> usize {
        let halves = |table: &[u8; 16]| table.iter().filter(|groups| **groups & group != 0).count();
        halves(&self.lower) * halves(&self.upper)
    }
}

/// Looks for needles.
#[derive(Clone, Debug)]
pub(super) struct Looker {
    level: Level,
    places: [Halves; PLACES],
}

impl Looker {
    /// Looks for none yet.
    pub(super) fn new() -> Self {
        Looker { level: Level::new(), places: Default::default() }
    }

    /// Looks for one more needle, upper case folded to lower: it joins the group that admits least because of it. One
    /// that is [`Kind::Whole`] has three bytes.
    pub(super) fn add(&mut self, needle: &[u8], kind: Kind) {
        let passing = |places: &[Halves; PLACES], group| places.iter().map(|halves| halves.passing(group)).product();
        let joined = |group: u8| {
            let mut places = self.places;
            for (place, halves) in places.iter_mut().enumerate() {
                halves.admit(needle.get(place).copied(), group);
            }
            let more: usize = passing(&places, group);
            (more - passing(&self.places, group), places)
        };
        let best = bits(kind).map(|bit| joined(1 << bit)).min_by_key(|(more, _)| *more);
        self.places = best.map_or(self.places, |(_, places)| places);
    }

    /// Calls `each` with the marks of every block of the text, in order.
    pub(super) fn look(&self, bytes: &[u8], each: impl FnMut(Marks)) {
        // What is short needs less room, and to clear that takes time.
        if bytes.len() <= BLOCK {
            self.look_within(&mut [Seen::default()], bytes, each);
        } else {
            self.look_within(&mut [Seen::default(); BLOCKS], bytes, each);
        }
    }

    /// The same, with room for so many blocks at once.
    #[inline(always)]
    fn look_within(&self, room: &mut [Seen], bytes: &[u8], mut each: impl FnMut(Marks)) {
        let (mut from, mut before) = (0, Seen::default());
        while from < bytes.len() {
            let rest = &bytes[from..];
            let count = rest.len().div_ceil(BLOCK).min(room.len());
            let seen = &mut room[..count];
            dispatch!(self.level, simd => look_at(simd, &self.places, rest, seen));
            for now in &*seen {
                each(Marks { needles: now.needles(&before), digits: now.digits, escapes: now.escapes });
                before = *now;
            }
            from += BLOCK * seen.len();
        }
    }
}

/// Looks at as many blocks as there is room for what is seen.
#[inline(always)]
fn look_at<S: Simd>(simd: S, places: &[Halves; PLACES], bytes: &[u8], seen: &mut [Seen]) {
    let tables = places.map(|halves| {
        let spread = |half: [u8; 16]| u8x64::block_splat(u8x16::load_array(simd, half));
        (spread(halves.lower), spread(halves.upper))
    });
    for (at, seen) in seen.iter_mut().enumerate() {
        let rest = &bytes[at * BLOCK..];
        *seen = match rest.first_chunk() {
            Some(window) => look_at_one(simd, &tables, window),
            None => {
                let mut window = [0; WINDOW];
                window[..rest.len()].copy_from_slice(rest);
                look_at_one(simd, &tables, &window)
            }
        };
    }
}

#[inline(always)]
fn look_at_one<S: Simd>(simd: S, tables: &[(u8x64<S>, u8x64<S>); PLACES], window: &[u8; WINDOW]) -> Seen {
    let splat = |byte| u8x64::splat(simd, byte);
    let low = splat(0xf);
    let groups = |place: usize| {
        let bytes = u8x64::from_slice(simd, &window[place..place + BLOCK]);
        let (lower, upper) = tables[place];
        lower.swizzle_dyn_within_blocks(bytes & low) & upper.swizzle_dyn_within_blocks(bytes >> 4)
    };
    let groups = groups(0) & groups(1) & (groups(2) & groups(3));
    let bytes = u8x64::from_slice(simd, &window[..BLOCK]);
    let among = |first: u8, count: u8| (bytes - splat(first)).simd_lt(splat(count)).to_bitmask();
    let is = |byte| bytes.simd_eq(splat(byte));
    let of = |kind| {
        let bits = bits(kind).fold(0, |bits, bit| bits | 1 << bit);
        (groups & splat(bits)).simd_gt(splat(0)).to_bitmask()
    };
    Seen {
        begins: of(Kind::Begins),
        whole: of(Kind::Whole),
        any: of(Kind::Any),
        lower: among(b'a', 26),
        upper: among(b'A', 26),
        digits: among(b'0', 10),
        escapes: (is(b'\\') | is(b'%') | is(b'&')).to_bitmask(),
    }
}
