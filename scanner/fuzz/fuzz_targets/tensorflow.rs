//! Bytes as a saved model, a meta graph, a graph and configurations of layers of TensorFlow.

#![no_main]

use lbom_scanner::format::tensorflow::{
    read_graph, read_keras_metadata, read_meta_graph, read_saved_model,
};
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for read in [
        read_saved_model,
        read_meta_graph,
        read_graph,
        read_keras_metadata,
    ] {
        let header = read(&mut Reader::new(&bytes));
        let _ = assess(&header.tensors, &header.claims);
    }
});
