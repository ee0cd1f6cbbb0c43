//! Custom operators that the runtimes of `TFLite` lend: whoever loads a model of any other brings a
//! library of its own, which decides what the operator does.
//!
//! To add one: put its name into the table of its runtime.

/// Beginnings of names that a runtime keeps for itself: TensorFlow Text, and what `LiteRT` makes of
/// language models.
const FAMILIES: &[&str] = &["TFText>", "odml."];

/// `tensorflow/lite/core/kernels/register.cc`, `kernels/custom_ops_register.h`,
/// `kernels/parse_example`, `kernels/variants/register_list_ops.cc`.
const OF_TFLITE: &[&str] = &[
    "Atan2",
    "AudioSpectrogram",
    "AvgPool3D",
    "HashtableFind",
    "HashtableImport",
    "HashtableSize",
    "Irfft2d",
    "MaxPool3D",
    "Mfcc",
    "Multinomial",
    "NumericVerify",
    "ParseExample",
    "ParseExampleV2",
    "RandomStandardNormal",
    "RandomUniform",
    "RandomUniformInt",
    "Roll",
    "Sign",
    "TFLite_Detection_PostProcess",
    "TensorListElementShape",
    "TensorListFromTensor",
    "TensorListGetItem",
    "TensorListLength",
    "TensorListPopBack",
    "TensorListPushBack",
    "TensorListReserve",
    "TensorListSetItem",
    "TensorListStack",
    "VariantAddN",
    "VariantZerosLike",
    "aeq.hadamard_rotation",
];

/// `mediapipe/tasks/cc/core/mediapipe_builtin_op_resolver.cc`, `mediapipe/util/tflite/operations`.
const OF_MEDIAPIPE: &[&str] = &[
    "Convolution2DTransposeBias",
    "FusedBatchNormV3",
    "KmeansEmbeddingLookup",
    "Landmarks2TransformMatrix",
    "MaxPoolingWithArgmax2D",
    "MaxUnpooling2D",
    "NGramHash",
    "RaggedTensorToTensor",
    "Resampler",
    "TFSentencepieceDetokenizeOp",
    "TFSentencepieceTokenizeOp",
    "TransformLandmarks",
    "TransformTensorBilinear",
];

/// `tensorflow/lite/micro/micro_mutable_op_resolver.h` of `TFLite` Micro.
const OF_MICRO: &[&str] = &[
    "CIRCULAR_BUFFER",
    "SignalDelay",
    "SignalEnergy",
    "SignalFftAutoScale",
    "SignalFilterBank",
    "SignalFilterBankLog",
    "SignalFilterBankSpectralSubtraction",
    "SignalFilterBankSquareRoot",
    "SignalFramer",
    "SignalIrfft",
    "SignalOverlapAdd",
    "SignalPCAN",
    "SignalRfft",
    "SignalStacker",
    "SignalWindow",
];

/// Operators whose options are a program for an accelerator: Coral's Edge TPU and Arm's Ethos-U.
const COMPILED: &[&str] = &["edgetpu-custom-op", "ethos-u"];

/// Whether a runtime lends the operator.
pub(super) fn is_lent(name: &str) -> bool {
    [OF_TFLITE, OF_MEDIAPIPE, OF_MICRO]
        .iter()
        .any(|names| names.contains(&name))
        || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Whether the operator holds a program that was compiled elsewhere.
pub(super) fn is_compiled(name: &str) -> bool {
    COMPILED.contains(&name)
}
