//! Writes protobuf messages field by field, right or wrong.

/// A message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A number of variable length.
    pub(crate) fn number(self, field: u64, value: u64) -> Self {
        self.varint(field << 3).varint(value)
    }

    /// A text, bytes or packed numbers.
    pub(crate) fn bytes(mut self, field: u64, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self = self.promise(field, bytes.len());
        self.0.extend(bytes);
        self
    }

    pub(crate) fn message(self, field: u64, message: Self) -> Self {
        self.bytes(field, message.0)
    }

    /// A field whose bytes are promised, and not there.
    pub(crate) fn promise(self, field: u64, length: usize) -> Self {
        self.varint(field << 3 | 2)
            .varint(u64::try_from(length).unwrap_or(u64::MAX))
    }

    /// Bytes as they are.
    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn varint(mut self, mut value: u64) -> Self {
        while value >= 0x80 {
            self.0.push(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
            value >>= 7;
        }
        self.0.push(u8::try_from(value).unwrap_or(0));
        self
    }
}
