//! `TFLite` models: what is read of valid ones, and every malformation by name.

use lbom_scanner::format::Header;
use lbom_scanner::format::tflite::read;
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, QuantizationVerdict};

use crate::flatbuffer_writer::Field::{Bytes, Longs, Numbers, Table, Tables, U8, U32, U64};
use crate::flatbuffer_writer::{Fields, file};
use crate::protobuf_writer::Message;
use crate::tensorflow_writer::{node, with};
use crate::{kinds, rules};

const F32: u8 = 0;
const I8: u8 = 9;
const I4: u8 = 17;

/// A model whose parts can be changed before it is written.
pub(crate) struct Model {
    pub(crate) version: u32,
    pub(crate) codes: Vec<Fields>,
    pub(crate) buffers: Vec<Fields>,
    pub(crate) tensors: Vec<Fields>,
    pub(crate) operators: Vec<Fields>,
    pub(crate) inputs: Vec<i32>,
    pub(crate) more: Fields,
}

impl Model {
    /// A fully connected layer of int8 weights, 3 by 4.
    pub(crate) fn valid() -> Self {
        Self {
            version: 3,
            codes: vec![vec![(0, U8(9)), (3, U32(9))]],
            buffers: vec![vec![], data(12)],
            tensors: vec![tensor("x", F32, &[1, 4], 0), scaled("w", I8, &[3, 4], 1)],
            operators: vec![vec![(1, Numbers(vec![0, 1, -1])), (2, Numbers(vec![0]))]],
            inputs: vec![0],
            more: vec![],
        }
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let subgraph = vec![
            (0, Tables(self.tensors)),
            (1, Numbers(self.inputs)),
            (2, Numbers(vec![0])),
            (3, Tables(self.operators)),
            (4, "main".into()),
        ];
        let mut root = vec![
            (0, U32(self.version)),
            (1, Tables(self.codes)),
            (2, Tables(vec![subgraph.clone()])),
            (3, "made by https://example.org/".into()),
            (4, Tables(self.buffers)),
        ];
        root.extend(self.more);
        file(*b"TFL3", &[], &root)
    }

    fn read(self) -> Header {
        read(&mut Reader::new(&self.bytes().as_slice()))
    }
}

/// A buffer of so many zeros.
pub(crate) fn data(bytes: usize) -> Fields {
    vec![(0, Bytes(vec![0; bytes]))]
}

pub(crate) fn tensor(name: &str, kind: u8, shape: &[i32], buffer: u32) -> Fields {
    vec![
        (0, Numbers(shape.to_vec())),
        (1, U8(kind)),
        (2, U32(buffer)),
        (3, name.into()),
    ]
}

/// A tensor with one scale.
pub(crate) fn scaled(name: &str, kind: u8, shape: &[i32], buffer: u32) -> Fields {
    let mut fields = tensor(name, kind, shape, buffer);
    fields.push((4, Table(vec![(2, Numbers(vec![0x3f00_0000]))])));
    fields
}

#[test]
fn weights_operators_and_urls_are_read() {
    let header = Model::valid().read();

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.version.as_deref(), Some("3"));
    assert_eq!(operators(&header), [("FULLY_CONNECTED", 1)]);
    assert_eq!(header.facts.parameters, Some(12));
    let urls: Vec<_> = header
        .facts
        .destinations
        .iter()
        .map(|d| &*d.value)
        .collect();
    assert_eq!(urls, ["https://example.org/"]);
    let weights: Vec<_> = header
        .tensors
        .iter()
        .map(|t| {
            (
                &*t.name,
                t.type_name,
                t.row,
                t.dimensions,
                t.elements,
                t.bytes,
            )
        })
        .collect();
    assert_eq!(weights, [("w", "int8", 4, 2, 12, 12)]);
    let quantization = assess(&header.tensors, &header.claims);
    assert_eq!(quantization.label.as_deref(), Some("int8"));
    assert_eq!(quantization.verdict, QuantizationVerdict::Consistent);
}

