//! Writes tars, and tars that lie.

/// A member: its header's fields and its bytes.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) name: Vec<u8>,
    pub(crate) kind: u8,
    pub(crate) link: Vec<u8>,
    pub(crate) data: Vec<u8>,
    /// The field of the size, where it is not that of the data.
    pub(crate) size: Option<[u8; 12]>,
    pub(crate) magic: [u8; 8],
}

impl Item {
    /// A file.
    pub(crate) fn file(name: &str, data: &[u8]) -> Self {
        Self::of(b'0', name, data)
    }

    /// A member of another type.
    pub(crate) fn of(kind: u8, name: &str, data: &[u8]) -> Self {
        Self {
            name: name.into(),
            kind,
            link: Vec::new(),
            data: data.to_vec(),
            size: None,
            magic: *b"ustar\x0000",
        }
    }

    /// A link.
    pub(crate) fn link(kind: u8, name: &str, target: &str) -> Self {
        Self {
            link: target.into(),
            ..Self::of(kind, name, b"")
        }
    }

    /// An extended header of these records.
    pub(crate) fn extended(kind: u8, records: &[(&str, &str)]) -> Self {
        let data: String = records
            .iter()
            .map(|(key, value)| record(key, value))
            .collect();
        Self::of(kind, "PaxHeader", data.as_bytes())
    }

    fn bytes(&self) -> Vec<u8> {
        let mut header = vec![0; 512];
        let mut put = |offset: usize, bytes: &[u8]| {
            for (field, byte) in header.iter_mut().skip(offset).zip(bytes) {
                *field = *byte;
            }
        };
        put(0, &self.name);
        put(100, b"0000644\0");
        let size = format!("{:011o}\0", self.data.len());
        put(124, self.size.as_ref().map_or(size.as_bytes(), |size| size));
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, &[self.kind]);
        put(157, &self.link);
        put(257, &self.magic);
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        let sum = format!("{sum:06o}\0 ");
        for (field, byte) in header.iter_mut().skip(148).zip(sum.as_bytes()) {
            *field = *byte;
        }
        header.extend(&self.data);
        header.resize(header.len().next_multiple_of(512), 0);
        header
    }
}

/// A tar of these members, with its end.
pub(crate) fn tar(items: &[Item]) -> Vec<u8> {
    let mut bytes: Vec<u8> = items.iter().flat_map(Item::bytes).collect();
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// `<length> <key>=<value>\n`, the length counting itself.
fn record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let length = (rest..rest + 20)
        .find(|length| length.to_string().len() + rest == *length)
        .unwrap_or_default();
    format!("{length} {key}={value}\n")
}
