//! What pickles import, however they spell it, and what keeps one from being read.

use lbom_scanner::format::{Header, pickle};
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, Loading};

use crate::pickle_writer::{assemble, hex};
use crate::{kinds, rules};

pub(crate) fn read(bytes: &[u8]) -> Header {
    pickle::read(&mut Reader::new(&bytes))
}

fn read_text(text: &str) -> Header {
    read(&assemble(text))
}

/// The names that a header imports, in their order.
pub(crate) fn imports(header: &Header) -> Vec<&str> {
    let imports = &header.facts.imports;
    imports.iter().map(|import| &*import.name).collect()
}

/// The names that are not on the list of what weights need.
pub(crate) fn unknown(header: &Header) -> Vec<&str> {
    let imports = header.facts.imports.iter();
    imports
        .filter(|import| !import.is_known)
        .map(|import| &*import.name)
        .collect()
}

/// A name is imported as nothing else is, and nothing more is wrong.
fn imports_only(text: &str, name: &str) {
    let header = read_text(text);

    assert_eq!(imports(&header), [name], "{text}");
    assert_eq!(kinds(&header), [""; 0], "{text}");
}

/// Whether a header says that a file is cut short, or that an argument is.
pub(crate) fn is_cut(header: &Header) -> bool {
    let is_cut = |rule| matches!(rule, AnomalyRule::TruncatedFile | AnomalyRule::UnsafeImport);
    !rules(header).is_empty() && rules(header).into_iter().all(is_cut)
}

#[test]
fn an_import_is_seen_however_its_names_come_onto_the_stack() {
    let call = "MARK\nUNICODE id\nTUPLE\nREDUCE\nSTOP";
    for import in [
        "GLOBAL os system",
        "UNICODE os\nUNICODE system\nSTACK_GLOBAL",
        "SHORT_BINUNICODE os\nSHORT_BINUNICODE system\nSTACK_GLOBAL",
        "BINUNICODE8 os\nBINUNICODE system\nSTACK_GLOBAL",
        "STRING 'os'\nSTRING \"system\"\nSTACK_GLOBAL",
        "SHORT_BINSTRING os\nBINSTRING system\nSTACK_GLOBAL",
        "UNICODE \\u006fs\nSTRING 's\\x79s\\164em'\nSTACK_GLOBAL",
        "UNICODE os\nPUT 3\nPOP\nUNICODE system\nBINPUT 4\nPOP\nGET 3\nBINGET 4\nSTACK_GLOBAL",
        "UNICODE system\nMEMOIZE\nPOP\nUNICODE os\nLONG_BINGET 0\nSTACK_GLOBAL",
        "UNICODE os\nUNICODE system\nMARK\nUNICODE torch\nPOP_MARK\nSTACK_GLOBAL",
        "UNICODE os\nUNICODE system\nMARK\nPOP\nSTACK_GLOBAL",
        "UNICODE os\nUNICODE system\nDUP\nPOP\nSTACK_GLOBAL",
    ] {
        imports_only(&format!("{import}\n{call}"), "os.system");
    }
}

#[test]
fn an_import_is_seen_however_it_is_called() {
    for program in [
        "MARK\nUNICODE id\nINST os system\nSTOP",
        "MARK\nGLOBAL os system\nUNICODE id\nOBJ\nSTOP",
        "GLOBAL os system\nUNICODE id\nTUPLE1\nNEWOBJ\nSTOP",
        "GLOBAL os system\nEMPTY_TUPLE\nEMPTY_DICT\nNEWOBJ_EX\nSTOP",
        "GLOBAL os system\nEMPTY_TUPLE\nREDUCE\nEMPTY_DICT\nBUILD\nSTOP",
        // The result is thrown away; what stays looks harmless.
        "GLOBAL os system\nUNICODE id\nTUPLE1\nREDUCE\nPOP\nEMPTY_DICT\nSTOP",
        // It is not called here, and may be later.
        "GLOBAL os system\nSTOP",
        "EMPTY_DICT\nUNICODE k\nGLOBAL os system\nSETITEM\nSTOP",
    ] {
        imports_only(program, "os.system");
    }
}

#[test]
fn a_name_stands_once_with_the_offset_of_its_first_import() {
    let header =
        read_text("PROTO 2\nGLOBAL os system\nPOP\nGLOBAL a b\nPOP\nGLOBAL os system\nSTOP");
    let found: Vec<_> = header.facts.imports.iter().collect();

    assert_eq!(imports(&header), ["os.system", "a.b"]);
    assert_eq!(
        found.iter().map(|import| import.offset).collect::<Vec<_>>(),
        [Some(2), Some(14)]
    );
}