#[test]
fn integers_without_a_scale_are_not_quantized() {
    let model = Model {
        tensors: vec![
            tensor("x", F32, &[1, 4], 0),
            tensor("window", I8, &[3, 4], 1),
        ],
        ..Model::valid()
    };

    let header = model.read();

    let types: Vec<_> = header.tensors.iter().map(|t| t.type_name).collect();
    assert_eq!(types, ["I8"]);
    assert_eq!(assess(&header.tensors, &[]).label, None);
}

#[test]
fn scales_in_blocks_are_scales_and_two_int4_share_a_byte() {
    let mut weights = tensor("w", I4, &[3, 3], 1);
    let blocks = Table(vec![(0, U32(1)), (2, U32(32))]);
    weights.push((4, Table(vec![(4, U8(2)), (5, blocks)])));
    let model = Model {
        tensors: vec![tensor("x", F32, &[1, 3], 0), weights],
        buffers: vec![vec![], data(5)],
        ..Model::valid()
    };

    let header = model.read();

    let weights: Vec<_> = header
        .tensors
        .iter()
        .map(|t| (t.type_name, t.elements, t.bytes))
        .collect();
    assert_eq!(weights, [("int4", 9, 5)]);
    assert_eq!(header.facts.anomalies, []);
}

#[test]
fn a_buffer_that_two_tensors_share_is_counted_once_for_each_type() {
    let model = Model {
        tensors: vec![
            scaled("prefill/w", I8, &[3, 4], 1),
            scaled("decode/w", I8, &[3, 4], 1),
            tensor("as_floats", F32, &[3], 1),
        ],
        ..Model::valid()
    };

    let header = model.read();

    let names: Vec<_> = header.tensors.iter().map(|t| &*t.name).collect();
    assert_eq!(names, ["prefill/w", "as_floats"]);
    assert_eq!(header.facts.parameters, Some(15));
}

#[test]
fn a_buffer_may_stand_behind_the_flatbuffer() {
    let with_offset = |offset| Model {
        buffers: vec![vec![], vec![(1, U64(offset)), (2, U64(12))]],
        ..Model::valid()
    };
    let length = with_offset(8).bytes().len();
    let at = u64::try_from(length).unwrap_or(0);
    let mut bytes = with_offset(at).bytes();

    let cut = read(&mut Reader::new(&bytes.as_slice()));
    bytes.extend([0; 12]);
    let whole = read(&mut Reader::new(&bytes.as_slice()));

    assert_eq!(rules(&cut), [AnomalyRule::TruncatedFile]);
    assert_eq!(kinds(&cut), ["missing-tensor-data"]);
    assert_eq!(whole.facts.anomalies, []);
    assert_eq!(whole.facts.parameters, Some(12));
}

#[test]
fn a_model_card_states_the_licence() {
    let card = file(
        *b"M001",
        &[],
        &vec![
            (0, "card".into()),
            (5, "Apache-2.0, https://example.org/license".into()),
        ],
    );
    let model = Model {
        buffers: vec![vec![], data(12), vec![(0, Bytes(card))]],
        more: vec![(
            6,
            Tables(vec![vec![(0, "TFLITE_METADATA".into()), (1, U32(2))]]),
        )],
        ..Model::valid()
    };

    let header = model.read();

    let license = header.facts.license.as_deref();
    assert_eq!(license, Some("Apache-2.0, https://example.org/license"));
    let source = header.facts.license_source.as_deref();
    assert_eq!(source, Some("TFLITE_METADATA: license"));
    assert_eq!(header.facts.destinations.len(), 2);
}

