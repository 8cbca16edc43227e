// SPDX-License-Identifier: Apache-2.0
// Counts for monitoring: cheap where they are made, read by another thread. A counter or histogram has one writing
// thread, so that adding needs no locked instruction; what many threads count is summed from one of each.
#ifndef PROTO_HISTOGRAM_H
#define PROTO_HISTOGRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BOUNDS 13

struct histogram_scale {
    double unit; // of one step, in what is shown: 1e-6 for microseconds shown as seconds
    uint64_t bounds[HISTOGRAM_BOUNDS];
};
extern const struct histogram_scale histogram_latency; // microseconds: 250 us to 10 s
extern const struct histogram_scale histogram_size;    // things: 1 to 4096

struct histogram {
    _Atomic uint64_t counts[HISTOGRAM_BOUNDS + 1]; // up to each bound, and beyond the last
    _Atomic uint64_t sum;
};

// The writing thread.
void counter_add(_Atomic uint64_t *counter, uint64_t by);
void histogram_add(struct histogram *histogram, const struct histogram_scale *scale, uint64_t value);

// Any thread: adds what was counted until now.
struct histogram_figures {
    const struct histogram_scale *scale;
    uint64_t counts[HISTOGRAM_BOUNDS + 1];
    uint64_t sum;
};
uint64_t counter_read(const _Atomic uint64_t *counter);
void histogram_read(const struct histogram *histogram, struct histogram_figures *into);

#endif
