//! How much of an ONNX file is read, and where each number comes from.

/// Tensors. Exporters of large models write some thousands; this many take 40 MiB here.
pub(super) const MAX_TENSORS: usize = 262_144;

/// Bytes of all names and locations that are kept: 64 for each of the most tensors.
pub(super) const MAX_NAME_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of one name. Exporters write module paths of some hundreds.
pub(super) const MAX_NAME: usize = 4096;

/// Bytes of a text that is searched for URLs, or that becomes a fact.
pub(super) const MAX_TEXT: usize = 1024 * 1024;

/// Bytes of all texts that are searched for URLs.
pub(super) const MAX_ALL_TEXT: usize = 16 * 1024 * 1024;

/// Inputs of one node that are looked at: the quantized operators of onnxruntime take up to 14
/// (`QMoE`); operators of any number of inputs (`Concat`) read no weights.
pub(super) const MAX_INPUTS: usize = 16;

/// Attributes of one node, and tensors in one attribute, that are kept until the node has ended.
/// Operators have some dozens of attributes, and of one tensor each.
pub(super) const MAX_HELD: usize = 1024;

/// Dimensions of a tensor: numpy, which the reference implementation reads with, has room for 64.
pub(super) const MAX_DIMENSIONS: usize = 64;

/// Files of external data. The reference writer makes one for each tensor where it is asked to.
pub(super) const MAX_EXTERNAL_FILES: usize = 8192;

/// Domains of operators. Real files import a handful.
pub(super) const MAX_DOMAINS: usize = 256;

/// Newest version of the intermediate representation that is known: `IR_VERSION` in onnx 1.23,
/// onnx.proto.
pub(super) const NEWEST_IR: u64 = 14;
