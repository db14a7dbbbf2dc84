//! A text under correction: replacements in order, everything else copied as it is.

/// The new text as far as it differs from the old one.
#[derive(Debug, Default)]
pub(super) struct Edits {
    out: String,
    /// How much of the old text is in `out` already.
    behind: usize,
    is_changed: bool,
}

impl Edits {
    /// Replaces the bytes from `start` to `end` of `text`, which is the old text or a beginning of it. Replacements
    /// come in order; one that reaches back behind another begins where that one ended.
    pub(super) fn replace(&mut self, text: &str, start: usize, end: usize, with: &str) {
        let start = start.max(self.behind);
        if start > end || &text[start..end] == with {
            return;
        }
        self.out.push_str(&text[self.behind..start]);
        self.out.push_str(with);
        self.behind = end;
        self.is_changed = true;
    }

    /// How much of the old text can't be replaced any more.
    pub(super) fn behind(&self) -> usize {
        self.behind
    }

    /// The new text; None where nothing was replaced.
    pub(super) fn finish(mut self, text: &str) -> Option<String> {
        self.out.push_str(text.get(self.behind..).filter(|_| self.is_changed)?);
        Some(self.out)
    }
}
