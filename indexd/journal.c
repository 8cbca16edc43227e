// SPDX-License-Identifier: Apache-2.0
#include "indexd/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "indexd/faults.h"
#include "indexd/journal_state.h"
#include "indexd/log/month_key.h"
#include "indexd/segment.h"

#define EXIT_NOT_DONE 2

#define ROOM (256 * 1024)       // bytes that are made at once: 0.4 ms, once in some hundred batches
#define ROOM_LEFT (64 * 1024)   // there are to be at least so many ...
#define SMALL_BATCH (16 * 1024) // ... behind a batch of this length: a longer one would cost more in room than it saves

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "out of memory");
}

static err_t write_error(const char *what) {
    err_t err = errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERR_FULL : ERR_IO;
    return err_set(err, "the journal could not be %s: %s", what, strerror(errno));
}

static err_t make_folder(const char *store, const char *name) {
    char *path = file_join(store, name);
    if (path == NULL) {
        return no_memory();
    }
    err_t err = access(path, F_OK) == 0 ? err_set(ERR_EXISTS, "%s: already there", path) : file_make_dir(path);
    free(path);
    return err;
}

err_t journal_create(const char *store) {
    err_t err = make_folder(store, "journal");
    return err == OK ? make_folder(store, "segment-keys") : err;
}

void journal_close(struct journal *journal) {
    if (journal == NULL) {
        return;
    }
    if (journal->room > 0) {
        (void)journal_cut(journal); // where that fails, the next start finds the end as after a crash
    }
    if (journal->fd >= 0) {
        (void)close(journal->fd);
    }
    if (journal->folder >= 0) {
        (void)close(journal->folder);
    }
    secret_free(journal->key);
    (void)pthread_mutex_destroy(&journal->lock);
    buf_free(&journal->batch);
    free(journal->staged);
    months_free(&journal->months);
    free(journal->segments);
    free(journal->keys);
    free(journal);
}

err_t journal_key(const struct journal *journal, const char *name, uint8_t **out) {
    char *path = month_path(journal->keys, name, ".key");
    if (path == NULL) {
        return no_memory();
    }
    err_t err = segment_key_load(path, out);
    free(path);
    if (err == ERR_CORRUPT && month_key_destroyed(journal->keys, name)) {
        *out = NULL;
        return OK;
    }
    return err;
}

err_t journal_append_to(struct journal *journal, const char *name, uint64_t end) {
    char *path = month_path(journal->segments, name, ".seg");
    if (path == NULL) {
        return no_memory();
    }
    int fd = open(path, O_RDWR | O_CLOEXEC);
    err_t err = fd < 0 ? err_set(ERR_IO, "%s: %s", path, strerror(errno)) : OK;
    free(path);
    if (err != OK) {
        return err;
    }
    if (journal->fd >= 0) {
        (void)close(journal->fd);
    }
    journal->fd = fd;
    journal->end = end;
    journal->room = 0;
    journal->tail = false;
    return OK;
}

// The segment comes before its key, so that a key without a segment always means that a segment is missing.
static err_t create_files(const struct journal *journal, const char *segment, const char *key, const char *name) {
    uint8_t header[SEGMENT_HEADER_SIZE];
    segment_header_put(name, journal->tree.size + 1, header);
    err_t err = file_replace(segment, 0600, bytes_of(header, sizeof header));
    return err == OK ? segment_key_create(key) : err;
}

static err_t begin_segment(struct journal *journal, const char *name, uint8_t **out_key) {
    char *segment = month_path(journal->segments, name, ".seg");
    char *key = month_path(journal->keys, name, ".key");
    err_t err = segment == NULL || key == NULL ? no_memory() : create_files(journal, segment, key, name);
    if (err == OK) {
        err = journal_key(journal, name, out_key);
    }
    if (err == OK) {
        err = journal_append_to(journal, name, SEGMENT_HEADER_SIZE);
    }
    if (err != OK && segment != NULL && key != NULL) {
        // It would be in the way if the clock were set back before the next try. The key goes first, as it came last.
        (void)unlink(key);
        (void)unlink(segment);
    }
    free(segment);
    free(key);
    return err;
}

