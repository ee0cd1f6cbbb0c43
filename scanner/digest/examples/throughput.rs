//! Throughput of each back end, from memory on one core, by the number of streams and their size.
//!
//! `cargo run --release -p lbom-digest --example throughput`

use std::hint::black_box;
use std::time::{Duration, Instant};

use lbom_digest::{Backend, digest_all_with};

const MIB: usize = 1 << 20;

/// Bytes digested per measurement; the fastest of several is shown, as the machine may be busy.
const TOTAL: usize = 64 * MIB;
const REPETITIONS: usize = 7;

fn main() {
    let cases = [1, 2, 3, 4, 8, 16, 64]
        .map(|streams| (streams, TOTAL / streams))
        .into_iter()
        .chain([(16_384, 4096)]);
    println!(
        "{:>8} {:>12} {:>12} {:>8}",
        "streams", "bytes each", "back end", "GB/s"
    );
    for (streams, size) in cases {
        let content = vec![0xa5_u8; size];
        for backend in Backend::available() {
            let fastest = (0..REPETITIONS)
                .map(|_| time(backend, &vec![content.as_slice(); streams]))
                .min()
                .unwrap_or_default();
            let gigabytes_per_second = throughput(streams * size, fastest);
            println!(
                "{streams:>8} {size:>12} {:>12} {gigabytes_per_second:>8.2}",
                backend.name()
            );
        }
    }
}

fn time(backend: Backend, streams: &[&[u8]]) -> Duration {
    let streams = streams.to_vec();
    let start = Instant::now();
    black_box(digest_all_with(backend, streams, &|| false));
    start.elapsed()
}

/// Bytes per nanosecond, which are gigabytes per second.
fn throughput(bytes: usize, elapsed: Duration) -> f64 {
    let bytes = u32::try_from(bytes).map_or(f64::INFINITY, f64::from);
    bytes / 1e9 / elapsed.as_secs_f64()
}
