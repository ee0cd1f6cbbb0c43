//! What is taken for a pickle, of which protocols 0 and 1 have no mark.

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::path::Path;

use lbom_scanner::format::{SNIFFED_BYTES, recognise, recognise_file};
use lbom_scanner::reader::Source;

use crate::pickle::{imports, read};
use crate::pickle_writer::assemble;

fn is_pickle(name: &str, bytes: &[u8]) -> bool {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    recognise(bytes, size, Path::new(name)).is_some_and(|format| format.name == "pickle")
}

#[test]
fn a_pickle_without_a_mark_is_known_by_what_it_does() {
    let call = assemble("GLOBAL os system\nMARK\nSTRING 'id'\nTUPLE\nREDUCE\nSTOP");
    let data = assemble("MARK\nDICT\nPUT 0\nSTRING 'a'\nINT 1\nSETITEM\nSTOP");
    let import = assemble("GLOBAL os system\nRAW ff");
    let stack =
        assemble("UNICODE os\nUNICODE system\nSTACK_GLOBAL\nUNICODE id\nTUPLE1\nREDUCE\nSTOP");
    for name in ["m", "m.txt", "m.dat", "m.pkl", "m.bin", "m.gguf"] {
        assert!(is_pickle(name, &call), "{name}");
        assert!(is_pickle(name, &stack), "{name}");
    }
    // Without an import nothing can come of it, but its name says what it is.
    assert!(is_pickle("m.pkl", &data));
    assert!(is_pickle("m.bin", &data));
    assert!(!is_pickle("m.txt", &data));
    // Cut short or broken behind an import.
    assert!(is_pickle("m.pkl", &import));
    assert!(!is_pickle("m.txt", &import));
}

#[test]
fn data_that_start_like_an_opcode_are_no_pickle_under_a_suffix_they_share() {
    let data = |first: &[u8], length: usize| [first, &vec![0xbe; length]].concat();
    for first in [
        &b"p>\xad"[..],
        b"g",
        b"F",
        b"I",
        b"L",
        b"c",
        b"i",
        b"P",
        b"S",
        b"V",
        b"cA\n\xff",
        b"c\xbe\n\xbd\n",
        b"(i\n",
    ] {
        assert!(!is_pickle("m.bin", &data(first, 144)), "{first:?}");
    }
    for first in [&b"p"[..], b"g", b"F", b"I", b"L", b"c", b"i", b"P"] {
        let bytes = data(first, 5000);
        assert!(!is_start_of_pickle("m.bin", &bytes), "{first:?}");
    }
    // What only the rest of the file can tell, reading tells.
    assert!(is_start_of_pickle("m.bin", &data(b"V", 5000)));
    // Broken behind an import that was made before.
    let broken = assemble("GLOBAL os system\nMARK\nSTRING 'id'\nTUPLE\nREDUCE\nRAW ff");
    assert!(is_pickle("m.bin", &broken));
}

/// Whether a long file is a pickle by its first bytes.
fn is_start_of_pickle(name: &str, bytes: &[u8]) -> bool {
    let start = bytes.get(..4096).unwrap_or_default();
    let size = u64::try_from(bytes.len()).unwrap_or(0);
    recognise(start, size, Path::new(name)).is_some_and(|format| format.name == "pickle")
}

#[test]
fn a_pickle_that_hides_its_import_behind_the_first_bytes_is_known() {
    let padding = "NONE\nPOP\n".repeat(4000);
    let bytes = assemble(&format!(
        "{padding}GLOBAL os system\nEMPTY_TUPLE\nREDUCE\nSTOP"
    ));
    let start = bytes.get(..4096).unwrap_or_default();
    let size = u64::try_from(bytes.len()).unwrap_or(0);
    let format = |name| recognise(start, size, Path::new(name)).map(|format| format.name);

    assert_eq!(format("m.pkl"), Some("pickle"));
    assert_eq!(format("m"), Some("pickle"));
    assert_eq!(imports(&read(&bytes)), ["os.system"]);
}

/// Whether a file is a pickle, by all of it where its first bytes are too few to tell.
fn is_pickle_further(name: &str, source: &dyn Source) -> Result<bool, Box<dyn Error>> {
    let size = usize::try_from(source.size())?;
    let mut start = vec![0; size.min(SNIFFED_BYTES)];
    source.read_at(0, &mut start)?;
    let format = recognise_file(&start, source, Path::new(name));
    Ok(format.is_some_and(|format| format.name == "pickle"))
}

