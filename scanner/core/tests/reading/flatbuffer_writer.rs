//! Writes flatbuffers front to back, as the format lets a writer do, right or wrong.

/// What a field of a table holds.
#[derive(Debug, Clone)]
pub(crate) enum Field {
    /// A byte.
    U8(u8),
    /// A number of four bytes.
    U32(u32),
    /// A number of eight bytes.
    U64(u64),
    /// A string.
    Text(Vec<u8>),
    /// A vector of bytes.
    Bytes(Vec<u8>),
    /// A vector of numbers of four bytes.
    Numbers(Vec<i32>),
    /// A vector of numbers of eight bytes.
    Longs(Vec<u64>),
    /// Another table.
    Table(Fields),
    /// A vector of tables.
    Tables(Vec<Fields>),
}

/// The fields of a table, by their place in the schema.
pub(crate) type Fields = Vec<(u16, Field)>;

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// A file of this identifier around a root table, with `header` between the two.
pub(crate) fn file(identifier: [u8; 4], header: &[u8], root: &Fields) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.bytes.extend([0; 4]);
    writer.bytes.extend(identifier);
    writer.bytes.extend(header);
    let at = writer.table(root);
    writer.point(0, at);
    writer.bytes
}

#[derive(Debug, Default)]
struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Writes a table and everything below it, and returns where the table stands.
    fn table(&mut self, fields: &Fields) -> usize {
        let count = fields
            .iter()
            .map(|(place, _)| *place + 1)
            .max()
            .unwrap_or(0);
        self.align(8);
        let vtable = self.bytes.len();
        let vtable_bytes = 4 + 2 * count;
        // The table starts at a multiple of eight, its fields of eight bytes do too.
        let at = (vtable + usize::from(vtable_bytes)).next_multiple_of(8);
        let mut places = vec![0_u16; usize::from(count)];
        let mut length = 8_u16;
        for (place, field) in fields {
            let width = field.width();
            length = length.next_multiple_of(width);
            if let Some(slot) = places.get_mut(usize::from(*place)) {
                *slot = length;
            }
            length += width;
        }
        self.bytes.extend(vtable_bytes.to_le_bytes());
        self.bytes.extend(length.to_le_bytes());
        for place in &places {
            self.bytes.extend(place.to_le_bytes());
        }
        self.bytes.resize(at, 0);
        let back = i32::try_from(at - vtable).unwrap_or(0);
        self.bytes.extend(back.to_le_bytes());
        self.bytes.resize(at + usize::from(length), 0);
        for (place, field) in fields {
            let start = places.get(usize::from(*place)).copied().unwrap_or(0);
            self.field(at + usize::from(start), field);
        }
        at
    }

    fn field(&mut self, at: usize, field: &Field) {
        match field {
            Field::U8(number) => self.put(at, &[*number]),
            Field::U32(number) => self.put(at, &number.to_le_bytes()),
            Field::U64(number) => self.put(at, &number.to_le_bytes()),
            Field::Text(text) => {
                self.vector(at, text.len(), text);
                self.bytes.push(0);
            }
            Field::Bytes(bytes) => self.vector(at, bytes.len(), bytes),
            Field::Numbers(numbers) => {
                let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
                self.vector(at, numbers.len(), &bytes);
            }
            Field::Longs(numbers) => {
                self.align(8);
                self.bytes.extend([0; 4]);
                let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
                self.vector(at, numbers.len(), &bytes);
            }
            Field::Table(fields) => {
                let target = self.table(fields);
                self.point(at, target);
            }
            Field::Tables(tables) => {
                self.vector(at, tables.len(), &vec![0; tables.len() * 4]);
                let first = self.bytes.len() - tables.len() * 4;
                for (index, fields) in tables.iter().enumerate() {
                    let target = self.table(fields);
                    self.point(first + index * 4, target);
                }
            }
        }
    }

    fn vector(&mut self, at: usize, length: usize, bytes: &[u8]) {
        self.align(4);
        let target = self.bytes.len();
        self.point(at, target);
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend(bytes);
    }

    fn point(&mut self, at: usize, target: usize) {
        let ahead = u32::try_from(target - at).unwrap_or(0);
        self.put(at, &ahead.to_le_bytes());
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        let slots = self.bytes.iter_mut().skip(at);
        for (slot, byte) in slots.zip(bytes) {
            *slot = *byte;
        }
    }

    fn align(&mut self, width: usize) {
        let length = self.bytes.len().next_multiple_of(width);
        self.bytes.resize(length, 0);
    }
}

impl Field {
    fn width(&self) -> u16 {
        match self {
            Self::U8(_) => 1,
            Self::U64(_) => 8,
            _ => 4,
        }
    }
}
