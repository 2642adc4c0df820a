//! Work on every core, results in the order of the inputs, and never more than a few of them in memory.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Inputs under way for a thread: enough that one slow page does not idle the others.
const AHEAD: usize = 8;
/// The stack of a worker: pages are trees, and dropping or walking a deep one must not end the process.
const STACK: usize = 16 << 20;

/// How many threads to use where nobody says.
pub(crate) fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Applies `work` to every input on that many threads and hands each result to `take`, in the inputs' order. Stops early
/// where `take` fails, and returns its error.
pub(crate) fn map<I, T, E>(
    inputs: impl Iterator<Item = I> + Send,
    threads: usize,
    work: impl Fn(I) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E>
where
    I: Send,
    T: Send,
{
    let threads = threads.max(1);
    let (jobs, queue) = sync_channel::<(I, SyncSender<T>)>(threads);
    // The order of the results; its bound is the bound of what is in memory.
    let (order, results) = sync_channel::<Receiver<T>>(threads * AHEAD);
    let queue = Mutex::new(queue);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (queue, work) = (&queue, &work);
            let worker = move || {
                loop {
                    let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((input, to)) = job else { return };
                    // Nobody may be left to read it, after an error.
                    let _ = to.send(work(input));
                }
            };
            // Where the machine gives no more threads, those that it gave do the work.
            let _ = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, worker);
        }
        scope.spawn(move || {
            for input in inputs {
                let (to, from) = sync_channel(1);
                if order.send(from).is_err() || jobs.send((input, to)).is_err() {
                    return;
                }
            }
        });
        let end = results.iter().filter_map(|result| result.recv().ok()).try_for_each(&mut take);
        drop(results);
        end
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        let mut got = Vec::new();
        let work = |n: u64| {
            // Uneven work, so that threads overtake each other.
            (0..(n * 7919) % 5000).fold(n, |sum, k| std::hint::black_box(sum.wrapping_add(k) - k));
            n * 2
        };
        map(0..500, 4, work, |n| {
            got.push(n);
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(got, (0..500).map(|n| n * 2).collect::<Vec<u64>>());
    }

    #[test]
    fn an_error_ends_it() {
        let mut taken = 0;
        let end = map(
            0_u64..,
            3,
            |n| n,
            |n| {
                taken += 1;
                if n == 40 { Err("enough") } else { Ok(()) }
            },
        );
        assert_eq!((end, taken), (Err("enough"), 41));
    }
}