// Before another is begun: a finished segment ends with its last record, whenever the power goes.
static err_t finish_segment(struct journal *journal) {
    if (journal->fd < 0) {
        return OK;
    }
    err_t err = journal_cut(journal);
    if (err == OK) {
        journal_sync(journal);
    }
    return err;
}

static err_t turn_to(struct journal *journal, const char *name) {
    uint8_t *key = NULL;
    err_t err = finish_segment(journal);
    if (err != OK) {
        return err;
    }
    err = months_append(&journal->months, name, journal->tree.size + 1);
    if (err == OK) {
        err = begin_segment(journal, name, &key);
        journal->months.count -= err == OK ? 0 : 1;
    }
    if (err != OK) {
        secret_free(key);
        return err_prefix(err, "the journal's segment %s could not be begun", name);
    }
    secret_free(journal->key);
    journal->key = key;
    atomic_fetch_add(&journal->bytes, SEGMENT_HEADER_SIZE);
    return OK;
}

static const char *last_name(const struct journal *journal) {
    return journal->months.count == 0 ? "" : journal->months.items[journal->months.count - 1].name;
}

err_t journal_begin(struct journal *journal, int64_t now_ms) {
    char name[SEGMENT_NAME_SIZE];
    segment_name(now_ms, name);
    journal_discard(journal);
    // What a failed write left must go first: it would read as damage, behind a shorter batch or in an earlier segment.
    err_t err = journal->tail ? journal_cut(journal) : OK;
    if (err != OK) {
        return err;
    }
    // A clock that was set back goes on in the last segment: their order is that of the records.
    return strcmp(name, last_name(journal)) > 0 ? turn_to(journal, name) : OK;
}

uint64_t journal_next(const struct journal *journal) {
    return journal->staged_tree.size + 1;
}

const struct merkle *journal_tree(const struct journal *journal) {
    return &journal->staged_tree;
}

void journal_place_set(struct journal_place *place, const char *segment, uint64_t offset, const struct merkle *tree) {
    memcpy(place->segment, segment, sizeof place->segment);
    place->offset = offset;
    place->tree = *tree;
}

const struct journal_place *journal_batch(const struct journal *journal) {
    return journal->staged_count == 0 ? &journal->last : &journal->staged_at;
}

void journal_discard(struct journal *journal) {
    buf_reset(&journal->batch);
    journal->staged_count = 0;
    journal->staged_tree = journal->tree;
}

static err_t staged_grow(struct journal *journal) {
    if (journal->staged_count < journal->staged_cap) {
        return OK;
    }
    size_t cap = journal->staged_cap == 0 ? 64 : journal->staged_cap * 2;
    struct staged *staged = realloc(journal->staged, cap * sizeof *staged);
    if (staged == NULL) {
        return no_memory();
    }
    journal->staged = staged;
    journal->staged_cap = cap;
    return OK;
}

err_t journal_stage(struct journal *journal, struct bytes record) {
    static const uint8_t header[FRAME_HEADER_SIZE]; // filled in when the batch is complete
    if (journal->batch.len + FRAME_HEADER_SIZE + SEAL_OVERHEAD + record.len > BATCH_MAX) {
        return err_set(ERR_TOO_LARGE, "more than %d bytes of journal at once", BATCH_MAX);
    }
    err_t err = staged_grow(journal);
    if (err != OK) {
        return err;
    }
    size_t at = journal->batch.len;
    if (journal->staged_count == 0) {
        journal_place_set(&journal->staged_at, last_name(journal), journal->end, &journal->tree);
    }
    buf_put(&journal->batch, header, sizeof header);
    err = segment_seal(journal->key, last_name(journal), journal_next(journal), record, &journal->batch);
    if (err != OK) {
        journal_discard(journal);
        return err;
    }
    struct staged *frame = &journal->staged[journal->staged_count++];
    *frame = (struct staged){.at = at, .length = journal->batch.len - at - FRAME_HEADER_SIZE};
    uint8_t leaf[MERKLE_HASH_SIZE];
    merkle_leaf(bytes_of(journal->batch.data + at + FRAME_HEADER_SIZE, frame->length), leaf);
    merkle_append(&journal->staged_tree, leaf);
    return OK;
}

