//! One look at one text: goes through the places that the scout found, first to last, and lets the reader that fits
//! each of them mask what it must.

use std::cell::Cell;

use memchr::memchr2;

use super::edits::Edits;
use super::runs::count;
use super::scout::{Kind, Trigger};
use super::{MASK, Redactor, row, tokens, url};
use crate::audit::is_container;

/// How a text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As anything: a log message, a whole row, a string somewhere inside.
    Text,
    /// As the body of a request or response, which may be a form with a single field.
    Body,
}

/// How deep texts may be nested in texts before one with anything suspicious is masked whole. A row of the audit log
/// inside another one takes one or two; every level doubles the backslashes, so more are made only on purpose.
const DEEPEST: usize = 16;

/// How much work a text may cost.
#[derive(Debug)]
pub(super) struct Meter {
    left: Cell<usize>,
    /// Whether something was masked whose reach was not certain.
    is_unsure: Cell<bool>,
}

impl Meter {
    const PER_BYTE: usize = 256;
    const LEAST: usize = 1 << 16;

    pub(super) fn for_text(text: &str) -> Self {
        Meter {
            left: Cell::new(text.len().saturating_mul(Self::PER_BYTE).saturating_add(Self::LEAST)),
            is_unsure: Cell::new(false),
        }
    }

    /// Counts bytes that were looked at one by one.
    pub(super) fn spend(&self, bytes: usize) {
        self.left.set(self.left.get().saturating_sub(bytes));
    }

    /// Notes that something was masked whose reach was not certain.
    pub(super) fn doubt(&self) {
        self.is_unsure.set(true);
    }

    /// Whether that was noted since this was asked for last.
    pub(super) fn take_doubt(&self) -> bool {
        self.is_unsure.take()
    }

    pub(super) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }
}

/// The text with its secrets masked; None where it has none.
pub(super) fn redacted(
    redactor: &Redactor,
    meter: &Meter,
    text: &str,
    depth: usize,
    reading: Reading,
) -> Option<String> {
    Scan::look(redactor, meter, text, depth, reading)?.edits.finish(text)
}

/// A look at a text, or at the part of it that is read at the moment.
pub(super) struct Scan<'a> {
    pub(super) redactor: &'a Redactor,
    pub(super) meter: &'a Meter,
    /// The text up to the end of the part.
    pub(super) text: &'a str,
    /// Where the part begins.
    pub(super) from: usize,
    /// How many strings this text is inside of.
    pub(super) depth: usize,
    triggers: Vec<Trigger>,
    /// The first trigger that was not passed.
    next: usize,
    pub(super) edits: Edits,
    /// Whether the part is the request or the response of a row, which Python printed.
    pub(super) is_in_row: bool,
    /// The last secret, if it reached the end of the part.
    pub(super) last_secret: Option<LastSecret>,
}

/// A secret that reaches the end of a part, and may go on behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct LastSecret {
    pub(super) start: usize,
    /// Whether its quote or bracket is still open there.
    pub(super) is_open: bool,
}

impl<'a> Scan<'a> {
    /// Looks at a text; None where there is nothing to look at.
    fn look(redactor: &'a Redactor, meter: &'a Meter, text: &'a str, depth: usize, reading: Reading) -> Option<Self> {
        meter.spend(text.len());
        count(text.len());
        let triggers = redactor.scout.triggers(text);
        if triggers.is_empty() {
            return None;
        }
        let mut scan = Scan {
            redactor,
            meter,
            text,
            from: 0,
            depth,
            triggers,
            next: 0,
            edits: Edits::default(),
            is_in_row: reading == Reading::Body,
            last_secret: None,
        };
        if depth > DEEPEST {
            scan.replace(0, text.len(), MASK);
            return Some(scan);
        }
        let is_read = (reading == Reading::Text && scan.row()) || scan.form(reading);
        if !is_read {
            scan.run();
        }
        Some(scan)
    }

    /// Reads the part from its beginning to its end.
    pub(super) fn run(&mut self) {
        let mut at = self.from;
        while let Some(trigger) = self.trigger_from(at) {
            if self.meter.is_spent() {
                self.meter.doubt();
                self.replace(at, self.text.len(), MASK);
                return;
            }
            let ahead = &self.text.as_bytes()[at..trigger.start];
            let bracket = memchr2(b'{', b'[', ahead);
            count(bracket.unwrap_or(ahead.len()));
            let bracket = bracket.map(|found| at + found);
            at = match bracket {
                Some(bracket) => self.literal(bracket),
                None => self.look_at(trigger).max(trigger.start + 1),
            };
        }
    }

