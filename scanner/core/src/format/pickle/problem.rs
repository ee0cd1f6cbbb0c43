//! What can be wrong with a pickle.

use std::error::Error;
use std::fmt;

use super::limits;
use crate::anomalies::{Fault, Problem, clip};
use crate::reader::{ReadProblem, widen};
use crate::record::AnomalyRule;

/// What reading a part of a pickle comes to.
pub(crate) type Result<T> = std::result::Result<T, Fault<PickleProblem>>;

/// Something wrong with a pickle.
///
/// Whatever keeps the disassembly from going on is an unsafe import: what cannot be read to its
/// end cannot be said to import nothing else.
#[derive(Debug)]
#[non_exhaustive]
pub enum PickleProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// A byte that is no opcode.
    UnknownOpcode(u8),
    /// A version that no unpickler knows.
    Protocol(u8),
    /// An opcode that takes more from the stack than there is.
    Underflow(&'static str),
    /// An opcode whose argument is not what it takes.
    Argument(&'static str),
    /// An entry of the memo that was never put there.
    NotInMemo(u64),
    /// An import whose module or name is not a text that stands in the pickle.
    ComputedImport,
    /// An import by a number that is registered elsewhere.
    ExtensionImport(u64),
    /// A call of something that cannot be called.
    Call(&'static str),
    /// State set on what was imported instead of on an object.
    BuildOnImport(String),
    /// Items set on something that has none.
    Target {
        /// The opcode.
        opcode: &'static str,
        /// What the items are set on.
        target: &'static str,
    },
    /// A reference that the loading program resolves, where none is expected.
    PersistentId,
    /// A reference to a storage that is none of torch's.
    StorageReference,
    /// A wrapper of joblib that does not say what array follows.
    ArrayWrapper,
    /// An array between opcodes, inside a frame.
    ArrayInFrame,
    /// Data of an array that are opcodes as well.
    ArrayIsProgram,
    /// A file of joblib's outside of the directory.
    ArrayFile(String),
    /// Bytes behind the last pickle.
    TrailingBytes {
        /// How many.
        bytes: u64,
        /// What they look like.
        like: Option<&'static str>,
    },
    /// A storage that is described twice, in two ways.
    StorageDiffers,
    /// A tensor beyond the end of its storage.
    OutsideStorage {
        /// Elements from the storage's first to the tensor's last.
        needed: u64,
        /// Elements of the storage.
        elements: u64,
    },
    /// A tensor whose description is another than those that are read.
    TensorsNotRead(u64),
    /// More of something than is followed.
    Limit(Limit),
}

/// What is followed up to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Opcodes of a file.
    Opcodes,
    /// Values on the stack.
    Stack,
    /// Entries of the memo.
    Memo,
    /// Imports that are listed.
    Imports,
    /// Pickles behind each other.
    Streams,
    /// Pickles within each other.
    Depth,
    /// Tensors that are listed.
    Tensors,
}

impl Limit {
    fn kind(self) -> &'static str {
        match self {
            Self::Opcodes => "limit-opcodes",
            Self::Stack => "limit-stack",
            Self::Memo => "limit-memo",
            Self::Imports => "limit-imports",
            Self::Streams => "limit-streams",
            Self::Depth => "limit-depth",
            Self::Tensors => "limit-tensors",
        }
    }

    fn what(self) -> (&'static str, u64) {
        match self {
            Self::Opcodes => ("opcodes", limits::MAX_OPCODES),
            Self::Stack => ("values on the stack", widen(limits::MAX_STACK)),
            Self::Memo => ("entries of the memo", limits::MAX_MEMO_INDEX),
            Self::Imports => ("imports", widen(limits::MAX_IMPORTS)),
            Self::Streams => ("pickles behind each other", widen(limits::MAX_STREAMS)),
            Self::Depth => ("pickles within each other", limits::MAX_DEPTH.into()),
            Self::Tensors => ("tensors", widen(limits::MAX_TENSORS)),
        }
    }
}

