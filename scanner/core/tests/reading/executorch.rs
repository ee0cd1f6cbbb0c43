//! `ExecuTorch` programs: what is read of valid ones, and every malformation by name.

use lbom_scanner::format::Header;
use lbom_scanner::format::executorch::read;
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, Port, Property};

use crate::flatbuffer_writer::Field::{Bytes, Longs, Numbers, Table, Tables, U8, U32, U64};
use crate::flatbuffer_writer::{Fields, file};
use crate::{kinds, rules};

const I8: u8 = 1;
const F32: u8 = 6;

/// A program of one plan, whose parts can be changed before it is written.
pub(crate) struct Program {
    pub(crate) values: Vec<Fields>,
    pub(crate) operators: Vec<Fields>,
    pub(crate) calls: Vec<Fields>,
    pub(crate) delegates: Vec<Fields>,
    /// Offsets of constants in the segment.
    pub(crate) constants: Vec<u64>,
    pub(crate) segment: u64,
    pub(crate) more: Fields,
    /// Values that the plan takes.
    pub(crate) inputs: Vec<i32>,
}

impl Program {
    /// A matrix of int8 that is dequantized, and a bias.
    pub(crate) fn valid() -> Self {
        Self {
            values: vec![
                tensor(I8, &[3, 4], 1),
                tensor(F32, &[4], 2),
                vec![(0, U8(2)), (1, Table(vec![(0, U64(7))]))],
                tensor(F32, &[3], 0),
            ],
            operators: vec![
                vec![
                    (0, "quantized_decomposed::dequantize_per_channel".into()),
                    (1, "out".into()),
                ],
                vec![(0, "aten::add".into()), (1, "out".into())],
            ],
            calls: vec![call(0, &[0, 2]), call(1, &[1, 3])],
            delegates: vec![],
            constants: vec![0, 0, 16],
            segment: 32,
            more: vec![],
            inputs: vec![3, 2],
        }
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let chain = vec![(2, Tables(self.calls))];
        let plan = vec![
            (0, "forward".into()),
            (2, Tables(self.values)),
            (3, Numbers(self.inputs.clone())),
            (4, Numbers(self.inputs.iter().copied().take(1).collect())),
            (5, Tables(vec![chain])),
            (6, Tables(self.operators)),
            (7, Tables(self.delegates)),
        ];
        let mut root = vec![
            (0, U32(0)),
            (1, Tables(vec![plan])),
            (4, Tables(vec![vec![(1, U64(self.segment))]])),
            (5, Table(vec![(0, U32(0)), (1, Longs(self.constants))])),
        ];
        root.extend(self.more);
        // The extended header is as long as the flatbuffer needs no alignment of its own.
        let header = |program: u64, segments: u64| {
            let mut header = b"eh00\x18\0\0\0".to_vec();
            header.extend(program.to_le_bytes());
            header.extend(segments.to_le_bytes());
            header
        };
        let length = file(*b"ET12", &header(0, 0), &root).len();
        let start = length.next_multiple_of(16);
        let place = |number: usize| u64::try_from(number).unwrap_or(0);
        let mut bytes = file(*b"ET12", &header(place(length), place(start)), &root);
        bytes.resize(start + 32, 0);
        bytes
    }

    fn read(self) -> Header {
        read(&mut Reader::new(&self.bytes().as_slice()))
    }
}

fn tensor(kind: u8, shape: &[i32], data: u32) -> Fields {
    let fields = vec![(0, U8(kind)), (2, Numbers(shape.to_vec())), (5, U32(data))];
    vec![(0, U8(5)), (1, Table(fields))]
}

fn call(operator: u32, arguments: &[i32]) -> Fields {
    let call = vec![(0, U32(operator)), (1, Numbers(arguments.to_vec()))];
    vec![(0, U8(1)), (1, Table(call))]
}

#[test]
fn constants_and_operators_are_read() {
    let header = Program::valid().read();

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.version.as_deref(), Some("0"));
    assert_eq!(
        header.facts.operators,
        [
            ("aten::add.out".to_owned(), 1),
            (
                "quantized_decomposed::dequantize_per_channel.out".to_owned(),
                1
            )
        ]
    );
    let port = |element_type: &str, shape: Option<Vec<String>>| Port {
        signature: Some("forward".to_owned()),
        element_type: Some(element_type.to_owned()),
        shape,
        ..Port::default()
    };
    assert_eq!(
        header.facts.inputs,
        [port("F32", Some(vec!["3".to_owned()])), port("Int", None)]
    );
    assert_eq!(
        header.facts.outputs,
        [port("F32", Some(vec!["3".to_owned()]))]
    );
    assert_eq!(header.facts.parameters, Some(16));
    let tensors: Vec<_> = header
        .tensors
        .iter()
        .map(|t| (&*t.name, t.type_name, t.elements, t.bytes))
        .collect();
    assert_eq!(
        tensors,
        [("constant 1", "int8", 12, 12), ("constant 2", "F32", 4, 16)]
    );
    let quantization = assess(&header.tensors, &header.claims);
    let claims: Vec<_> = quantization
        .claims
        .iter()
        .map(|claim| (&*claim.value, &*claim.source))
        .collect();
    let source = "graph: quantized_decomposed::dequantize_per_channel";
    assert_eq!(claims, [("int8", source)]);
    assert_eq!(quantization.label.as_deref(), Some("int8"));
}

#[test]
fn integers_that_no_quantized_operator_reads_are_not_quantized() {
    let program = Program {
        calls: vec![call(1, &[0, 1])],
        ..Program::valid()
    };

    let header = program.read();

    let types: Vec<_> = header.tensors.iter().map(|t| t.type_name).collect();
    assert_eq!(types, ["I8", "F32"]);
    assert_eq!(header.claims, []);
}

