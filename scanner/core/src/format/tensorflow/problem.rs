//! What can be wrong with a model of TensorFlow, its encoding apart.

use std::error::Error;
use std::fmt;

use super::operators::Deed;
use crate::anomalies::Problem;
use crate::format::keras::MAX_CONFIG;
use crate::record::AnomalyRule;

/// Something wrong with a model of TensorFlow.
#[derive(Debug)]
pub(super) enum TensorFlowProblem {
    /// A version of the schema that is not known.
    UnknownSchema(u64),
    /// No graph.
    MissingGraph,
    /// An operator that does more than compute.
    Operator {
        /// What it does.
        deed: Deed,
        /// Its name.
        op: &'static str,
        /// Number of nodes.
        nodes: u64,
    },
    /// A configuration of Keras of more bytes than are read.
    LongConfiguration(u64),
}

impl Problem for TensorFlowProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::UnknownSchema(_) | Self::LongConfiguration(_) => AnomalyRule::NotExamined,
            Self::MissingGraph => AnomalyRule::MalformedHeader,
            Self::Operator { .. } => AnomalyRule::ExecutableLayer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::UnknownSchema(_) => "unknown-schema-version",
            Self::MissingGraph => "missing-graph",
            Self::Operator { deed, .. } => deed.kind(),
            Self::LongConfiguration(_) => "limit-configuration",
        }
    }
}

impl fmt::Display for TensorFlowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSchema(found) => {
                write!(f, "schema version {found} is not known; 1 is")
            }
            Self::MissingGraph => f.write_str("no graph, which a model has"),
            Self::Operator { deed, op, nodes } => {
                let nodes = if *nodes == 1 {
                    "1 node".to_owned()
                } else {
                    format!("{nodes} nodes")
                };
                write!(f, "the operator {op} ({nodes}) {}", deed.words())
            }
            Self::LongConfiguration(length) => write!(
                f,
                "the configuration of a Keras layer has {length} bytes; {MAX_CONFIG} are \
                 examined"
            ),
        }
    }
}

impl Error for TensorFlowProblem {}
