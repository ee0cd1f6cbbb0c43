//! Arrays between the opcodes of a pickle, as joblib writes them.

use lbom_scanner::format::Header;

use crate::kinds;
use crate::pickle::{imports, read, unknown};
use crate::pickle_writer::{assemble, hex};

/// The text up to and with the state of a wrapper of an array.
fn wrapper(shape: &str, code: &str, extra: &str) -> String {
    format!(
        "GLOBAL joblib.numpy_pickle NumpyArrayWrapper
        EMPTY_TUPLE
        NEWOBJ
        EMPTY_DICT
        MARK
        UNICODE subclass
        GLOBAL numpy ndarray
        UNICODE shape
        {shape}
        UNICODE order
        UNICODE C
        UNICODE dtype
        GLOBAL numpy dtype
        UNICODE {code}
        INT 0
        INT 1
        TUPLE3
        REDUCE
        MARK
        INT 3
        UNICODE <
        NONE
        NONE
        NONE
        INT -1
        INT -1
        INT 0
        TUPLE
        BUILD
        {extra}
        SETITEMS
        BUILD"
    )
}

fn read_text(text: &str) -> Header {
    read(&assemble(text))
}

fn types(header: &Header) -> Vec<(&str, u64, u64)> {
    let tensors = header.tensors.iter();
    tensors
        .map(|tensor| (tensor.type_name, tensor.elements, tensor.bytes))
        .collect()
}

#[test]
fn raw_arrays_between_opcodes_are_passed_over() {
    let header = read_text(&format!(
        "PROTO 3\nEMPTY_DICT\nMARK\nUNICODE w\n{}\nRAW {}\nUNICODE b\n{}\nRAW {}\nSETITEMS\nSTOP",
        wrapper("INT 2\nINT 3\nTUPLE2", "f4", ""),
        hex(&[0; 24]),
        wrapper("EMPTY_TUPLE", "i8", ""),
        hex(&[0xff; 8]),
    ));

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(unknown(&header), [""; 0]);
    assert_eq!(types(&header), [("F32", 6, 24), ("I64", 1, 8)]);
    let names: Vec<_> = header.tensors.iter().map(|tensor| &*tensor.name).collect();
    assert_eq!(names, ["w", "b"]);
    assert_eq!(header.facts.parameters, Some(7));
}

#[test]
fn padding_before_an_array_is_passed_over() {
    let extra = "UNICODE numpy_array_alignment_bytes\nINT 16";
    let header = read_text(&format!(
        "{}\nRAW 03ffffff{}\nSTOP",
        wrapper("INT 1\nTUPLE1", "f8", extra),
        hex(&[0; 8]),
    ));

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(types(&header), [("F64", 1, 8)]);
}

#[test]
fn an_array_of_objects_is_a_pickle_of_its_own() {
    let inner = assemble("PROTO 2\nGLOBAL os system\nEMPTY_TUPLE\nREDUCE\nSTOP");
    let objects = wrapper("INT 1\nTUPLE1", "O8", "").replacen(
        "INT -1\n        INT 0",
        "INT -1\n        INT 63",
        1,
    );
    let header = read_text(&format!("{objects}\nRAW {}\nSTOP", hex(&inner)));

    assert_eq!(unknown(&header), ["os.system"]);
    assert_eq!(kinds(&header), [""; 0]);
}

#[test]
fn an_array_that_is_a_program_to_pickle_is_told() {
    // joblib takes these bytes for numbers, pickle.load for opcodes.
    let program = assemble("GLOBAL os system\nUNICODE id\nTUPLE1\nREDUCE\nSTOP");
    let header = read_text(&format!(
        "{}\nRAW {}\nSTOP",
        wrapper(&format!("INT {}\nTUPLE1", program.len()), "u1", ""),
        hex(&program),
    ));

    assert_eq!(kinds(&header), ["array-is-program"]);
    assert_eq!(unknown(&header), ["os.system"]);
}

#[test]
fn an_array_whose_program_recalls_the_names_of_the_pickle_is_told() {
    let program = assemble("BINGET 200\nBINGET 201\nSTACK_GLOBAL\nEMPTY_TUPLE\nREDUCE\nSTOP");
    let header = read_text(&format!(
        "UNICODE os\nBINPUT 200\nPOP\nUNICODE system\nBINPUT 201\nPOP\n{}\nRAW {}\nSTOP",
        wrapper(&format!("INT {}\nTUPLE1", program.len()), "u1", ""),
        hex(&program),
    ));

    assert_eq!(kinds(&header), ["array-is-program"]);
    assert_eq!(unknown(&header), ["os.system"]);
}

