// SPDX-License-Identifier: Apache-2.0
// What stands in the store's rows of shields, of blocked accounts and of what accounts used, as fuzz_store.c does it
// for the others: rows from the input, as they are or sealed here; and shields added, dropped and inherited against a
// slow model.
//
// Covers: indexd/shield_rows.c indexd/blocks.c indexd/counts.c
#include <string.h>

#include "indexd/blocks.h"
#include "indexd/counts.h"
#include "indexd/tags.h"
#include "tests/fuzz/rows_table.h"

#define NUMBERS 64 // shields over one tag, at most
#define NAME "north:kim"

static struct bytes shield_key(uint8_t kind, uint8_t tag, uint8_t room[9]) {
    memset(room, 0, 9);
    room[0] = kind;
    room[8] = tag;
    return bytes_of(room, 9);
}

static void put_shield_row(struct reader *input, struct store_txn *txn) {
    uint8_t room[10] = {0}, ad[16] = "shield:";
    uint8_t which = reader_u8(input), length = reader_u8(input);
    struct bytes key = shield_key(which % 6, which / 64, room);
    memcpy(ad + 7, key.data, key.len);
    key.len = length % 16 == 0 ? length / 16U % sizeof room : key.len; // one that no row has
    table_put(txn, STORE_SHIELDS, key, bytes_of(ad, sizeof ad), which / 6 % 4 != 0, fuzz_take(input));
}

static void put_block_row(struct reader *input, struct store_txn *txn) {
    uint8_t room[3 + FED_TAG_SIZE] = "blk", ad[5 + sizeof room] = "meta:";
    uint8_t which = reader_u8(input);
    tag_blocked(txn->context, NAME, room + 3);
    memcpy(ad + 5, room, sizeof room);
    table_put(txn, STORE_META, bytes_of(room, sizeof room), bytes_of(ad, sizeof ad), which % 4 != 0, fuzz_take(input));
}

static void put_counts_row(struct reader *input, struct store_txn *txn) {
    uint8_t room[FED_TAG_SIZE], ad[7 + sizeof room] = "counts:";
    uint8_t which = reader_u8(input);
    tag_counted(txn->context, NAME, room);
    memcpy(ad + 7, room, sizeof room);
    table_put(txn, STORE_COUNTS, bytes_of(room, sizeof room - which / 128), bytes_of(ad, sizeof ad), which % 4 != 0,
              fuzz_take(input));
}

static void see_cover(void *ctx, const struct shield_cover *cover) {
    size_t *seen = ctx;
    MUST(cover->count <= NUMBERS);
    (*seen)++;
}

static void see_block(const char *name, const struct block_facts *facts, void *ctx) {
    size_t *seen = ctx;
    MUST(strlen(name) < ACCOUNT_NAME_SIZE && strlen(facts->why) <= RECORD_TEXT_MAX);
    (*seen)++;
}

static void see_account(void *ctx, const struct account *account) {
    size_t *seen = ctx;
    MUST(account->hour >= 0 && account->day == account->hour / 24);
    MUST(strlen(account->name) < ACCOUNT_NAME_SIZE);
    (*seen)++;
}

static void must_end(struct store_txn *txn) {
    MUST(txn->err == OK || txn->err == ERR_CORRUPT || txn->err == ERR_FULL);
    table_end(txn);
}

// Whatever stands there is read as nothing, as an error, or as what was sealed.
static void read_rows(void) {
    struct block_facts facts;
    struct store_shield shield;
    struct store_txn txn;
    uint64_t numbers[NUMBERS];
    size_t seen = 0;
    for (uint64_t tag = 0; tag < 4; tag++) {
        for (enum shield_row kind = SHIELD_IDENTIFIER; kind < SHIELD_OWN; kind++) {
            table_begin(&txn);
            MUST(store_shields_of(&txn, kind, tag, numbers, NUMBERS) <= NUMBERS);
            must_end(&txn);
        }
        table_begin(&txn);
        if (store_get_shield(&txn, tag, &shield)) {
            MUST(strlen(shield.reference) <= SHIELD_REFERENCE_MAX);
        }
        must_end(&txn);
    }
    table_begin(&txn);
    store_each_shield(&txn, see_cover, &seen);
    must_end(&txn);
    table_begin(&txn);
    (void)store_get_block(&txn, NAME, &facts);
    must_end(&txn);
    table_begin(&txn);
    store_each_block(&txn, see_block, &seen);
    must_end(&txn);
    table_begin(&txn);
    store_each_counts(&txn, see_account, &seen);
    must_end(&txn);
    for (uint64_t tag = 0; tag < 4; tag++) {
        const uint64_t children[] = {tag};
        table_begin(&txn);
        store_shield_add(&txn, SHIELD_RECORD, tag, 7);
        store_shield_drop(&txn, SHIELD_NAME, tag, 7);
        store_shield_inherit(&txn, children, 1, 3);
        store_delete_shield(&txn, tag);
        must_end(&txn);
    }
}

// Which of 8 shields cover which of 4 tags.
struct model {
    bool covers[4][8];
    bool stands[8];
};