#[test]
fn bytes_of_two_weights_are_told_by_the_operator() {
    let name = "quantized_decomposed::embedding_4bit";
    let program = Program {
        operators: vec![vec![(0, name.into())], vec![(0, "aten::add".into())]],
        ..Program::valid()
    };

    let header = program.read();

    let tensors: Vec<_> = header
        .tensors
        .iter()
        .map(|t| (t.type_name, t.elements))
        .collect();
    assert_eq!(tensors, [("int4", 24), ("F32", 4)]);
}

#[test]
fn what_only_a_backend_reads_is_said() {
    let delegate = vec![
        (0, "XnnpackBackend".into()),
        (1, Table(vec![(0, U8(1)), (1, U32(0))])),
    ];
    let external = vec![(0, U8(F32)), (9, Table(vec![(1, "w".into()), (2, U8(1))]))];
    let delegated = Program {
        delegates: vec![delegate],
        ..Program::valid()
    };
    let named = Program {
        more: vec![(7, Tables(vec![vec![(0, "k".into()), (1, U32(0))]; 2]))],
        ..Program::valid()
    };
    let elsewhere = Program {
        values: vec![vec![(0, U8(5)), (1, Table(external))]],
        inputs: vec![],
        ..Program::valid()
    };

    let delegated = delegated.read();
    assert_eq!(kinds(&delegated), ["delegate-data"]);
    assert_eq!(rules(&delegated), [AnomalyRule::NotExamined]);
    assert_eq!(
        delegated.facts.operators.get(1),
        Some(&("delegate:XnnpackBackend".to_owned(), 0))
    );
    assert_eq!(
        delegated.facts.properties,
        [(Property::Delegate, "XnnpackBackend".to_owned())]
    );
    assert_eq!(kinds(&named.read()), ["named-data"]);
    assert_eq!(kinds(&elsewhere.read()), ["external-data"]);
}

#[test]
fn data_in_the_flatbuffer_are_read_without_an_extended_header() {
    let plan = vec![(2, Tables(vec![tensor(F32, &[2, 2], 1)]))];
    let root = vec![
        (1, Tables(vec![plan])),
        (2, Tables(vec![vec![], vec![(0, Bytes(vec![0; 16]))]])),
    ];
    let bytes = file(*b"ET12", &[], &root);

    let header = read(&mut Reader::new(&bytes.as_slice()));

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.facts.parameters, Some(4));
}

#[test]
fn what_the_runtime_would_trip_over_is_found() {
    let valid = Program::valid;
    let value = |value| Program {
        values: vec![value],
        ..Program::valid()
    };
    let delegate = |at| Program {
        delegates: vec![vec![(1, Table(vec![(0, U8(at)), (1, U32(9))]))]],
        ..Program::valid()
    };
    for (program, kind) in [
        (value(tensor(F32, &[9, 9], 1)), "missing-tensor-data"),
        (value(tensor(F32, &[-1], 1)), "negative-dimension"),
        (value(tensor(F32, &[i32::MAX; 5], 1)), "size-overflow"),
        (value(tensor(99, &[1], 1)), "unknown-tensor-type"),
        (value(tensor(F32, &[1], 7)), "index-out-of-range"),
        (delegate(0), "index-out-of-range"),
        (delegate(1), "index-out-of-range"),
        (
            Program {
                calls: vec![call(9, &[])],
                ..valid()
            },
            "index-out-of-range",
        ),
        (
            Program {
                segment: 1 << 40,
                ..valid()
            },
            "missing-tensor-data",
        ),
        (
            Program {
                segment: u64::MAX,
                ..valid()
            },
            "size-overflow",
        ),
        (
            Program {
                constants: vec![0, 64],
                ..valid()
            },
            "missing-tensor-data",
        ),
        (
            Program {
                more: vec![(7, Tables(vec![vec![(1, U32(9))]]))],
                ..valid()
            },
            "index-out-of-range",
        ),
    ] {
        assert_eq!(kinds(&program.read()).first(), Some(&kind));
    }
}

#[test]
fn a_header_that_points_past_the_end_is_found() {
    let mut bytes = Program::valid().bytes();
    for byte in bytes.iter_mut().skip(16).take(8) {
        *byte = 0xff;
    }
    let far = read(&mut Reader::new(&bytes.as_slice()));
    for byte in bytes.iter_mut().skip(12).take(1) {
        *byte = 8;
    }
    let short = read(&mut Reader::new(&bytes.as_slice()));

    assert_eq!(kinds(&far), ["missing-tensor-data"]);
    assert_eq!(kinds(&short), ["impossible-length"]);
}

#[test]
fn an_input_that_is_no_value_is_said() {
    let stray = Program {
        inputs: vec![0, 9],
        ..Program::valid()
    };

    assert_eq!(kinds(&stray.read()), ["index-out-of-range"]);
}

#[test]
fn shapes_that_may_change_are_told_by_their_bounds() {
    let input = |dynamism: u8| {
        let fields = vec![(0, U8(F32)), (2, Numbers(vec![1, 128])), (8, U8(dynamism))];
        vec![(0, U8(5)), (1, Table(fields))]
    };
    let mut program = Program::valid();
    program.inputs = vec![4, 5];
    program.values.extend([input(1), input(2)]);

    let shapes: Vec<_> = program
        .read()
        .facts
        .inputs
        .into_iter()
        .map(|port| port.shape.unwrap_or_default())
        .collect();

    assert_eq!(shapes, [["<=1", "<=128"], ["?", "?"]]);
}
