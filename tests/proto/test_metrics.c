// SPDX-License-Identifier: Apache-2.0
#include "proto/metrics.h"

#include <criterion/criterion.h>
#include <string.h>

struct sample {
    uint64_t count;
    double fresh, stale;
    struct histogram_figures sizes;
};

static const struct metric_row rows[] = {
    {"things_total", "", METRIC_COUNTER, offsetof(struct sample, count), "Things."},
    {"feeds", "feed=\"fresh\"", METRIC_GAUGE, offsetof(struct sample, fresh), "Feeds."},
    {"feeds", "feed=\"stale\"", METRIC_GAUGE, offsetof(struct sample, stale), "Not shown."},
    {"sizes", "", METRIC_HISTOGRAM, offsetof(struct sample, sizes), "Sizes."},
};

Test(metrics, are_written_with_one_head_for_each_name) {
    struct sample sample = {.count = UINT64_MAX, .fresh = 2, .stale = -0.5, .sizes.scale = &histogram_size};
    struct buf out = {0};
    metrics_write(rows, 3, &sample, &out);
    cr_assert_str_eq(buf_str(&out), "# HELP things_total Things.\n# TYPE things_total counter\n"
                                    "things_total 18446744073709551615\n"
                                    "# HELP feeds Feeds.\n# TYPE feeds gauge\n"
                                    "feeds{feed=\"fresh\"} 2\nfeeds{feed=\"stale\"} -0.5\n");
    buf_free(&out);
}

Test(metrics, histograms_count_up_to_each_bound_and_beyond_the_last) {
    static struct histogram histogram;
    struct histogram_figures figures = {.scale = &histogram_size};
    struct buf out = {0};
    static const uint64_t values[] = {0, 1, 2, 3, 4096, 4097};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        histogram_add(&histogram, &histogram_size, values[i]);
    }
    histogram_read(&histogram, &figures);
    metrics_put_histogram("sizes", "", &figures, &out);
    const char *text = buf_str(&out);
    cr_expect_not_null(strstr(text, "sizes_bucket{le=\"1\"} 2\nsizes_bucket{le=\"2\"} 3\nsizes_bucket{le=\"4\"} 4\n"));
    cr_expect_not_null(strstr(text, "sizes_bucket{le=\"2048\"} 4\nsizes_bucket{le=\"4096\"} 5\n"
                                    "sizes_bucket{le=\"+Inf\"} 6\nsizes_sum 8199\nsizes_count 6\n"),
                       "%s", text);
    buf_free(&out);
}

Test(metrics, histograms_of_several_threads_add_up_and_show_seconds) {
    static struct histogram one, two;
    struct histogram_figures figures = {.scale = &histogram_latency};
    struct buf out = {0};
    histogram_add(&one, &histogram_latency, 250);
    histogram_add(&two, &histogram_latency, 750000);
    histogram_read(&one, &figures);
    histogram_read(&two, &figures);
    metrics_put_histogram("latency", "route=\"/v1/x\"", &figures, &out);
    const char *text = buf_str(&out);
    cr_expect_eq(strstr(text, "latency_bucket{route=\"/v1/x\",le=\"0.00025\"} 1\n"), text, "%s", text);
    cr_expect_not_null(
        strstr(text, "latency_bucket{route=\"/v1/x\",le=\"0.25\"} 1\nlatency_bucket{route=\"/v1/x\",le=\"1\"} 2\n"));
    cr_expect_not_null(strstr(text, "latency_sum{route=\"/v1/x\"} 0.75025\nlatency_count{route=\"/v1/x\"} 2\n"), "%s",
                       text);
    buf_free(&out);
}
