// SPDX-License-Identifier: Apache-2.0
// The rows of "shields". That a row is there is all that an answer needs to know, so that looking it up is the same
// work for a child with a shield and for one without.
#include <stdlib.h>
#include <string.h>

#include "indexd/store.h"
#include "indexd/store_txn.h"

#define KEY_SIZE 9
#define NUMBERS_MAX 64 // shields over one tag
#define PLAIN_MAX (NUMBERS_MAX * 8)
_Static_assert(PLAIN_MAX >= 8 + 1 + SHIELD_REFERENCE_MAX, "a shield's own row");

// Stands in for the rows of records that no shield covers: writing it again changes nothing, and takes as long.
#define STAND_IN 5

static struct bytes make_key(unsigned kind, uint64_t tag, uint8_t room[KEY_SIZE]) {
    room[0] = (uint8_t)kind;
    for (size_t i = 0; i < 8; i++) {
        room[1 + i] = (uint8_t)(tag >> (56 - 8 * i));
    }
    return bytes_of(room, KEY_SIZE);
}

static uint64_t tag_of(struct bytes key) {
    struct reader reader = reader_of(bytes_of(key.data + 1, 8));
    return reader_u64(&reader);
}

static struct bytes make_ad(struct bytes key, uint8_t room[7 + KEY_SIZE]) {
    memcpy(room, "shield:", 7);
    memcpy(room + 7, key.data, KEY_SIZE);
    return bytes_of(room, 7 + KEY_SIZE);
}

// ---- sealed rows

struct row {
    uint8_t plain[PLAIN_MAX];
    size_t len; // 0: there is none
    uint8_t seal[PEPPER_SEAL_SIZE];
};

static void open_row(struct store_txn *txn, struct bytes key, struct bytes value, struct row *out) {
    uint8_t ad[7 + KEY_SIZE];
    if (key.len != KEY_SIZE || value.len <= PEPPER_SEAL_SIZE || value.len > PLAIN_MAX + PEPPER_SEAL_SIZE) {
        store_fail(txn, err_set(ERR_CORRUPT, "a shield's row has no length that it can have"));
        return;
    }
    store_fail(txn, pepper_unseal(txn->context, make_ad(key, ad), value, out->plain));
    if (txn->err == OK) {
        out->len = value.len - PEPPER_SEAL_SIZE;
        memcpy(out->seal, value.data, sizeof out->seal);
    }
}

static void get_row(struct store_txn *txn, struct bytes key, struct row *out) {
    struct bytes value;
    out->len = 0;
    if (store_raw_get(txn, STORE_SHIELDS, key, &value)) {
        open_row(txn, key, value, out);
    }
}

static void toggle(struct store_state *state, struct bytes key, const uint8_t seal[PEPPER_SEAL_SIZE]) {
    rows_toggle(state->shield_sum, tag_of(key), seal);
    state->shield_sum[0] ^= key.data[0];
}

// The row is now `next`; none when that is empty. `before` is what get_row gave.
static void put_row(struct store_txn *txn, struct bytes key, const struct row *before, struct bytes next) {
    uint8_t sealed[PLAIN_MAX + PEPPER_SEAL_SIZE];
    uint8_t ad[7 + KEY_SIZE];
    if (store_error(txn) != OK) {
        return;
    }
    if (before->len > 0) {
        toggle(&txn->state, key, before->seal);
    }
    if (next.len > 0) {
        pepper_seal(txn->context, make_ad(key, ad), next, sealed);
        store_raw_put(txn, STORE_SHIELDS, key, bytes_of(sealed, next.len + PEPPER_SEAL_SIZE));
        toggle(&txn->state, key, sealed);
    } else if (before->len > 0) {
        store_raw_delete(txn, STORE_SHIELDS, key);
    }
    txn->state.shields += (uint64_t)(next.len > 0) - (uint64_t)(before->len > 0);
}

// ---- tags

bool store_shielded(struct store_txn *txn, enum shield_row kind, uint64_t tag) {
    uint8_t room[KEY_SIZE];
    struct bytes value;
    return store_raw_get(txn, STORE_SHIELDS, make_key(kind, tag, room), &value);
}

static size_t numbers_of(const struct row *row, uint64_t out[NUMBERS_MAX]) {
    struct reader reader = reader_of(bytes_of(row->plain, row->len));
    size_t count = row->len / 8;
    for (size_t i = 0; i < count; i++) {
        out[i] = reader_u64(&reader);
    }
    return count;
}

size_t store_shields_of(struct store_txn *txn, enum shield_row kind, uint64_t tag, uint64_t *out, size_t max) {
    uint8_t room[KEY_SIZE];
    struct row row;
    uint64_t numbers[NUMBERS_MAX];
    get_row(txn, make_key(kind, tag, room), &row);
    size_t count = store_error(txn) == OK ? numbers_of(&row, numbers) : 0;
    count = count < max ? count : max;
    memcpy(out, numbers, count * sizeof out[0]);
    return count;
}

static void put_numbers(struct store_txn *txn, struct bytes key, const struct row *before, const uint64_t *numbers,
                        size_t count) {
    struct buf plain = {0};
    for (size_t i = 0; i < count; i++) {
        buf_put_u64(&plain, numbers[i]);
    }
    store_fail(txn, buf_check(&plain));
    put_row(txn, key, before, buf_bytes(&plain));
    buf_free(&plain);
}

