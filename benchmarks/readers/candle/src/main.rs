//! Prints the seconds that candle takes to read a GGUF header: the best of several runs.

use std::fs::File;
use std::io::BufReader;
use std::time::{Duration, Instant};

const RUNS: usize = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: candle-header FILE")?;
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let begin = Instant::now();
        let mut file = BufReader::new(File::open(&path)?);
        candle_core::quantized::gguf_file::Content::read(&mut file)?;
        best = best.min(begin.elapsed());
    }
    println!("{}", best.as_secs_f64());
    Ok(())
}
