// SPDX-License-Identifier: Apache-2.0
#include "client/sync_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define SEAL_LABEL "signpost sync record 1"

enum { FLAG_PREVIOUS = 1, FLAG_QUIET = 2, FLAG_GONE = 4, FLAG_PENDING = 8, FLAGS = 15 };

struct sync_set *sync_record_add(struct sync_record *record) {
    if (record->count == SYNC_SETS_MAX) {
        return NULL;
    }
    struct sync_set *sets = calloc(record->count + 1, sizeof *sets); // wiped on the way, which realloc would not do
    if (sets == NULL) {
        return NULL;
    }
    if (record->count > 0) {
        memcpy(sets, record->sets, record->count * sizeof *sets);
        secret_wipe(record->sets, record->count * sizeof *sets);
    }
    free(record->sets);
    record->sets = sets;
    return &sets[record->count++];
}

const struct sync_set *sync_record_find(const struct sync_record *record, const uint8_t values[SYNC_MAC_SIZE]) {
    for (size_t i = 0; i < record->count; i++) {
        if (memcmp(record->sets[i].values, values, SYNC_MAC_SIZE) == 0) {
            return &record->sets[i];
        }
    }
    return NULL;
}

void sync_record_free(struct sync_record *record) {
    if (record->sets != NULL) {
        secret_wipe(record->sets, record->count * sizeof *record->sets);
    }
    free(record->sets);
    *record = (struct sync_record){0};
}

// Where the tokens of an epoch begin in a set; SIZE_MAX: it has none.
static size_t place_of(const struct sync_record *record, uint32_t epoch, size_t slots) {
    size_t epochs = record->previous_epoch == 0 ? 1 : 2;
    if (record->slots != slots * epochs) {
        return SIZE_MAX;
    }
    return epoch == record->epoch ? 0 : epochs == 2 && epoch == record->previous_epoch ? slots : SIZE_MAX;
}

bool sync_record_has_all(const struct sync_record *record, const struct token_epochs *epochs, size_t slots) {
    for (size_t i = 0; i < epochs->count; i++) {
        if (place_of(record, epochs->numbers[i], slots) == SIZE_MAX) {
            return false;
        }
    }
    return true;
}

