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
