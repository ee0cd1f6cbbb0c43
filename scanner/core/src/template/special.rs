//! Python's special names, `__class__` and its kin, as texts of a template.

/// What stands between the underscores of the names that Python gives a meaning to: those through
/// which templates are known to get at the program, and the rest of them. Source: the Python language
/// reference, 3.2 (standard type hierarchy), 3.3 (special method names) and 5 (the import system).
const SPECIAL: [&str; 64] = [
    "all",
    "annotations",
    "base",
    "bases",
    "builtins",
    "cached",
    "call",
    "cause",
    "class",
    "class_getitem",
    "closure",
    "code",
    "context",
    "debug",
    "defaults",
    "del",
    "delattr",
    "dict",
    "dir",
    "doc",
    "enter",
    "exit",
    "file",
    "format",
    "func",
    "future",
    "get",
    "getattr",
    "getattribute",
    "getitem",
    "getnewargs",
    "getnewargs_ex",
    "getstate",
    "globals",
    "import",
    "init",
    "init_subclass",
    "instancecheck",
    "iter",
    "kwdefaults",
    "loader",
    "main",
    "module",
    "mro",
    "mro_entries",
    "name",
    "new",
    "next",
    "package",
    "path",
    "prepare",
    "qualname",
    "reduce",
    "reduce_ex",
    "self",
    "set",
    "setattr",
    "setitem",
    "setstate",
    "slots",
    "spec",
    "subclasses",
    "subclasshook",
    "wrapped",
];

/// Whether a text is, or holds, such a name: `__class__`, `{0.__class__}`.
pub(super) fn has_special_name(text: &str) -> bool {
    let mut parts = text.split("__").skip(1).peekable();
    while let Some(part) = parts.next() {
        let name = part.trim_matches('_').to_ascii_lowercase();
        if parts.peek().is_some() && SPECIAL.binary_search(&name.as_str()).is_ok() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{SPECIAL, has_special_name};

    #[test]
    fn special_names_are_known_wherever_they_stand() {
        for text in [
            "__class__",
            "___class___",
            "{0.__class__}",
            "a__INIT__b",
            "__x__class__",
        ] {
            assert!(has_special_name(text), "{text}");
        }
        for text in [
            "__start__",
            "<|fim|>__END__",
            "class",
            "__class",
            "____",
            "a__b",
            "",
        ] {
            assert!(!has_special_name(text), "{text}");
        }
    }

    #[test]
    fn the_list_is_in_order() {
        assert!(SPECIAL.is_sorted());
    }
}