#[test]
fn what_weights_need_is_known_and_nothing_else() {
    let header = read_text(
        "GLOBAL collections OrderedDict
        GLOBAL torch._utils _rebuild_tensor_v2
        GLOBAL torch FloatStorage
        GLOBAL numpy.core.multiarray _reconstruct
        GLOBAL _codecs encode
        GLOBAL __builtin__ set
        GLOBAL copy_reg _reconstructor
        GLOBAL __builtin__ eval
        GLOBAL torch load
        GLOBAL collections OrderedDict.fromkeys
        GLOBAL torch _utils._rebuild_tensor_v2
        STOP",
    );

    assert_eq!(
        unknown(&header),
        [
            "__builtin__.eval",
            "torch.load",
            "collections.OrderedDict.fromkeys",
        ]
    );
    // Spelled in another way, what is known is not: the first spelling counts.
    assert_eq!(imports(&header).len(), 10);
}

#[test]
fn what_is_reached_through_a_known_module_is_unknown() {
    let header = read_text("UNICODE torch\nUNICODE _utils._rebuild_tensor_v2\nSTACK_GLOBAL\nSTOP");

    assert_eq!(unknown(&header), ["torch._utils._rebuild_tensor_v2"]);
}

#[test]
fn a_name_that_is_no_text_of_the_pickle_is_computed() {
    for program in [
        "BININT1 1\nUNICODE system\nSTACK_GLOBAL\nSTOP",
        "UNICODE os\nNONE\nSTACK_GLOBAL\nSTOP",
        "SHORT_BINBYTES 6f73\nUNICODE system\nSTACK_GLOBAL\nSTOP",
        "GLOBAL builtins str\nUNICODE os\nTUPLE1\nREDUCE\nUNICODE system\nSTACK_GLOBAL\nSTOP",
        "GLOBAL _codecs encode\nEMPTY_TUPLE\nREDUCE\nUNICODE system\nSTACK_GLOBAL\nSTOP",
    ] {
        let header = read_text(program);

        assert_eq!(kinds(&header), ["computed-import"], "{program}");
        assert_eq!(rules(&header), [AnomalyRule::UnsafeImport]);
    }
}

#[test]
fn an_import_by_a_registered_number_is_told() {
    let header = read_text("EXT1 7\nPOP\nEXT2 300\nPOP\nEXT4 70000\nSTOP");

    assert_eq!(kinds(&header), ["extension-import"; 3]);
    assert_eq!(rules(&header), [AnomalyRule::UnsafeImport; 3]);
}

#[test]
fn a_pickle_that_cannot_be_followed_is_never_clean_and_tells_its_imports_up_to_there() {
    for (rest, kind) in [
        ("RAW ff", "unreadable-pickle"),
        ("PROTO 6\nSTOP", "unreadable-pickle"),
        ("BINGET 9\nSTOP", "unreadable-pickle"),
        ("POP\nPOP\nSTOP", "unreadable-pickle"),
        ("MARK\nREDUCE\nSTOP", "unreadable-pickle"),
        ("POP_MARK\nSTOP", "unreadable-pickle"),
        ("INT one\nSTOP", "unreadable-pickle"),
        ("FLOAT x\nSTOP", "unreadable-pickle"),
        ("STRING os\nSTOP", "unreadable-pickle"),
        ("UNICODE \\u00\nSTOP", "unreadable-pickle"),
        ("BINSTRING x\nRAW 54ffffffff", "unreadable-pickle"),
        ("PUT -1\nSTOP", "unreadable-pickle"),
        (
            "EMPTY_DICT\nMARK\nNONE\nSETITEMS\nSTOP",
            "unreadable-pickle",
        ),
        ("UNICODE x\nEMPTY_TUPLE\nREDUCE\nSTOP", "unreadable-pickle"),
        ("RAW 58ffffff7f41", "unexpected-end"),
        ("RAW 630a", "unexpected-end"),
        ("FRAME 1000\nSTOP", "unexpected-end"),
        ("NONE", "unexpected-end"),
        ("LONG_BINPUT -1\nSTOP", "limit-memo"),
    ] {
        let header = read_text(&format!("GLOBAL os system\n{rest}"));

        assert_eq!(imports(&header), ["os.system"], "{rest}");
        assert_eq!(kinds(&header), [kind], "{rest}");
    }
}

#[test]
fn a_line_that_the_file_cuts_short_is_read_as_unpicklers_do() {
    let header = read(b"cos\nsystem?");

    assert_eq!(imports(&header), ["os.system"]);
    assert_eq!(rules(&header), [AnomalyRule::TruncatedFile]);
}

#[test]
fn every_prefix_of_a_pickle_is_told_to_be_one() {
    let bytes = assemble(
        "PROTO 4
        FRAME 10
        GLOBAL collections OrderedDict
        EMPTY_TUPLE
        REDUCE
        MEMOIZE
        MARK
        SHORT_BINUNICODE weight
        BINBYTES 0001020304050607
        SETITEMS
        STOP",
    );
    for length in 0..bytes.len() {
        let header = read(bytes.get(..length).unwrap_or_default());

        assert!(is_cut(&header), "{length}");
    }
    assert_eq!(kinds(&read(&bytes)), [""; 0]);
}

