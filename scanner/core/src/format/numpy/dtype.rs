//! Types of elements of numpy, by their codes.
//!
//! Source: numpy 2.4, "The array interface protocol", `typestr`.

/// A type of elements, as far as its code tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::format) struct Dtype {
    /// The letter of its kind: `f`, `i`, `O`, `V` ...
    pub(in crate::format) kind: u8,
    /// Bytes of an element; `None` where the code does not tell.
    pub(in crate::format) size: Option<u64>,
    /// Whether elements are objects, or hold some.
    pub(in crate::format) has_objects: bool,
    /// Its name as tensors bear it, where that is a class of its own and no code.
    pub(in crate::format) class: Option<&'static str>,
}

impl Dtype {
    /// Reads a code such as `<f8`, `|O`, `S3`, `M8[ns]` or `V16`.
    pub(in crate::format) fn parse(code: &str) -> Self {
        let code = code.trim_start_matches(['<', '>', '=', '|']);
        let (kind, rest) = code.split_at_checked(1).unwrap_or_default();
        let end = rest.find(|letter: char| !letter.is_ascii_digit());
        let (digits, unit) = rest
            .split_at_checked(end.unwrap_or(rest.len()))
            .unwrap_or_default();
        let kind = kind.bytes().next().unwrap_or(0);
        let is_date = matches!(kind, b'M' | b'm');
        let size: Option<u64> = digits.parse().ok().filter(|_| unit.is_empty() || is_date);
        Self {
            kind: match kind {
                b'?' => b'b',
                b'a' => b'S',
                kind => kind,
            },
            size: match kind {
                b'O' => Some(size.unwrap_or(8)),
                b'?' => Some(1),
                // Characters of four bytes.
                b'U' => size.and_then(|size| size.checked_mul(4)),
                b'b' | b'i' | b'u' | b'f' | b'c' | b'm' | b'M' | b'S' | b'a' | b'V' => size,
                _ => None,
            },
            has_objects: kind == b'O',
            class: None,
        }
    }

    /// The type of a class of numbers that numpy does not know by itself.
    pub(in crate::format) fn of_class(name: &'static str, size: u64) -> Self {
        Self {
            kind: b'f',
            size: Some(size),
            has_objects: false,
            class: Some(name),
        }
    }

    /// Name and bytes of the type as tensors bear it; `None` for texts, dates, records, objects.
    pub(in crate::format) fn elements(self) -> Option<(&'static str, u64)> {
        let size = self.size?;
        let name = match (self.kind, size) {
            _ if self.class.is_some() => self.class?,
            (b'f', 2) => "F16",
            (b'f', 4) => "F32",
            (b'f', 8) => "F64",
            (b'i', 1) => "I8",
            (b'i', 2) => "I16",
            (b'i', 4) => "I32",
            (b'i', 8) => "I64",
            (b'u', 1) => "U8",
            (b'u', 2) => "U16",
            (b'u', 4) => "U32",
            (b'u', 8) => "U64",
            (b'b', 1) => "BOOL",
            (b'c', 8) => "C64",
            (b'c', 16) => "C128",
            _ => return None,
        };
        (!self.has_objects).then_some((name, size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_kind_and_size() {
        let told = |code| {
            let dtype = Dtype::parse(code);
            (char::from(dtype.kind), dtype.size, dtype.has_objects)
        };

        assert_eq!(told("<f8"), ('f', Some(8), false));
        assert_eq!(told("O8"), ('O', Some(8), true));
        assert_eq!(told("|O"), ('O', Some(8), true));
        assert_eq!(told("U5"), ('U', Some(20), false));
        assert_eq!(told("|b1"), ('b', Some(1), false));
        assert_eq!(told("?"), ('b', Some(1), false));
        assert_eq!(told("<M8[ns]"), ('M', Some(8), false));
        assert_eq!(told("f8x"), ('f', None, false));
        assert_eq!(told("w4"), ('w', None, false));
        assert_eq!(told(""), ('\0', None, false));
        assert_eq!(told("é"), ('\0', None, false));
    }

    #[test]
    fn numbers_bear_the_names_of_tensors() {
        let name = |code| Dtype::parse(code).elements().map(|(name, _)| name);

        assert_eq!(name("<f2"), Some("F16"));
        assert_eq!(name(">i8"), Some("I64"));
        assert_eq!(name("|u1"), Some("U8"));
        assert_eq!(name("<c16"), Some("C128"));
        assert_eq!(name("<f16"), None);
        assert_eq!(name("S8"), None);
        assert_eq!(name("O"), None);
    }
}
