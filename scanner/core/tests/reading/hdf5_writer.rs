//! Writes HDF5 files of superblock 0, one message after the other, right or wrong.

/// A message of an object header: its kind and its body.
pub(crate) type Message = (u16, Vec<u8>);

/// Where the root group's header stands: behind the superblock.
const ROOT: usize = 96;

/// A file of one group and one dataset in it, whose messages can be changed.
#[derive(Debug, Clone)]
pub(crate) struct Hdf5 {
    /// The dataset's name.
    pub(crate) name: &'static str,
    /// Messages of the root group, beside its symbol table.
    pub(crate) root: Vec<Message>,
    /// Messages of the dataset, beside its layout.
    pub(crate) dataset: Vec<Message>,
    /// Bytes of its data.
    pub(crate) data: usize,
}

impl Hdf5 {
    /// Three rows of four 32-bit floats.
    pub(crate) fn valid() -> Self {
        Self {
            name: "w",
            root: vec![],
            dataset: vec![(3, float32()), (1, dataspace(&[3, 4]))],
            data: 48,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; ROOT];
        // The root's symbol table message is written when its parts have places.
        let mut root = self.root.clone();
        root.push((0x11, vec![0; 16]));
        let header = object(&root);
        bytes.extend(&header);
        let table = bytes.len() - 16;
        let names = place(&mut bytes);
        bytes.extend([0; 8]);
        bytes.extend(self.name.as_bytes());
        bytes.push(0);
        let names_size = bytes.len() - names;
        let heap = place(&mut bytes);
        bytes.extend(b"HEAP\0\0\0\0");
        longs(&mut bytes, &[names_size, 1, names]);
        let mut messages = self.dataset.clone();
        messages.push((8, vec![0; 18]));
        let dataset = place(&mut bytes);
        bytes.extend(object(&messages));
        let layout = bytes.len() - 24;
        let data = place(&mut bytes);
        bytes.resize(data + self.data, 0);
        let symbols = place(&mut bytes);
        bytes.extend(b"SNOD\x01\0\x01\0");
        longs(&mut bytes, &[8, dataset, 0, 0, 0]);
        let tree = place(&mut bytes);
        bytes.extend(b"TREE\0\0\x01\0");
        longs(&mut bytes, &[usize::MAX, usize::MAX, 0, symbols, 8]);
        let mut patch = Vec::new();
        longs(&mut patch, &[tree, heap]);
        put(&mut bytes, table, &patch);
        let mut patch = vec![3, 1];
        longs(&mut patch, &[data, self.data]);
        put(&mut bytes, layout, &patch);
        let mut superblock = b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0\x04\0\x10\0\0\0\0\0".to_vec();
        longs(
            &mut superblock,
            &[0, usize::MAX, bytes.len(), usize::MAX, 0, ROOT, 0, 0, 0],
        );
        put(&mut bytes, 0, &superblock);
        bytes
    }
}

/// IEEE floats of 32 bits, little-endian.
pub(crate) fn float32() -> Vec<u8> {
    b"\x11\x20\x1f\0\x04\0\0\0\0\0\x20\0\x17\x08\0\x17\x7f\0\0\0\0\0\0\0".to_vec()
}

pub(crate) fn dataspace(shape: &[usize]) -> Vec<u8> {
    let rank = u8::try_from(shape.len()).unwrap_or(u8::MAX);
    let mut body = vec![1, rank, 0, 0, 0, 0, 0, 0];
    longs(&mut body, shape);
    body
}

/// An attribute of one text.
pub(crate) fn attribute(name: &str, text: &str) -> Message {
    let size = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes();
    let padded = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    };
    let mut kind = vec![0x13, 0, 0, 0];
    kind.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    let mut body = vec![1, 0];
    body.extend(size(name.len() + 1));
    body.extend(size(8));
    body.extend(size(8));
    body.extend(padded(format!("{name}\0").as_bytes()));
    body.extend(kind);
    body.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    body.extend(padded(text.as_bytes()));
    (0x0c, body)
}

/// A link into another file.
pub(crate) fn external_link(name: &str, file: &str) -> Message {
    let mut body = vec![1, 0x08, 64, u8::try_from(name.len()).unwrap_or(0)];
    body.extend(name.as_bytes());
    let value = format!("\0{file}\0/x\0");
    body.extend(u16::try_from(value.len()).unwrap_or(0).to_le_bytes());
    body.extend(value.as_bytes());
    (6, body)
}

/// An object header of version 1.
fn object(messages: &[Message]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, message) in messages {
        let length = message.len().next_multiple_of(8);
        body.extend(kind.to_le_bytes());
        body.extend(u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes());
        body.extend([0; 4]);
        body.extend(message);
        body.resize(body.len() + length - message.len(), 0);
    }
    let mut header = vec![1, 0];
    header.extend(u16::try_from(messages.len()).unwrap_or(0).to_le_bytes());
    header.extend(1_u32.to_le_bytes());
    header.extend(u32::try_from(body.len()).unwrap_or(0).to_le_bytes());
    header.extend([0; 4]);
    header.extend(body);
    header
}

/// The next place for a structure.
fn place(bytes: &mut Vec<u8>) -> usize {
    let at = bytes.len().next_multiple_of(8);
    bytes.resize(at, 0);
    at
}

fn longs(bytes: &mut Vec<u8>, numbers: &[usize]) {
    for number in numbers {
        let number = u64::try_from(*number).unwrap_or(u64::MAX);
        bytes.extend(number.to_le_bytes());
    }
}

fn put(bytes: &mut [u8], at: usize, patch: &[u8]) {
    for (slot, byte) in bytes.iter_mut().skip(at).zip(patch) {
        *slot = *byte;
    }
}