#[test]
fn items_are_set_on_containers_only() {
    let tensor = "GLOBAL torch._utils _rebuild_parameter\nNONE\nTUPLE1\nREDUCE";
    for (program, is_allowed) in [
        ("EMPTY_DICT\nNONE\nNONE\nSETITEM\nSTOP", true),
        (
            "GLOBAL collections OrderedDict\nEMPTY_TUPLE\nREDUCE\nMARK\nNONE\nNONE\nSETITEMS\nSTOP",
            true,
        ),
        ("GLOBAL a B\nEMPTY_TUPLE\nREDUCE\nNONE\nAPPEND\nSTOP", true),
        ("EMPTY_SET\nMARK\nNONE\nADDITEMS\nSTOP", true),
        (&*format!("{tensor}\nNONE\nNONE\nSETITEM\nSTOP"), false),
        (
            "GLOBAL torch FloatStorage\nNONE\nNONE\nSETITEM\nSTOP",
            false,
        ),
        ("EMPTY_TUPLE\nNONE\nAPPEND\nSTOP", false),
        ("UNICODE x\nMARK\nNONE\nAPPENDS\nSTOP", false),
    ] {
        let found = read_text(program);
        let expected: &[&str] = if is_allowed { &[] } else { &["wrong-target"] };

        assert_eq!(kinds(&found), expected, "{program}");
    }
}

#[test]
fn state_on_what_was_imported_is_told() {
    let header =
        read_text("GLOBAL torch.storage UntypedStorage\nNONE\nEMPTY_DICT\nTUPLE2\nBUILD\nSTOP");

    assert_eq!(kinds(&header), ["state-on-import"]);
    assert_eq!(rules(&header), [AnomalyRule::UnsafeImport]);
}

#[test]
fn a_reference_that_only_its_loader_resolves_is_told() {
    assert_eq!(kinds(&read_text("PERSID 7\nSTOP")), ["persistent-id"]);
    assert_eq!(
        kinds(&read_text("BININT1 7\nBINPERSID\nSTOP")),
        ["persistent-id"]
    );
}

#[test]
fn pickles_one_behind_the_other_are_all_followed() {
    let header = read(
        &[
            assemble("PROTO 2\nEMPTY_DICT\nSTOP"),
            assemble("NONE\nSTOP"),
            assemble("PROTO 4\nGLOBAL os system\nSTOP"),
        ]
        .concat(),
    );

    assert_eq!(imports(&header), ["os.system"]);
    assert_eq!(kinds(&header), [""; 0]);
}

#[test]
fn what_follows_the_last_pickle_is_told_with_what_it_looks_like() {
    let trailing = |rest: &[u8]| {
        let header = read(&[&assemble("EMPTY_DICT\nSTOP"), rest].concat());
        let messages = header.facts.anomalies.iter();
        messages
            .map(|anomaly| (anomaly.kind, anomaly.message.clone()))
            .collect::<Vec<_>>()
    };
    let like = |message: &str| vec![("trailing-bytes", message.to_owned())];

    assert_eq!(trailing(b""), []);
    assert_eq!(trailing(b"\r\n"), []);
    assert_eq!(trailing(b"\0\0\0"), like("3 bytes follow the last pickle"));
    assert_eq!(
        trailing(b"PK\x03\x04\0\0"),
        like("6 bytes follow the last pickle, which look like zip")
    );
    assert_eq!(
        trailing(b"7z\xbc\xaf\x27\x1c"),
        like("6 bytes follow the last pickle, which look like 7z")
    );
}

#[test]
fn what_follows_and_imports_is_more_than_trailing_bytes() {
    let rest = assemble("GLOBAL os system\nRAW ff");
    let header = read(&[assemble("EMPTY_DICT\nSTOP"), rest].concat());

    assert_eq!(imports(&header), ["os.system"]);
    assert_eq!(kinds(&header), ["unreadable-pickle"]);
}

/// A pickle that runs a command.
fn harm() -> Vec<u8> {
    assemble(
        "PROTO 4
        SHORT_BINUNICODE os
        SHORT_BINUNICODE system
        STACK_GLOBAL
        SHORT_BINUNICODE id
        TUPLE1
        REDUCE
        STOP",
    )
}

