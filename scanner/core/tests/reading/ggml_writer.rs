//! Writes GGML files as whisper.cpp does.

/// A file: numbers, filters, words and tensors.
#[derive(Clone)]
pub(crate) struct Ggml {
    pub(crate) numbers: Vec<u32>,
    /// Behind the filters, before the words.
    pub(crate) between: Vec<u32>,
    pub(crate) filters: [u32; 2],
    pub(crate) words: Vec<&'static str>,
    pub(crate) tensors: Vec<(&'static str, Vec<u32>, u32, usize)>,
}

impl Ggml {
    /// A tiny Whisper of this `ftype`.
    pub(crate) fn whisper(file_type: u32) -> Self {
        Self {
            numbers: vec![51_864, 1500, 384, 6, 4, 448, 384, 6, 4, 2, file_type],
            between: Vec::new(),
            filters: [2, 201],
            words: vec!["a", "bc"],
            tensors: Vec::new(),
        }
    }

    /// A tiny Parakeet of this `ftype`.
    pub(crate) fn parakeet(file_type: u32) -> Self {
        Self {
            numbers: vec![10, 16, 8, 2, 1, 2, file_type, 64, 8, 4, 3, 8, 1, 2, 5],
            // A window of one number, two durations.
            between: vec![1, 0, 1, 2],
            filters: [2, 33],
            ..Self::whisper(0)
        }
    }

    /// Adds a tensor of `bytes` zero bytes.
    pub(crate) fn tensor(
        mut self,
        name: &'static str,
        lengths: &[u32],
        type_id: u32,
        bytes: usize,
    ) -> Self {
        self.tensors.push((name, lengths.to_vec(), type_id, bytes));
        self
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"lmgg".to_vec();
        let mut put = |numbers: &[u32]| {
            for number in numbers {
                bytes.extend(number.to_le_bytes());
            }
        };
        put(&self.numbers);
        put(&self.filters);
        let [bands, bins] = self.filters;
        for _ in 0..bands * bins {
            put(&[0]);
        }
        put(&self.between);
        put(&[length(self.words.len())]);
        for word in &self.words {
            bytes.extend(length(word.len()).to_le_bytes());
            bytes.extend(word.as_bytes());
        }
        for (name, lengths, type_id, data) in &self.tensors {
            for number in [length(lengths.len()), length(name.len()), *type_id] {
                bytes.extend(number.to_le_bytes());
            }
            for number in lengths {
                bytes.extend(number.to_le_bytes());
            }
            bytes.extend(name.as_bytes());
            bytes.resize(bytes.len() + data, 0);
        }
        bytes
    }
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
