// SPDX-License-Identifier: Apache-2.0
#include "proto/histogram.h"

const struct histogram_scale histogram_latency = {
    1e-6, {250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 2500000, 10000000}};
const struct histogram_scale histogram_size = {1, {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096}};

void counter_add(_Atomic uint64_t *counter, uint64_t by) {
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + by, memory_order_relaxed);
}

void histogram_add(struct histogram *histogram, const struct histogram_scale *scale, uint64_t value) {
    size_t at = 0;
    while (at < HISTOGRAM_BOUNDS && value > scale->bounds[at]) {
        at++;
    }
    counter_add(&histogram->counts[at], 1);
    counter_add(&histogram->sum, value);
}

uint64_t counter_read(const _Atomic uint64_t *counter) {
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void histogram_read(const struct histogram *histogram, struct histogram_figures *into) {
    for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++) {
        into->counts[i] += counter_read(&histogram->counts[i]);
    }
    into->sum += counter_read(&histogram->sum);
}
