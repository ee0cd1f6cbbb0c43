//! What weights need to import, and what each import makes.
//!
//! Every name stands here because the writer of a file of weights puts it there, and because
//! calling it, with any arguments and any state, does nothing but build data. A class of a library
//! of models does not: its methods run while it is loaded, and what they do changes from one
//! version to the next.
//!
//! To add a name: a line in [`KNOWN`], in the group of the library that writes it, with a source
//! that shows it to be harmless.

/// What an import makes when it is called, as far as anything follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// An object that is not followed.
    Plain,
    /// An object of the class that is the first argument.
    Reconstruct,
    /// A dictionary.
    Dict,
    /// A list.
    List,
    /// A class of storages, with elements of a type: its name, and the bytes of one.
    Storage(&'static str, u64),
    /// A type of elements: its name, and the bytes of one.
    Dtype(&'static str, u64),
    /// A storage of bytes, whose elements the tensor tells.
    UntypedStorage,
    /// A tensor: `storage, offset, size, stride, ...`; with a `dtype` at 6 in the third version.
    RebuildTensor,
    /// A parameter, or what else wraps the tensor that is its first argument.
    WrapTensor,
    /// What `_rebuild_from_type_v2` makes: `function, type, arguments, state`.
    RebuildFromType,
    /// A type of numpy: `code, align, copy`.
    NumpyDtype,
    /// An array of numpy that its state fills.
    NumpyArray,
    /// An array of numpy: `buffer, dtype, shape, order`.
    NumpyFromBuffer,
    /// A wrapper of joblib behind whose state the array follows.
    ArrayBehind,
    /// A wrapper of joblib that names a file with the array.
    ArrayBeside,
}

use Role::{
    ArrayBehind, ArrayBeside, Dict, Dtype, List, NumpyArray, NumpyDtype, NumpyFromBuffer, Plain,
    RebuildFromType, RebuildTensor, Reconstruct, Storage, UntypedStorage, WrapTensor,
};

/// Names of one module that are known.
struct Known {
    module: &'static str,
    names: &'static [(&'static str, Role)],
}

