//! Network destinations in text: where they stand and how they are spelled.

/// One URL found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal<'text> {
    /// The URL as written, from the first letter of the scheme to its last character.
    pub text: &'text str,
    /// Byte offset of the URL in the text.
    pub offset: usize,
    /// Whether the URL is the whole text (leading and trailing white space apart).
    pub whole: bool,
}
