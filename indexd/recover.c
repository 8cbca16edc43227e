// SPDX-License-Identifier: Apache-2.0
// Opening a journal, and reading it back.
#include "indexd/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "indexd/faults.h"
#include "indexd/journal_state.h"
#include "indexd/log/head.h"
#include "indexd/log/month_key.h"
#include "indexd/scan.h"
#include "indexd/segment.h"

// Where reading stands, and what for: to open, every record is checked and hashed; to replay, those behind `seen` are
// handed to `visit`; to check, the records must make up the tree of `until`.
struct reading {
    struct merkle tree;          // of what has been read, and of what stands before it
    struct merkle whole;         // of the whole batches among it
    uint64_t promised;           // opening: no record up to this one may be missing
    struct journal_place batch;  // the batch of the last record
    struct journal_place before; // the batch before that one
    uint64_t bytes;              // of the segments that end there
    const struct journal_place *from;
    const struct merkle *applied;      // opening: must be a beginning of the journal
    const struct journal_place *until; // checking: reading ends there; otherwise NULL
    const atomic_bool *stop;           // checking
    uint64_t seen;                     // replaying
    journal_visit visit;               // replaying; otherwise NULL
    void *ctx;
};

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "out of memory");
}

static err_t same_tree(const struct merkle *read, const struct merkle *applied) {
    uint8_t roots[2][MERKLE_HASH_SIZE];
    merkle_root(read, roots[0]);
    merkle_root(applied, roots[1]);
    if (memcmp(roots[0], roots[1], sizeof roots[0]) != 0) {
        return err_set(ERR_CORRUPT, "the journal is not the one that this store was made from");
    }
    return OK;
}

// The trees are compared where the numbers meet.
static err_t check_applied(const struct reading *reading) {
    return reading->applied == NULL || reading->tree.size != reading->applied->size
               ? OK
               : same_tree(&reading->tree, reading->applied);
}

// The record that the scan has just read.
static err_t take(struct reading *reading, const struct scan *scan) {
    uint8_t leaf[MERKLE_HASH_SIZE];
    if (scan->batch_start != reading->batch.offset || strcmp(scan->name, reading->batch.segment) != 0) {
        reading->before = reading->batch;
        journal_place_set(&reading->batch, scan->name, scan->batch_start, &reading->tree);
    }
    merkle_leaf(scan->sealed, leaf);
    merkle_append(&reading->tree, leaf);
    if (reading->stop != NULL && atomic_load_explicit(reading->stop, memory_order_relaxed)) {
        return err_set(ERR_UNAVAILABLE, "stopped before the journal was read through");
    }
    if (reading->visit == NULL) {
        return check_applied(reading);
    }
    if (reading->tree.size > reading->seen && scan->key == NULL) {
        return err_set(
            ERR_CORRUPT,
            "record %llu and those behind it up to the end of %s cannot be applied: the key of that month was "
            "destroyed. Restore a database that has applied them",
            (unsigned long long)reading->tree.size, scan->name);
    }
    return reading->tree.size <= reading->seen
               ? OK
               : reading->visit(reading->ctx, buf_bytes(&scan->record), &reading->tree, &reading->batch);
}

static bool reached(const struct reading *reading, const struct scan *scan) {
    return reading->until != NULL && strcmp(scan->name, reading->until->segment) == 0 &&
           scan->at >= reading->until->offset;
}

