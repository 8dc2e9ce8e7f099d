//! Work shared among the processors, its results in the order of the work.

use crate::kernel::arrange::Arrange as _;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does the work for each part of so many items; a thread that is done with a part takes the next.
pub fn by_parts<'t, T: Sync, R: Send>(
    items: &'t [T],
    part: usize,
    work: impl Fn(&'t [T]) -> R + Sync,
) -> Vec<R> {
    let parts: Vec<&[T]> = items.chunks(part.max(1)).collect();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = processors.min(parts.len());
    if threads < 2 {
        return parts.into_iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let mut done = Vec::with_capacity(parts.len());
    let taking = || {
        let taken = std::iter::from_fn(|| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            parts.get(index).map(|part| (index, *part))
        });
        taken
            .map(|(index, part)| (index, work(part)))
            .collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(taking)).collect();
        done.extend(taking());
        for other in others {
            match other.join() {
                Ok(results) => done.extend(results),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    done.arrange_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Frees what is large and no longer needed beside what comes next. The end of the program does not wait for it.
pub fn free_beside<T: Send + 'static>(large: T) {
    // Where there is no thread to be had, the closure is dropped here, and what it holds with it.
    let _detached = std::thread::Builder::new().spawn(move || drop(large));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_freed_beside_is_freed_once() {
        let (told, freed) = std::sync::mpsc::channel::<()>();
        free_beside(told);
        assert!(freed.recv().is_err());
    }

    #[test]
    fn results_are_in_the_order_of_the_work() {
        let items: Vec<usize> = (0..1000).collect();
        for part in [0, 1, 7, 999, 1000, 5000] {
            let parts = by_parts(&items, part, <[usize]>::to_vec);
            assert_eq!(parts.concat(), items, "{part}");
        }
        assert!(by_parts(&[0; 0], 4, <[usize]>::len).is_empty());
    }
}
