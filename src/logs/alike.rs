//! Objects that are made alike: what stands between their values is compared, and only the values are read.
//!
//! The objects of one log come from a few lines of code, each with its keys in their order. So the text between the
//! values of an object that was read, brackets, keys and commas, is kept; an object that has the same texts between
//! values that are whole is whole itself, and its members stand where theirs did. What is like none before it is read
//! as [`json`] reads it, and kept in its turn, as far as there is room.

use super::json::{self, Child, Scan, Whole};

/// So many bytes of texts are kept.
const ROOM: usize = 16 << 10;
/// So many texts.
const TEXTS: usize = 128;
/// No more than so many may follow the same ones.
const CHOICES: usize = 8;

/// Objects that were read, and reads others by them.
#[derive(Debug, Default)]
pub struct Alike {
    /// The texts before, between and behind values.
    nodes: Vec<Node>,
    /// Those that objects begin with.
    first: Vec<usize>,
    kept: usize,
    /// Of the object that is read: where each text began.
    starts: Vec<usize>,
    /// And its values that are neither objects nor arrays.
    leaves: Vec<(usize, usize)>,
    /// A list to be used again.
    spare: Vec<Child>,
}

#[derive(Debug)]
struct Node {
    text: Box<[u8]>,
    follow: Follow,
}

/// What comes behind a text.
#[derive(Debug)]
enum Follow {
    /// A value, and then one of these.
    Value(Vec<usize>),
    /// Nothing: the object was whole, and had these members.
    End(Vec<Member>),
}

/// A place in an object: which text it is in, and how far in that.
type Spot = (usize, usize);

#[derive(Debug)]
struct Member {
    key: (Spot, Spot),
    value: (Spot, Spot),
    is_escaped: bool,
}

impl Alike {
    /// Reads the object that the text begins with, and its members.
    pub fn read(&mut self, text: &str) -> (Option<Whole>, Vec<Child>) {
        let mut members = std::mem::take(&mut self.spare);
        if let Some(whole) = self.compare(text, &mut members) {
            return (Some(whole), members);
        }
        self.leaves.clear();
        let leaves = &mut self.leaves;
        let whole = json::read_leaves(text, 0, |child| members.push(child), |start, end| leaves.push((start, end)));
        if let Some(whole) = whole {
            self.keep(&text.as_bytes()[..whole.end], whole, &members);
        }
        (whole, members)
    }

    /// Takes a list that [`read`](Self::read) gave, to be used again.
    pub fn give_back(&mut self, mut members: Vec<Child>) {
        members.clear();
        self.spare = members;
    }

    /// Reads what is like one that was read before.
    fn compare(&mut self, text: &str, members: &mut Vec<Child>) -> Option<Whole> {
        let (bytes, mut scan) = (text.as_bytes(), Scan::new(text));
        let (mut at, mut choices) = (0, &self.first);
        self.starts.clear();
        loop {
            let rest = &bytes[at..];
            let (node, end) = choices.iter().find_map(|&node| {
                let node = &self.nodes[node];
                let behind = rest.starts_with(&node.text).then_some(at + node.text.len())?;
                Some((node, if let Follow::Value(_) = node.follow { scan.scalar(behind)? } else { behind }))
            })?;
            self.starts.push(at);
            at = end;
            match &node.follow {
                Follow::Value(next) => choices = next,
                Follow::End(known) => {
                    let place = |(text, offset): Spot| self.starts[text] + offset;
                    let both = |(from, to)| (place(from), place(to));
                    members.extend(known.iter().map(|member| Child {
                        key: both(member.key),
                        value: both(member.value),
                        is_escaped: member.is_escaped,
                    }));
                    return Some(Whole { end: at, is_plain: scan.is_plain });
                }
            }
        }
    }

    /// Keeps an object that was read.
    fn keep(&mut self, object: &[u8], whole: Whole, members: &[Child]) {
        // What is not plain may stand between the values or in them.
        let is_full = self.nodes.len() + self.leaves.len() >= TEXTS || self.kept + object.len() > ROOM;
        if is_full || !whole.is_plain || !object.starts_with(b"{") {
            return;
        }
        let starts: Vec<usize> = [0].into_iter().chain(self.leaves.iter().map(|leaf| leaf.1)).collect();
        let ends = self.leaves.iter().map(|leaf| leaf.0).chain([whole.end]);
        let spot = |at: usize| {
            let text = starts.partition_point(|start| *start <= at) - 1;
            (text, at - starts[text])
        };
        let both = |(from, to)| (spot(from), spot(to));
        let member =
            |child: &Child| Member { key: both(child.key), value: both(child.value), is_escaped: child.is_escaped };
        let mut before = None;
        for (&start, end) in starts.iter().zip(ends) {
            let text = &object[start..end];
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
                    self.nodes.push(Node { text: text.into(), follow });
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

    fn read(text: &str) -> (Option<Whole>, Vec<Child>) {
        let mut members = Vec::new();
        let whole = json::read(text, 0, |child| members.push(child));
        (whole, if whole.is_some() { members } else { Vec::new() })
    }

    /// Reads all of them in order, as each is read alone; how many were known by those before them.
    fn known(texts: &[&str]) -> usize {
        let mut alike = Alike::default();
        let mut known = 0;
        for text in texts {
            known += usize::from(alike.compare(text, &mut Vec::new()).is_some());
            let (whole, mut members) = alike.read(text);
            if whole.is_none() {
                members.clear();
            }
            assert_eq!((whole, &members), (read(text).0, &read(text).1), "{text}");
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
            assert_eq!(alike.read(text).0, read(text).0);
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
