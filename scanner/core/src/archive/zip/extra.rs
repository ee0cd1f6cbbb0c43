//! Extra fields: zip64 sizes and second names. APPNOTE.TXT 4.5.3 and 4.6.9.

use super::problem::ZipProblem;

const ZIP64: u16 = 0x0001;
const UNICODE_PATH: u16 = 0x7075;

/// What an extra field says that readers act on.
#[derive(Default)]
pub(super) struct Extra<'a> {
    zip64: Option<&'a [u8]>,
    /// Checksum of the plain name, and the name to take instead of it.
    pub(super) unicode_path: Option<(u32, &'a [u8])>,
    /// Whether its blocks do not fill it, or a block that counts stands twice.
    pub(super) is_broken: bool,
}

impl<'a> Extra<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let mut extra = Self::default();
        let mut rest = bytes;
        // Fewer bytes than a block's head are padding: zipalign writes them.
        while let Some((head, after)) = rest.split_first_chunk::<4>() {
            let [a, b, c, d] = *head;
            let length = usize::from(u16::from_le_bytes([c, d]));
            let Some((block, after)) = after.split_at_checked(length) else {
                extra.is_broken = true;
                break;
            };
            extra.take(u16::from_le_bytes([a, b]), block);
            rest = after;
        }
        extra
    }

    fn take(&mut self, id: u16, block: &'a [u8]) {
        match id {
            ZIP64 => {
                self.is_broken |= self.zip64.is_some();
                self.zip64 = Some(block);
            }
            UNICODE_PATH => {
                // Version 1, the checksum, the name.
                if let Some(([1, crc @ ..], name)) = block.split_first_chunk::<5>() {
                    self.unicode_path = Some((u32::from_le_bytes(*crc), name));
                }
            }
            _ => {}
        }
    }

    /// Puts the zip64 numbers in place of those that say they are too large.
    ///
    /// The block holds only the numbers that are missing, in the order of `fields`; writers that
    /// do not know yet how much will follow store both sizes.
    pub(super) fn replace<const N: usize>(
        &self,
        fields: &mut [u64; N],
        names: [&'static str; N],
    ) -> Option<ZipProblem> {
        const LARGEST: u64 = 0xffff_ffff;
        let mut block = self.zip64.unwrap_or_default();
        if !fields.contains(&LARGEST) {
            return self.compare(fields, names);
        }
        for (field, of) in fields.iter_mut().zip(names) {
            if *field != LARGEST {
                continue;
            }
            let Some((number, rest)) = block.split_first_chunk() else {
                return Some(ZipProblem::Zip64Missing(of));
            };
            *field = u64::from_le_bytes(*number);
            block = rest;
        }
        None
    }

    /// Numbers that nothing announces: a reader may take them all the same.
    fn compare<const N: usize>(
        &self,
        fields: &[u64; N],
        names: [&'static str; N],
    ) -> Option<ZipProblem> {
        let (numbers, _) = self.zip64?.as_chunks::<8>();
        let numbers = numbers.iter().map(|number| u64::from_le_bytes(*number));
        fields
            .iter()
            .zip(numbers)
            .zip(names)
            .find(|((plain, zip64), _)| **plain != *zip64)
            .map(|((plain, zip64), of)| ZipProblem::Zip64Disagrees {
                of,
                plain: *plain,
                zip64,
            })
    }
}
