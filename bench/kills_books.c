// SPDX-License-Identifier: Apache-2.0
#include "bench/kills_books.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "indexd/engine.h"
#include "indexd/journal.h"
#include "indexd/pepper.h"
#include "indexd/record.h"
#include "indexd/store.h"

#define MAP_SIZE ((int64_t)1 << 30)

err_t references_add(struct references *references, const char *reference) {
    if (references->count == references->cap) {
        size_t cap = references->cap == 0 ? 1024 : references->cap * 2;
        char(*texts)[REFERENCE_TEXT_SIZE] = reallocarray(references->texts, cap, sizeof *texts);
        if (texts == NULL) {
            return err_set(ERR_MEMORY, "out of memory");
        }
        references->texts = texts;
        references->cap = cap;
    }
    memcpy(references->texts[references->count++], reference, REFERENCE_TEXT_SIZE);
    return OK;
}

void references_free(struct references *references) {
    free(references->texts);
    *references = (struct references){0};
}

// Every row but the one that says, beside what it counts, from which place of the journal the next start reads: that is
// another one in a store made anew.
static err_t put_row(void *ctx, struct bytes key, struct bytes value) {
    struct buf *out = ctx;
    if (bytes_equal(key, bytes_str("state"))) {
        return OK;
    }
    buf_put_u32(out, (uint32_t)key.len);
    buf_put(out, key.data, key.len);
    buf_put_u32(out, (uint32_t)value.len);
    buf_put(out, value.data, value.len);
    return OK;
}

static void put_state(struct store_txn *txn, struct buf *out) {
    struct store_state state = {0};
    store_get_state(txn, &state);
    buf_put_u64(out, state.keys);
    buf_put_u64(out, state.entries);
    buf_put(out, state.sum, sizeof state.sum);
    merkle_put(&state.applied, out);
}

static err_t rows_of(const char *folder, struct buf *out) {
    struct pepper *pepper = NULL;
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    char *pepper_path = file_join(folder, "pepper"), *path = file_join(folder, STORE_FOLDER);
    err_t err = pepper_path == NULL || path == NULL ? ERR_MEMORY : pepper_load(pepper_path, &pepper);
    if (err == OK) {
        err = store_open(path, MAP_SIZE, pepper, &store);
    }
    if (err == OK) {
        err = store_begin(store, false, &txn);
        store_each(txn, STORE_CHILDREN, put_row, out);
        store_each(txn, STORE_META, put_row, out);
        store_each(txn, STORE_SHIELDS, put_row, out);
        store_each(txn, STORE_COUNTS, put_row, out);
        put_state(txn, out);
        err_t ended = store_end(txn, false);
        err = err == OK ? ended : err;
    }
    store_close(store);
    pepper_free(pepper);
    free(pepper_path);
    free(path);
    return err == OK ? buf_check(out) : err;
}

// A database without a row, that the engine fills from the journal when it opens.
err_t books_make_anew(const char *store, const struct descriptor *descriptor) {
    struct pepper *pepper = NULL;
    struct engine *engine = NULL;
    const struct engine_settings settings = {
        .store = store, .map_size = MAP_SIZE, .batch_max = 4096, .clock = &clock_system, .check_first = true};
    char *pepper_path = file_join(store, "pepper"), *path = file_join(store, STORE_FOLDER);
    err_t err = pepper_path == NULL || path == NULL ? ERR_MEMORY : pepper_load(pepper_path, &pepper);
    if (err == OK) {
        err = store_create(path, MAP_SIZE, pepper);
    }
    if (err == OK) {
        err = engine_open(&settings, descriptor, &engine);
    }
    engine_close(engine);
    pepper_free(pepper);
    free(pepper_path);
    free(path);
    return err;
}

err_t books_compare_stores(const char *store, const char *other) {
    struct buf one = {0}, two = {0};
    err_t err = rows_of(store, &one);
    if (err == OK) {
        err = rows_of(other, &two);
    }
    if (err == OK && (one.len == 0 || !bytes_equal(buf_bytes(&one), buf_bytes(&two)))) {
        err =
            err_set(ERR_CORRUPT, "the store (%zu bytes of rows) is not what its journal makes (%zu)", one.len, two.len);
    }
    buf_free(&one);
    buf_free(&two);
    return err;
}

struct reading {
    struct references found;
    uint64_t records;
};

static err_t read_record(void *ctx, struct bytes bytes, const struct merkle *tree, const struct journal_place *batch) {
    (void)batch;
    struct reading *reading = ctx;
    struct record record;
    err_t err = record_decode(bytes, &record);
    if (err != OK) {
        return err;
    }
    reading->records++;
    if (record.seq != reading->records || tree->size != record.seq) {
        err = err_set(ERR_CORRUPT, "record %llu stands in place %llu", (unsigned long long)record.seq,
                      (unsigned long long)reading->records);
    } else if (record.reference[0] != '\0') {
        err = references_add(&reading->found, record.reference);
    }
    record_free(&record);
    return err;
}

static int by_text(const void *a, const void *b) {
    return strcmp(a, b);
}

static err_t check_references(struct references *found, const struct references *received) {
    if (found->count > 0) {
        qsort(found->texts, found->count, sizeof *found->texts, by_text);
    }
    for (size_t i = 1; i < found->count; i++) {
        if (strcmp(found->texts[i - 1], found->texts[i]) == 0) {
            return err_set(ERR_CORRUPT, "the journal holds reference %s twice", found->texts[i]);
        }
    }
    for (size_t i = 0; i < received->count; i++) {
        if (found->count == 0 ||
            bsearch(received->texts[i], found->texts, found->count, sizeof *found->texts, by_text) == NULL) {
            return err_set(ERR_CORRUPT, "the answer with reference %s is not in the journal", received->texts[i]);
        }
    }
    return OK;
}

err_t books_check_journal(const char *store, const struct references *received, uint64_t *out_records) {
    static const struct journal_place beginning;
    struct journal *journal = NULL;
    struct reading reading = {0};
    err_t err = journal_open(store, &beginning, &beginning.tree, &journal);
    if (err == OK) {
        err = journal_replay(journal, &beginning, 0, read_record, &reading);
    }
    if (err == OK) {
        err = check_references(&reading.found, received);
    }
    journal_close(journal);
    references_free(&reading.found);
    if (err == OK) {
        *out_records = reading.records;
    }
    return err;
}