void store_shield_add(struct store_txn *txn, enum shield_row kind, uint64_t tag, uint64_t number) {
    uint8_t room[KEY_SIZE];
    struct bytes key = make_key(kind, tag, room);
    struct row row;
    uint64_t numbers[NUMBERS_MAX + 1];
    get_row(txn, key, &row);
    size_t count = store_error(txn) == OK ? numbers_of(&row, numbers) : 0;
    size_t at = count;
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == number) {
            return;
        }
        at = i < at && numbers[i] > number ? i : at;
    }
    if (count == NUMBERS_MAX) {
        store_fail(txn, err_set(ERR_FULL, "%d shields cover this child or record already", NUMBERS_MAX));
        return;
    }
    memmove(numbers + at + 1, numbers + at, (count - at) * sizeof numbers[0]);
    numbers[at] = number;
    put_numbers(txn, key, &row, numbers, count + 1);
}

void store_shield_drop(struct store_txn *txn, enum shield_row kind, uint64_t tag, uint64_t number) {
    uint8_t room[KEY_SIZE];
    struct bytes key = make_key(kind, tag, room);
    struct row row;
    uint64_t numbers[NUMBERS_MAX];
    get_row(txn, key, &row);
    size_t count = store_error(txn) == OK ? numbers_of(&row, numbers) : 0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] != number) {
            numbers[kept++] = numbers[i];
        }
    }
    if (kept != count) {
        put_numbers(txn, key, &row, numbers, kept);
    }
}

static void put_stand_in(struct store_txn *txn) {
    static const uint64_t none[1] = {0};
    uint8_t room[KEY_SIZE];
    struct row row;
    struct bytes key = make_key(STAND_IN, 0, room);
    get_row(txn, key, &row);
    if (txn->gather == NULL || row.len == 0) { // nobody waits while a store is filled
        put_numbers(txn, key, &row, none, 1);
    }
}

void store_shield_inherit(struct store_txn *txn, const uint64_t *children, size_t count, uint64_t record) {
    bool shielded = false;
    for (size_t i = 0; i < count; i++) {
        uint64_t numbers[NUMBERS_MAX];
        size_t shields = store_shields_of(txn, SHIELD_IDENTIFIER, children[i], numbers, NUMBERS_MAX);
        for (size_t j = 0; j < shields; j++) {
            store_shield_add(txn, SHIELD_RECORD, record, numbers[j]);
            shielded = true;
        }
    }
    if (!shielded) {
        put_stand_in(txn);
    }
}

// ---- shields

void store_put_shield(struct store_txn *txn, const struct store_shield *shield) {
    uint8_t room[KEY_SIZE];
    struct bytes key = make_key(SHIELD_OWN, shield->number, room);
    struct row row;
    struct buf plain = {0};
    get_row(txn, key, &row);
    buf_put_u64(&plain, (uint64_t)shield->time_ms);
    buf_put_str(&plain, shield->reference);
    store_fail(txn, buf_check(&plain));
    put_row(txn, key, &row, buf_bytes(&plain));
    buf_free(&plain);
}

bool store_get_shield(struct store_txn *txn, uint64_t number, struct store_shield *out) {
    uint8_t room[KEY_SIZE];
    struct row row;
    get_row(txn, make_key(SHIELD_OWN, number, room), &row);
    if (store_error(txn) != OK || row.len == 0) {
        return false;
    }
    struct reader reader = reader_of(bytes_of(row.plain, row.len));
    struct store_shield shield = {.number = number, .time_ms = (int64_t)reader_u64(&reader)};
    if (reader.failed || reader.left > SHIELD_REFERENCE_MAX) {
        store_fail(txn, err_set(ERR_CORRUPT, "a shield's row is not in this format"));
        return false;
    }
    memcpy(shield.reference, reader.at, reader.left);
    *out = shield;
    return true;
}

void store_delete_shield(struct store_txn *txn, uint64_t number) {
    uint8_t room[KEY_SIZE];
    struct bytes key = make_key(SHIELD_OWN, number, room);
    struct row row;
    get_row(txn, key, &row);
    put_row(txn, key, &row, bytes_of(NULL, 0));
}

struct walk {
    struct store_txn *txn;
    shield_visit visit;
    void *ctx;
    struct store_state found;
};

static err_t walk_row(void *ctx, struct bytes key, struct bytes value) {
    struct walk *walk = ctx;
    struct row row = {0};
    uint64_t numbers[NUMBERS_MAX];
    open_row(walk->txn, key, value, &row);
    if (store_error(walk->txn) != OK) {
        return walk->txn->err;
    }
    toggle(&walk->found, key, row.seal);
    walk->found.shields++;
    if (walk->visit != NULL && key.data[0] != STAND_IN) {
        struct shield_cover cover = {.kind = (enum shield_row)key.data[0], .tag = tag_of(key), .numbers = numbers};
        cover.count = cover.kind == SHIELD_OWN ? 0 : numbers_of(&row, numbers);
        walk->visit(walk->ctx, &cover);
    }
    return OK;
}

void store_each_shield(struct store_txn *txn, shield_visit visit, void *ctx) {
    struct walk walk = {.txn = txn, .visit = visit, .ctx = ctx};
    store_each(txn, STORE_SHIELDS, walk_row, &walk);
}

void shields_scrub(struct store_txn *txn, const struct store_state *stated) {
    struct walk walk = {.txn = txn};
    store_each(txn, STORE_SHIELDS, walk_row, &walk);
    if (store_error(txn) == OK && (walk.found.shields != stated->shields ||
                                   memcmp(walk.found.shield_sum, stated->shield_sum, sizeof stated->shield_sum) != 0)) {
        store_fail(txn, err_set(ERR_CORRUPT, "the store does not hold the shields that it should: %llu rows of %llu",
                                (unsigned long long)walk.found.shields, (unsigned long long)stated->shields));
    }
}
