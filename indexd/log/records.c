// SPDX-License-Identifier: Apache-2.0
#include "indexd/log/records.h"

#include <stdlib.h>
#include <string.h>

#include "indexd/months.h"
#include "indexd/scan.h"

struct walk {
    const char *folder;
    uint64_t until;
    records_visit visit;
    void *ctx;
    struct record_place place;
};

static err_t walk_frames(struct walk *walk, struct scan *scan) {
    bool more = true;
    err_t err = OK;
    while (err == OK && more && walk->place.size < walk->until) {
        err = scan_next(scan, &more);
        if (err == OK && more) {
            const struct sealed_record record = {scan->seq - 1, scan->name, scan->sealed};
            err = walk->visit(walk->ctx, &record);
            walk->place.size = record.seq;
            walk->place.offset = scan->at;
        }
    }
    return err;
}

static err_t walk_segment(struct walk *walk, const char *name, bool last) {
    struct scan scan = {.fd = -1};
    bool middle = strcmp(name, walk->place.segment) == 0;
    char *path = month_path(walk->folder, name, ".seg");
    err_t err = path == NULL ? err_set(ERR_MEMORY, "out of memory")
                             : scan_open(&scan, path, name, NULL, middle ? SCAN_ANY : walk->place.size + 1);
    scan.last = last;
    if (err == OK && middle) {
        err = scan_seek(&scan, walk->place.offset, walk->place.size + 1);
    }
    if (err == OK && !middle) {
        memcpy(walk->place.segment, name, SEGMENT_NAME_SIZE);
        walk->place.offset = scan.at;
    }
    if (err == OK) {
        err = walk_frames(walk, &scan);
    }
    scan_close(&scan);
    free(path);
    return err;
}

err_t records_each(const char *folder, const struct record_place *from, uint64_t until, records_visit visit, void *ctx,
                   struct record_place *out) {
    struct walk walk = {.folder = folder, .until = until, .visit = visit, .ctx = ctx, .place = *from};
    struct months months = {0};
    err_t err = months_list(folder, ".seg", &months);
    for (size_t i = 0; err == OK && i < months.count && walk.place.size < until; i++) {
        if (strcmp(months.items[i].name, from->segment) >= 0) {
            err = walk_segment(&walk, months.items[i].name, i + 1 == months.count);
        }
    }
    months_free(&months);
    if (out != NULL) {
        *out = walk.place;
    }
    return err;
}