const KNOWN: &[Known] = &[
    // torch 2.12, `torch/_weights_only_unpickler.py`, `_get_allowed_globals`.
    Known {
        module: "collections",
        names: &[
            ("OrderedDict", Dict),
            ("Counter", Dict),
            // Not torch's, but containers of the same module that builtin ones fill.
            ("defaultdict", Dict),
            ("deque", List),
        ],
    },
    Known {
        module: "torch._utils",
        names: &[
            ("_rebuild_tensor", RebuildTensor),
            ("_rebuild_tensor_v2", RebuildTensor),
            ("_rebuild_tensor_v3", RebuildTensor),
            ("_rebuild_qtensor", RebuildTensor),
            ("_rebuild_parameter", WrapTensor),
            ("_rebuild_parameter_with_state", WrapTensor),
            ("_rebuild_sparse_tensor", Plain),
            ("_rebuild_meta_tensor_no_storage", Plain),
            ("_rebuild_wrapper_subclass", Plain),
            ("_rebuild_device_tensor_from_numpy", WrapTensor),
            ("_rebuild_device_tensor_from_cpu_tensor", WrapTensor),
        ],
    },
    Known {
        module: "torch._tensor",
        names: &[("_rebuild_from_type_v2", RebuildFromType)],
    },
    Known {
        module: "torch.nn.parameter",
        names: &[("Parameter", WrapTensor)],
    },
    Known {
        module: "torch.serialization",
        names: &[("_get_layout", Plain)],
    },
    Known {
        module: "torch",
        names: &[
            ("Size", Plain),
            ("Tensor", Plain),
            ("device", Plain),
            // `torch._storage_classes`, with the types of `_dtype_to_storage_type_map`.
            ("DoubleStorage", Storage("F64", 8)),
            ("FloatStorage", Storage("F32", 4)),
            ("HalfStorage", Storage("F16", 2)),
            ("BFloat16Storage", Storage("BF16", 2)),
            ("LongStorage", Storage("I64", 8)),
            ("IntStorage", Storage("I32", 4)),
            ("ShortStorage", Storage("I16", 2)),
            ("CharStorage", Storage("I8", 1)),
            ("ByteStorage", Storage("U8", 1)),
            ("BoolStorage", Storage("BOOL", 1)),
            ("ComplexDoubleStorage", Storage("C128", 16)),
            ("ComplexFloatStorage", Storage("C64", 8)),
            ("QInt8Storage", Storage("I8", 1)),
            ("QInt32Storage", Storage("I32", 4)),
            ("QUInt8Storage", Storage("U8", 1)),
            // Two and four elements in a byte; the storage counts bytes.
            ("QUInt4x2Storage", Storage("U4", 1)),
            ("QUInt2x4Storage", Storage("U2", 1)),
            ("UntypedStorage", UntypedStorage),
            // `torch._tensor_classes`, constructors of tensors on the processor.
            ("DoubleTensor", Plain),
            ("FloatTensor", Plain),
            ("HalfTensor", Plain),
            ("BFloat16Tensor", Plain),
            ("LongTensor", Plain),
            ("IntTensor", Plain),
            ("ShortTensor", Plain),
            ("CharTensor", Plain),
            ("ByteTensor", Plain),
            ("BoolTensor", Plain),
            // Types of elements, by the names that `str(dtype)` gives.
            ("float64", Dtype("F64", 8)),
            ("float32", Dtype("F32", 4)),
            ("float16", Dtype("F16", 2)),
            ("bfloat16", Dtype("BF16", 2)),
            ("float8_e5m2", Dtype("F8_E5M2", 1)),
            ("float8_e4m3fn", Dtype("F8_E4M3", 1)),
            ("float8_e5m2fnuz", Dtype("F8_E5M2FNUZ", 1)),
            ("float8_e4m3fnuz", Dtype("F8_E4M3FNUZ", 1)),
            ("float8_e8m0fnu", Dtype("F8_E8M0", 1)),
            // Two elements in a byte, which torch counts as one element.
            ("float4_e2m1fn_x2", Dtype("F4", 1)),
            // Bytes and pairs of bytes, of which nobody says what they mean.
            ("bits8", Dtype("U8", 1)),
            ("bits16", Dtype("U16", 2)),
            ("bits1x8", Dtype("U8", 1)),
            ("bits2x4", Dtype("U8", 1)),
            ("bits4x2", Dtype("U8", 1)),
            ("bcomplex32", Dtype("BC32", 4)),
            ("complex32", Dtype("C32", 4)),
            ("complex64", Dtype("C64", 8)),
            ("complex128", Dtype("C128", 16)),
            ("int64", Dtype("I64", 8)),
            ("int32", Dtype("I32", 4)),
            ("int16", Dtype("I16", 2)),
            ("int8", Dtype("I8", 1)),
            ("uint64", Dtype("U64", 8)),
            ("uint32", Dtype("U32", 4)),
            ("uint16", Dtype("U16", 2)),
            ("uint8", Dtype("U8", 1)),
            ("bool", Dtype("BOOL", 1)),
            ("qint8", Dtype("I8", 1)),
            ("qint32", Dtype("I32", 4)),
            ("quint8", Dtype("U8", 1)),
            ("quint4x2", Dtype("U4", 1)),
            ("quint2x4", Dtype("U2", 1)),
            // How a quantized tensor is scaled.
            ("per_tensor_affine", Plain),
            ("per_tensor_symmetric", Plain),
            ("per_channel_affine", Plain),
            ("per_channel_symmetric", Plain),
            ("per_channel_affine_float_qparams", Plain),
        ],
    },
    Known {
        module: "torch.storage",
        names: &[("UntypedStorage", UntypedStorage), ("TypedStorage", Plain)],
    },
    // What `torch.jit.save` writes in place of lists: torch 2.12, `torch/jit/_pickle.py`.
    Known {
        module: "torch.jit._pickle",
        names: &[
            ("build_intlist", List),
            ("build_tensorlist", List),
            ("build_doublelist", List),
            ("build_boollist", List),
            ("build_tensor_from_id", Plain),
            ("restore_type_tag", WrapTensor),
        ],
    },
    // numpy 2.4, `ndarray.__reduce__`, `dtype.__reduce__` and `generic.__reduce__` in
    // `numpy/_core/src/multiarray`; `numpy.core` is the name before numpy 2.
    Known {
        module: "numpy",
        names: &[
            ("ndarray", NumpyArray),
            ("dtype", NumpyDtype),
            ("matrix", Plain),
        ],
    },
    Known {
        module: "numpy.core.multiarray",
        names: &[("_reconstruct", NumpyArray), ("scalar", Plain)],
    },
    Known {
        module: "numpy._core.multiarray",
        names: &[("_reconstruct", NumpyArray), ("scalar", Plain)],
    },
    // Arrays of protocol 5.
    Known {
        module: "numpy.core.numeric",
        names: &[("_frombuffer", NumpyFromBuffer)],
    },
    Known {
        module: "numpy._core.numeric",
        names: &[("_frombuffer", NumpyFromBuffer)],
    },
    Known {
        module: "numpy.matrixlib.defmatrix",
        names: &[("matrix", Plain)],
    },
    // numpy before 1.0, `numpy/core/_internal.py`: as `_reconstruct` of `multiarray`.
    Known {
        module: "numpy.core._internal",
        names: &[("_reconstruct", NumpyArray)],
    },
    Known {
        module: "numpy.core.defmatrix",
        names: &[("matrix", Plain)],
    },
    Known {
        module: "numpy.ma.core",
        names: &[("_mareconstruct", Plain), ("MaskedArray", Plain)],
    },
    // Its name since numpy 2.3.
    Known {
        module: "numpy.ma",
        names: &[("MaskedArray", Plain)],
    },
    // ml_dtypes 0.5, the types that jax has and numpy has not: scalars, of which numpy makes types
    // of elements. Each takes a byte or two, whatever its bits.
    Known {
        module: "ml_dtypes",
        names: &[
            ("bfloat16", Dtype("BF16", 2)),
            ("float8_e4m3fn", Dtype("F8_E4M3", 1)),
            ("float8_e4m3fnuz", Dtype("F8_E4M3FNUZ", 1)),
            ("float8_e5m2", Dtype("F8_E5M2", 1)),
            ("float8_e5m2fnuz", Dtype("F8_E5M2FNUZ", 1)),
            ("float8_e8m0fnu", Dtype("F8_E8M0", 1)),
        ],
    },
    // joblib 1.5, `joblib/numpy_pickle.py` and `numpy_pickle_compat.py`. The wrappers read the
    // arrays of the file itself, or of files beside it that are looked at here.
    Known {
        module: "joblib.numpy_pickle",
        names: &[
            ("NumpyArrayWrapper", ArrayBehind),
            ("NDArrayWrapper", ArrayBeside),
            ("ZNDArrayWrapper", ArrayBeside),
        ],
    },
    Known {
        module: "joblib.numpy_pickle_compat",
        names: &[
            ("NDArrayWrapper", ArrayBeside),
            ("ZNDArrayWrapper", ArrayBeside),
        ],
    },
    // The copy that scikit-learn shipped until 0.21.
    Known {
        module: "sklearn.externals.joblib.numpy_pickle",
        names: &[
            ("NumpyArrayWrapper", ArrayBehind),
            ("NDArrayWrapper", ArrayBeside),
            ("ZNDArrayWrapper", ArrayBeside),
        ],
    },
    // Bytes in protocols 0 to 2: `Lib/pickle.py`, `save_bytes`.
    Known {
        module: "_codecs",
        names: &[("encode", Plain)],
    },
    // Values that have no opcode of their own in every protocol: `Lib/pickle.py`, `save_*`, and
    // `object.__reduce_ex__` of the types. `object` is what `_reconstructor` makes of.
    Known {
        module: "builtins",
        names: &[
            ("bool", Plain),
            ("bytearray", Plain),
            ("bytes", Plain),
            ("complex", Plain),
            ("dict", Dict),
            ("float", Plain),
            ("frozenset", Plain),
            ("int", Plain),
            ("list", List),
            ("long", Plain),
            ("object", Plain),
            ("range", Plain),
            ("set", List),
            ("slice", Plain),
            ("str", Plain),
            ("tuple", Plain),
            ("unicode", Plain),
            ("xrange", Plain),
        ],
    },
    // `Lib/copyreg.py`: makes an object of a class that is an import of its own.
    Known {
        module: "copyreg",
        names: &[("_reconstructor", Reconstruct)],
    },
];

