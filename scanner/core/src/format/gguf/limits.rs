//! How much of a GGUF header is read, and where each number comes from.

/// Dimensions of a tensor: `GGML_MAX_DIMS` in ggml.h.
pub(super) const GGML_MAX_DIMS: u32 = 4;

/// Bytes of a tensor's name: `GGML_MAX_NAME` in ggml.h is 64, its closing NUL included.
pub(super) const GGML_MAX_NAME: u64 = 63;

/// Layers of a model: `LLAMA_MAX_LAYERS` in llama.cpp's llama-hparams.h.
pub(super) const LLAMA_MAX_LAYERS: u64 = 512;

/// Experts of a layer: `LLAMA_MAX_EXPERTS` in llama.cpp's llama-hparams.h.
pub(super) const LLAMA_MAX_EXPERTS: u64 = 1024;

/// Bytes of a text and items of an array: `GGUF_MAX_STRING_LENGTH` and `GGUF_MAX_ARRAY_ELEMENTS`
/// in llama.cpp's gguf.cpp.
pub(super) const LLAMA_MAX_LENGTH: u64 = 1 << 30;

/// Bytes of a key: the GGUF specification, "at most 2^16-1 bytes long".
pub(super) const SPEC_MAX_KEY: u64 = 65_535;

/// Alignment where none is stated: the GGUF specification, `general.alignment`.
pub(super) const SPEC_ALIGNMENT: u32 = 32;

/// Key/value pairs. Real files hold some dozens.
pub(super) const MAX_KEYS: u64 = 65_536;

/// Bytes of all keys, which are kept to find one that stands twice: 64 for each of the most.
pub(super) const MAX_KEY_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of metadata that are walked. Real vocabularies take up to 20 MB; walking this many takes
/// tens of milliseconds whatever they hold.
pub(super) const MAX_METADATA_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes of one text that are held in memory. The longest in real files is a tokenizer's JSON
/// (`tokenizer.huggingface.json`), of some megabytes.
pub(super) const MAX_TEXT: usize = 16 * 1024 * 1024;

/// Bytes of all texts in arrays outside the vocabulary that are searched for URLs. Real ones are
/// tags and languages.
pub(super) const MAX_ARRAY_TEXT: usize = 1024 * 1024;

/// Bytes of a text that becomes a fact, such as a licence.
pub(super) const MAX_FACT: usize = 4096;

/// Base models. Merges of models name a handful.
pub(super) const MAX_BASE_MODELS: usize = 64;

/// Tokens that stand for a byte. There are 256 bytes.
pub(super) const MAX_BYTE_TOKENS: usize = 4096;

/// Arrays inside arrays that are followed. llama.cpp refuses the first.
pub(super) const MAX_NESTING: u8 = 8;

/// Tensors. The largest models have some 100,000 over all their files; this many take 40 MiB here.
pub(super) const MAX_TENSORS: u64 = 262_144;

/// Bytes of all tensor names: 63 for each of the most.
pub(super) const MAX_NAME_BYTES: usize = 16 * 1024 * 1024;
