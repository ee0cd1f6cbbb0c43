//! What can be wrong with a zip.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Problem, clip};
use crate::archive::NameProblem;
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with a zip. Where two readers of zips would see two things it is a trick.
#[derive(Debug)]
#[non_exhaustive]
pub enum ZipProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// There is no end record where one must be.
    NoEndRecord,
    /// Another end record stands behind or before the one that fits.
    SeveralEndRecords,
    /// The central directory does not lie before the end record.
    DirectoryOutsideFile,
    /// A central directory at the offset stated, and another where its size says.
    TwoDirectories,
    /// A directory entry without its signature.
    EntrySignature,
    /// Another number of members than the end record states.
    MemberCount {
        /// The number stated.
        stated: u64,
        /// The number of entries.
        found: u64,
    },
    /// A part of an archive in several files.
    MultiVolume,
    /// A zip64 record says something else than the fields that it replaces.
    Zip64Disagrees {
        /// What they disagree on.
        of: &'static str,
        /// The older field.
        plain: u64,
        /// The zip64 field.
        zip64: u64,
    },
    /// A zip64 end record that does not stand where readers look for it.
    Zip64Misplaced,
    /// A zip64 field that is announced and not there.
    Zip64Missing(&'static str),
    /// An extra field whose blocks do not fill it.
    BrokenExtra,
    /// Bytes before the first member.
    DataBefore(u64),
    /// Bytes behind the end record.
    DataAfter(u64),
    /// Bytes that no member, directory or record accounts for.
    UnlistedBytes(u64),
    /// A local header that the directory does not list.
    UnlistedMember(u64),
    /// A member that shares bytes with another or with the directory.
    Overlap,
    /// No local header where the directory says.
    NoLocalHeader,
    /// The local header has another name.
    NameDiffers(String),
    /// The local header has another number.
    FieldDiffers {
        /// Which.
        of: &'static str,
        /// Stable name.
        kind: &'static str,
        /// The number in the directory.
        directory: u64,
        /// The number in the local header.
        local: u64,
    },
    /// A data descriptor that does not repeat the directory.
    Descriptor,
    /// Flags that make some readers give up and others not.
    Flags(u16),
    /// A version of the format that some readers refuse and others do not look at.
    Version(u8),
    /// A member that only its password opens.
    Encrypted,
    /// A member that says it is encrypted and is not.
    NotEncrypted,
    /// A name that stands twice.
    DuplicateName,
    /// A second name, in an extra field, that some readers take instead.
    OtherName(String),
    /// A name that is wrong on its own.
    Name(NameProblem),
    /// A link or a device.
    SpecialFile(&'static str),
    /// A directory with content.
    DirectoryWithData(u64),
    /// A stored member whose two sizes differ.
    StoredSize {
        /// Bytes in the archive.
        compressed: u64,
        /// Bytes of the member.
        size: u64,
    },
    /// A member or an archive that grows out of measure.
    Bomb {
        /// Bytes in the archive.
        compressed: u64,
        /// Bytes of the content.
        size: u64,
    },
    /// A compression that is not read.
    Method(u16),
    /// Content whose checksum is not the one stated.
    Crc {
        /// The checksum stated.
        stated: u32,
        /// The checksum of the content.
        found: u32,
    },
    /// Compressed data that do not decompress to their end.
    BrokenData,
    /// Content that is shorter or longer than stated.
    ContentSize {
        /// Bytes stated.
        stated: u64,
        /// Bytes found; at least that many where it is more.
        found: u64,
    },
    /// Bytes behind the end of the compressed data, inside the member.
    HiddenBytes(u64),
    /// A limit of this reader.
    Limit {
        /// Stable name of the limit.
        kind: &'static str,
        /// What is limited.
        of: &'static str,
        /// The limit.
        most: u64,
    },
}

impl From<ReadProblem> for ZipProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for ZipProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::NoEndRecord => AnomalyRule::TruncatedFile,
            Self::DirectoryOutsideFile | Self::EntrySignature => AnomalyRule::MalformedHeader,
            Self::Name(problem) => problem.rule(),
            Self::MultiVolume | Self::Encrypted | Self::Method(_) | Self::Limit { .. } => {
                AnomalyRule::NotExamined
            }
            _ => AnomalyRule::ArchiveTrick,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::NoEndRecord => "missing-end-record",
            Self::SeveralEndRecords => "several-end-records",
            Self::DirectoryOutsideFile => "directory-outside-file",
            Self::TwoDirectories => "two-directories",
            Self::EntrySignature => "wrong-entry-signature",
            Self::MemberCount { .. } => "wrong-member-count",
            Self::MultiVolume => "multi-volume",
            Self::Zip64Disagrees { .. } => "zip64-disagrees",
            Self::Zip64Misplaced => "zip64-misplaced",
            Self::Zip64Missing(_) => "zip64-missing",
            Self::BrokenExtra => "broken-extra-field",
            Self::DataBefore(_) => "data-before-archive",
            Self::DataAfter(_) => "data-after-archive",
            Self::UnlistedBytes(_) => "unlisted-bytes",
            Self::UnlistedMember(_) => "unlisted-member",
            Self::Overlap => "overlapping-members",
            Self::NoLocalHeader => "missing-local-header",
            Self::NameDiffers(_) => "name-differs",
            Self::FieldDiffers { kind, .. } | Self::Limit { kind, .. } => kind,
            Self::Descriptor => "wrong-data-descriptor",
            Self::Flags(_) => "unusual-flags",
            Self::Version(_) => "unusual-version",
            Self::Encrypted => "encrypted-member",
            Self::NotEncrypted => "false-encryption-flag",
            Self::DuplicateName => "duplicate-name",
            Self::OtherName(_) => "unicode-name-differs",
            Self::Name(problem) => problem.kind(),
            Self::SpecialFile(_) => "special-file",
            Self::DirectoryWithData(_) => "directory-with-data",
            Self::StoredSize { .. } => "stored-size-differs",
            Self::Bomb { .. } => "decompression-bomb",
            Self::Method(_) => "compression-not-read",
            Self::Crc { .. } => "crc-mismatch",
            Self::BrokenData => "broken-compressed-data",
            Self::ContentSize { .. } => "content-size-differs",
            Self::HiddenBytes(_) => "bytes-behind-compressed-data",
        }
    }
}