// Reads to the end, or to the first place that is not the next frame: ERR_CORRUPT and *out_damaged.
static err_t read_frames(struct reading *reading, struct scan *scan, bool *out_damaged) {
    while (!reached(reading, scan)) {
        if (scan->at == scan->batch_end) {
            reading->whole = reading->tree;
        }
        bool more = false;
        err_t err = scan_next(scan, &more);
        *out_damaged = err == ERR_CORRUPT;
        if (err != OK || !more) {
            return err;
        }
        err = take(reading, scan);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

// Cuts off a last batch that was never completed; `damage` is the answer for anything else.
static err_t drop_torn(struct journal *journal, struct reading *reading, struct scan *scan, err_t damage) {
    bool torn = false;
    char detail[256];
    (void)snprintf(detail, sizeof detail, "%s", err_detail());
    const uint64_t applied = reading->applied->size;
    err_t err = scan_torn(scan, applied > reading->promised ? applied : reading->promised, &torn);
    if (err != OK) {
        return err;
    }
    if (!torn) {
        return err_set(damage, "%s", detail);
    }
    err = journal_append_to(journal, scan->name, scan->batch_start);
    if (err != OK) {
        return err;
    }
    log_line(LOG_NOTICE, "journal segment %s: dropped the last %llu bytes, a write that was never completed",
             scan->name, (unsigned long long)(scan->used - scan->batch_start));
    reading->tree = reading->whole;
    if (reading->batch.tree.size == reading->whole.size) { // a part of it was read
        reading->batch = reading->before;
    }
    return journal_cut(journal);
}

// The last batch may be in memory alone: a process that was killed never synced it, and after a failed sync the kernel
// holds for written what is not. Writing it again puts it on disk before anything is derived from it.
static err_t write_again(struct journal *journal, const struct scan *scan) {
    size_t len = (size_t)(scan->batch_end - scan->batch_start);
    uint8_t *batch = malloc(len == 0 ? 1 : len);
    if (batch == NULL) {
        return no_memory();
    }
    err_t err = journal_append_to(journal, scan->name, scan->batch_end);
    if (err == OK) {
        journal->room = scan->end - scan->batch_end;
        err = scan_pread(journal->fd, scan->name, scan->batch_start, batch, len);
    }
    if (err == OK) {
        err = journal_write(journal, bytes_of(batch, len), scan->batch_start);
    }
    free(batch);
    return err;
}

// The last segment may end in a torn batch, which is dropped; then it is the one to append to.
static err_t read_last(struct journal *journal, struct reading *reading, struct scan *scan) {
    bool damaged = false;
    err_t err = read_frames(reading, scan, &damaged);
    if (damaged) {
        err = drop_torn(journal, reading, scan, err);
    } else if (err == OK) {
        err = write_again(journal, scan);
    }
    if (err == OK) {
        journal_sync(journal);
    }
    return err;
}

// `last` is set when opening reads the segment that may end in a torn batch.
static err_t read_month(struct journal *journal, const struct month *month, struct reading *reading, bool last) {
    struct scan scan = {.fd = -1};
    bool damaged = false;
    uint8_t *key = NULL;
    char *path = month_path(journal->segments, month->name, ".seg");
    err_t err = path == NULL ? no_memory() : journal_key(journal, month->name, &key);
    if (err == OK) {
        err = scan_open(&scan, path, month->name, key, month->first_seq);
        scan.last = month == &journal->months.items[journal->months.count - 1];
    }
    if (err == OK && strcmp(month->name, reading->from->segment) == 0) {
        err = scan_seek(&scan, reading->from->offset, reading->from->tree.size + 1);
    }
    if (err == OK && last) {
        err = read_last(journal, reading, &scan);
    } else if (err == OK) {
        err = read_frames(reading, &scan, &damaged);
        reading->bytes += scan.end;
    }
    scan_close(&scan);
    secret_free(key);
    free(path);
    return err;
}

// A segment of which the header alone exists, and no key, was being begun when the process ended.
static err_t drop_unbegun(struct journal *journal, const struct months *keys) {
    struct months *months = &journal->months;
    if (months->count == 0 || months_has(keys, months->items[months->count - 1].name)) {
        return OK;
    }
    char *path = month_path(journal->segments, months->items[months->count - 1].name, ".seg");
    if (path == NULL) {
        return no_memory();
    }
    struct stat about;
    err_t err = OK;
    if (stat(path, &about) == 0 && about.st_size == SEGMENT_HEADER_SIZE) {
        err = unlink(path) == 0 ? OK : err_set(ERR_IO, "%s: cannot be removed", path);
        months->count--;
    }
    free(path);
    return err;
}

static err_t list_segments(struct journal *journal) {
    struct months keys = {0};
    err_t err = month_keys_finish(journal->keys);
    if (err == OK) {
        err = months_list(journal->segments, ".seg", &journal->months);
    }
    if (err == OK) {
        err = months_list(journal->keys, ".key", &keys);
    }
    if (err == OK) {
        err = drop_unbegun(journal, &keys);
    }
    for (size_t i = 0; err == OK && i < keys.count; i++) {
        if (!months_has(&journal->months, keys.items[i].name)) {
            err = err_set(ERR_CORRUPT, "the journal's segment %s is missing: there is a key of it", keys.items[i].name);
        }
    }
    months_free(&keys);
    return err;
}

// Of a segment that is not read: where its numbers begin, and its length.
static err_t read_header(const struct journal *journal, struct month *month, uint64_t *out_bytes) {
    uint8_t header[SEGMENT_HEADER_SIZE];
    struct stat about;
    char *path = month_path(journal->segments, month->name, ".seg");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    err_t err = fd < 0 || fstat(fd, &about) != 0
                    ? err_set(ERR_IO, "journal segment %s: %s", month->name, strerror(errno))
                    : scan_pread(fd, month->name, 0, header, sizeof header);
    if (err == OK) {
        err = segment_header_get(header, month->name, &month->first_seq);
    }
    if (err == OK) {
        *out_bytes += (uint64_t)about.st_size;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    free(path);
    return err;
}

static err_t read_segments(struct journal *journal, struct reading *reading) {
    size_t count = journal->months.count;
    bool found = reading->from->segment[0] == 0;
    for (size_t i = 0; i < count; i++) {
        struct month *month = &journal->months.items[i];
        bool passed_over = strcmp(month->name, reading->from->segment) < 0;
        bool first = strcmp(month->name, reading->from->segment) == 0;
        found = found || first;
        if (!passed_over && !first) {
            month->first_seq = reading->tree.size + 1;
        }
        err_t err = passed_over || first ? read_header(journal, month, first ? &(uint64_t){0} : &reading->bytes) : OK;
        if (err == OK && !passed_over) {
            err = read_month(journal, month, reading, i + 1 == count);
        }
        if (err != OK) {
            return err;
        }
    }
    if (!found) {
        return err_set(ERR_CORRUPT, "the journal's segment %s is missing: the store was made from it",
                       reading->from->segment);
    }
    if (reading->tree.size < reading->applied->size) {
        return err_set(ERR_CORRUPT, "the journal ends with record %llu, but the store has applied record %llu",
                       (unsigned long long)reading->tree.size, (unsigned long long)reading->applied->size);
    }
    if (reading->tree.size < reading->promised) {
        return err_set(
            ERR_CORRUPT,
            "the journal ends with record %llu, but a head was signed that covers %llu: the last records were "
            "lost or cut off. Restore them; indexctl journal renew says what to do where that cannot be",
            (unsigned long long)reading->tree.size, (unsigned long long)reading->promised);
    }
    if (count == 0) {
        return OK;
    }
    err_t err = journal_key(journal, journal->months.items[count - 1].name, &journal->key);
    return err == OK && journal->key == NULL
               ? err_set(ERR_CORRUPT, "the key of the journal's last segment, %s, was destroyed",
                         journal->months.items[count - 1].name)
               : err;
}

static err_t open_folder(struct journal *journal) {
    err_t err = list_segments(journal);
    if (err == OK) {
        journal->folder = open(journal->segments, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        err = journal->folder < 0 ? err_set(ERR_IO, "%s: %s", journal->segments, strerror(errno)) : OK;
    }
    return err;
}

err_t journal_open(const char *store, const struct journal_place *from, const struct merkle *applied,
                   struct journal **out) {
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL) {
        return no_memory();
    }
    (void)pthread_mutex_init(&journal->lock, NULL); // which cannot fail with these attributes
    journal->folder = -1;
    journal->fd = -1;
    journal->segments = file_join(store, "journal");
    journal->keys = file_join(store, "segment-keys");
    journal->opened = *from;
    struct reading reading = {.from = from, .tree = from->tree, .whole = from->tree, .applied = applied};
    err_t err = journal->segments == NULL || journal->keys == NULL ? no_memory() : open_folder(journal);
    if (err == OK) {
        err = log_promised(store, &reading.promised);
    }
    if (err == OK) {
        err = read_segments(journal, &reading);
    }
    if (err != OK) {
        journal->room = 0; // a journal that is refused is left as it is
        journal_close(journal);
        return err;
    }
    journal->tree = reading.tree;
    journal->last = reading.batch;
    atomic_store(&journal->count, reading.tree.size);
    atomic_store(&journal->bytes, reading.bytes + journal->end);
    journal_publish(journal);
    journal_discard(journal);
    *out = journal;
    return OK;
}

err_t journal_replay(struct journal *journal, const struct journal_place *from, uint64_t seen, journal_visit visit,
                     void *ctx) {
    struct reading reading = {.from = from, .tree = from->tree, .seen = seen, .visit = visit, .ctx = ctx};
    for (size_t i = 0; i < journal->months.count && seen < journal->tree.size; i++) {
        bool passed_over = strcmp(journal->months.items[i].name, from->segment) < 0;
        err_t err = passed_over ? OK : read_month(journal, &journal->months.items[i], &reading, false);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

// The months are listed anew: the thread that writes may begin another.
err_t journal_check(const struct journal *journal, const atomic_bool *stop) {
    static const struct journal_place beginning;
    const struct journal_place *until = &journal->opened;
    struct reading reading = {.from = &beginning, .until = until, .stop = stop};
    struct journal other = {.segments = journal->segments, .keys = journal->keys};
    err_t err = until->tree.size == 0 ? OK : months_list(other.segments, ".seg", &other.months);
    for (size_t i = 0; err == OK && i < other.months.count; i++) {
        struct month *month = &other.months.items[i];
        if (strcmp(month->name, until->segment) <= 0) {
            month->first_seq = reading.tree.size + 1;
            err = read_month(&other, month, &reading, false);
        }
    }
    months_free(&other.months);
    return err == OK ? same_tree(&reading.tree, &until->tree) : err;
}
