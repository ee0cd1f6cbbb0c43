//! Claims against lists of tensors that real programs write.
