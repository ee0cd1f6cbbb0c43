//! Writes zips, and zips that lie.

/// A member: what its local header says, its bytes, and what the directory says.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) local: Head,
    pub(crate) data: Vec<u8>,
    /// Bytes behind the data, such as a data descriptor.
    pub(crate) behind: Vec<u8>,
    pub(crate) central: Head,
    /// Offset of the local header, where the directory lies about it.
    pub(crate) offset: Option<u32>,
    pub(crate) made_by: u16,
    pub(crate) attributes: u32,
}

/// What a local header and a directory entry both say.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) signature: u32,
    /// Version of the format that a reader needs.
    pub(crate) version: u16,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u32,
    pub(crate) size: u32,
    pub(crate) name: Vec<u8>,
    pub(crate) extra: Vec<u8>,
}

/// An archive: its members and the end record.
#[derive(Clone, Default)]
pub(crate) struct Archive {
    pub(crate) before: Vec<u8>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) before_directory: Vec<u8>,
    pub(crate) before_end: Vec<u8>,
    /// Where the end record lies: number of members, size and offset of the directory.
    pub(crate) count: Option<u16>,
    pub(crate) directory_size: Option<u32>,
    pub(crate) directory_offset: Option<u32>,
    pub(crate) comment: Vec<u8>,
    pub(crate) after: Vec<u8>,
}

impl Entry {
    /// A member that is stored, and of which everything is true.
    pub(crate) fn stored(name: &str, data: &[u8]) -> Self {
        Self::packed(name, 0, data, data)
    }

    /// A member that is deflated.
    pub(crate) fn deflated(name: &str, data: &[u8]) -> Self {
        Self::packed(name, 8, &deflate(data), data)
    }

    /// A member whose bytes in the archive and whose content are these.
    pub(crate) fn packed(name: &str, method: u16, packed: &[u8], content: &[u8]) -> Self {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let head = Head {
            signature: u32::from_le_bytes(*b"PK\x03\x04"),
            version: 20,
            flags: 0,
            method,
            crc: crc.sum(),
            compressed: length(packed),
            size: length(content),
            name: name.into(),
            extra: Vec::new(),
        };
        Self {
            central: Head {
                signature: u32::from_le_bytes(*b"PK\x01\x02"),
                ..head.clone()
            },
            local: head,
            data: packed.to_vec(),
            behind: Vec::new(),
            offset: None,
            made_by: 0,
            attributes: 0,
        }
    }

    /// Changes what the directory and the local header say alike.
    pub(crate) fn both(mut self, change: impl Fn(&mut Head)) -> Self {
        change(&mut self.local);
        change(&mut self.central);
        self
    }

    /// Changes what the local header says.
    pub(crate) fn local(mut self, change: impl Fn(&mut Head)) -> Self {
        change(&mut self.local);
        self
    }

    /// Changes what the directory says.
    pub(crate) fn central(mut self, change: impl Fn(&mut Head)) -> Self {
        change(&mut self.central);
        self
    }
}

impl Archive {
    /// An archive of these members, of which everything is true.
    pub(crate) fn of(entries: &[Entry]) -> Self {
        Self {
            entries: entries.to_vec(),
            ..Self::default()
        }
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.before.clone();
        let mut directory = Vec::new();
        for entry in &self.entries {
            let offset = entry.offset.unwrap_or_else(|| length(&bytes));
            entry.local.write(&mut bytes, None);
            bytes.extend(&entry.data);
            bytes.extend(&entry.behind);
            entry.central.write(&mut directory, Some((entry, offset)));
        }
        bytes.extend(&self.before_directory);
        let start = length(&bytes);
        bytes.extend(&directory);
        bytes.extend(&self.before_end);
        let count = u16::try_from(self.entries.len()).unwrap_or(u16::MAX);
        let count = self.count.unwrap_or(count);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend(count.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(
            self.directory_size
                .unwrap_or(length(&directory))
                .to_le_bytes(),
        );
        bytes.extend(self.directory_offset.unwrap_or(start).to_le_bytes());
        bytes.extend(short(&self.comment));
        bytes.extend(&self.comment);
        bytes.extend(&self.after);
        bytes
    }
}

impl Head {
    fn write(&self, bytes: &mut Vec<u8>, central: Option<(&Entry, u32)>) {
        bytes.extend(self.signature.to_le_bytes());
        if let Some((entry, _)) = central {
            bytes.extend(entry.made_by.to_le_bytes());
        }
        bytes.extend(self.version.to_le_bytes());
        bytes.extend(self.flags.to_le_bytes());
        bytes.extend(self.method.to_le_bytes());
        bytes.extend([0; 4]);
        for number in [self.crc, self.compressed, self.size] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(short(&self.name));
        bytes.extend(short(&self.extra));
        if let Some((entry, offset)) = central {
            bytes.extend([0; 6]);
            bytes.extend(entry.attributes.to_le_bytes());
            bytes.extend(offset.to_le_bytes());
        }
        bytes.extend(&self.name);
        bytes.extend(&self.extra);
    }
}

/// A block of an extra field.
pub(crate) fn extra(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &short(data), data].concat()
}

/// Raw deflate, RFC 1951.
pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(data.len() + 64);
    let mut encoder = flate2::Compress::new(flate2::Compression::default(), false);
    encoder
        .compress_vec(data, &mut packed, flate2::FlushCompress::Finish)
        .ok();
    packed
}

fn short(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes()
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}
