// SPDX-License-Identifier: Apache-2.0
#include "tests/client/fake_index.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct fake_index fake_index;

static const uint8_t empty[TOKEN_SIZE];

static bool given(const struct token_set *tokens, size_t slot) {
    return memcmp(tokens->tokens[slot], empty, TOKEN_SIZE) != 0;
}

static struct fake_entry *find(const struct change *change, const struct token_set *tokens, size_t slot) {
    for (size_t i = 0; given(tokens, slot) && i < fake_index.count; i++) {
        struct fake_entry *row = &fake_index.rows[i];
        if (row->slot == slot && memcmp(row->handle, change->handle, HANDLE_SIZE) == 0 &&
            memcmp(row->token, tokens->tokens[slot], TOKEN_SIZE) == 0) {
            return row;
        }
    }
    return NULL;
}

static size_t found(const struct change *change, const struct token_set *tokens, size_t *current) {
    size_t count = 0;
    *current = 0;
    for (size_t slot = 0; slot < MAX_SLOTS; slot++) {
        const struct fake_entry *row = find(change, tokens, slot);
        count += row != NULL;
        *current += row != NULL && row->current;
    }
    return count;
}

static void put(const struct change *change, bool current) {
    for (size_t slot = 0; slot < MAX_SLOTS; slot++) {
        struct fake_entry *row = find(change, &change->tokens, slot);
        if (row == NULL && given(&change->tokens, slot)) {
            cr_assert_lt(fake_index.count, (size_t)FAKE_INDEX_ROWS);
            row = &fake_index.rows[fake_index.count++];
            memset(row, 0, sizeof *row);
            memcpy(row->handle, change->handle, HANDLE_SIZE);
            memcpy(row->token, change->tokens.tokens[slot], TOKEN_SIZE);
            row->slot = slot;
        }
        if (row != NULL) {
            row->current = current;
            row->quiet = change->quiet;
        }
    }
}

static void take_out(const struct change *change, const struct token_set *tokens) {
    for (size_t slot = 0; slot < MAX_SLOTS; slot++) {
        struct fake_entry *row = find(change, tokens, slot);
        if (row != NULL) {
            *row = fake_index.rows[--fake_index.count];
            memset(&fake_index.rows[fake_index.count], 0, sizeof *row);
        }
    }
}

static void close_rows(const struct change *change) {
    for (size_t slot = 0; slot < MAX_SLOTS; slot++) {
        struct fake_entry *row = find(change, &change->tokens, slot);
        if (row != NULL) {
            row->current = false;
        }
    }
}

enum change_result fake_index_decide(const struct change *change) {
    size_t current = 0, old_current = 0;
    size_t rows = found(change, &change->tokens, &current);
    fake_index.actions[change->action]++;
    switch (change->action) {
    case ACTION_OPEN:
        put(change, !change->previous);
        return RESULT_OPENED;
    case ACTION_REPLACE:
        if (found(change, &change->old_tokens, &old_current) == 0) {
            return RESULT_NOT_FOUND;
        }
        take_out(change, &change->old_tokens);
        put(change, old_current > 0);
        return RESULT_REPLACED;
    case ACTION_RENEW:
        return current > 0 ? RESULT_RENEWED : RESULT_NOT_FOUND;
    case ACTION_CLOSE:
        close_rows(change);
        return rows > 0 ? RESULT_CLOSED : RESULT_NOT_FOUND;
    case ACTION_WITHDRAW:
    case ACTION_COUNT:
        break;
    }
    cr_assert_fail("a sync sends no such action");
    return RESULT_NOT_FOUND;
}

static int by_bytes(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct fake_entry));
}

void fake_index_sort(void) {
    qsort(fake_index.rows, fake_index.count, sizeof fake_index.rows[0], by_bytes);
}

size_t fake_index_of(const uint8_t handle[HANDLE_SIZE], bool current) {
    size_t count = 0;
    for (size_t i = 0; i < fake_index.count; i++) {
        const struct fake_entry *row = &fake_index.rows[i];
        count += row->current == current && memcmp(row->handle, handle, HANDLE_SIZE) == 0;
    }
    return count;
}
