// SPDX-License-Identifier: Apache-2.0
// What stands between a daemon under test and its system: a library that is loaded before the others (LD_PRELOAD) and
// makes allocations and calls of the operating system fail, the wall clock jump, and a thread end, at the word of
// another process. The two share one page, which is mapped before the daemon confines itself.
#ifndef BENCH_FAULT_SHIM_H
#define BENCH_FAULT_SHIM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SHIM_FILE "SIGNPOST_FAULT_SHIM" // in the environment: the page's file, which is there and long enough
#define SHIM_WHERE_SIZE 1024

enum shim_thread { // by the names that the daemons give them, a bit each
    SHIM_WORKER = 1,
    SHIM_SEQUENCER = 2,
    SHIM_METRICS = 4,
    SHIM_SCRUBBER = 8,
    SHIM_SWEEPER = 16,
    SHIM_WATCH = 32,
    SHIM_NOTARY = 64,
    SHIM_MAIN = 128, // whose round is a signal's
    SHIM_OTHER = 256,
};
#define SHIM_THREADS 9
#define SHIM_ALL ((1U << SHIM_THREADS) - 1)

enum shim_call { SHIM_WRITE_JOURNAL, SHIM_WRITE_STORE, SHIM_READ_JOURNAL, SHIM_SYNC, SHIM_OPEN_TO_WRITE, SHIM_CALLS };

struct shim {
    // Allocations of these threads are counted, and those beyond `pass` fail: one, or all while `for_good`.
    atomic_uint threads;
    atomic_long pass;
    atomic_bool for_good;
    atomic_long seen, failed;
    char where[SHIM_WHERE_SIZE];         // the callers of the one that failed first
    atomic_int calls[SHIM_CALLS];        // the errno with which the call fails; 0: it works
    atomic_llong clock_ms[SHIM_THREADS]; // how far the wall clock is off, for each
    atomic_uint end;                     // threads of which one ends at its next look at the wall clock
    atomic_uint held;                // threads that rest between two rounds of their work until they are told to go on
    atomic_uint go;                  // of those, which do; the bit goes when the round begins
    atomic_uint rests[SHIM_THREADS]; // begun by each
    atomic_bool loaded;
};

#endif
