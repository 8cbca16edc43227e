// SPDX-License-Identifier: Apache-2.0
#include "indexd/indexctl/journal_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "indexd/log/records.h"
#include "indexd/months.h"

struct opening {
    const char *keys;
    uint64_t from;
    journal_read_visit visit;
    void *ctx;
    char segment[SEGMENT_NAME_SIZE];
    uint8_t *key; // of it; NULL: there is none
};

// A month whose key is gone: its records are proved as before, and cannot be read.
static err_t turn_to(struct opening *opening, const char *segment) {
    char *path = month_path(opening->keys, segment, ".key");
    secret_free(opening->key);
    opening->key = NULL;
    memcpy(opening->segment, segment, SEGMENT_NAME_SIZE);
    err_t err = path == NULL ? err_set(ERR_MEMORY, "out of memory") : segment_key_load(path, &opening->key);
    if (err == ERR_CORRUPT && access(path, F_OK) != 0) {
        fprintf(stderr, "indexctl: there is no key of segment %s: its records cannot be read\n", segment);
        err = OK;
    }
    free(path);
    return err;
}

static err_t open_record(void *ctx, const struct sealed_record *sealed) {
    struct opening *opening = ctx;
    struct buf bytes = {0};
    struct record record = {0};
    if (sealed->seq < opening->from) {
        return OK;
    }
    err_t err = strcmp(opening->segment, sealed->segment) == 0 ? OK : turn_to(opening, sealed->segment);
    if (err != OK || opening->key == NULL) {
        return err;
    }
    err = segment_unseal(opening->key, sealed->segment, sealed->seq, sealed->sealed, &bytes);
    if (err == OK) {
        err = record_decode(buf_bytes(&bytes), &record);
    }
    if (err == OK) {
        err = opening->visit(opening->ctx, &record);
        record_free(&record);
    }
    buf_free(&bytes);
    return err;
}

err_t journal_read(const char *folder, const char *keys, uint64_t from, uint64_t to, journal_read_visit visit,
                   void *ctx) {
    static const struct record_place beginning;
    char *segments = file_join(folder, "journal");
    char *own_keys = file_join(folder, "segment-keys");
    struct opening opening = {.keys = keys == NULL ? own_keys : keys, .from = from, .visit = visit, .ctx = ctx};
    err_t err = segments == NULL || own_keys == NULL
                    ? err_set(ERR_MEMORY, "out of memory")
                    : records_each(segments, &beginning, to, open_record, &opening, NULL);
    secret_free(opening.key);
    free(segments);
    free(own_keys);
    return err;
}
