//! Operators of TensorFlow that do more than compute.
//!
//! A graph is a program: TensorFlow's SECURITY.md says so, and runs its initializers when a model is
//! loaded. Sources: tensorflow/core/ops (`script_ops.cc`, `io_ops.cc`, `dataset_ops.cc`,
//! `experimental_dataset_ops.cc`, `summary_ops.cc`, `debug_ops.cc`, `tpu_ops`), and the operators
//! that published attacks use (TFLOW-MALOPS, `WriteFile` nested in `DatasetFromGraph`).
//! `SaveV2`, `RestoreV2` and `MergeV2Checkpoints` stand in every saved model, and tell nothing.

/// What an operator does beyond computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    /// It calls a function of the Python program that runs the graph.
    CallsPython,
    /// It reads files, or lists them.
    ReadsFiles,
    /// It writes files.
    WritesFiles,
    /// It talks to other machines.
    Connects,
    /// It runs another graph, which stands in a text.
    RunsGraph,
}

const CALLS_PYTHON: &[&str] = &["EagerPyFunc", "PyFunc", "PyFuncStateless"];

const READS_FILES: &[&str] = &[
    "BigQueryReader",
    "CSVDataset",
    "CSVDatasetV2",
    "ExperimentalCSVDataset",
    "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2",
    "FixedLengthRecordReader",
    "FixedLengthRecordReaderV2",
    "GenerateVocabRemapping",
    "ImmutableConst",
    "LMDBDataset",
    "LMDBReader",
    "ListSnapshotChunksDataset",
    "LoadAndRemapMatrix",
    "LoadDataset",
    "MatchingFiles",
    "MatchingFilesDataset",
    "ReadFile",
    "RecordInput",
    "Skipgram",
    "SnapshotChunkDataset",
    "SnapshotDatasetReader",
    "SqlDataset",
    "TFRecordDataset",
    "TFRecordDatasetV2",
    "TFRecordReader",
    "TFRecordReaderV2",
    "TextLineDataset",
    "TextLineReader",
    "TextLineReaderV2",
    "WholeFileReader",
    "WholeFileReaderV2",
    "ExperimentalLMDBDataset",
    "ExperimentalMatchingFilesDataset",
    "ExperimentalSqlDataset",
];

const WRITES_FILES: &[&str] = &[
    "CacheDataset",
    "CacheDatasetV2",
    "CalibrationStatisticsSaver",
    "CreateSummaryDbWriter",
    "CreateSummaryFileWriter",
    "DatasetToTFRecord",
    "DistributedSave",
    "DumpTensor",
    "ExperimentalDatasetToTFRecord",
    "SaveDataset",
    "SaveDatasetV2",
    "SnapshotDataset",
    "SnapshotDatasetV2",
    "WriteFile",
];

const CONNECTS: &[&str] = &[
    "DataServiceDataset",
    "DataServiceDatasetV2",
    "DataServiceDatasetV3",
    "DataServiceDatasetV4",
    "DebugIdentity",
    "DebugIdentityV2",
    "DebugIdentityV3",
    "FileSystemSetConfiguration",
    "RegisterDataset",
    "RegisterDatasetV2",
    "Rpc",
    "RpcCall",
    "RpcClient",
    "RpcServer",
    "RpcServerRegister",
    "RpcServerStart",
    "TryRpc",
];

/// Operators that read and write checkpoints or load libraries: what stands in every saved model has
/// no place in single layers. Sources: `io_ops.cc`, `save_restore_v2_ops.cc`.
const OF_CHECKPOINTS: &[&str] = &[
    "DeleteDirectory",
    "LoadLibrary",
    "MergeV2Checkpoints",
    "Restore",
    "RestoreSlice",
    "RestoreV2",
    "Save",
    "SaveSlices",
    "SaveV2",
];

const RUNS_GRAPH: &[&str] = &["DatasetFromGraph", "RemoteFusedGraphExecute"];

/// Operators that do more than compute where an attribute starts like this: where `PrintV2` writes
/// if it does not write to the console, files of words, addresses of debuggers. Sources: `logging_ops.cc`,
/// `candidate_sampling_ops.cc`, `debug_ops.cc`.
const BY_ATTRIBUTE: &[ByAttribute] = &[
    ByAttribute {
        op: "PrintV2",
        key: "output_stream",
        start: b"file://",
        deed: Deed::WritesFiles,
    },
    ByAttribute {
        op: "FixedUnigramCandidateSampler",
        key: "vocab_file",
        start: b"",
        deed: Deed::ReadsFiles,
    },
    ByAttribute {
        op: "DebugNanCount",
        key: "debug_urls",
        start: b"",
        deed: Deed::Connects,
    },
    ByAttribute {
        op: "DebugNumericSummary",
        key: "debug_urls",
        start: b"",
        deed: Deed::Connects,
    },
];

/// An operator that one of its attributes makes do more than compute.
#[derive(Debug)]
pub(super) struct ByAttribute {
    pub(super) op: &'static str,
    key: &'static str,
    /// What the attribute starts with; any text that is not empty where this is.
    start: &'static [u8],
    deed: Deed,
}

