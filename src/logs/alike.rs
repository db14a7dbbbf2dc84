//! Objects that are made alike: what stands between their values is compared, and only the values are read.
//!
//! The objects of one log come from a few lines of code, each with its keys in their order. So the text between the
//! values of an object that was read, brackets, keys and commas, is kept; an object that has the same texts between
//! values that are whole is whole itself, and its members stand where theirs did. What is like none before it is read
//! as [`json`] reads it, and kept in its turn, as far as there is room.

use std::rc::Rc;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x32};

use super::json::{self, Child, Scan, Whole};
use crate::audit::unescape;

/// So many bytes of texts are kept.
const ROOM: usize = 16 << 10;
/// So many texts.
const TEXTS: usize = 128;
/// No more than so many may follow the same ones.
const CHOICES: usize = 8;
/// So many bytes are compared at once.
const FRONT: usize = 32;

/// The members of an object that was read.
#[derive(Debug, Default)]
pub struct Members {
    /// Those of the object like it, where there is one, and where in this one each text between values began.
    known: Option<Rc<[Member]>>,
    starts: Vec<usize>,
    /// Else its own.
    own: Vec<Child>,
}

impl Members {
    /// Reads the object that a text begins with, by itself.
    pub fn read(text: &str) -> (Option<Whole>, Members) {
        let mut members = Members { own: Vec::with_capacity(8), ..Members::default() };
        (json::read(text, 0, |child| members.own.push(child)), members)
    }

    /// The value under this key of the text that was read, as it is written; of two keys that are the same, the last.
    pub fn get<'t>(&self, text: &'t str, key: &str) -> Option<&'t str> {
        let (from, to) = match &self.known {
            Some(known) => {
                let (from, to) = known.iter().rfind(|member| *member.key == *key)?.value;
                let place = |(text, offset): Spot| self.starts[text] + offset;
                (place(from), place(to))
            }
            None => self.own.iter().rfind(|child| child.is(text, key))?.value,
        };
        Some(&text[from..to])
    }
}

/// Objects that were read, and reads others by them.
#[derive(Debug, Default)]
pub struct Alike {
    /// The texts before, between and behind values.
    nodes: Vec<Node>,
    /// Those that objects begin with.
    first: Vec<usize>,
    kept: usize,
    /// Of the object that is read: its values that are neither objects nor arrays.
    leaves: Vec<(usize, usize)>,
    /// Lists to be used again.
    spare: Members,
}

#[derive(Debug)]
struct Node {
    text: Box<[u8]>,
    /// Its first bytes, and a bit for each of them.
    front: [u8; FRONT],
    bits: u64,
    follow: Follow,
}

impl Node {
    fn new(text: &[u8], follow: Follow) -> Self {
        let mut front = [0; FRONT];
        let length = text.len().min(FRONT);
        front[..length].copy_from_slice(&text[..length]);
        Node { text: text.into(), front, bits: (1 << length) - 1, follow }
    }

    /// Whether these bytes begin with its text.
    #[inline]
    fn begins(&self, bytes: &[u8]) -> bool {
        match bytes.first_chunk() {
            // Nearly all are as short as that, and they are compared at once.
            Some(front) => {
                let differs = differences(front, &self.front) & self.bits;
                differs == 0 && (self.text.len() <= FRONT || bytes.starts_with(&self.text))
            }
            None => bytes.starts_with(&self.text),
        }
    }
}

/// A bit for each byte that is not the same.
#[inline(always)]
fn differences(some: &[u8; FRONT], others: &[u8; FRONT]) -> u64 {
    dispatch!(Level::baseline(), simd => {
        let load = |bytes| u8x32::load_array_ref(simd, bytes);
        !load(some).simd_eq(load(others)).to_bitmask()
    })
}

/// What comes behind a text.
#[derive(Debug)]
enum Follow {
    /// A value, and then one of these.
    Value(Vec<usize>),
    /// Nothing: the object was whole, and had these members.
    End(Rc<[Member]>),
}

/// A place in an object: which text it is in, and how far in that.
type Spot = (usize, usize);

#[derive(Debug)]
struct Member {
    key: Box<str>,
    value: (Spot, Spot),
}

impl Alike {
    /// Reads the object that the text begins with, and its members.
    pub fn read(&mut self, text: &str) -> (Option<Whole>, Members) {
        let mut members = std::mem::take(&mut self.spare);
        members.known = None;
        members.starts.clear();
        if let Some((whole, known)) = self.compare(text, &mut members.starts) {
            members.known = Some(Rc::clone(known));
            return (Some(whole), members);
        }
        members.own.clear();
        self.leaves.clear();
        let leaves = &mut self.leaves;
        let whole = json::read_leaves(text, 0, |child| members.own.push(child), |start, end| leaves.push((start, end)));
        if let Some(whole) = whole {
            self.keep(&text[..whole.end], whole, &members.own);
        }
        (whole, members)
    }

    /// Takes what [`read`](Self::read) gave, to be used again.
    pub fn give_back(&mut self, members: Members) {
        self.spare = members;
    }

    /// Reads what is like one that was read before: where each text begins, and the members of the other.
    fn compare(&self, text: &str, starts: &mut Vec<usize>) -> Option<(Whole, &Rc<[Member]>)> {
        let (bytes, mut scan) = (text.as_bytes(), Scan::new(text));
        let (mut at, mut choices) = (0, &self.first);
        loop {
            let rest = &bytes[at..];
            let (node, end) = choices.iter().find_map(|&node| {
                let node = &self.nodes[node];
                let behind = node.begins(rest).then_some(at + node.text.len())?;
                Some((node, if let Follow::Value(_) = node.follow { scan.scalar(behind)? } else { behind }))
            })?;
            starts.push(at);
            at = end;
            match &node.follow {
                Follow::Value(next) => choices = next,
                Follow::End(known) => return Some((Whole { end: at, is_plain: scan.is_plain }, known)),
            }
        }
    }