#[test]
fn an_operator_is_named_by_the_larger_of_its_codes() {
    let code = |fields: Fields| Model {
        codes: vec![fields],
        ..Model::valid()
    };

    let old = code(vec![(0, U8(9))]).read();
    let new = code(vec![(0, U8(127)), (3, U32(150))]).read();
    let custom = code(vec![(0, U8(32)), (1, "Mfcc".into()), (3, U32(32))]).read();
    let unknown = code(vec![(3, U32(9999))]).read();
    let unnamed = code(vec![(3, U32(32))]).read();

    assert_eq!(operators(&old), [("FULLY_CONNECTED", 1)]);
    assert_eq!(operators(&new), [("GELU", 1)]);
    assert_eq!(operators(&custom), [("custom:Mfcc", 1)]);
    assert_eq!(custom.facts.anomalies, []);
    assert_eq!(kinds(&unknown), ["unknown-operator"]);
    assert_eq!(kinds(&unnamed), ["unnamed-operator"]);
}

/// A flexbuffer of two texts of a type, as the converter writes it.
fn flexbuffer(kind: u8, texts: [&[u8]; 2]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut starts = Vec::new();
    for text in texts {
        bytes.push(u8::try_from(text.len()).unwrap_or(0));
        starts.push(bytes.len());
        bytes.extend(text);
        bytes.push(0);
    }
    bytes.push(2);
    for start in starts {
        let distance = bytes.len().saturating_sub(start);
        bytes.push(u8::try_from(distance).unwrap_or(0));
    }
    bytes.extend([kind << 2, kind << 2, 4, 10 << 2, 1]);
    bytes
}

/// A model of one operator of this code and these options.
fn with_options(code: &str, options: Vec<u8>) -> Model {
    Model {
        codes: vec![vec![(3, U32(32)), (1, code.into())]],
        operators: vec![vec![
            (1, Numbers(vec![0])),
            (2, Numbers(vec![0])),
            (5, Bytes(options)),
        ]],
        ..Model::valid()
    }
}

/// A model of one operator of TensorFlow, under three names.
fn flex(code: &str, name: &str, node: Message) -> Header {
    let node = node.finish();
    let options = flexbuffer(5, [name.as_bytes(), &node]);
    with_options(&format!("Flex{code}"), options).read()
}

#[test]
fn operators_of_tensorflow_that_touch_files_are_executable() {
    for (name, found) in [
        ("WriteFile", 1),
        ("EagerPyFunc", 1),
        ("SaveDatasetV2", 1),
        ("DatasetFromGraph", 1),
        ("SaveV2", 1),
        ("Erf", 0),
        ("PrintV2", 0),
    ] {
        let header = flex(name, name, node("n", name));

        assert_eq!(rules(&header), vec![AnomalyRule::ExecutableLayer; found]);
    }
}

#[test]
fn the_delegate_runs_what_the_options_say() {
    let both = ["disagreeing-operator-names", "executable-operator"];
    let print = with(
        node("n", "PrintV2"),
        "output_stream",
        Message::new().bytes(2, "file:///a"),
    );
    for (code, name, node, expected) in [
        ("AddV2", "AddV2", node("n", "WriteFile"), &both[..]),
        ("AddV2", "WriteFile", node("n", "AddV2"), &both),
        ("AddV2", "WriteFile", node("n", "WriteFile"), &both),
        ("AddV2", "Erf", node("n", "AddV2"), &both[..1]),
        ("PrintV2", "PrintV2", print, &both[1..]),
    ] {
        assert_eq!(kinds(&flex(code, name, node)), expected, "{code} {name}");
    }
}

#[test]
fn what_an_operator_does_that_no_runtime_lends_cannot_be_told() {
    for (code, expected) in [
        ("TFLite_Detection_PostProcess", &[][..]),
        ("TFText>WhitespaceTokenizeWithOffsetsV2", &[]),
        ("Convolution2DTransposeBias", &[]),
        ("SignalRfft", &[]),
        ("MyOp", &["custom-operators"]),
        ("WriteFile", &["custom-operators"]),
        ("edgetpu-custom-op", &["compiled-operator"]),
    ] {
        let header = with_options(code, vec![1, 2, 3]).read();

        assert_eq!(kinds(&header), expected, "{code}");
    }
}

