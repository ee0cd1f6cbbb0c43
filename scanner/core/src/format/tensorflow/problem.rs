//! What can be wrong with a model of TensorFlow, its encoding apart.

use std::error::Error;
use std::fmt;

use super::operators::Deed;
use crate::anomalies::{Problem, clip};
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
    /// A layer of Keras that runs code which stands in its configuration.
    LambdaLayer(String),
    /// A configuration of Keras that is not JSON.
    BrokenConfiguration(String),
    /// A configuration of Keras of more bytes than are read.
    LongConfiguration(u64),
}

/// Bytes of a configuration of Keras. Real ones take up to some megabytes.
pub(super) const MAX_CONFIGURATION: usize = 16 * 1024 * 1024;

impl Problem for TensorFlowProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::UnknownSchema(_) | Self::LongConfiguration(_) => AnomalyRule::NotExamined,
            Self::MissingGraph | Self::BrokenConfiguration(_) => AnomalyRule::MalformedHeader,
            Self::Operator { .. } | Self::LambdaLayer(_) => AnomalyRule::ExecutableLayer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::UnknownSchema(_) => "unknown-schema-version",
            Self::MissingGraph => "missing-graph",
            Self::Operator { deed, .. } => deed.kind(),
            Self::LambdaLayer(_) => "lambda-layer",
            Self::BrokenConfiguration(_) => "broken-json",
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
            Self::LambdaLayer(place) => write!(
                f,
                "a Lambda layer at {}: loading it runs the code in its configuration",
                clip(place)
            ),
            Self::BrokenConfiguration(error) => {
                write!(f, "the configuration of a Keras layer: {}", clip(error))
            }
            Self::LongConfiguration(length) => write!(
                f,
                "the configuration of a Keras layer has {length} bytes; {MAX_CONFIGURATION} are \
                 examined"
            ),
        }
    }
}

impl Error for TensorFlowProblem {}