#[test]
fn pickles_within_bytes_and_texts_are_followed() {
    let harm = harm();
    let old = assemble("GLOBAL os system\nMARK\nUNICODE id\nTUPLE\nREDUCE\nSTOP");
    let latin: String = harm.iter().map(|byte| char::from(*byte)).collect();
    let twice = assemble(&format!("PROTO 4\nSHORT_BINBYTES {}\nSTOP", hex(&harm)));
    for program in [
        format!("SHORT_BINBYTES {}", hex(&harm)),
        format!("BINBYTES {}", hex(&old)),
        format!("BINBYTES8 {}", hex(&harm)),
        format!("BYTEARRAY8 {}", hex(&harm)),
        format!("BINBYTES {}", hex(&twice)),
        format!("BINUNICODE {latin}"),
        format!("SHORT_BINUNICODE {}", hex(&harm)),
        format!("UNICODE {}", base64(&harm)),
        format!("SHORT_BINUNICODE {}", base64(&old)),
        format!("SHORT_BINBYTES {}", hex(base64(&harm).as_bytes())),
        format!(
            "EMPTY_DICT\nUNICODE k\nSHORT_BINUNICODE {}\nSETITEM",
            base64(&harm)
        ),
    ] {
        imports_only(&format!("{program}\nSTOP"), "os.system");
    }
}

/// Bytes in letters, six bits each.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|index| u32::from(*chunk.get(index).unwrap_or(&0)));
        let group = a << 16 | b << 8 | c;
        for shift in [18, 12, 6, 0] {
            let index = usize::try_from(group >> shift & 63).unwrap_or(0);
            text.push(LETTERS.get(index).map_or('=', |letter| char::from(*letter)));
        }
    }
    text
}

#[test]
fn bytes_that_only_start_like_a_pickle_are_data() {
    for data in [
        &b"\x80\x04\x95\x00\x00\x80\x3f\x00\x00\x80\x3f"[..],
        b"\x80\x02}q\x00\xff\xff\xff\xff",
        b"cat\ndog bird\n\xff\xff",
        b"(((((((((((((((",
        b"gASV\x00\x00\x00\x00\x00",
    ] {
        let header = read_text(&format!("BINBYTES {}\nSTOP", hex(data)));

        assert_eq!(imports(&header), [""; 0], "{data:?}");
        assert_eq!(kinds(&header), [""; 0], "{data:?}");
    }
}

#[test]
fn pickles_within_each_other_are_followed_to_a_depth() {
    let mut bytes = harm();
    for _ in 0..8 {
        bytes = assemble(&format!("PROTO 4\nBINBYTES {}\nSTOP", hex(&bytes)));
    }
    let header = read(&bytes);
    assert_eq!(imports(&header), ["os.system"]);

    let deeper = read_text(&format!("PROTO 4\nBINBYTES {}\nSTOP", hex(&bytes)));
    assert_eq!(imports(&deeper), [""; 0]);
    assert_eq!(kinds(&deeper), ["limit-depth"]);
}

#[test]
fn functions_that_the_file_carries_are_code() {
    let header = read_text("GLOBAL cloudpickle.cloudpickle _make_function\nSTOP");
    assert_eq!(header.facts.loading, Some(Loading::Code));

    let header = read_text("GLOBAL dill._dill _create_function\nSTOP");
    assert_eq!(header.facts.loading, Some(Loading::Code));

    assert_eq!(read_text("GLOBAL os system\nSTOP").facts.loading, None);
}

#[test]
fn a_flood_of_imports_is_listed_up_to_a_limit() {
    let lines: Vec<_> = (0..1001)
        .map(|index| format!("GLOBAL m n{index}\nPOP"))
        .collect();
    let header = read_text(&format!("{}\nNONE\nSTOP", lines.join("\n")));

    assert_eq!(header.facts.imports.len(), 1000);
    assert_eq!(kinds(&header), ["limit-imports"]);
    assert_eq!(rules(&header), [AnomalyRule::NotExamined]);
}

#[test]
fn a_stack_without_measure_ends_the_reading() {
    let header = read(&[vec![b'('; 1_000_001], b".".to_vec()].concat());

    assert_eq!(kinds(&header), ["limit-stack"]);
}

#[test]
fn names_longer_than_any_are_listed_and_unknown() {
    let name = "n".repeat(100_000);
    let header = read_text(&format!("GLOBAL collections {name}\nSTOP"));

    assert_eq!(unknown(&header).len(), 1);
    assert!(unknown(&header).iter().all(|name| name.len() < 200));
}

#[test]
fn the_version_is_the_highest_protocol() {
    let version = |text| read_text(text).version;

    assert_eq!(version("NONE\nSTOP").as_deref(), Some("0"));
    assert_eq!(version("EMPTY_DICT\nSTOP").as_deref(), Some("1"));
    assert_eq!(version("PROTO 3\nNONE\nSTOP").as_deref(), Some("3"));
    assert_eq!(
        version("PROTO 2\nBYTEARRAY8 00\nSTOP").as_deref(),
        Some("5")
    );
}