    /// Keeps an object that was read.
    fn keep(&mut self, object: &str, whole: Whole, members: &[Child]) {
        // What is not plain may stand between the values or in them.
        let is_full = self.nodes.len() + self.leaves.len() >= TEXTS || self.kept + object.len() > ROOM;
        if is_full || !whole.is_plain || !object.starts_with('{') {
            return;
        }
        let starts: Vec<usize> = [0].into_iter().chain(self.leaves.iter().map(|leaf| leaf.1)).collect();
        let ends = self.leaves.iter().map(|leaf| leaf.0).chain([whole.end]);
        let spot = |at: usize| {
            let text = starts.partition_point(|start| *start <= at) - 1;
            (text, at - starts[text])
        };
        let member = |child: &Child| Member {
            key: unescape(&object[child.key.0..child.key.1]).into(),
            value: (spot(child.value.0), spot(child.value.1)),
        };
        let mut before = None;
        for (&start, end) in starts.iter().zip(ends) {
            let text = &object.as_bytes()[start..end];
            let nodes = &self.nodes;
            let choices = match before.map(|node: usize| &nodes[node].follow) {
                None => &self.first,
                Some(Follow::Value(next)) => next,
                Some(Follow::End(_)) => return,
            };
            let known = choices.iter().copied().find(|&node| *nodes[node].text == *text);
            let node = match known {
                Some(node) => node,
                None if choices.len() >= CHOICES => return,
                None => {
                    let new = nodes.len();
                    let is_end = end == whole.end;
                    let follow = if is_end {
                        Follow::End(members.iter().map(member).collect())
                    } else {
                        Follow::Value(Vec::new())
                    };
                    self.kept += text.len();
                    self.nodes.push(Node::new(text, follow));
                    match before.map(|node| &mut self.nodes[node].follow) {
                        Some(Follow::Value(next)) => next.push(new),
                        _ => self.first.push(new),
                    }
                    new
                }
            };
            before = Some(node);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads all of them in order, as each is read alone; how many were known by those before them.
    fn known(texts: &[&str]) -> usize {
        let mut alike = Alike::default();
        let mut known = 0;
        for text in texts {
            known += usize::from(alike.compare(text, &mut Vec::new()).is_some());
            let (whole, members) = alike.read(text);
            let (alone, its_members) = Members::read(text);
            assert_eq!(whole, alone, "{text}");
            if whole.is_some() && text.starts_with('{') {
                for key in ["a", "b", "c", "é"] {
                    assert_eq!(members.get(text, key), its_members.get(text, key), "{key} of {text}");
                }
            }
            alike.give_back(members);
        }
        known
    }

    #[test]
    fn what_is_like_another() {
        let all = [
            r#"{"a": "x", "b": {"c": [1, null], "d": {}}} and more"#,
            r#"{"a": -1.5e3, "b": {"c": ["ñ\"\u00e9", true], "d": {}}}"#,
            // Something else between two values, a value of another depth, a value that is none, an end too many.
            r#"{"a": 1,  "b": {"c": [1, null], "d": {}}}"#,
            r#"{"a": [2], "b": {"c": [1, null], "d": {}}}"#,
            r#"{"a": 01, "b": {"c": [1, null], "d": {}}}"#,
            r#"{"a": "x", "b": {"c": [1, nul], "d": {}}}"#,
            r#"{"a": "x, "b": {"c": [1, null], "d": {}}}"#,
            r#"{"a": "x", "b": {"c": [1, null], "d": {}}"#,
            r#"{"a": [3], "b": {"c": [1, null], "d": {}}}"#,
            // The same key twice, an escaped one, nothing at all.
            r#"{"a": 1, "a": 2}"#,
            r#"{"a": 3, "a": 4}"#,
            r#"{"\u0061": 1}"#,
            r#"{"\u0061": "\u0062"}"#,
            "{}",
            "{}",
            "[1]",
        ];
        assert_eq!(known(&all), 5);
        // What may not be printed as it stands is told in values, and not kept elsewhere.
        assert_eq!(known(&["{\"a\": \"\u{9b}\"}", "{\"a\": 1}", "{\"a\": \"\u{202e}\"}", "{\"a\": NaN}"]), 2);
        assert_eq!(known(&["{\"a\":\t1}", "{\"a\":\t1}"]), 0);
    }

    #[test]
    fn there_is_room_for_some() {
        let many: Vec<String> = (0..5000).map(|n| format!("{{\"key {n}\": {n}, \"more\": {n}}}")).collect();
        let mut alike = Alike::default();
        for text in many.iter().chain([&format!("{{\"{}\": 1}}", "k".repeat(2 * ROOM))]) {
            assert_eq!(alike.read(text).0, Members::read(text).0);
        }
        assert!(alike.nodes.len() <= TEXTS && alike.kept <= ROOM && alike.first.len() == CHOICES);
    }

    proptest! {
        #[test]
        fn all_are_read_as_each_is_alone(texts in prop::collection::vec(
            r#"\{("(a|b|\\u0061|é)": ?("(x|ñ|\\"|\\u00e9|\x1b|\u{9b}){0,9}"|-?[0-9]{1,10}(\.5)?|null|nul|\{\}|\[[01], ?[a2]\]|\{"c": ?[1-3]\}),? ?){0,3}\}?( x)?"#,
            1..12,
        )) {
            known(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