#[test]
fn options_that_the_delegate_cannot_read_are_malformed() {
    let node = node("n", "Erf").finish();
    let good = flexbuffer(5, [b"Erf", &node]);
    let cut = good.get(2..).unwrap_or_default().to_vec();
    let mut of_a_map = good.clone();
    if let [.., kind, _] = of_a_map.as_mut_slice() {
        *kind = 9 << 2;
    }
    for options in [
        flexbuffer(25, [b"Erf", &node]),
        of_a_map,
        vec![],
        vec![1, 0x28, 1],
        vec![0xff; 64],
    ] {
        let header = with_options("FlexErf", options).read();

        assert_eq!(kinds(&header), ["wrong-flex-options"]);
    }
    let broken = flexbuffer(5, [b"Erf", b"\x0a\x7f"]);
    let without = Model {
        codes: vec![vec![(3, U32(32)), (1, "FlexErf".into())]],
        ..Model::valid()
    };

    assert_eq!(kinds(&with_options("FlexErf", good).read()), [""; 0]);
    assert_eq!(
        kinds(&with_options("FlexErf", cut).read()),
        ["wrong-flex-options"]
    );
    assert_eq!(
        kinds(&with_options("FlexErf", broken).read()),
        ["unexpected-end"]
    );
    assert_eq!(kinds(&without.read()), ["wrong-flex-options"]);
}

#[test]
fn options_that_operators_share_are_judged_once() {
    let options = flexbuffer(5, [b"Erf", &node("n", "Erf").finish()]);
    let length = u64::try_from(options.len()).unwrap_or(0);
    let model = |places: &[(u64, u64)]| {
        let mut model = with_options("FlexErf", vec![]);
        let operator = |(at, length): &(u64, u64)| vec![(9, U64(*at)), (10, U64(*length))];
        model.operators = places.iter().map(operator).collect();
        model.bytes()
    };
    let read_with = |places: &dyn Fn(u64) -> Vec<(u64, u64)>| {
        let at = u64::try_from(model(&places(8)).len()).unwrap_or(0);
        let mut bytes = model(&places(at));
        bytes.extend(&options);
        read(&mut Reader::new(&bytes.as_slice()))
    };

    let shared = read_with(&|at| vec![(at, length); 500]);
    let overlapping = read_with(&|at| {
        let ahead = (0..500_u64).map(|ahead| at.saturating_sub(ahead));
        ahead.map(|start| (start, at + length - start)).collect()
    });

    assert_eq!(kinds(&shared), [""; 0]);
    assert_eq!(kinds(&overlapping), ["limit-flatbuffer"]);
}

#[test]
fn large_options_stand_behind_the_flatbuffer() {
    let options = flexbuffer(5, [b"AddV2", &node("n", "WriteFile").finish()]);
    let length = u64::try_from(options.len()).unwrap_or(0);
    let model = |at| {
        let mut model = with_options("FlexAddV2", vec![]);
        model.operators = vec![vec![
            (1, Numbers(vec![0])),
            (2, Numbers(vec![0])),
            (9, U64(at)),
            (10, U64(length)),
        ]];
        model.bytes()
    };
    let at = u64::try_from(model(8).len()).unwrap_or(0);
    let mut bytes = model(at);
    bytes.extend(options);

    let header = read(&mut Reader::new(&bytes.as_slice()));

    assert_eq!(
        kinds(&header),
        ["disagreeing-operator-names", "executable-operator"]
    );
}

