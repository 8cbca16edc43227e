// SPDX-License-Identifier: Apache-2.0
#include "indexd/log/month_key.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "indexd/months.h"
#include "indexd/scan.h"

#define MARK ".destroyed"

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "out of memory");
}

bool month_key_destroyed(const char *keys, const char *month) {
    char *mark = month_path(keys, month, MARK);
    bool found = mark != NULL && access(mark, F_OK) == 0;
    free(mark);
    return found;
}

// The number of the first record of a segment.
static err_t first_record(const char *segments, const char *month, uint64_t *out) {
    struct scan scan = {.fd = -1};
    char *path = month_path(segments, month, ".seg");
    err_t err = path == NULL ? no_memory() : scan_open(&scan, path, month, NULL, SCAN_ANY);
    if (err == OK) {
        *out = scan.seq;
    }
    scan_close(&scan);
    free(path);
    return err;
}

err_t month_key_check(const char *store, const char *month, uint64_t cosigned) {
    struct months months = {0};
    uint64_t next = 0;
    if (!segment_name_valid(month)) {
        return err_set(ERR_INPUT, "not a month: YYYY-MM");
    }
    char *segments = file_join(store, "journal");
    err_t err = segments == NULL ? no_memory() : months_list(segments, ".seg", &months);
    size_t i = 0;
    while (i < months.count && strcmp(months.items[i].name, month) != 0) {
        i++;
    }
    if (err == OK && i == months.count) {
        err = err_set(ERR_NOT_FOUND, "the journal has no segment of %s", month);
    } else if (err == OK && i + 1 == months.count) {
        err = err_set(ERR_INPUT, "%s is the journal's last segment, in which records are still written", month);
    }
    if (err == OK) {
        err = first_record(segments, months.items[i + 1].name, &next);
    }
    if (err == OK && next - 1 > cosigned) {
        err = err_set(ERR_CONFLICT, "the last cosigned head covers %llu records, and %s ends with record %llu",
                      (unsigned long long)cosigned, month, (unsigned long long)next - 1);
    }
    months_free(&months);
    free(segments);
    return err;
}

static err_t destroy_in(const char *keys, const char *month) {
    char *key = month_path(keys, month, ".key");
    char *mark = month_path(keys, month, MARK);
    err_t err = key == NULL || mark == NULL ? no_memory() : OK;
    if (err == OK && access(mark, F_OK) != 0) {
        err = file_create(mark, 0600, bytes_str("destroyed\n"));
    }
    if (err == OK) {
        err = file_destroy(key);
        err = err == ERR_NOT_FOUND ? OK : err;
    }
    free(key);
    free(mark);
    return err;
}

err_t month_key_destroy(const char *store, const char *month) {
    char *keys = file_join(store, "segment-keys");
    err_t err = keys == NULL ? no_memory() : destroy_in(keys, month);
    free(keys);
    return err;
}

err_t month_keys_finish(const char *keys) {
    struct months marks = {0};
    err_t err = months_list(keys, MARK, &marks);
    for (size_t i = 0; err == OK && i < marks.count; i++) {
        err = destroy_in(keys, marks.items[i].name);
    }
    months_free(&marks);
    return err;
}
