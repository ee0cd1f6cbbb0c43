//! Writes safetensors bytes around any header.

/// A file of this header and this many bytes of data.
pub(crate) fn file(header: impl AsRef<[u8]>, data: usize) -> Vec<u8> {
    let header = header.as_ref();
    let length = u64::try_from(header.len()).unwrap_or(u64::MAX);
    file_of_length(length, header, data)
}

/// A file whose header says another length than it has.
pub(crate) fn file_of_length(length: u64, header: &[u8], data: usize) -> Vec<u8> {
    [
        length.to_le_bytes().as_slice(),
        header,
        vec![0; data].as_slice(),
    ]
    .concat()
}

/// The description of one tensor.
pub(crate) fn tensor(name: &str, dtype: &str, shape: &str, offsets: [u64; 2]) -> String {
    let [begin, end] = offsets;
    format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}"#)
}

/// A header of these members.
pub(crate) fn object(members: &[String]) -> String {
    format!("{{{}}}", members.join(","))
}

/// A file of one tensor of two numbers.
pub(crate) fn valid() -> Vec<u8> {
    file(object(&[tensor("a", "F32", "[2]", [0, 8])]), 8)
}
