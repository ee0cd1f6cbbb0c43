//! What in a template leads out of it.

use std::error::Error;
use std::fmt;
use std::mem::discriminant;

use super::MAX_TEMPLATE;
use super::expressions::MAX_DEPTH;
use crate::anomalies::Problem;
use crate::record::AnomalyRule;

/// Something that no chat template needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sign {
    /// A name that begins or ends with two underscores, or an attribute that begins with one.
    UnderscoreName(String),
    /// The filter that reads an attribute by name.
    AttrFilter,
    /// A function or an object that leads to the globals of the program.
    Gadget(String),
    /// A statement that reads another template.
    Import(String),
    /// Letters of names that are spelled with escapes, or are none of ASCII.
    EscapedName(String),
    /// An expression that puts a name together, by which a member is looked up.
    ComputedName(String),
    /// A character that is not to be seen.
    HiddenCharacter(char),
    /// Words of plain language that a condition looks for in a message.
    ContentGate(String),
    /// More bytes than are examined.
    TooLong(usize),
    /// Brackets deeper within others than are examined.
    TooDeep,
}

impl Sign {
    /// Whether another is of the same kind.
    pub(super) fn is_of_the_kind_of(&self, other: &Self) -> bool {
        discriminant(self) == discriminant(other)
    }
}

impl Problem for Sign {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::ContentGate(_) => AnomalyRule::ContentGatedTemplate,
            Self::TooLong(_) | Self::TooDeep => AnomalyRule::NotExamined,
            _ => AnomalyRule::TemplateCode,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::UnderscoreName(_) => "underscore-name",
            Self::AttrFilter => "attr-filter",
            Self::Gadget(_) => "gadget",
            Self::Import(_) => "template-import",
            Self::EscapedName(_) => "escaped-name",
            Self::ComputedName(_) => "computed-name",
            Self::HiddenCharacter(_) => "hidden-character",
            Self::ContentGate(_) => "content-gate",
            Self::TooLong(_) => "limit-template",
            Self::TooDeep => "limit-nesting",
        }
    }
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnderscoreName(name) => write!(
                f,
                "the template names `{name}`; names with underscores before or behind them lead into \
                 the program that renders it"
            ),
            Self::AttrFilter => f.write_str(
                "the template uses the filter `attr`, which reads any attribute of an object; \
                 templates read the members of messages",
            ),
            Self::Gadget(name) => write!(
                f,
                "the template uses `{name}` in a way that leads to the globals of the program that \
                 renders it"
            ),
            Self::Import(keyword) => write!(
                f,
                "the template has a statement `{keyword}`, which reads another file; a chat template \
                 is whole"
            ),
            Self::EscapedName(text) => write!(
                f,
                "the template spells letters of `{text}` with escapes or beyond ASCII; nothing but \
                 hiding asks for that"
            ),
            Self::ComputedName(text) => write!(
                f,
                "the template looks a member up by `{text}`, which it puts together; templates write \
                 the names of members as they are"
            ),
            Self::HiddenCharacter(character) => write!(
                f,
                "the template holds the character U+{:04X}, which is not to be seen",
                u32::from(*character)
            ),
            Self::ContentGate(words) => write!(
                f,
                "the template writes something else where a message says `{words}`; templates look \
                 for markers, not for words"
            ),
            Self::TooLong(size) => {
                write!(f, "a template of {size} bytes; {MAX_TEMPLATE} are examined")
            }
            Self::TooDeep => write!(
                f,
                "brackets of the template stand more than {MAX_DEPTH} deep within others, beyond what \
                 is examined"
            ),
        }
    }
}

impl Error for Sign {}