impl fmt::Display for ZipProblem {
    #[expect(clippy::too_many_lines, reason = "a table of sentences")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::NoEndRecord => f.write_str(
                "no end record in the last 65557 bytes, a zip ends with one: it is cut short",
            ),
            Self::SeveralEndRecords => f.write_str(
                "another end record, readers disagree about which one counts; one is allowed",
            ),
            Self::DirectoryOutsideFile => {
                f.write_str("the central directory does not fit before the end record")
            }
            Self::TwoDirectories => f.write_str(
                "a central directory at the offset that the end record states and another one \
                 right before it, readers disagree about which one counts",
            ),
            Self::EntrySignature => {
                f.write_str("no entry of the central directory here, where one must be")
            }
            Self::MemberCount { stated, found } => write!(
                f,
                "the end record counts {stated} members, the central directory holds {found}"
            ),
            Self::MultiVolume => f.write_str("a part of an archive in several files"),
            Self::Zip64Disagrees { of, plain, zip64 } => write!(
                f,
                "{of} is {plain} in the plain field and {zip64} in the zip64 field"
            ),
            Self::Zip64Misplaced => f.write_str(
                "the zip64 end record does not stand right before its locator, readers disagree \
                 about where to look",
            ),
            Self::Zip64Missing(of) => {
                write!(f, "{of} is said to be in a zip64 field that is not there")
            }
            Self::BrokenExtra => f.write_str("the blocks of the extra field do not fill it"),
            Self::DataBefore(bytes) => write!(f, "{bytes} bytes before the first member"),
            Self::DataAfter(bytes) => write!(f, "{bytes} bytes behind the end record"),
            Self::UnlistedBytes(bytes) => {
                write!(f, "{bytes} bytes here belong to no member that is listed")
            }
            Self::UnlistedMember(bytes) => write!(
                f,
                "a member that the central directory does not list, in {bytes} bytes here; readers \
                 that go from member to member see it"
            ),
            Self::Overlap => f.write_str("the member shares bytes with another one"),
            Self::NoLocalHeader => {
                f.write_str("no local header at the offset that the directory states")
            }
            Self::NameDiffers(local) => write!(
                f,
                "the local header names the member \"{}\", readers disagree",
                clip(&local.escape_debug().to_string())
            ),
            Self::FieldDiffers {
                of,
                directory,
                local,
                ..
            } => write!(
                f,
                "{of} is {directory} in the central directory and {local} in the local header"
            ),
            Self::Descriptor => {
                f.write_str("the data descriptor does not repeat the sizes of the directory")
            }
            Self::Flags(flags) => write!(
                f,
                "flags {flags:#06x} make some readers give up and others not; allowed are \
                 0x0002, 0x0004, 0x0008 and 0x0800"
            ),
            Self::Version(version) => write!(
                f,
                "the member is said to need version {version} of the format, at which some readers \
                 give up and others not; there are versions up to 63"
            ),
            Self::Encrypted => f.write_str("the member is encrypted"),
            Self::NotEncrypted => {
                f.write_str("the member is said to be encrypted, but its data are plain")
            }
            Self::DuplicateName => {
                f.write_str("the name stands twice, readers disagree about which one counts")
            }
            Self::OtherName(name) => write!(
                f,
                "an extra field names the member \"{}\", readers disagree",
                clip(&name.escape_debug().to_string())
            ),
            Self::Name(problem) => problem.fmt(f),
            Self::SpecialFile(what) => {
                write!(f, "the member is {what}, files and directories are allowed")
            }
            Self::DirectoryWithData(bytes) => {
                write!(
                    f,
                    "the name is a directory's, but {bytes} bytes belong to it"
                )
            }
            Self::StoredSize { compressed, size } => write!(
                f,
                "{compressed} bytes are stored of a member of {size}; stored members are as long \
                 as they are stored"
            ),
            Self::Bomb { compressed, size } => {
                write!(f, "{compressed} bytes are said to grow to {size}")
            }
            Self::Method(method) => write!(
                f,
                "compression method {method} is not read by this version; 0 (stored) and 8 \
                 (deflated) are"
            ),
            Self::Crc { stated, found } => write!(
                f,
                "the checksum is {found:08x}, {stated:08x} is stated; some readers ignore it"
            ),
            Self::BrokenData => {
                f.write_str("the compressed data break off; what stands before was read")
            }
            Self::ContentSize { stated, found } => {
                write!(f, "the content is {found} bytes, {stated} are stated")
            }
            Self::HiddenBytes(bytes) => write!(
                f,
                "{bytes} bytes of the member stand behind the end of its compressed data"
            ),
            Self::Limit { of, most, .. } => write!(f, "{of} are read up to {most}"),
        }
    }
}

impl Error for ZipProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => Some(problem),
            _ => None,
        }
    }
}