#[test]
fn weights_in_another_file_are_named_and_may_not_leave_the_directory() {
    let model = |name: &str, shape: &[i32]| {
        let mut weights = scaled("w", I8, shape, 0);
        weights.push((10, U32(7)));
        Model {
            tensors: vec![tensor("x", F32, &[1, 4], 0), weights],
            more: vec![
                (8, Tables(vec![vec![(0, name.into())]])),
                (
                    9,
                    Tables(vec![vec![(0, U32(7)), (2, U64(16)), (3, U64(12))]]),
                ),
            ],
            ..Model::valid()
        }
    };

    let header = model("part/weights", &[3, 4]).read();
    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.facts.parameters, Some(12));
    let external: Vec<_> = header
        .external
        .iter()
        .map(|file| (&*file.location, file.end))
        .collect();
    assert_eq!(external, [("part/weights", 28)]);
    assert_eq!(kinds(&model("weights", &[3, 5]).read()), ["wrong-size"]);
    for name in ["../weights", "/etc/passwd", "c:\\x", "a\\..\\x", ""] {
        let header = model(name, &[3, 4]).read();

        assert_eq!(rules(&header), [AnomalyRule::ExternalDataEscape], "{name}");
        assert_eq!(header.external, []);
    }
}

#[test]
fn what_the_interpreter_refuses_is_found() {
    let valid = Model::valid;
    let with_weights = |fields| Model {
        tensors: vec![tensor("x", F32, &[1, 4], 0), fields],
        ..Model::valid()
    };
    for (model, kind) in [
        (with_weights(scaled("w", I8, &[3, 5], 1)), "wrong-size"),
        (
            with_weights(scaled("w", I8, &[-3, 4], 1)),
            "negative-dimension",
        ),
        (
            with_weights(scaled("w", I8, &[i32::MAX; 4], 1)),
            "size-overflow",
        ),
        (
            with_weights(scaled("w", I8, &[3, 4], 2)),
            "index-out-of-range",
        ),
        (
            with_weights(scaled("w", 99, &[3, 4], 1)),
            "unknown-tensor-type",
        ),
        (
            Model {
                inputs: vec![2],
                ..valid()
            },
            "index-out-of-range",
        ),
        (
            Model {
                inputs: vec![-1],
                ..valid()
            },
            "index-out-of-range",
        ),
        (
            Model {
                version: 4,
                ..valid()
            },
            "unknown-version",
        ),
        (
            Model {
                codes: vec![],
                ..valid()
            },
            "index-out-of-range",
        ),
        (
            Model {
                operators: vec![vec![(1, Numbers(vec![-2]))]],
                ..valid()
            },
            "index-out-of-range",
        ),
        (
            Model {
                more: vec![(5, Numbers(vec![9]))],
                ..valid()
            },
            "index-out-of-range",
        ),
        (
            Model {
                more: vec![(7, Tables(vec![vec![(4, U32(1))]]))],
                ..valid()
            },
            "index-out-of-range",
        ),
        (
            Model {
                more: vec![(6, Longs(vec![u64::MAX; 4]))],
                ..valid()
            },
            "offset-out-of-range",
        ),
        (
            Model {
                buffers: vec![vec![], vec![(1, U64(u64::MAX)), (2, U64(12))]],
                ..valid()
            },
            "size-overflow",
        ),
    ] {
        assert_eq!(kinds(&model.read()), [kind]);
    }
}

#[test]
fn a_count_beyond_the_file_is_refused_without_reading() {
    let mut bytes = Model::valid().bytes();
    let name = bytes
        .windows(4)
        .position(|four| four == b"main")
        .unwrap_or(0);
    for byte in bytes.iter_mut().skip(name - 4).take(4) {
        *byte = 0xff;
    }
    for byte in bytes.iter_mut().take(4) {
        *byte = 0xf0;
    }

    let header = read(&mut Reader::new(&bytes.as_slice()));

    assert_eq!(kinds(&header), ["offset-out-of-range"]);
}

/// The operators of a model and how many nodes use each.
fn operators(header: &Header) -> Vec<(&str, u64)> {
    let operators = header.facts.operators.iter();
    operators
        .map(|(name, nodes)| (name.as_str(), *nodes))
        .collect()
}