    /// Reads the part of the text from `start` to `end` by itself.
    pub(super) fn part(&mut self, start: usize, end: usize, reading: Reading) {
        let (text, from) = (self.text, self.from);
        self.text = &text[..end];
        self.from = start;
        if !self.form(reading) {
            self.run();
        }
        self.text = text;
        self.from = from;
    }

    /// The content, redacted, of what stands from `start` to `end`: a string, a form's value.
    pub(super) fn inner(&mut self, content: &str, start: usize, end: usize) -> Option<String> {
        let look = Scan::look(self.redactor, self.meter, content, self.depth + 1, Reading::Text)?;
        if let Some(secret) = look.last_secret {
            self.note_secret(start, end, secret.is_open);
        }
        look.edits.finish(content)
    }

    /// Notes that a secret reaches from `start` to `end`, as far as one can tell.
    pub(super) fn note_secret(&mut self, start: usize, end: usize, is_open: bool) {
        if end == self.text.len() {
            self.last_secret = Some(LastSecret { start, is_open });
        }
    }

    pub(super) fn replace(&mut self, start: usize, end: usize, with: &str) {
        self.edits.replace(self.text, start, end, with);
    }

    /// The first trigger at or behind byte `at`, inside the part.
    pub(super) fn trigger_from(&mut self, at: usize) -> Option<Trigger> {
        while let Some(trigger) = self.triggers.get(self.next) {
            if trigger.start >= self.text.len() {
                return None;
            }
            if trigger.start >= at && trigger.end <= self.text.len() {
                return Some(*trigger);
            }
            self.next += 1;
        }
        None
    }

    /// Goes on behind the trigger that was asked for last.
    pub(super) fn pass(&mut self, trigger: Trigger) {
        if self.triggers.get(self.next) == Some(&trigger) {
            self.next += 1;
        }
    }

    /// Whether a trigger begins in the span. Spans are asked for in order.
    pub(super) fn has_trigger(&mut self, start: usize, end: usize) -> bool {
        self.trigger_from(start).is_some_and(|trigger| trigger.start < end)
    }

    /// Masks what stands at a trigger outside of all literals, and returns where to go on.
    fn look_at(&mut self, trigger: Trigger) -> usize {
        let Trigger { start, end, kind } = trigger;
        let secret = match kind {
            Kind::Word => return self.pair(start, end),
            Kind::Disguise => return self.disguised_pair(start, end),
            Kind::Card => Some(start..end),
            Kind::Bearer => tokens::bearer_token(self.text, end),
            Kind::Jwt => tokens::jwt(self.text, start),
            Kind::Basic => tokens::basic_credentials(self.text, end),
            Kind::Url if url::is_encoded(self.text, start) => {
                return self.encoded(start).map_or(end, |behind| behind.max(end));
            }
            Kind::Url => url::password(self.text, end),
        };
        let Some(secret) = secret else { return end };
        self.meter.spend(secret.len());
        if secret.len() < self.text.len() {
            self.meter.doubt(); // the mask may change how the text beside it is read
        }
        self.replace(secret.start, secret.end, MASK);
        secret.end
    }

    /// Reads the text as a row, request and response each by itself; false where it is none.
    ///
    /// The separator between them may also have been torn out of a row inside a secret: a secret that another row
    /// begins in, or that is still open at the end of the request, takes with it what looks like the response. Only
    /// an object or array is believed to be one after an open secret: that is how requests are refused that broke off.
    fn row(&mut self) -> bool {
        let Some((request, response)) = row::sides(self.text) else { return false };
        self.meter.spend(self.text.len());
        count(self.text.len());
        self.is_in_row = true;
        self.part(request.start, request.end, Reading::Body);
        let is_container = is_container(&self.text[response.clone()]);
        let goes_on = self.last_secret.is_some_and(|secret| {
            row::is_mentioned(&self.text[secret.start..request.end]) || (secret.is_open && !is_container)
        });
        if goes_on && !response.is_empty() {
            self.meter.doubt();
            // What tells where the row is split must go on telling it.
            let mask = if is_container { format!("['{MASK}']") } else { MASK.to_string() };
            self.replace(response.start, response.end, &mask);
        } else {
            self.part(response.start, response.end, Reading::Body);
        }
        true
    }
}
