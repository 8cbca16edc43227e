// SPDX-License-Identifier: Apache-2.0
#include "indexd/review.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "indexd/journal_state.h"
#include "indexd/months.h"
#include "indexd/scan.h"

static bool stopped(const struct review *review) {
    return review->stop != NULL && atomic_load_explicit(review->stop, memory_order_relaxed);
}

static err_t show(const struct review *review, const struct scan *scan) {
    struct record record;
    err_t err = record_decode(bytes_of(scan->record.data, scan->record.len), &record);
    if (err == OK) {
        review->record(review->ctx, &record);
        record_free(&record);
    }
    return err;
}

// The records up to number `until`: behind it the file may be in the middle of being written.
static err_t read_frames(const struct review *review, struct scan *scan, uint64_t until, struct review_month *month,
                         struct review_place *place) {
    bool more = true;
    err_t err = OK;
    while (err == OK && more && scan->seq <= until) {
        err = stopped(review) ? err_set(ERR_UNAVAILABLE, "stopped before the journal was read through")
                              : scan_next(scan, &more);
        if (err == OK && more) {
            month->records++;
            err = month->erased || scan->seq - 1 <= place->shown ? OK : show(review, scan);
            place->shown = err == OK && scan->seq - 1 > place->shown ? scan->seq - 1 : place->shown;
        }
        if (err == OK && scan->at == scan->batch_end) {
            place->offset = scan->at;
            place->records = scan->seq - 1;
        }
    }
    return err;
}

static err_t read_month(const struct journal *journal, const struct review *review, const char *name, uint64_t until,
                        struct review_place *place) {
    const bool middle = strcmp(name, place->segment) == 0 && place->offset > 0;
    struct scan scan = {.fd = -1};
    struct review_month month = {0};
    uint8_t *key = NULL;
    char *path = month_path(journal->segments, name, ".seg");
    char *key_path = month_path(journal->keys, name, ".key");
    err_t err = path == NULL || key_path == NULL ? err_set(ERR_MEMORY, "out of memory") : OK;
    memcpy(month.name, name, SEGMENT_NAME_SIZE);
    if (err == OK) {
        month.erased = access(key_path, F_OK) != 0;
        err = month.erased ? OK : segment_key_load(key_path, &key);
    }
    if (err == OK) {
        err = scan_open(&scan, path, name, key, SCAN_ANY);
    }
    if (err == OK && middle) {
        err = scan_seek(&scan, place->offset, place->records + 1);
    }
    if (err == OK && !middle) {
        memcpy(place->segment, name, SEGMENT_NAME_SIZE);
        place->offset = scan.at;
    }
    if (err == OK) {
        err = read_frames(review, &scan, until, &month, place);
    }
    if (err == OK && review->month != NULL) {
        review->month(review->ctx, &month);
    }
    scan_close(&scan);
    secret_free(key);
    free(key_path);
    free(path);
    return err;
}

err_t review_since(const struct journal *journal, const struct review *review, struct review_place *place) {
    struct months months = {0};
    const uint64_t until = journal_count(journal);
    err_t err = place->records < until ? months_list(journal->segments, ".seg", &months) : OK;
    for (size_t i = 0; err == OK && i < months.count; i++) {
        if (strcmp(months.items[i].name, place->segment) >= 0) {
            err = read_month(journal, review, months.items[i].name, until, place);
        }
    }
    months_free(&months);
    return err;
}

err_t review_journal(const struct journal *journal, const struct review *review) {
    struct review_place place = {0};
    return review_since(journal, review, &place);
}
