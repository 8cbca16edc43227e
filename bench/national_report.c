// SPDX-License-Identifier: Apache-2.0
#include "bench/national.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures.h"
#include "proto/limits.h"

static double quantile_ms(const struct histogram *histogram, double share) {
    return histogram_quantile(histogram, share) / 1000;
}

static double max_ms(const struct histogram *histogram) {
    return (double)histogram->max / 1000;
}

// ---- text

static void print_size(const struct size_figures *size) {
    printf("\n%llu children, %llu involvements, %llu rows under %llu keys\n", (unsigned long long)size->children,
           (unsigned long long)size->involvements, (unsigned long long)size->rows, (unsigned long long)size->keys);
    if (size->kept) {
        printf("  %-44s %10s\n", "import", "skipped: the index was left by an earlier run");
    } else {
        printf("  %-44s %10.1f s, %.0f involvements/s\n", "import", size->import_s,
               (double)size->involvements / size->import_s);
    }
    printf("  %-44s %10.2f s\n", "start to first answer", size->start_s);
    printf("  %-44s %10.1f bytes\n", size->kept ? "a row as it was left" : "a row after import", size->row_bytes);
    if (size->repack_s > 0) {
        printf("  %-44s %10.1f bytes\n", "a row after random changes", size->churned_row_bytes);
        printf("  %-44s %10.1f bytes (%.1f s)\n", "a row after repack", size->repacked_row_bytes, size->repack_s);
    }
    printf("  %-44s %10.1f bytes an involvement\n", "journal",
           (double)size->journal_bytes / (double)size->involvements);
    printf("  %-44s %10.1f MiB with %lld connections\n", "memory besides the page cache",
           (double)size->memory_kib / 1024, (long long)size->connections);
    printf("  %-44s %10.0f /s, worker %.1f us, sequencer %.1f us\n", "questions about one child", size->one.per_s,
           size->one.worker_us, size->one.sequencer_us);
    printf("  %-44s %10.0f children/s, worker %.1f us, sequencer %.1f us a child\n", "questions about 256 children",
           size->many.per_s * MAX_CHILDREN, size->many.worker_us / MAX_CHILDREN,
           size->many.sequencer_us / MAX_CHILDREN);
}

static void print_stream(const char *what, double per_s, const struct histogram *latency) {
    if (latency->count > 0) {
        printf("  %6.0f %-10s %8.2f %8.2f %8.2f %8.2f", per_s, what, quantile_ms(latency, 0.5),
               quantile_ms(latency, 0.99), quantile_ms(latency, 0.999), max_ms(latency));
    }
}

static void print_offered(const struct open_figures *figures) {
    print_stream("questions", figures->questions_per_s, &figures->questions);
    printf("   %.2f / %.2f   %.2f / %.2f%s\n", figures->sync.median_us / 1000, figures->sync.p99_us / 1000,
           figures->open_sync.median_us / 1000, figures->open_sync.p99_us / 1000,
           figures->beside ? ", beside a backup, checkpoints, and the sweep and reading after a start" : "");
    if (figures->changes.count > 0) {
        print_stream("changes", figures->changes_per_s, &figures->changes);
        printf("\n");
    }
}

void report_print(const struct national_report *report) {
    printf("fdatasync of the disk: median %.2f ms, p99 %.2f ms\n", report->sync.median_us / 1000,
           report->sync.p99_us / 1000);
    for (size_t i = 0; i < report->size_count; i++) {
        const struct size_figures *size = &report->sizes[i];
        print_size(size);
        if (size->offered_count > 0) {
            printf("  %6s %-10s %8s %8s %8s %8s   %s\n", "/s", "offered", "p50 ms", "p99", "p99.9", "max",
                   "fdatasync p50 / p99 ms: over and over; at such moments");
        }
        for (size_t j = 0; j < size->offered_count; j++) {
            print_offered(&size->offered[j]);
        }
        for (size_t j = 0; j < WORKERS_MAX && size->workers_per_s[j] > 0; j++) {
            printf("  %zu worker%s %37.0f questions/s\n", j + 1, j == 0 ? " " : "s", size->workers_per_s[j]);
        }
    }
}

