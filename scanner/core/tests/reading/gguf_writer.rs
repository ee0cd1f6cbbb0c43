//! Writes GGUF bytes, right ones and wrong ones.

/// Numbers of value types, as the specification has them.
pub(crate) const U8: u32 = 0;
pub(crate) const U32: u32 = 4;
pub(crate) const BOOL: u32 = 7;
pub(crate) const TEXT: u32 = 8;
pub(crate) const ARRAY: u32 = 9;
pub(crate) const U64: u32 = 10;

/// Numbers of tensor types, as ggml has them.
pub(crate) const F32: u32 = 0;
pub(crate) const Q4_0: u32 = 2;
pub(crate) const Q4_K: u32 = 12;

/// A value of a key.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// A number of this type.
    Number(u32, u64),
    /// A text.
    Text(Vec<u8>),
    /// An array of this type of items.
    Array(u32, Vec<Value>),
    /// A type and whatever bytes.
    Raw(u32, Vec<u8>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(U32, number.into())
    }
}

/// A tensor's description.
#[derive(Debug, Clone)]
pub(crate) struct Tensor {
    name: Vec<u8>,
    dimensions: Vec<u64>,
    type_id: u32,
    offset: u64,
}

/// A file in the making.
#[derive(Debug, Clone)]
pub(crate) struct Gguf {
    pub(crate) version: u32,
    pub(crate) is_big_endian: bool,
    pub(crate) alignment: u64,
    pub(crate) tensor_count: Option<u64>,
    pub(crate) pair_count: Option<u64>,
    pub(crate) pairs: Vec<(Vec<u8>, Value)>,
    pub(crate) tensors: Vec<Tensor>,
    pub(crate) data: u64,
}

impl Gguf {
    /// A file of no pairs and no tensors.
    pub(crate) fn empty() -> Self {
        Self {
            version: 3,
            is_big_endian: false,
            alignment: 32,
            tensor_count: None,
            pair_count: None,
            pairs: Vec::new(),
            tensors: Vec::new(),
            data: 0,
        }
    }

    /// A file with an architecture.
    pub(crate) fn llama() -> Self {
        Self::empty().pair("general.architecture", "llama")
    }

    /// A file with an architecture and one tensor of 32 numbers.
    pub(crate) fn valid() -> Self {
        Self::llama().tensor("a", &[32], F32, 128)
    }

    pub(crate) fn pair(self, key: &str, value: impl Into<Value>) -> Self {
        self.pair_of_bytes(key.as_bytes(), value)
    }

    pub(crate) fn pair_of_bytes(mut self, key: &[u8], value: impl Into<Value>) -> Self {
        self.pairs.push((key.to_owned(), value.into()));
        self
    }

    /// Adds a tensor behind the ones before it, with its data.
    pub(crate) fn tensor(self, name: &str, dimensions: &[u64], type_id: u32, bytes: u64) -> Self {
        let offset = self.data.next_multiple_of(self.alignment);
        let mut file = self.tensor_at(name.as_bytes(), dimensions, type_id, offset);
        file.data = offset + bytes;
        file
    }

    /// Adds a tensor at an offset, without data.
    pub(crate) fn tensor_at(
        mut self,
        name: &[u8],
        dimensions: &[u64],
        type_id: u32,
        offset: u64,
    ) -> Self {
        self.tensors.push(Tensor {
            name: name.to_owned(),
            dimensions: dimensions.to_owned(),
            type_id,
            offset,
        });
        self
    }

    /// Sets the size of all data.
    pub(crate) fn data(mut self, bytes: u64) -> Self {
        self.data = bytes;
        self
    }

    /// The header, padded where there are tensors.
    pub(crate) fn header(&self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        self.u32(&mut bytes, self.version);
        self.length(
            &mut bytes,
            self.tensor_count.unwrap_or(size(self.tensors.len())),
        );
        self.length(
            &mut bytes,
            self.pair_count.unwrap_or(size(self.pairs.len())),
        );
        for (key, value) in &self.pairs {
            self.text(&mut bytes, key);
            self.u32(&mut bytes, type_of(value));
            self.value(&mut bytes, value);
        }
        for tensor in &self.tensors {
            self.text(&mut bytes, &tensor.name);
            self.u32(
                &mut bytes,
                u32::try_from(tensor.dimensions.len()).unwrap_or(u32::MAX),
            );
            for dimension in &tensor.dimensions {
                self.length(&mut bytes, *dimension);
            }
            self.u32(&mut bytes, tensor.type_id);
            self.u64(&mut bytes, tensor.offset);
        }
        if !self.tensors.is_empty() {
            let alignment = usize::try_from(self.alignment).unwrap_or(1);
            bytes.resize(bytes.len().next_multiple_of(alignment), 0);
        }
        bytes
    }

    /// Header and data, padded.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.header();
        let data = self.data.next_multiple_of(self.alignment);
        bytes.resize(bytes.len() + usize::try_from(data).unwrap_or(0), 0);
        bytes
    }

    fn value(&self, bytes: &mut Vec<u8>, value: &Value) {
        match value {
            Value::Number(value_type, number) => self.number(bytes, *value_type, *number),
            Value::Text(text) => self.text(bytes, text),
            Value::Array(item_type, items) => {
                self.u32(bytes, *item_type);
                self.length(bytes, size(items.len()));
                for item in items {
                    self.value(bytes, item);
                }
            }
            Value::Raw(_, raw) => bytes.extend(raw),
        }
    }

    fn number(&self, bytes: &mut Vec<u8>, value_type: u32, number: u64) {
        let width = match value_type {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            _ => 8,
        };
        let little = number.to_le_bytes();
        let digits = little.iter().take(width).copied();
        if self.is_big_endian {
            bytes.extend(digits.rev());
        } else {
            bytes.extend(digits);
        }
    }

    fn u32(&self, bytes: &mut Vec<u8>, number: u32) {
        self.number(bytes, U32, number.into());
    }

    fn u64(&self, bytes: &mut Vec<u8>, number: u64) {
        self.number(bytes, U64, number);
    }

    fn length(&self, bytes: &mut Vec<u8>, number: u64) {
        self.number(bytes, if self.version == 1 { U32 } else { U64 }, number);
    }

    fn text(&self, bytes: &mut Vec<u8>, text: &[u8]) {
        self.length(bytes, size(text.len()));
        bytes.extend(text);
    }
}

fn type_of(value: &Value) -> u32 {
    match value {
        Value::Number(value_type, _) | Value::Raw(value_type, _) => *value_type,
        Value::Text(_) => TEXT,
        Value::Array(..) => ARRAY,
    }
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
