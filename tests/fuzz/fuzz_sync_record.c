// SPDX-License-Identifier: Apache-2.0
// A row of an agency's sync state. The first byte chooses: the row as the file has it, or its body, sealed here as the
// agency's key would - there is one way to write it, so that what can be read is written with the same bytes again.
//
// Covers: client/sync_record.c
#include "client/sync_record.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static const uint8_t key[HANDLE_KEY_SIZE] = "a handle key for fuzzing alone..";

// Tokens are kept through a change of the epochs in use, in which the record's own comes first or second.
static void lay_out(struct sync_record *record) {
    const uint32_t epoch = record->epoch, next = epoch + 1;
    const size_t slots = record->previous_epoch == 0 ? record->slots : record->slots / 2;
    const struct token_epochs own = {.count = 1, .numbers = {epoch}}, other = {.count = 1, .numbers = {next}};
    const struct token_epochs both = {.count = 2, .numbers = {next, epoch}};
    if (slots * 2 > MAX_TOKENS || epoch == 0 || next == record->previous_epoch ||
        record->slots != slots * (record->previous_epoch == 0 ? 1 : 2)) {
        return;
    }
    struct token_set before = {0};
    if (record->count > 0) {
        before = record->sets[0].tokens;
    }
    MUST(sync_record_has_all(record, &own, slots) && sync_record_has_any(record, &both, slots));
    MUST(!sync_record_has_all(record, &both, slots) && !sync_record_has_any(record, &other, slots));
    MUST(!sync_record_has_any(record, &own, slots + 1));
    sync_record_lay_out(record, &both, slots);
    MUST(sync_record_has_all(record, &both, slots) && record->slots == 2 * slots);
    sync_record_lay_out(record, &own, slots);
    MUST(record->count == 0 || memcmp(before.tokens, record->sets[0].tokens.tokens, slots * TOKEN_SIZE) == 0);
}

static void try_row(struct bytes handle, struct bytes row, bool sealed_here) {
    struct sync_record record;
    struct buf again = {0};
    if (sync_record_read(handle, row, key, &record) == OK) {
        MUST(sealed_here);
        MUST(record.slots <= MAX_TOKENS && record.count <= SYNC_SETS_MAX);
        MUST(sync_record_write(&record, key, &again) == OK && bytes_equal(buf_bytes(&again), row));
        for (size_t i = 0; i < record.count; i++) {
            MUST(sync_record_find(&record, record.sets[i].values) != NULL);
        }
        const uint8_t absent[SYNC_MAC_SIZE] = "not in this one";
        const struct sync_set *found = sync_record_find(&record, absent);
        MUST(found == NULL || memcmp(found->values, absent, sizeof absent) == 0);
        lay_out(&record);
        size_t before = record.count;
        MUST(sync_record_add(&record) != NULL || before == SYNC_SETS_MAX);
        sync_record_free(&record);
    }
    buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t handle[HANDLE_SIZE] = {9}, seal[SYNC_MAC_SIZE];
    struct reader input = reader_of(bytes_of(data, size));
    bool sealed_here = reader_u8(&input) % 2 == 1;
    struct bytes body = fuzz_rest(&input);
    struct buf row = {0}, text = {0};
    buf_put(&row, body.data, body.len);
    if (sealed_here) {
        buf_put(&text, handle, sizeof handle);
        buf_put(&text, body.data, body.len);
        MUST(sync_mac(key, "signpost sync record 1", buf_bytes(&text), seal) == OK);
        buf_put(&row, seal, sizeof seal);
    }
    try_row(bytes_of(handle, sizeof handle), buf_bytes(&row), sealed_here);
    try_row(bytes_of(handle, sizeof handle - 1), buf_bytes(&row), false);
    buf_free(&row);
    buf_free(&text);
    return 0;
}
