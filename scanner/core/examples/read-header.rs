//! Prints the seconds that reading a model file's header takes: the best of several runs.
//!
//! What `benchmarks/run.py` compares with the readers of the formats' own projects. The file is
//! opened and everything in its header is checked, as in a scan; no digest is computed.

use std::error::Error;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lbom_scanner::format::{self, SNIFFED_BYTES};
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::{Reader, Source};

const RUNS: usize = 10;

struct Opened {
    file: File,
    size: u64,
}

impl Source for Opened {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(
        std::env::args_os()
            .nth(1)
            .ok_or("usage: read-header FILE")?,
    );
    let times = (0..RUNS)
        .map(|_| read(&path))
        .collect::<Result<Vec<_>, _>>()?;
    let best = times.into_iter().min().unwrap_or(Duration::MAX);
    println!("{}", best.as_secs_f64());
    Ok(())
}

fn read(path: &PathBuf) -> Result<Duration, Box<dyn Error>> {
    let begin = Instant::now();
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let opened = Opened { file, size };
    let mut start = [0; SNIFFED_BYTES];
    let length = opened.read_at(0, &mut start)?;
    let start = start.get(..length).unwrap_or_default();
    let header = format::recognise(start, size, path)
        .and_then(|format| format.read(&mut Reader::new(&opened)))
        .ok_or("the format is not read")?;
    let evidence = assess(&header.tensors, &header.claims);
    if evidence.tensor_types.is_empty() || !header.facts.anomalies.is_empty() {
        return Err("the file is not what was to be read".into());
    }
    Ok(begin.elapsed())
}