// ---- JSON

static json_t *latency_json(double per_s, const struct histogram *latency) {
    return json_pack("{s:f, s:I, s:f, s:f, s:f, s:f, s:f}", "offered_per_s", per_s, "count", (json_int_t)latency->count,
                     "mean_ms", histogram_mean(latency) / 1000, "p50_ms", quantile_ms(latency, 0.5), "p99_ms",
                     quantile_ms(latency, 0.99), "p999_ms", quantile_ms(latency, 0.999), "max_ms", max_ms(latency));
}

static json_t *offered_json(const struct size_figures *size) {
    json_t *array = json_array();
    for (size_t i = 0; i < size->offered_count; i++) {
        const struct open_figures *figures = &size->offered[i];
        json_t *row = json_pack("{s:f, s:f, s:f, s:f, s:b, s:o}", "fdatasync_ms", figures->sync.median_us / 1000,
                                "fdatasync_p99_ms", figures->sync.p99_us / 1000, "fdatasync_open_ms",
                                figures->open_sync.median_us / 1000, "fdatasync_open_p99_ms",
                                figures->open_sync.p99_us / 1000, "beside", (int)figures->beside, "questions",
                                latency_json(figures->questions_per_s, &figures->questions));
        if (figures->changes_per_s > 0) {
            (void)json_object_set_new(row, "changes", latency_json(figures->changes_per_s, &figures->changes));
        }
        (void)json_array_append_new(array, row);
    }
    return array;
}

static json_t *closed_json(const struct closed_figures *figures) {
    return json_pack("{s:f, s:f, s:f}", "per_s", figures->per_s, "worker_cpu_us", figures->worker_us,
                     "sequencer_cpu_us", figures->sequencer_us);
}

static json_t *size_json(const struct size_figures *size) {
    json_t *workers = json_array();
    for (size_t i = 0; i < WORKERS_MAX && size->workers_per_s[i] > 0; i++) {
        (void)json_array_append_new(workers, json_real(size->workers_per_s[i]));
    }
    json_t *document =
        json_pack("{s:I, s:I, s:I, s:I, s:b, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I}", "children",
                  (json_int_t)size->children, "involvements", (json_int_t)size->involvements, "keys",
                  (json_int_t)size->keys, "rows", (json_int_t)size->rows, "kept", (int)size->kept, "import_s",
                  size->import_s, "start_s", size->start_s, "row_bytes", size->row_bytes, "churned_row_bytes",
                  size->churned_row_bytes, "repacked_row_bytes", size->repacked_row_bytes, "repack_s", size->repack_s,
                  "churned_changes", (json_int_t)size->churned, "journal_bytes", (json_int_t)size->journal_bytes,
                  "memory_kib", (json_int_t)size->memory_kib, "connections", (json_int_t)size->connections);
    (void)json_object_set_new(document, "one_child", closed_json(&size->one));
    (void)json_object_set_new(document, "256_children", closed_json(&size->many));
    (void)json_object_set_new(document, "questions_per_s_by_workers", workers);
    (void)json_object_set_new(document, "open_loop", offered_json(size));
    return document;
}

static json_t *report_json(const struct national_report *report) {
    json_t *sizes = json_array();
    for (size_t i = 0; i < report->size_count; i++) {
        (void)json_array_append_new(sizes, size_json(&report->sizes[i]));
    }
    return json_pack("{s:f, s:f, s:o}", "fdatasync_ms", report->sync.median_us / 1000, "fdatasync_p99_ms",
                     report->sync.p99_us / 1000, "sizes", sizes);
}

// ---- tables