/// Modules that had another name in Python 2: `Lib/_compat_pickle.py`, `IMPORT_MAPPING`.
const PYTHON_2: &[(&str, &str)] = &[("__builtin__", "builtins"), ("copy_reg", "copyreg")];

/// Modules whose names carry code: bytecode of functions, pickled with the values that they
/// close over.
const CARRIERS: &[&str] = &["cloudpickle", "dill", "marshal", "types"];

/// What an import makes; `None` where weights do not need it.
pub(super) fn role(module: &str, name: &str) -> Option<Role> {
    let module = PYTHON_2
        .iter()
        .find(|(old, _)| *old == module)
        .map_or(module, |(_, new)| *new);
    KNOWN
        .iter()
        .filter(|known| known.module == module)
        .flat_map(|known| known.names)
        .find(|(known, _)| *known == name)
        .map(|(_, role)| *role)
}

/// Whether weights need an import.
pub(super) fn is_known(module: &str, name: &str) -> bool {
    role(module, name).is_some()
}

/// Whether a text is a module or a name of the list.
pub(super) fn is_word(text: &str) -> bool {
    KNOWN
        .iter()
        .any(|known| known.module == text || known.names.iter().any(|(name, _)| *name == text))
}

/// Whether an import makes functions of code that the file carries.
pub(super) fn carries_code(import: &str) -> bool {
    let module = import.split('.').next().unwrap_or_default();
    CARRIERS.contains(&module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_torch_and_numpy_write_is_known() {
        for (module, name) in [
            ("torch._utils", "_rebuild_tensor_v2"),
            ("torch", "BFloat16Storage"),
            ("collections", "OrderedDict"),
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("joblib.numpy_pickle", "NumpyArrayWrapper"),
            ("_codecs", "encode"),
            ("builtins", "set"),
            ("__builtin__", "set"),
            ("copy_reg", "_reconstructor"),
        ] {
            assert!(is_known(module, name), "{module}.{name}");
        }
    }

    #[test]
    fn what_runs_or_reaches_further_is_not() {
        for (module, name) in [
            ("builtins", "eval"),
            ("builtins", "getattr"),
            ("builtins", "__import__"),
            ("builtins", "open"),
            ("__builtin__", "apply"),
            ("os", "system"),
            ("torch", "load"),
            ("torch.storage", "_load_from_bytes"),
            ("torch.nn.modules.linear", "Linear"),
            ("numpy", "load"),
            ("numpy.testing._private.utils", "runstring"),
            ("joblib", "load"),
            ("functools", "partial"),
            ("operator", "attrgetter"),
            ("sklearn.svm._classes", "SVC"),
        ] {
            assert!(!is_known(module, name), "{module}.{name}");
        }
    }

    #[test]
    fn a_dotted_name_does_not_reach_into_what_is_known() {
        assert!(!is_known("collections", "OrderedDict.fromkeys"));
        assert!(!is_known("torch", "_utils._rebuild_tensor_v2"));
        assert!(!is_known("collections.OrderedDict", ""));
    }

    #[test]
    fn functions_travel_with_cloudpickle_and_dill() {
        assert!(carries_code("cloudpickle.cloudpickle._make_function"));
        assert!(carries_code("dill._dill._create_function"));
        assert!(!carries_code("collections.OrderedDict"));
    }
}