static void check_model(struct store_txn *txn, const struct model *model) {
    struct store_shield shield;
    size_t rows = 0, seen = 0;
    for (uint64_t tag = 0; tag < 4; tag++) {
        uint64_t numbers[NUMBERS];
        size_t count = store_shields_of(txn, SHIELD_RECORD, tag, numbers, NUMBERS), at = 0;
        for (uint64_t number = 0; number < 8; number++) {
            if (model->covers[tag][number]) {
                MUST(at < count && numbers[at++] == number); // ascending
            }
        }
        MUST(at == count && store_shielded(txn, SHIELD_RECORD, tag) == (count > 0));
        rows += count > 0 ? 1 : 0;
    }
    for (uint64_t number = 0; number < 8; number++) {
        MUST(store_get_shield(txn, number, &shield) == model->stands[number]);
        rows += model->stands[number] ? 1 : 0;
    }
    store_each_shield(txn, see_cover, &seen);
    MUST(txn->err == OK && seen == rows);
}

static void check_blocks(struct store_txn *txn, uint8_t why) {
    struct record record = {.kind = RECORD_BLOCK, .time_ms = 5000, .texts = {NAME, BLOCK_SET, "no_day"}};
    struct block_facts facts;
    size_t seen = 0;
    record.texts[2][0] = (char)('a' + why % 26);
    MUST(block_is_valid(&record));
    apply_block(txn, &record);
    MUST(store_get_block(txn, NAME, &facts) && facts.since_s == 5 && facts.why[0] == record.texts[2][0]);
    store_each_block(txn, see_block, &seen);
    MUST(seen == 1);
    memcpy(record.texts[1], BLOCK_LIFTED, sizeof BLOCK_LIFTED);
    apply_block(txn, &record);
    MUST(block_is_valid(&record) && !store_get_block(txn, NAME, &facts) && txn->err == OK);
    record.texts[1][0] = '\0';
    MUST(!block_is_valid(&record));
}

static void check_counts(struct store_txn *txn, uint32_t used) {
    struct account account = {.name = NAME, .hour = 49, .used.of[LIMIT_CHILDREN_DAY] = used};
    size_t seen = 0;
    store_put_counts(txn, &account);
    store_put_counts(txn, &account);
    store_each_counts(txn, see_account, &seen);
    MUST(txn->err == OK && seen == 1);
    store_clear_counts(txn);
    store_each_counts(txn, see_account, &seen);
    MUST(txn->err == OK && seen == 1);
}

static void run_model(struct reader *input) {
    struct store_txn txn;
    struct model model = {0};
    table_begin(&txn);
    rows_create(&txn);
    while (input->left >= 2) {
        uint8_t op = reader_u8(input), by = reader_u8(input);
        uint64_t tag = op / 4 % 4, number = op / 16 % 8;
        struct store_shield shield = {.number = number, .time_ms = by, .reference = "case"};
        if (op % 4 == 0) {
            store_shield_add(&txn, SHIELD_RECORD, tag, number);
            model.covers[tag][number] = true;
        } else if (op % 4 == 1) {
            store_shield_drop(&txn, SHIELD_RECORD, tag, number);
            model.covers[tag][number] = false;
        } else if (op % 4 == 2 && by % 2 == 0) {
            store_put_shield(&txn, &shield);
            model.stands[number] = true;
        } else if (op % 4 == 2) {
            store_delete_shield(&txn, number);
            model.stands[number] = false;
        } else { // a child tag of its own is covered, and the record comes under it
            const uint64_t child[] = {100};
            store_shield_add(&txn, SHIELD_IDENTIFIER, child[0], number);
            store_shield_inherit(&txn, child, 1, tag);
            store_shield_drop(&txn, SHIELD_IDENTIFIER, child[0], number);
            store_shield_inherit(&txn, child, 1, tag);
            model.covers[tag][number] = true;
        }
        MUST(txn.err == OK);
    }
    check_model(&txn, &model);
    check_blocks(&txn, (uint8_t)input->left);
    check_counts(&txn, (uint32_t)model.stands[0]);
    store_put_applied(&txn, &txn.state.applied, &txn.state.from);
    txn.write = false;
    store_scrub(&txn, NULL);
    MUST(txn.err == OK);
    table_end(&txn);
}

// A row of shields that was lost, and one shield more than a tag can have.
static void check_limits(void) {
    struct store_txn txn;
    uint8_t room[9];
    table_clear();
    table_begin(&txn);
    rows_create(&txn);
    for (uint64_t number = 0; number < NUMBERS; number++) {
        store_shield_add(&txn, SHIELD_RECORD, 1, NUMBERS - number);
    }
    MUST(txn.err == OK);
    store_put_applied(&txn, &txn.state.applied, &txn.state.from);
    store_shield_add(&txn, SHIELD_RECORD, 1, NUMBERS + 1);
    MUST(txn.err == ERR_FULL);
    store_put_shield(&txn, &(struct store_shield){.number = 1});
    apply_block(&txn, &(struct record){.kind = RECORD_BLOCK});
    store_put_counts(&txn, &(struct account){.name = NAME});
    MUST(!store_get_block(&txn, NAME, &(struct block_facts){0}));
    table_end(&txn);
    table_begin(&txn);
    store_raw_delete(&txn, STORE_SHIELDS, shield_key(SHIELD_RECORD, 1, room));
    txn.write = false;
    store_scrub(&txn, NULL);
    MUST(txn.err == ERR_CORRUPT);
    table_end(&txn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    struct store_txn txn;
    uint8_t which = reader_u8(&input);
    if (size == 0) {
        check_limits();
    } else if (which % 2 == 0) {
        table_begin(&txn);
        put_block_row(&input, &txn);
        put_counts_row(&input, &txn);
        for (size_t i = 0; i < 12 && input.left > 0; i++) {
            put_shield_row(&input, &txn);
        }
        table_end(&txn);
        read_rows();
    } else {
        run_model(&input);
    }
    table_clear();
    return 0;
}