static void put_headers(struct journal *journal) {
    for (size_t i = 0; i < journal->staged_count; i++) {
        const struct staged *frame = &journal->staged[i];
        size_t end = frame->at + FRAME_HEADER_SIZE + frame->length;
        const struct frame_header header = {.length = (uint32_t)frame->length,
                                            .before = (uint32_t)frame->at,
                                            .after = (uint32_t)(journal->batch.len - end)};
        frame_header_put(&header, last_name(journal), journal->end + frame->at, journal->batch.data + frame->at);
    }
}

err_t journal_cut(struct journal *journal) {
    journal->tail = true;
    if (faults.ftruncate(journal->fd, (off_t)journal->end) != 0) {
        return write_error("cut back");
    }
    journal->room = 0;
    journal->tail = false;
    return OK;
}

err_t journal_write(struct journal *journal, struct bytes data, uint64_t at) {
    while (data.len > 0) {
        ssize_t put = faults.pwrite(journal->fd, data.data, data.len, (off_t)at);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            errno = put == 0 ? ENOSPC : errno;
            return write_error("written");
        }
        data = bytes_of(data.data + put, data.len - (size_t)put);
        at += (uint64_t)put;
    }
    return OK;
}

// After a failed sync the kernel may forget what it could not write, so that no later sync would notice.
void journal_sync(struct journal *journal) {
    if (faults.fdatasync(journal->fd) != 0) {
        log_line(LOG_ERROR, "the journal could not be synced: %s; stopping at once, nothing more is acknowledged",
                 strerror(errno));
        _exit(EXIT_NOT_DONE);
    }
}

err_t journal_flush(struct journal *journal) {
    if (journal->staged_count == 0) {
        return OK;
    }
    put_headers(journal);
    err_t err = journal_write(journal, buf_bytes(&journal->batch), journal->end);
    if (err != OK && journal_cut(journal) != OK) {
        err = err_set(err, "the journal could not be written, nor cut back to where it was");
    }
    if (err != OK) {
        journal_discard(journal);
        return err;
    }
    journal_sync(journal);
    journal->end += journal->batch.len;
    journal->room -= journal->batch.len < journal->room ? journal->batch.len : journal->room;
    journal->last = journal->staged_at;
    journal->tree = journal->staged_tree;
    journal_publish(journal);
    atomic_fetch_add(&journal->count, journal->staged_count);
    atomic_fetch_add(&journal->bytes, journal->batch.len);
    journal_discard(journal);
    return OK;
}

void journal_make_room(struct journal *journal) {
    static const uint8_t zeros[ROOM / 4];
    if (journal->fd < 0 || journal->tail || journal->room >= ROOM_LEFT ||
        journal->end - journal->last.offset > SMALL_BATCH) {
        return;
    }
    const uint64_t from = journal->end + journal->room;
    // Counted before it is there: some of it may be when writing fails, and a full disk is not tried with every batch.
    journal->room += ROOM;
    err_t err = OK;
    for (size_t put = 0; err == OK && put < ROOM; put += sizeof zeros) {
        err = journal_write(journal, bytes_of(zeros, sizeof zeros), from + put);
    }
    if (err == OK) {
        journal_sync(journal);
    }
}

void journal_publish(struct journal *journal) {
    (void)pthread_mutex_lock(&journal->lock);
    journal->published = journal->tree;
    (void)pthread_mutex_unlock(&journal->lock);
}

void journal_head(struct journal *journal, struct merkle *out) {
    (void)pthread_mutex_lock(&journal->lock);
    *out = journal->published;
    (void)pthread_mutex_unlock(&journal->lock);
}

uint64_t journal_count(const struct journal *journal) {
    return atomic_load(&journal->count);
}

uint64_t journal_bytes(const struct journal *journal) {
    return atomic_load(&journal->bytes);
}

// By the folder, as the thread that writes may turn to another segment meanwhile.
err_t journal_free_space(const struct journal *journal, uint64_t *out) {
    if (faults.free_bytes(journal->folder, out) != 0) {
        return err_set(ERR_IO, "the free disk space could not be told: %s", strerror(errno));
    }
    return OK;
}
