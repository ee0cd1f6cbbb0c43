//! Which files one thread looks at together.

use std::cmp::Reverse;

use super::Job;
use super::names::Weighed;

/// Files at least that one thread has open at a time, so that reading small ones does not wait for
/// the digest of each.
const STREAMS: usize = 8;

/// Numbered jobs, largest file first, in batches that one thread takes at a time.
pub(super) fn batches(mut files: Vec<Weighed<'_>>, jobs: usize) -> Vec<Vec<(usize, Job<'_>)>> {
    files.sort_by_key(|(size, index, _)| (Reverse(*size), *index));
    let sizes: Vec<u64> = files.iter().map(|(size, ..)| *size).collect();
    let mut rest = files.into_iter().map(|(_, index, job)| (index, job));
    counts(&sizes, jobs, lbom_digest::Backend::detect().lanes())
        .into_iter()
        .map(|count| rest.by_ref().take(count).collect())
        .collect()
}

/// How many files each batch has: no more than there are streams, no more bytes than let every thread
/// have as many.
///
/// Lanes take as long for one stream as for all of theirs, so a batch is as large as fills every
/// thread's lanes equally often; without lanes it is half of that, so that threads are done together.
fn counts(sizes: &[u64], jobs: usize, lanes: usize) -> Vec<usize> {
    let streams = STREAMS.max(lanes);
    let total = sizes
        .iter()
        .fold(0_u64, |total, size| total.saturating_add(*size));
    let largest = sizes.first().copied().unwrap_or(0);
    let widen = |number: usize| u64::try_from(number).unwrap_or(u64::MAX).max(1);
    let rounds = if lanes > 1 {
        // Small files hardly count: as many as were there, were all like the largest.
        let alike = total.checked_div(largest).unwrap_or(0);
        alike.div_ceil(widen(jobs.saturating_mul(lanes)))
    } else {
        2
    };
    let share = total
        .checked_div(widen(jobs).saturating_mul(rounds))
        .unwrap_or(total);

    let mut counts = Vec::new();
    let (mut count, mut bytes) = (0_usize, 0_u64);
    for size in sizes {
        // Whichever comes nearer to the share: with this file, or without it.
        let is_nearer = bytes.saturating_add(size / 2) <= share;
        if count > 0 && (count >= streams || !is_nearer) {
            counts.push(count);
            (count, bytes) = (0, 0);
        }
        count = count.saturating_add(1);
        bytes = bytes.saturating_add(*size);
    }
    counts.extend((count > 0).then_some(count));
    counts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn files_that_lanes_have_room_for_are_shared_out_evenly() {
        assert_eq!(counts(&[9; 16], 2, 16), [8, 8]);
        assert_eq!(counts(&[9; 17], 2, 16), [9, 8]);
        assert_eq!(counts(&[9; 32], 2, 16), [16, 16]);
        assert_eq!(counts(&[9; 40], 2, 16), [10, 10, 10, 10]);
        assert_eq!(counts(&[9; 64], 2, 16), [16, 16, 16, 16]);
        assert_eq!(counts(&[9; 3], 4, 8), [1, 1, 1]);
    }

    #[test]
    fn small_files_do_not_keep_large_ones_from_each_other() {
        let sizes = [vec![1000; 16], vec![1; 30]].concat();

        assert_eq!(counts(&sizes, 2, 16), [8, 16, 16, 6]);
    }

    #[test]
    fn a_file_larger_than_all_others_is_alone() {
        assert_eq!(counts(&[1000, 1, 1, 1], 2, 16), [1, 3]);
    }

    #[test]
    fn without_lanes_threads_are_done_together() {
        assert_eq!(counts(&[9; 16], 2, 1), [4, 4, 4, 4]);
    }

    #[test]
    fn files_without_bytes_are_batches_of_streams() {
        assert_eq!(counts(&[0; 20], 2, 16), [16, 4]);
        assert!(counts(&[], 2, 16).is_empty());
    }

    proptest! {
        #[test]
        fn every_file_is_in_one_batch(
            mut sizes in prop::collection::vec(any::<u64>(), 0..99),
            jobs in 0_usize..9,
            lanes in prop::sample::select(vec![1_usize, 8, 16]),
        ) {
            sizes.sort_unstable();
            sizes.reverse();
            let found = counts(&sizes, jobs, lanes);

            prop_assert_eq!(found.iter().sum::<usize>(), sizes.len());
            prop_assert!(found.iter().all(|count| (1..=lanes.max(8)).contains(count)));
        }
    }
}
