//! Every `scheme://…` in a text, in one pass.
//!
//! The search is anchored on `://`, widened to the left over the scheme and to the right over the
//! URL, and resumes where the URL ended. Each byte is looked at a bounded number of times, so a
//! text made of nothing but `://` costs no more than any other.

use std::iter::FusedIterator;
use std::mem;
use std::ops::Range;

use crate::{extent, scheme};

/// One URL found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal<'text> {
    /// The URL as written, from the first letter of the scheme to its last character, or its first
    /// [`URL_MAX`] bytes.
    pub text: &'text str,
    /// Byte offset of the URL in the text.
    pub offset: usize,
    /// Whether the URL is the whole text (leading and trailing white space apart).
    pub whole: bool,
    /// Whether the URL is longer than `text` shows.
    pub truncated: bool,
}

/// Bytes shown of one URL. RFC 9110, section 4.1, asks every recipient to support 8000.
pub const URL_MAX: usize = 8_000;

/// Finds every URL in a text: a scheme, `://`, and at least one character of an authority or path.
///
/// Punctuation that belongs to the sentence around a URL is left out, unless the URL is the whole
/// text: then nothing is around it and each character is meant.
#[must_use]
pub fn literals(text: &str) -> Literals<'_> {
    Literals {
        text,
        content: text.len() - text.trim_start().len()..text.trim_end().len(),
        resume: 0,
    }
}

/// The URLs of one text, in order; made by [`literals`].
#[derive(Debug, Clone)]
pub struct Literals<'text> {
    text: &'text str,
    /// The text without leading and trailing white space.
    content: Range<usize>,
    /// Where the search goes on.
    resume: usize,
}

impl<'text> Iterator for Literals<'text> {
    type Item = Literal<'text>;

    fn next(&mut self) -> Option<Literal<'text>> {
        const ANCHOR: &str = "://";
        loop {
            let anchor = self.resume + self.text.get(self.resume..)?.find(ANCHOR)?;
            let body = anchor + ANCHOR.len();
            let floor = mem::replace(&mut self.resume, body);
            let Some(start) = scheme::start(self.text, floor, anchor) else {
                continue;
            };
            let end = extent::end(self.text, start, body);
            self.resume = end;
            let bare_end = extent::end_without_punctuation(self.text, start, body, end);
            if bare_end > body {
                let whole = self.content == (start..end);
                return self.literal(start, if whole { end } else { bare_end }, whole);
            }
        }
    }
}

impl FusedIterator for Literals<'_> {}

impl<'text> Literals<'text> {
    fn literal(&self, start: usize, end: usize, whole: bool) -> Option<Literal<'text>> {
        let longest = end.min(start + URL_MAX);
        let shown_end = (start..=longest)
            .rev()
            .find(|at| self.text.is_char_boundary(*at))?;
        Some(Literal {
            text: self.text.get(start..shown_end)?,
            offset: start,
            whole,
            truncated: shown_end < end,
        })
    }
}

#[cfg(test)]
mod tests;