#[test]
fn a_text_longer_than_the_first_bytes_hides_no_pickle() -> Result<(), Box<dyn Error>> {
    let call = "POP\nGLOBAL os system\nSTRING 'id'\nTUPLE1\nREDUCE\nSTOP";
    let text = "a".repeat(5000);
    for hidden in [
        assemble(&format!("UNICODE {text}\n{call}")),
        assemble(&format!("STRING '{text}'\n{call}")),
        assemble(&format!("BINUNICODE {text}\n{call}")),
        // Broken behind the call.
        assemble(&format!("UNICODE {text}\n{call}\nRAW ff").replace("STOP", "RAW ff")),
        // The import comes late.
        assemble(&format!(
            "UNICODE {text}\n{}{call}",
            "POP\nNONE\n".repeat(40)
        )),
    ] {
        assert!(!is_start_of_pickle("notes.txt", &hidden));
        assert!(is_pickle_further("notes.txt", &hidden.as_slice())?);
    }
    for other in [
        format!("V{text}\nelephant\n"),
        format!("V{text}\n.\n"),
        format!("P{text}"),
        format!("S'{text}'\nN.\n"),
        format!("X{text}"),
    ] {
        assert!(!is_pickle_further("notes.txt", &other.as_bytes())?);
    }
    Ok(())
}

#[test]
fn an_argument_across_the_end_of_the_first_bytes_hides_no_pickle() -> Result<(), Box<dyn Error>> {
    let call = assemble("POP\nGLOBAL os system\nSTRING 'id'\nTUPLE1\nREDUCE\nSTOP");
    let arguments: [&[u8]; 12] = [
        b"J\x01\0\0\0",
        b"M\x01\0",
        b"K\x01",
        b"X\x01\0\0\0b",
        b"T\x01\0\0\0b",
        b"U\x01b",
        b"G\0\0\0\0\0\0\0\0",
        b"\x8d\x01\0\0\0\0\0\0\0b",
        b"I1\n",
        b"Vb\n",
        b"S'b'\n",
        b"\x8a\x01\0",
    ];
    for (before, name) in [
        ("V", "notes.txt"),
        ("N0", "notes.txt"),
        ("V", "m.pkl"),
        ("N0", "m.bin"),
    ] {
        for (place, argument) in (4080..=4100).flat_map(|place| arguments.map(|each| (place, each)))
        {
            let padding = match before {
                "V" => format!("V{}\n0", "a".repeat(place - 3)),
                _ => format!(
                    "{}{}",
                    "N0".repeat(place / 2),
                    if place % 2 == 0 { "" } else { "(" }
                ),
            };
            let bytes = [padding.as_bytes(), argument, call.as_slice()].concat();
            assert!(
                is_pickle_further(name, &bytes.as_slice())?,
                "{name} {place} {argument:?}"
            );
        }
    }
    Ok(())
}

/// A file of one line without end, which counts what is read of it.
struct Endless(Cell<u64>);

impl Source for Endless {
    fn size(&self) -> u64 {
        1 << 40
    }

    fn read_at(&self, _: u64, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(b'V');
        let read = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        self.0.set(self.0.get().saturating_add(read));
        Ok(buffer.len())
    }
}

#[test]
fn a_line_without_end_is_not_read_for_ever() -> Result<(), Box<dyn Error>> {
    let endless = Endless(Cell::new(0));

    assert!(!is_pickle_further("notes.txt", &endless)?);
    assert!(endless.0.get() <= 65 * 1024 * 1024);
    Ok(())
}

#[test]
fn other_content_is_no_pickle() {
    for content in [
        &b"cat\ndog\nelephant\n"[..],
        b"import os\nos.system('id')\n",
        b"N.\n",
        b"I am a text.\nPlease read me.\n",
        b"Version 1\nVersion 2\n",
        b"# title\n",
        b"(a list)\n",
        b"]]]]",
        b"\x89PNG\r\n\x1a\n",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\x28\xb5\x2f\xfd\0\0",
        b"\0\0\0\0",
        b"",
    ] {
        for name in ["m", "m.txt", "m.dat"] {
            assert!(!is_pickle(name, content), "{content:?}");
        }
    }
    assert!(!is_pickle("m.pt", b"\x89PNG\r\n\x1a\n"));
}

#[test]
fn a_list_whose_lines_begin_like_imports_is_no_pickle() {
    let goes_on = |line: fn(usize) -> String| {
        let text: String = (0..400).map(line).collect();
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let start = text.as_bytes().get(..SNIFFED_BYTES).unwrap_or_default();
        recognise(start, size, Path::new("RECORD")).is_some_and(|format| format.name == "pickle")
    };

    assert!(!goes_on(|at| format!(
        "crate-1.0.dist-info/file{at},sha256=-grn0,12\n"
    )));
    assert!(goes_on(|at| format!("csome.module{at}\nname\n")));
}
