//! How much of a pickle is followed, and where each number comes from.

/// Opcodes of one file, nested pickles included: a vocabulary of three million words takes twelve
/// million; done in a few seconds.
pub(super) const MAX_OPCODES: u64 = 20_000_000;

/// Values on the stack: `pickle.py` writes containers in batches of 1,000, tuples whole. Each may be
/// an empty dictionary of 140 bytes, so this is 37 MB.
pub(super) const MAX_STACK: usize = 262_144;

/// Depth of the stack up to which texts and tuples on it are kept: what a name or a tensor is made
/// of stands near its top.
pub(super) const MAX_KEPT_DEPTH: usize = 65_536;

/// Highest index of the memo. One bit is kept for each, so this is 8 MB.
pub(super) const MAX_MEMO_INDEX: u64 = 64 * 1024 * 1024;

/// Values of the memo that are remembered; what else is recalled is an object like any other. The
/// table of so many takes 22 MB, and twice that would be the next size of it.
pub(super) const MAX_REMEMBERED: usize = 400_000;

/// Words of imports that are remembered beyond that: unpicklers meet each once, or a few times.
pub(super) const MAX_REMEMBERED_WORDS: usize = 50_000;

/// Bytes of the values of the memo that are remembered, besides imports and words of the
/// allow-list: what 100,000 tensors take.
pub(super) const MAX_REMEMBERED_BYTES: usize = 32 * 1024 * 1024;

/// Bytes of a text that are kept. Module and name of an import are far shorter.
pub(super) const MAX_TEXT: usize = 256;

/// Bytes of an argument that ends with its line that are kept: a text of escapes of six bytes.
pub(super) const MAX_LINE: usize = 6 * MAX_TEXT;

/// Items of a tuple that are kept: the longest arguments and states that are read hold nine.
pub(super) const MAX_ITEMS: usize = 16;

/// Tuples within tuples that are kept: storage, offset, size and stride of a tensor need two.
pub(super) const MAX_TUPLE_DEPTH: u8 = 3;

/// Keys of a dictionary that are kept: the state of joblib's wrappers has six.
pub(super) const MAX_KEYS: usize = 16;

/// Names that are listed. The allow-list has a few hundred; more than this are a flood.
pub(super) const MAX_IMPORTS: usize = 1000;

/// Pickles within byte strings of pickles, and in object arrays of joblib.
pub(super) const MAX_DEPTH: u8 = 8;

/// Pickles one behind the other: the legacy format of torch has five.
pub(super) const MAX_STREAMS: usize = 1000;

/// Containers whose place in others is followed, to name tensors.
pub(super) const MAX_CONTAINERS: usize = 1_000_000;

/// Tensors and storages that are listed: the largest checkpoints hold some 100,000.
pub(super) const MAX_TENSORS: usize = 262_144;

/// Containers around a tensor that its name tells.
pub(super) const MAX_NAME_PARTS: usize = 32;

/// Bytes of an array or of an argument that are held against other readings.
pub(super) const LOOKED_AT: usize = 64 * 1024;
