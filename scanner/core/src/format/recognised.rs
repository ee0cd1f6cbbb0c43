//! Formats that are recognised and not read: a file of one is named, sized and fingerprinted, and
//! reported as not examined.

use super::{Format, signatures};
use crate::record::Loading;

pub(super) const LLAMAFILE: Format = Format {
    name: "llamafile",
    suffixes: &["llamafile"],
    recognised_by: "MZqFpD at 0",
    loading: Loading::Code,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::llamafile,
    read: None,
};

pub(super) const GGML: Format = Format {
    name: "ggml",
    suffixes: &["ggml"],
    recognised_by: "lmgg, fmgg, tjgg or algg at 0",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::ggml,
    read: None,
};

pub(super) const PYTORCH_LEGACY: Format = Format {
    name: "pytorch-legacy",
    suffixes: &["pt", "pth", "ckpt"],
    recognised_by: "a pickle of torch's magic number at 0",
    loading: Loading::Program,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::pytorch_legacy,
    read: None,
};

pub(super) const PICKLE: Format = Format {
    name: "pickle",
    suffixes: &[
        "pkl", "pickle", "joblib", "dill", "pt", "pth", "ckpt", "pdparams",
    ],
    recognised_by: "PROTO 2 to 5, then an opcode",
    loading: Loading::Program,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::pickle,
    read: None,
};

pub(super) const KERAS: Format = Format {
    name: "keras",
    suffixes: &["keras"],
    recognised_by: "a zip with the suffix keras",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::keras,
    read: None,
};

pub(super) const NUMPY_ZIP: Format = Format {
    name: "numpy-zip",
    suffixes: &["npz"],
    recognised_by: "a zip with the suffix npz, or whose first member is an npy",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::numpy_zip,
    read: None,
};

pub(super) const PYTORCH: Format = Format {
    name: "pytorch",
    suffixes: &["pt", "pth", "ckpt", "pt2", "ptl"],
    recognised_by: "a zip of torch's members, or one with torch's suffix",
    loading: Loading::Program,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::pytorch,
    read: None,
};

pub(super) const NUMPY: Format = Format {
    name: "numpy",
    suffixes: &["npy"],
    recognised_by: "\\x93NUMPY at 0",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::numpy,
    read: None,
};

pub(super) const HDF5: Format = Format {
    name: "hdf5",
    suffixes: &["h5", "hdf5", "hdf"],
    recognised_by: "\\x89HDF\\r\\n\\x1a\\n at 0, 512, 1024 or 2048",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::hdf5,
    read: None,
};

pub(super) const TFLITE: Format = Format {
    name: "tflite",
    suffixes: &["tflite", "lite"],
    recognised_by: "TFL3 at 4",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::tflite,
    read: None,
};

pub(super) const EXECUTORCH: Format = Format {
    name: "executorch",
    suffixes: &["pte"],
    recognised_by: "ET and two digits at 4, with the suffix pte",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::executorch,
    read: None,
};

pub(super) const COREML_COMPILED: Format = Format {
    name: "coreml-compiled",
    suffixes: &[],
    recognised_by: "the name coremldata.bin",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::coreml_compiled,
    read: None,
};

pub(super) const SEVEN_ZIP: Format = Format {
    name: "7z",
    suffixes: &[],
    recognised_by: "7z\\xbc\\xaf\\x27\\x1c at 0, with a model's suffix",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::seven_zip,
    read: None,
};

pub(super) const ZIP: Format = Format {
    name: "zip",
    suffixes: &[],
    recognised_by: "PK\\x03\\x04 at 0, with a model's suffix",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::zip,
    read: None,
};

pub(super) const GZIP: Format = Format {
    name: "gzip",
    suffixes: &[],
    recognised_by: "\\x1f\\x8b at 0, with a model's suffix",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::gzip,
    read: None,
};

pub(super) const BZIP2: Format = Format {
    name: "bzip2",
    suffixes: &[],
    recognised_by: "BZh at 0, with a model's suffix",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::bzip2,
    read: None,
};

pub(super) const XZ: Format = Format {
    name: "xz",
    suffixes: &[],
    recognised_by: "\\xfd7zXZ\\x00 at 0, with a model's suffix",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::xz,
    read: None,
};

pub(super) const ZSTD: Format = Format {
    name: "zstd",
    suffixes: &[],
    recognised_by: "\\x28\\xb5\\x2f\\xfd at 0, with a model's suffix",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::zstd,
    read: None,
};

pub(super) const LZ4: Format = Format {
    name: "lz4",
    suffixes: &[],
    recognised_by: "\\x04\\x22\\x4d\\x18 at 0, with a model's suffix",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::lz4,
    read: None,
};

pub(super) const RAR: Format = Format {
    name: "rar",
    suffixes: &[],
    recognised_by: "Rar!\\x1a\\x07 at 0, with a model's suffix",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::rar,
    read: None,
};

pub(super) const TAR: Format = Format {
    name: "tar",
    suffixes: &[],
    recognised_by: "ustar at 257, with a model's suffix",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::tar,
    read: None,
};
