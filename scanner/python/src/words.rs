//! Fixed words: enums of the core, spelled for Python as the policy spells them.

use lbom_scanner::record;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// A type for each enum, whose values are `Literal` strings in Python.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $enum:path { $($variant:ident => $word:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name(&'static str);

        impl From<$enum> for $name {
            fn from(value: $enum) -> Self {
                match value { $(<$enum>::$variant => Self($word)),* }
            }
        }

        impl<'py> IntoPyObject<'py> for $name {
            type Target = PyString;
            type Output = Bound<'py, PyString>;
            type Error = std::convert::Infallible;

            #[cfg(feature = "stubs")]
            const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr = {
                use pyo3::inspect::{PyStaticConstant, PyStaticExpr};
                use pyo3::{type_hint_identifier, type_hint_subscript};
                type_hint_subscript!(
                    type_hint_identifier!("typing", "Literal"),
                    $(PyStaticExpr::Constant { value: PyStaticConstant::Str($word) }),*
                )
            };

            fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Self::Error> {
                self.0.into_pyobject(py)
            }
        }
    )*};
}

words! {
    /// How evidence compares with a claim.
    Verdict: record::QuantizationVerdict {
        Unclaimed => "unclaimed",
        NoEvidence => "no-evidence",
        Consistent => "consistent",
        Mixed => "mixed",
        Contradicted => "contradicted",
    }

    /// How a destination came into the file.
    Class: record::DestinationClass {
        Contact => "contact",
        Fetch => "fetch",
        Metadata => "metadata",
        Literal => "literal",
    }

    /// The rule that reports an anomaly.
    Rule: record::AnomalyRule {
        MalformedHeader => "malformed-header",
        TruncatedFile => "truncated-file",
        TrailingData => "trailing-data",
        NotExamined => "not-examined",
        ArchiveTrick => "archive-trick",
        ContentGatedTemplate => "content-gated-template",
        DeceptiveName => "deceptive-name",
        DigestMismatch => "digest-mismatch",
        ExecutableLayer => "executable-layer",
        ExternalDataEscape => "external-data-escape",
        IncompleteShards => "incomplete-shards",
        RemoteCode => "remote-code",
        StaleIndex => "stale-index",
        TemplateCode => "template-code",
        UnsafeImport => "unsafe-import",
    }

    /// What a file of weights is.
    Kind: record::Kind {
        Adapter => "adapter",
        Projector => "projector",
        ImportanceMatrix => "importance-matrix",
        Vocabulary => "vocabulary",
    }

    /// What a file says of itself.
    Property: record::Property {
        Name => "name",
        Version => "version",
        Description => "description",
        Author => "author",
        Organization => "organization",
        QuantizedBy => "quantized-by",
        Task => "task",
        Language => "language",
        Tag => "tag",
        Producer => "producer",
        Framework => "framework",
        MinimumRuntime => "minimum-runtime",
        ComputeType => "compute-type",
        Domain => "domain",
        Opset => "opset",
        Signature => "signature",
        Function => "function",
        Delegate => "delegate",
        CodeFile => "code-file",
        Metadata => "metadata",
        LeftOut => "left-out",
    }

    /// What loading a file does.
    Loading: record::Loading {
        Data => "data",
        Program => "program",
        Code => "code",
    }
}