#[test]
fn an_array_inside_of_a_frame_is_told() {
    let header = read_text(&format!(
        "FRAME 300\n{}\nRAW {}\nSTOP",
        wrapper("INT 1\nTUPLE1", "f8", ""),
        hex(&[0; 200]),
    ));

    assert!(kinds(&header).contains(&"array-in-frame"));
}

#[test]
fn a_wrapper_that_does_not_tell_the_size_ends_the_reading() {
    for (shape, code) in [
        ("NONE", "f8"),
        ("INT -1\nTUPLE1", "f8"),
        ("INT 1\nTUPLE1", "nonsense"),
    ] {
        let header = read_text(&format!("{}\nRAW 00\nSTOP", wrapper(shape, code, "")));

        assert_eq!(kinds(&header), ["unreadable-pickle"], "{shape} {code}");
    }
    let header = read_text(&format!(
        "{}\nRAW 00\nSTOP",
        wrapper("INT 9\nTUPLE1", "f8", "")
    ));
    assert_eq!(kinds(&header), ["unexpected-end"]);
}

#[test]
fn an_array_in_another_file_lies_in_the_same_directory() {
    let read_name = |name: &str| {
        let header = read_text(&format!(
            "GLOBAL joblib.numpy_pickle NDArrayWrapper
            EMPTY_TUPLE
            NEWOBJ
            EMPTY_DICT
            UNICODE filename
            UNICODE {name}
            SETITEM
            BUILD
            STOP"
        ));
        assert_eq!(imports(&header), ["joblib.numpy_pickle.NDArrayWrapper"]);
        kinds(&header).concat()
    };

    assert_eq!(read_name("m.pkl_01.npy"), "");
    assert_eq!(read_name("../m.npy"), "array-file-outside");
    assert_eq!(read_name("/tmp/m.npy"), "array-file-outside");
    assert_eq!(read_name("a\\m.npy"), "array-file-outside");
}

#[test]
fn a_wrapper_made_in_another_way_is_one_too() {
    let made = wrapper("INT 1\nTUPLE1", "f8", "").replacen(
        "GLOBAL joblib.numpy_pickle NumpyArrayWrapper
        EMPTY_TUPLE
        NEWOBJ",
        "GLOBAL copy_reg _reconstructor
        GLOBAL joblib.numpy_pickle NumpyArrayWrapper
        GLOBAL __builtin__ object
        NONE
        TUPLE3
        REDUCE",
        1,
    );
    let header = read_text(&format!("{made}\nRAW {}\nSTOP", hex(&[0xff; 8])));

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(types(&header), [("F64", 1, 8)]);
}

#[test]
fn a_wrapper_whose_array_two_readers_could_take_for_different_bytes_ends_the_reading() {
    let one = "INT 1\nTUPLE1";
    let filler: Vec<_> = (0..16)
        .map(|index| format!("UNICODE k{index}\nNONE"))
        .collect();
    let last = "UNICODE shape\nINT 9\nTUPLE1";
    // The size of a number is not its state's to tell, and numbers are no objects.
    let lies = |size: &str, flags: &str| {
        let text = wrapper(one, "f8", "");
        let (before, after) = text.rsplit_once("INT -1").unwrap_or_default();
        let (_, after) = after.split_once("INT 0").unwrap_or_default();
        let (before, _) = before.rsplit_once("INT -1").unwrap_or_default();
        format!("{before}INT {size}\nINT -1\nINT {flags}{after}")
    };
    let called = wrapper(one, "f8", "").replacen(
        "EMPTY_DICT",
        "GLOBAL builtins dict\nEMPTY_LIST\nTUPLE1\nREDUCE",
        1,
    );
    for text in [
        wrapper(one, "f8", &format!("{}\n{last}", filler.join("\n"))),
        wrapper(
            one,
            "f8",
            "GLOBAL builtins str\nEMPTY_TUPLE\nREDUCE\nINT 16",
        ),
        lies("-1", "63"),
        called,
    ] {
        let header = read_text(&format!("{text}\nRAW {}\nSTOP", hex(&[0xff; 8])));

        assert_eq!(kinds(&header), ["unreadable-pickle"], "{text}");
    }
    let header = read_text(&format!(
        "{}\nRAW {}\nSTOP",
        lies("4", "0"),
        hex(&[0xff; 8])
    ));
    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(types(&header), [("F64", 1, 8)]);
}