/// Operators that hold a program for another machine than TensorFlow's own.
const COMPILED: &[&str] = &["TRTEngineOp", "XlaCallModule"];

/// Operators that hold a variable: their attributes say its type and shape.
const VARIABLES: &[&str] = &["VarHandleOp", "Variable", "VariableV2"];

/// Operators that stand at the start of most graphs.
const COMMON: &[&str] = &[
    "Const",
    "Identity",
    "NoOp",
    "Placeholder",
    "PlaceholderWithDefault",
];

/// Beginnings of the names of operators that read quantized numbers.
const QUANTIZED: &[&str] = &[
    "Dequantize",
    "Quantized",
    "UniformDequantize",
    "UniformQuantized",
];

/// What an operator does beyond computing, and its name.
pub(super) fn deed(op: &str) -> Option<(Deed, &'static str)> {
    let tables = [
        (Deed::CallsPython, CALLS_PYTHON),
        (Deed::ReadsFiles, READS_FILES),
        (Deed::WritesFiles, WRITES_FILES),
        (Deed::Connects, CONNECTS),
        (Deed::RunsGraph, RUNS_GRAPH),
    ];
    tables.iter().find_map(|(deed, table)| {
        let known = table.iter().find(|known| **known == op)?;
        Some((*deed, *known))
    })
}

/// Whether an operator reads or writes checkpoints.
pub(super) fn is_of_checkpoints(op: &str) -> bool {
    OF_CHECKPOINTS.contains(&op)
}

/// Whether an attribute of some operator names what it reads, writes or talks to.
pub(super) fn may_name_place(key: &str) -> bool {
    BY_ATTRIBUTE.iter().any(|known| known.key == key)
}

/// What an operator does beyond computing by an attribute, and its name.
pub(super) fn deed_by(op: &str, key: &str, text: &[u8]) -> Option<(Deed, &'static str)> {
    let known = by_attribute(key, text).find(|known| known.op == op)?;
    Some((known.deed, known.op))
}

/// What an attribute with this text makes do more than compute.
pub(super) fn by_attribute(key: &str, text: &[u8]) -> impl Iterator<Item = &'static ByAttribute> {
    BY_ATTRIBUTE
        .iter()
        .filter(move |known| known.key == key && !text.is_empty() && text.starts_with(known.start))
}

/// Whether an operator holds a program that was compiled elsewhere.
pub(super) fn is_compiled(op: &str) -> bool {
    COMPILED.contains(&op)
}

/// Whether an operator holds a variable.
pub(super) fn is_variable(op: &str) -> bool {
    VARIABLES.contains(&op)
}

/// Whether an operator reads quantized numbers.
pub(super) fn reads_quantized(op: &str) -> bool {
    QUANTIZED.iter().any(|start| op.starts_with(start))
}

/// Whether the name is that of an operator of TensorFlow that tells a graph.
pub(super) fn is_known(op: &str) -> bool {
    COMMON.contains(&op)
        || is_variable(op)
        || is_compiled(op)
        || deed(op).is_some()
        || BY_ATTRIBUTE.iter().any(|known| known.op == op)
}

impl Deed {
    /// Stable name of the anomaly that reports it.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::CallsPython => "python-operator",
            Self::ReadsFiles => "file-reading-operator",
            Self::WritesFiles => "file-writing-operator",
            Self::Connects => "connecting-operator",
            Self::RunsGraph => "nested-graph-operator",
        }
    }

    /// What it does, in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::CallsPython => "calls a Python function",
            Self::ReadsFiles => "reads or lists files",
            Self::WritesFiles => "writes files",
            Self::Connects => "talks to other machines",
            Self::RunsGraph => "runs a graph that stands in a text, which is not read",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_known_by_what_they_do() {
        for (op, expected) in [
            ("PyFunc", Some(Deed::CallsPython)),
            ("ReadFile", Some(Deed::ReadsFiles)),
            ("WriteFile", Some(Deed::WritesFiles)),
            ("DataServiceDatasetV4", Some(Deed::Connects)),
            ("DatasetFromGraph", Some(Deed::RunsGraph)),
            ("RpcCall", Some(Deed::Connects)),
            ("ImmutableConst", Some(Deed::ReadsFiles)),
            ("SaveV2", None),
            ("MatMul", None),
        ] {
            assert_eq!(deed(op).map(|(deed, _)| deed), expected, "{op}");
        }
    }

    #[test]
    fn an_attribute_decides_what_some_operators_do() {
        for (op, key, text, expected) in [
            ("PrintV2", "output_stream", "stderr", None),
            (
                "PrintV2",
                "output_stream",
                "file:///a",
                Some(Deed::WritesFiles),
            ),
            ("FixedUnigramCandidateSampler", "vocab_file", "", None),
            (
                "FixedUnigramCandidateSampler",
                "vocab_file",
                "/a",
                Some(Deed::ReadsFiles),
            ),
            (
                "DebugNanCount",
                "debug_urls",
                "grpc://a",
                Some(Deed::Connects),
            ),
            ("MatMul", "debug_urls", "grpc://a", None),
        ] {
            let found = deed_by(op, key, text.as_bytes()).map(|(deed, _)| deed);

            assert_eq!(found, expected, "{op} {text}");
        }
    }
}
