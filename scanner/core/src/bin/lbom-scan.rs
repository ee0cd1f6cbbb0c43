//! Prints the record of every model file at and below the paths on the command line, one JSON
//! object a line.

use std::env;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use lbom_scanner::discovery::{Found, Named, discover};
use lbom_scanner::record::Record;
use lbom_scanner::scan::{Options, scan};

const USAGE: &str = "usage: lbom-scan PATH...\n";

/// The exit code of a run that could not do what it was asked to: bad usage, a named path that is
/// not there, an output that cannot be written to.
const COULD_NOT_JUDGE: u8 = 2;

fn main() -> ExitCode {
    let paths: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let asks_for_usage = paths
        .iter()
        .any(|path| path.as_os_str().as_encoded_bytes().starts_with(b"-"));
    if paths.is_empty() || asks_for_usage {
        // Nothing can be done about an error stream that cannot be written to.
        let _ = io::stderr().write_all(USAGE.as_bytes());
        return ExitCode::from(COULD_NOT_JUDGE);
    }
    match run(&paths) {
        Ok(()) if paths.iter().all(|path| path.symlink_metadata().is_ok()) => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(COULD_NOT_JUDGE),
        Err(error) => {
            let _ = writeln!(io::stderr(), "lbom-scan: {error}");
            ExitCode::from(COULD_NOT_JUDGE)
        }
    }
}

/// Writes the records in the order in which the files were found.
fn run(paths: &[PathBuf]) -> io::Result<()> {
    let root = env::current_dir()?;
    let found = discover(paths, &root, Named::Always, &|| false);
    let files: Vec<PathBuf> = found
        .iter()
        .filter_map(|found| match found {
            Found::File { path, .. } => Some(path.clone()),
            Found::NotExamined(_) => None,
        })
        .collect();
    let mut scanned = scan(&files, &Options { root, jobs: 0 }, &|| false).into_iter();

    let mut output = BufWriter::new(io::stdout().lock());
    for found in found {
        let record = match found {
            Found::File { .. } => scanned.next(),
            Found::NotExamined(record) => Some(Record::NotExamined(record)),
        };
        serde_json::to_writer(&mut output, &record)?;
        output.write_all(b"\n")?;
    }
    output.flush()
}
