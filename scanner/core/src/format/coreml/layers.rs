//! Which layers of a Core ML neural network hold weights, and where.
//!
//! Source: coremltools 9.0, `NeuralNetwork.proto`. A layer that is not here holds none.

/// What a field of a layer's parameters holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// A `WeightParams` of a matrix, by the name of the field.
    Matrix(&'static str),
    /// A `WeightParams` of a vector, by the name of the field.
    Vector(&'static str),
    /// A message with such fields.
    Group(&'static [(u32, Holds)]),
    /// A network.
    Network,
}

use Holds::{Group, Matrix, Vector};

/// The fields of a layer with weights, by the number of the layer's type.
pub(super) fn fields_of(layer: u32) -> &'static [(u32, Holds)] {
    LAYERS
        .iter()
        .find(|(number, _)| *number == layer)
        .map_or(&[], |(_, fields)| fields)
}

/// The number of the layer that a class of the application implements.
pub(super) const CUSTOM: u32 = 500;

const WEIGHTS_AND_BIAS: &[(u32, Holds)] = &[(20, Matrix("weights")), (21, Vector("bias"))];

/// `ActivationParams`: those that learn.
const ACTIVATION: &[(u32, Holds)] = &[
    (25, Group(&[(1, Vector("alpha"))])),
    (71, Group(&[(1, Vector("alpha")), (2, Vector("beta"))])),
];

const LSTM: &[(u32, Holds)] = &[
    (1, Matrix("inputGateWeightMatrix")),
    (2, Matrix("forgetGateWeightMatrix")),
    (3, Matrix("blockInputWeightMatrix")),
    (4, Matrix("outputGateWeightMatrix")),
    (20, Matrix("inputGateRecursionMatrix")),
    (21, Matrix("forgetGateRecursionMatrix")),
    (22, Matrix("blockInputRecursionMatrix")),
    (23, Matrix("outputGateRecursionMatrix")),
    (40, Vector("inputGateBiasVector")),
    (41, Vector("forgetGateBiasVector")),
    (42, Vector("blockInputBiasVector")),
    (43, Vector("outputGateBiasVector")),
    (60, Vector("inputGatePeepholeVector")),
    (61, Vector("forgetGatePeepholeVector")),
    (62, Vector("outputGatePeepholeVector")),
];

const LAYERS: &[(u32, &[(u32, Holds)])] = &[
    // convolution, activation, innerProduct, embedding
    (100, &[(90, Matrix("weights")), (91, Vector("bias"))]),
    (130, ACTIVATION),
    (140, WEIGHTS_AND_BIAS),
    (150, WEIGHTS_AND_BIAS),
    // batchnorm
    (
        160,
        &[
            (15, Vector("gamma")),
            (16, Vector("beta")),
            (17, Vector("mean")),
            (18, Vector("variance")),
        ],
    ),
    // scale, bias, loadConstant
    (245, &[(2, Vector("scale")), (5, Vector("bias"))]),
    (250, &[(2, Vector("bias"))]),
    (290, &[(2, Matrix("data"))]),
    // simpleRecurrent, gru, uniDirectionalLSTM, biDirectionalLSTM
    (
        400,
        &[
            (30, Matrix("weightMatrix")),
            (31, Matrix("recursionMatrix")),
            (32, Vector("biasVector")),
        ],
    ),
    (
        410,
        &[
            (30, Matrix("updateGateWeightMatrix")),
            (31, Matrix("resetGateWeightMatrix")),
            (32, Matrix("outputGateWeightMatrix")),
            (50, Matrix("updateGateRecursionMatrix")),
            (51, Matrix("resetGateRecursionMatrix")),
            (52, Matrix("outputGateRecursionMatrix")),
            (70, Vector("updateGateBiasVector")),
            (71, Vector("resetGateBiasVector")),
            (72, Vector("outputGateBiasVector")),
        ],
    ),
    (420, &[(20, Group(LSTM))]),
    (430, &[(20, Group(LSTM))]),
    // custom
    (CUSTOM, &[(20, Matrix("weights"))]),
    // branch, loop
    (605, &[(1, Holds::Network), (2, Holds::Network)]),
    (615, &[(3, Holds::Network), (4, Holds::Network)]),
    // embeddingND, batchedMatmul, loadConstantND, layerNormalization, convolution3d
    (1040, WEIGHTS_AND_BIAS),
    (1045, &[(8, Matrix("weights")), (9, Vector("bias"))]),
    (1070, &[(2, Matrix("data"))]),
    (1350, &[(3, Vector("gamma")), (4, Vector("beta"))]),
    (1471, &[(60, Matrix("weights")), (61, Vector("bias"))]),
];