bool sync_record_has_any(const struct sync_record *record, const struct token_epochs *epochs, size_t slots) {
    for (size_t i = 0; i < epochs->count; i++) {
        if (place_of(record, epochs->numbers[i], slots) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

void sync_record_lay_out(struct sync_record *record, const struct token_epochs *epochs, size_t slots) {
    for (size_t i = 0; i < record->count; i++) {
        struct token_set before = record->sets[i].tokens, *after = &record->sets[i].tokens;
        memset(after, 0, sizeof *after);
        for (size_t e = 0; e < epochs->count; e++) {
            size_t place = place_of(record, epochs->numbers[e], slots);
            if (place != SIZE_MAX) {
                memcpy(after->tokens[e * slots], before.tokens[place], slots * TOKEN_SIZE);
            }
        }
        secret_wipe(&before, sizeof before);
    }
    record->epoch = epochs->numbers[0];
    record->previous_epoch = epochs->count > 1 ? epochs->numbers[1] : 0;
    record->slots = epochs->count * slots;
}

static err_t seal_of(const uint8_t key[HANDLE_KEY_SIZE], struct bytes handle, struct bytes stored,
                     uint8_t out[SYNC_MAC_SIZE]) {
    struct buf text = {0};
    buf_put(&text, handle.data, handle.len);
    buf_put(&text, stored.data, stored.len);
    err_t err = buf_check(&text);
    if (err == OK) {
        err = sync_mac(key, SEAL_LABEL, buf_bytes(&text), out);
    }
    buf_free(&text);
    return err;
}

err_t sync_record_write(const struct sync_record *record, const uint8_t key[HANDLE_KEY_SIZE], struct buf *out) {
    struct buf text = {0};
    uint8_t seal[SYNC_MAC_SIZE];
    buf_put_u8(&text, (uint8_t)((record->previous ? FLAG_PREVIOUS : 0) | (record->quiet ? FLAG_QUIET : 0) |
                                (record->gone ? FLAG_GONE : 0) | (record->pending ? FLAG_PENDING : 0)));
    buf_put_u32(&text, record->epoch);
    buf_put_u32(&text, record->previous_epoch);
    buf_put(&text, record->store_id, STORE_ID_SIZE);
    buf_put_u32(&text, record->day);
    buf_put_u8(&text, (uint8_t)record->slots);
    buf_put_u16(&text, (uint16_t)record->count);
    for (size_t i = 0; i < record->count; i++) {
        buf_put(&text, record->sets[i].values, SYNC_MAC_SIZE);
        buf_put_u8(&text, record->sets[i].going ? 1 : 0);
        buf_put(&text, record->sets[i].tokens.tokens, record->slots * TOKEN_SIZE);
    }
    err_t err = buf_check(&text);
    if (err == OK) {
        err = seal_of(key, bytes_of(record->handle, HANDLE_SIZE), buf_bytes(&text), seal);
    }
    if (err == OK) {
        buf_put(out, text.data, text.len);
        buf_put(out, seal, sizeof seal);
        err = buf_check(out);
    }
    buf_free(&text);
    return err;
}

static err_t damaged(void) {
    return err_set(ERR_CORRUPT, "a record is damaged");
}

static err_t read_sets(struct reader *reader, size_t count, struct sync_record *record) {
    record->sets = calloc(count + 1, sizeof *record->sets);
    if (record->sets == NULL) {
        return err_set(ERR_MEMORY, "no memory for a record");
    }
    record->count = count;
    for (size_t i = 0; i < count; i++) {
        struct sync_set *set = &record->sets[i];
        reader_copy(reader, set->values, SYNC_MAC_SIZE);
        uint8_t going = reader_u8(reader);
        set->going = going == 1;
        reader->failed = reader->failed || going > 1;
        reader_copy(reader, set->tokens.tokens, record->slots * TOKEN_SIZE);
    }
    return OK;
}

static err_t read_body(struct reader *reader, struct sync_record *record) {
    uint8_t flags = reader_u8(reader);
    record->previous = (flags & FLAG_PREVIOUS) != 0;
    record->quiet = (flags & FLAG_QUIET) != 0;
    record->gone = (flags & FLAG_GONE) != 0;
    record->pending = (flags & FLAG_PENDING) != 0;
    record->epoch = reader_u32(reader);
    record->previous_epoch = reader_u32(reader);
    reader_copy(reader, record->store_id, STORE_ID_SIZE);
    record->day = reader_u32(reader);
    record->slots = reader_u8(reader);
    size_t count = reader_u16(reader);
    if ((flags & ~FLAGS) != 0 || record->slots > MAX_TOKENS || count > SYNC_SETS_MAX) {
        return damaged();
    }
    err_t err = read_sets(reader, count, record);
    return err == OK && reader_end(reader) != OK ? damaged() : err;
}

err_t sync_record_read(struct bytes handle, struct bytes stored, const uint8_t key[HANDLE_KEY_SIZE],
                       struct sync_record *out) {
    uint8_t seal[SYNC_MAC_SIZE];
    if (handle.len != HANDLE_SIZE || stored.len < SYNC_MAC_SIZE) {
        return damaged();
    }
    struct bytes body = bytes_of(stored.data, stored.len - SYNC_MAC_SIZE);
    err_t err = seal_of(key, handle, body, seal);
    if (err == OK && !secret_equal(seal, stored.data + body.len, sizeof seal)) {
        err = damaged();
    }
    if (err != OK) {
        return err;
    }
    struct sync_record record = {0};
    struct reader reader = reader_of(body);
    memcpy(record.handle, handle.data, HANDLE_SIZE);
    err = read_body(&reader, &record);
    if (err != OK) {
        sync_record_free(&record);
        return err;
    }
    *out = record;
    return OK;
}
