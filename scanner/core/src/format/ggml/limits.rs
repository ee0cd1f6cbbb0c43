//! How much of a GGML file is read, and where each number comes from.

/// Dimensions of a tensor: `GGML_MAX_DIMS` in ggml.h.
pub(super) const GGML_MAX_DIMS: u32 = 4;

/// Bytes of a tensor's name: those of whisper.cpp have up to 60.
pub(super) const MAX_NAME: usize = 256;

/// Tensors. whisper-large has 1,259.
pub(super) const MAX_TENSORS: usize = 65_536;

/// Words of a vocabulary. Whisper has 51,866.
pub(super) const MAX_WORDS: u32 = 1 << 20;

/// Version of the layouts of blocks from which on they are today's: `GGML_QNT_VERSION` in ggml.h.
pub(super) const BLOCK_VERSION: u32 = 2;
