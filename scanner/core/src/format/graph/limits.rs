//! How much of a graph is read, and where each number comes from.

/// Tensors. Exporters of large models write some thousands; this many take 40 MiB here.
pub(in crate::format) const MAX_TENSORS: usize = 262_144;

/// Bytes of all names and locations that are kept: 64 for each of the most tensors.
pub(super) const MAX_NAME_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of one name. Exporters write module paths of some hundreds.
pub(in crate::format) const MAX_NAME: usize = 4096;

/// Bytes of a text that is searched for URLs, or that becomes a fact.
pub(super) const MAX_TEXT: usize = 1024 * 1024;

/// Bytes of all texts that are searched for URLs.
pub(super) const MAX_ALL_TEXT: usize = 16 * 1024 * 1024;

/// Attributes of one node, and tensors in one attribute, that are kept until the node has ended.
/// Operators have some dozens of attributes, and of one tensor each.
pub(super) const MAX_HELD: usize = 1024;

/// Dimensions of a tensor: numpy, which reference implementations read with, has room for 64.
pub(in crate::format) const MAX_DIMENSIONS: usize = 64;

/// Files of external data. The writer of ONNX makes one for each tensor where it is asked to.
pub(super) const MAX_EXTERNAL_FILES: usize = 8192;
