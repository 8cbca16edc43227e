// SPDX-License-Identifier: Apache-2.0
#include "bench/histogram.h"

#include <stddef.h>

// Values below 2 * SUB have a bucket each; above, each doubling has SUB.
static size_t bucket_of(uint64_t us) {
    size_t shift = 0;
    while (us >= 2 * HISTOGRAM_SUB) {
        us >>= 1;
        shift++;
    }
    const size_t bucket = shift * HISTOGRAM_SUB + (size_t)us;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

// The highest value of the bucket.
static uint64_t value_of(size_t bucket) {
    if (bucket < 2 * HISTOGRAM_SUB) {
        return bucket;
    }
    const size_t shift = bucket / HISTOGRAM_SUB - 1;
    return ((uint64_t)(bucket - shift * HISTOGRAM_SUB + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, int64_t us) {
    const uint64_t value = us < 0 ? 0 : (uint64_t)us;
    histogram->buckets[bucket_of(value)]++;
    histogram->count++;
    histogram->sum += value;
    histogram->max = value > histogram->max ? value : histogram->max;
}

double histogram_quantile(const struct histogram *histogram, double share) {
    uint64_t seen = 0;
    if (histogram->count == 0) {
        return 0;
    }
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > 0 && (double)seen >= share * (double)histogram->count) {
            const uint64_t value = value_of(i);
            return (double)(value < histogram->max ? value : histogram->max);
        }
    }
    return (double)histogram->max;
}

double histogram_mean(const struct histogram *histogram) {
    return histogram->count == 0 ? 0 : (double)histogram->sum / (double)histogram->count;
}

void histogram_print(const struct histogram *histogram, FILE *out) {
    double left = 1;
    for (int i = 0; i < 40 && left * (double)histogram->count >= 1; i++, left *= 0.7) {
        fprintf(out, "%.6f\t%.0f\n", 1 - left, histogram_quantile(histogram, 1 - left));
    }
    fprintf(out, "1.000000\t%.0f\n", (double)histogram->max);
}
