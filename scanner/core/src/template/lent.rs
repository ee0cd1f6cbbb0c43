//! Filters and methods that Jinja and Python lend to templates, by what they make of a text.
//!
//! What stands in none of these puts texts together. Sources: `jinja2` 3.1.6 (`filters.py`), the methods
//! of `str`, `list` and `dict` (Python library reference, 4).

/// Filters and methods that say how much or where.
pub(super) const COUNTING: [&str; 25] = [
    "abs",
    "count",
    "endswith",
    "find",
    "float",
    "index",
    "int",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "length",
    "rfind",
    "rindex",
    "round",
    "startswith",
    "wordcount",
];

/// Filters and methods that give the value back, or a part of it, or another that they are given.
/// A letter that was none of its own is in none of them.
pub(super) const KEEPING: [&str; 46] = [
    "batch",
    "capitalize",
    "casefold",
    "copy",
    "cycle",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "get",
    "items",
    "keys",
    "last",
    "list",
    "lower",
    "lstrip",
    "max",
    "min",
    "partition",
    "pop",
    "random",
    "reject",
    "rejectattr",
    "removeprefix",
    "removesuffix",
    "reverse",
    "rpartition",
    "rsplit",
    "rstrip",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "splitlines",
    "string",
    "strip",
    "swapcase",
    "title",
    "trim",
    "unique",
    "upper",
    "values",
];

/// Filters that make a list of whatever they are given.
pub(super) const LISTS: [&str; 10] = [
    "batch",
    "dictsort",
    "items",
    "list",
    "reject",
    "rejectattr",
    "select",
    "selectattr",
    "slice",
    "sort",
];

/// Filters that look members up by what they are given.
pub(super) const LOOKING_UP: [&str; 9] = [
    "groupby",
    "map",
    "max",
    "min",
    "rejectattr",
    "selectattr",
    "sort",
    "sum",
    "unique",
];

/// Methods that put what they are given into the object.
pub(super) const FILLING: [&str; 7] = [
    "add",
    "append",
    "extend",
    "insert",
    "setdefault",
    "update",
    "appendleft",
];

/// Methods that put a text together and keep nothing of what they are given.
pub(super) const MAKING: [&str; 8] = [
    "center",
    "expandtabs",
    "join",
    "ljust",
    "replace",
    "rjust",
    "strftime",
    "zfill",
];

/// Methods of texts that look up what braces in the text name.
pub(super) const FORMATTING: [&str; 2] = ["format", "format_map"];

/// What a loop tells of itself that is a number.
pub(super) const OF_LOOPS: [&str; 9] = [
    "depth",
    "depth0",
    "first",
    "index",
    "index0",
    "last",
    "length",
    "revindex",
    "revindex0",
];
