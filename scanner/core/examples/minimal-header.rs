//! Prints the seconds that the least work takes which a header can be read with: the best of
//! several runs.
//!
//! What `benchmarks/run.py` holds the scanner against. Positional reads of 64 KiB; nothing is
//! checked, nothing kept but the types of the tensors. Fit for files that are known to be good.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use serde::Deserialize;

const RUNS: usize = 10;
const WINDOW: usize = 64 * 1024;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let path = std::env::args_os()
        .nth(1)
        .ok_or("usage: minimal-header FILE")?;
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let begin = Instant::now();
        let file = File::open(&path)?;
        let mut cursor = Cursor::new(&file);
        let types = match &cursor.array()? {
            b"GGUF" => gguf(&mut cursor)?,
            _ => safetensors(&file)?,
        };
        if types == 0 {
            return Err("the file is not what was to be read".into());
        }
        best = best.min(begin.elapsed());
    }
    println!("{}", best.as_secs_f64());
    Ok(())
}

struct Cursor<'a> {
    file: &'a File,
    window: Vec<u8>,
    base: u64,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(file: &'a File) -> Self {
        Self {
            file,
            window: Vec::new(),
            base: 0,
            at: 0,
        }
    }

    fn array<const N: usize>(&mut self) -> Outcome<[u8; N]> {
        loop {
            if let Some(bytes) = self.window.get(self.at..).and_then(<[u8]>::first_chunk) {
                self.at += N;
                return Ok(*bytes);
            }
            self.base += u64::try_from(self.at)?;
            self.at = 0;
            self.window.resize(WINDOW, 0);
            let read = self.file.read_at(&mut self.window, self.base)?;
            self.window.truncate(read);
            if read < N {
                return Err("the file ends".into());
            }
        }
    }

    fn skip(&mut self, count: u64) -> Outcome<()> {
        let at = u64::try_from(self.at)? + count;
        if at <= u64::try_from(self.window.len())? {
            self.at = usize::try_from(at)?;
        } else {
            self.base += at;
            self.at = 0;
            self.window.clear();
        }
        Ok(())
    }

    fn number(&mut self) -> Outcome<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn value(&mut self, kind: u32) -> Outcome<()> {
        match kind {
            0 | 1 | 7 => self.skip(1),
            2 | 3 => self.skip(2),
            4..=6 => self.skip(4),
            10..=12 => self.skip(8),
            8 => {
                let length = self.number()?;
                self.skip(length)
            }
            _ => {
                let kind = u32::from_le_bytes(self.array()?);
                for _ in 0..self.number()? {
                    self.value(kind)?;
                }
                Ok(())
            }
        }
    }
}

/// Reads version 3; returns the number of tensor types.
fn gguf(cursor: &mut Cursor<'_>) -> Outcome<usize> {
    cursor.skip(4)?;
    let tensors = cursor.number()?;
    for _ in 0..cursor.number()? {
        cursor.value(8)?;
        let kind = u32::from_le_bytes(cursor.array()?);
        cursor.value(kind)?;
    }
    let mut types = BTreeMap::new();
    for _ in 0..tensors {
        cursor.value(8)?;
        let dimensions = u32::from_le_bytes(cursor.array()?);
        cursor.skip(u64::from(dimensions) * 8)?;
        *types
            .entry(u32::from_le_bytes(cursor.array()?))
            .or_insert(0) += 1;
        cursor.skip(8)?;
    }
    Ok(types.len())
}

#[derive(Deserialize)]
struct Info<'a> {
    dtype: &'a str,
}

/// Returns the number of tensor types.
fn safetensors(file: &File) -> Outcome<usize> {
    let mut length = [0; 8];
    file.read_exact_at(&mut length, 0)?;
    let mut header = vec![0; usize::try_from(u64::from_le_bytes(length))?];
    file.read_exact_at(&mut header, 8)?;
    let infos: BTreeMap<&str, Info<'_>> = serde_json::from_slice(&header)?;
    let mut types = BTreeMap::new();
    for info in infos.values() {
        *types.entry(info.dtype).or_insert(0) += 1;
    }
    Ok(types.len())
}