impl From<ReadProblem> for PickleProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for PickleProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::PersistentId | Self::TensorsNotRead(_) | Self::Limit(_) => {
                AnomalyRule::NotExamined
            }
            Self::StorageDiffers | Self::OutsideStorage { .. } => AnomalyRule::MalformedHeader,
            Self::ArrayFile(_) => AnomalyRule::ExternalDataEscape,
            Self::TrailingBytes { .. } => AnomalyRule::TrailingData,
            _ => AnomalyRule::UnsafeImport,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::UnknownOpcode(_)
            | Self::Protocol(_)
            | Self::Underflow(_)
            | Self::Argument(_)
            | Self::NotInMemo(_)
            | Self::Call(_)
            | Self::ArrayWrapper => "unreadable-pickle",
            Self::ComputedImport => "computed-import",
            Self::ExtensionImport(_) => "extension-import",
            Self::BuildOnImport(_) => "state-on-import",
            Self::Target { .. } => "wrong-target",
            Self::PersistentId => "persistent-id",
            Self::StorageReference => "unexpected-persistent-id",
            Self::ArrayInFrame => "array-in-frame",
            Self::ArrayIsProgram => "array-is-program",
            Self::ArrayFile(_) => "array-file-outside",
            Self::TrailingBytes { .. } => "trailing-bytes",
            Self::StorageDiffers => "storage-differs",
            Self::OutsideStorage { .. } => "tensor-outside-storage",
            Self::TensorsNotRead(_) => "tensor-not-read",
            Self::Limit(limit) => limit.kind(),
        }
    }
}

impl fmt::Display for PickleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::UnknownOpcode(byte) => write!(f, "0x{byte:02x} is no opcode of a pickle"),
            Self::Protocol(version) => write!(f, "protocol {version}; 0 to 5 are known"),
            Self::Underflow(opcode) => {
                write!(f, "{opcode} takes more from the stack than there is")
            }
            Self::Argument(opcode) => write!(f, "the argument of {opcode} is not one it takes"),
            Self::NotInMemo(index) => write!(f, "entry {index} of the memo was never put there"),
            Self::ComputedImport => f.write_str(
                "the module or the name of an import is not a text that stands in the pickle",
            ),
            Self::ExtensionImport(code) => write!(
                f,
                "an import by the number {code} of a registry outside of the file"
            ),
            Self::Call(what) => write!(f, "a call of {what}, which cannot be called"),
            Self::BuildOnImport(name) => write!(
                f,
                "sets state on {} itself; state is allowed on objects",
                clip(name)
            ),
            Self::Target { opcode, target } => {
                write!(f, "{opcode} on {target}; a container is allowed")
            }
            Self::PersistentId => f.write_str(
                "a reference that the loading program resolves; what it leads to is not in the file",
            ),
            Self::StorageReference => {
                f.write_str("a reference to something other than a storage of torch")
            }
            Self::ArrayWrapper => {
                f.write_str("a wrapper of joblib that does not tell the size of its array")
            }
            Self::ArrayInFrame => f.write_str(
                "array data inside of a frame; joblib reads them behind it, pickle does not",
            ),
            Self::ArrayIsProgram => f.write_str(
                "array data that are opcodes as well; joblib reads an array, pickle runs them",
            ),
            Self::ArrayFile(name) => write!(
                f,
                "an array in the file \"{}\"; a file of the same directory is allowed",
                clip(name)
            ),
            Self::TrailingBytes { bytes, like } => {
                write!(f, "{bytes} bytes follow the last pickle")?;
                like.map_or(Ok(()), |like| write!(f, ", which look like {like}"))
            }
            Self::StorageDiffers => {
                f.write_str("a storage is described twice, with another type or size")
            }
            Self::OutsideStorage { needed, elements } => write!(
                f,
                "a tensor reaches to element {needed} of a storage of {elements}"
            ),
            Self::TensorsNotRead(1) => {
                f.write_str("a tensor that is described in a way that is not read")
            }
            Self::TensorsNotRead(count) => write!(
                f,
                "{count} tensors, of which this is the first, are described in a way that is not read"
            ),
            Self::Limit(limit) => {
                let (of, most) = limit.what();
                write!(f, "more {of} than are followed; the limit is {most}")
            }
        }
    }
}

impl Error for PickleProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => problem.source(),
            _ => None,
        }
    }
}