static err_t open_in(const char *folder, const char *name, FILE **out) {
    char path[4200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    *out = fopen(path, "we");
    return *out == NULL ? err_set(ERR_IO, "%s: %s", path, strerror(errno)) : OK;
}

static err_t close_file(FILE *file, const char *name) {
    const int failed = ferror(file);
    return fclose(file) != 0 || failed ? err_set(ERR_IO, "%s: cannot be written", name) : OK;
}

static void put_sizes(const struct national_report *report, FILE *out) {
    fprintf(out, "# rows, bytes a row: import, changed, repacked; questions/s, children/s in batches, start s\n");
    for (size_t i = 0; i < report->size_count; i++) {
        const struct size_figures *size = &report->sizes[i];
        fprintf(out, "%llu\t%.2f\t%.2f\t%.2f\t%.0f\t%.0f\t%.3f\n", (unsigned long long)size->rows, size->row_bytes,
                size->churned_row_bytes, size->repacked_row_bytes, size->one.per_s, size->many.per_s * MAX_CHILDREN,
                size->start_s);
    }
}

// Of the largest size, which comes last.
static void put_offered(const struct size_figures *size, FILE *out) {
    fprintf(out, "# questions/s, ms: p50, p99, p99.9, max\n");
    for (size_t i = 0; i < size->offered_count; i++) {
        const struct open_figures *figures = &size->offered[i];
        if (figures->changes_per_s == 0) {
            fprintf(out, "%.0f\t%.3f\t%.3f\t%.3f\t%.3f\n", figures->questions_per_s,
                    quantile_ms(&figures->questions, 0.5), quantile_ms(&figures->questions, 0.99),
                    quantile_ms(&figures->questions, 0.999), max_ms(&figures->questions));
        }
    }
}

static void put_distributions(const struct size_figures *size, FILE *out) {
    fprintf(out, "# share, us; one block for each offered load\n");
    for (size_t i = 0; i < size->offered_count; i++) {
        const struct open_figures *figures = &size->offered[i];
        fprintf(out, "\"%.0f questions/s%s%s\"\n", figures->questions_per_s,
                figures->changes_per_s > 0 ? ", 170 changes/s" : "", figures->beside ? ", backup, sweep" : "");
        histogram_print(&figures->questions, out);
        fprintf(out, "\n\n");
    }
}

static void put_workers(const struct size_figures *size, FILE *out) {
    fprintf(out, "# workers, questions/s\n");
    for (size_t i = 0; i < WORKERS_MAX && size->workers_per_s[i] > 0; i++) {
        fprintf(out, "%zu\t%.0f\n", i + 1, size->workers_per_s[i]);
    }
}

static err_t write_tables(const struct national_report *report, const char *folder) {
    static const struct {
        const char *name;
        void (*put)(const struct size_figures *size, FILE *out);
    } tables[] = {{"offered.tsv", put_offered}, {"distributions.tsv", put_distributions}, {"workers.tsv", put_workers}};
    FILE *file = NULL;
    err_t err = open_in(folder, "sizes.tsv", &file);
    if (err == OK) {
        put_sizes(report, file);
        err = close_file(file, "sizes.tsv");
    }
    for (size_t i = 0; err == OK && i < sizeof tables / sizeof tables[0]; i++) {
        err = open_in(folder, tables[i].name, &file);
        if (err == OK) {
            tables[i].put(&report->sizes[report->size_count - 1], file);
            err = close_file(file, tables[i].name);
        }
    }
    return err;
}

err_t report_write(const struct national_report *report, const char *folder) {
    char path[4200];
    json_t *document = report_json(report);
    (void)snprintf(path, sizeof path, "%s/report.json", folder);
    err_t err = document == NULL ? err_set(ERR_MEMORY, "report")
                : json_dump_file(document, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) != 0
                    ? err_set(ERR_IO, "%s: cannot be written", path)
                    : OK;
    json_decref(document);
    return err == OK ? write_tables(report, folder) : err;
}
