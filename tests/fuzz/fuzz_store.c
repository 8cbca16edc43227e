// SPDX-License-Identifier: Apache-2.0
// What stands in the store's rows. LMDB is left out: this file gives the functions of store.c over a few rows in
// memory, and the input says what stands in each - bytes as they are, or sealed here. No row may be taken for what it
// is not; and entries are put and removed against a slow model.
//
// Covers: indexd/rows.c indexd/entries.c base/merkle.c
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexd/store_txn.h"
#include "tests/fuzz/fuzz.h"

#define ROWS_MAX 32
#define MODEL_VALUE 9000

struct row {
    enum store_database database;
    struct buf key, value;
    bool sealed_here;
};

static struct {
    struct row rows[ROWS_MAX];
    size_t count;
} table;

static struct row *find(enum store_database database, struct bytes key) {
    for (size_t i = 0; i < table.count; i++) {
        if (table.rows[i].database == database && bytes_equal(buf_bytes(&table.rows[i].key), key)) {
            return &table.rows[i];
        }
    }
    return NULL;
}

void store_fail(struct store_txn *txn, err_t err) {
    txn->err = txn->err == OK ? err : txn->err;
}

err_t store_error(const struct store_txn *txn) {
    return txn->err;
}

bool store_raw_get(struct store_txn *txn, enum store_database database, struct bytes key, struct bytes *out) {
    struct row *row = txn->err == OK ? find(database, key) : NULL;
    if (row != NULL) {
        *out = buf_bytes(&row->value);
    }
    return row != NULL;
}

void store_raw_put(struct store_txn *txn, enum store_database database, struct bytes key, struct bytes value) {
    struct row *row = find(database, key);
    if (txn->err != OK || (row == NULL && table.count == ROWS_MAX)) {
        store_fail(txn, ERR_FULL);
        return;
    }
    if (row == NULL) {
        row = &table.rows[table.count++];
        row->database = database;
        buf_put(&row->key, key.data, key.len);
    }
    buf_reset(&row->value);
    buf_put(&row->value, value.data, value.len);
}

void store_raw_delete(struct store_txn *txn, enum store_database database, struct bytes key) {
    struct row *row = txn->err == OK ? find(database, key) : NULL;
    if (row != NULL) {
        buf_free(&row->key);
        buf_free(&row->value);
        *row = table.rows[--table.count];
        table.rows[table.count] = (struct row){0};
    }
}

void store_each(struct store_txn *txn, enum store_database database, store_visit visit, void *ctx) {
    for (size_t i = 0; i < table.count && txn->err == OK; i++) {
        if (table.rows[i].database == database) {
            store_fail(txn, visit(ctx, buf_bytes(&table.rows[i].key), buf_bytes(&table.rows[i].value)));
        }
    }
}

static struct pepper *the_pepper(void) {
    static struct pepper *pepper;
    if (pepper == NULL) {
        static const uint8_t key[32] = {5};
        MUST(pepper_load(fuzz_file(bytes_of(key, sizeof key)), &pepper) == OK);
    }
    return pepper;
}

static void begin(struct store_txn *txn) {
    *txn = (struct store_txn){.write = true, .pepper = the_pepper()};
    MUST(pepper_borrow(txn->pepper, &txn->context) == OK);
    rows_make_decoy(txn);
}

static void end(struct store_txn *txn) {
    pepper_return(txn->pepper, txn->context);
    free(txn->packed);
}

static const char *const meta_keys[] = {"pepper", "identity", "state", "other"};

// One row from the input: which, how sealed, and its bytes.
static void put_row(struct reader *input, struct store_txn *txn) {
    uint8_t which = reader_u8(input);
    uint64_t child = which / 16;
    uint8_t ad[64] = {0}, value[MODEL_VALUE + PEPPER_SEAL_SIZE];
    struct bytes plain = fuzz_take(input), key, ad_bytes;
    plain.len = plain.len > MODEL_VALUE ? MODEL_VALUE : plain.len;
    if (which % 2 == 0) {
        key = bytes_of(&child, sizeof child);
        ad[7] = (uint8_t)child;
        ad_bytes = bytes_of(ad, 8);
    } else {
        key = bytes_str(meta_keys[which / 16 % 4]);
        memcpy(ad, "meta:", 5);
        memcpy(ad + 5, key.data, key.len);
        ad_bytes = bytes_of(ad, 5 + key.len);
    }
    bool sealed = which / 2 % 4 != 0 && plain.len > 0;
    if (sealed) {
        pepper_seal(txn->context, ad_bytes, plain, value);
        plain = bytes_of(value, plain.len + PEPPER_SEAL_SIZE);
    }
    store_raw_put(txn, which % 2 == 0 ? STORE_CHILDREN : STORE_META, key, plain);
    struct row *row = find(which % 2 == 0 ? STORE_CHILDREN : STORE_META, key);
    if (row != NULL) {
        row->sealed_here = sealed;
    }
}

// Whatever stands there is read as nothing, as an error, or as what was sealed.
static void read_rows(void) {
    for (uint64_t child = 0; child < 16; child++) {
        struct store_txn txn;
        begin(&txn);
        struct row *row = find(STORE_CHILDREN, bytes_of(&child, sizeof child));
        struct entries entries = store_get(&txn, child);
        MUST(entries.count == 0 || (row != NULL && row->sealed_here));
        MUST(row == NULL || entries.count > 0 || txn.err == ERR_CORRUPT);
        end(&txn);
    }
    struct store_state state = {0};
    struct store_identity identity;
    struct store_txn txn;
    begin(&txn);
    txn.write = false;
    store_get_state(&txn, &state);
    MUST(txn.err == OK || txn.err == ERR_CORRUPT);
    end(&txn);
    begin(&txn);
    store_get_identity(&txn, &identity);
    MUST(txn.err == ERR_CORRUPT || strlen(identity.scheme) <= MAX_ID);
    end(&txn);
    begin(&txn);
    rows_check_pepper(&txn);
    end(&txn);
    begin(&txn);
    txn.write = false;
    store_scrub(&txn, NULL);
    MUST(txn.err == OK || txn.err == ERR_CORRUPT);
    end(&txn);
}

// After the first error nothing is read, written or changed.
static void use_failed(void) {
    static const uint8_t tag[AGENCY_TAG_SIZE + RECORD_TAG_SIZE + ACT_NONCE_SIZE];
    const struct merkle applied = {0};
    const struct journal_place from = {0};
    const struct store_identity identity = {.scheme = "demo"};
    const struct entry entry = {.state = 1};
    struct store_state state;
    struct store_identity read;
    struct store_txn txn;
    begin(&txn);
    store_fail(&txn, ERR_FULL);
    size_t before = table.count;
    store_put(&txn, 1, &entry);
    store_remove(&txn, 1, tag, tag);
    store_put_applied(&txn, &applied, &from);
    store_put_identity(&txn, &identity);
    store_put_fed(&txn, "north", &(struct store_fed){.day = 1});
    store_put_nonce(&txn, tag, 1);
    store_get_state(&txn, &state);
    store_get_identity(&txn, &read);
    MUST(store_get_fed(&txn, "north").day == 0 && store_get_nonce(&txn, tag) == 0 && store_get(&txn, 1).count == 0);
    MUST(txn.err == ERR_FULL && table.count == before);
    end(&txn);
}

// A store from its beginning: every operation is done to a plain array as well.
#define MODEL_MAX 64
struct model {
    struct {
        uint64_t child;
        struct entry entry;
    } entries[MODEL_MAX];
    size_t count;
};

static size_t model_find(const struct model *model, uint64_t child, const struct entry *entry) {
    size_t i = 0;
    while (i < model->count && !(model->entries[i].child == child &&
                                 memcmp(model->entries[i].entry.agency, entry->agency, AGENCY_TAG_SIZE) == 0 &&
                                 memcmp(model->entries[i].entry.record, entry->record, RECORD_TAG_SIZE) == 0)) {
        i++;
    }
    return i;
}

static void check_model(struct store_txn *txn, const struct model *model) {
    size_t total = 0, of_agency = 0;
    for (uint64_t child = 0; child < 4; child++) {
        struct entries entries = store_get(txn, child);
        for (size_t i = 0; i < entries.count; i++) {
            struct entry entry = entries_at(entries, i);
            size_t at = model_find(model, child, &entry);
            MUST(at < model->count && model->entries[at].entry.state == entry.state);
            MUST(model->entries[at].entry.until == entry.until);
        }
        total += entries.count;
        const uint8_t agency[AGENCY_TAG_SIZE] = {1};
        of_agency += entries_of_agency(entries, agency);
    }
    size_t expected = 0;
    for (size_t i = 0; i < model->count; i++) {
        expected += model->entries[i].entry.agency[0] == 1 ? 1 : 0;
    }
    MUST(total == model->count && txn->state.entries == model->count && of_agency == expected);
}

static void run_model(struct reader *input) {
    struct store_txn txn;
    struct model model = {0};
    struct store_identity identity = {.epoch = 3, .scheme = "demo"}, identity_read;
    struct merkle applied = {0};
    const struct journal_place from = {.segment = "2026-11", .offset = 36};
    begin(&txn);
    rows_create(&txn);
    store_put_identity(&txn, &identity);
    while (input->left > 0 && !input->failed && model.count < MODEL_MAX) {
        uint8_t op = reader_u8(input);
        uint64_t child = op / 4 % 4;
        struct entry entry = {.state = op / 64, .until = reader_u8(input)};
        entry.agency[0] = reader_u8(input) % 4;
        entry.record[7] = reader_u8(input) % 8;
        size_t at = model_find(&model, child, &entry);
        if (op % 4 == 0) {
            store_remove(&txn, child, entry.agency, entry.record);
            if (at < model.count) {
                model.entries[at] = model.entries[--model.count];
            }
        } else if (op % 4 == 1) {
            uint8_t leaf[MERKLE_HASH_SIZE];
            merkle_leaf(bytes_of(&entry, 1), leaf);
            merkle_append(&applied, leaf);
            store_put_applied(&txn, &applied, &from);
            store_put_fed(&txn, "north", &(struct store_fed){.day = entry.until});
            MUST(store_get_fed(&txn, "north").day >= entry.until);
            uint8_t nonce[ACT_NONCE_SIZE] = {entry.record[7]};
            store_put_nonce(&txn, nonce, applied.size);
            MUST(store_get_nonce(&txn, nonce) == applied.size);
        } else {
            store_put(&txn, child, &entry);
            model.count += at == model.count ? 1 : 0;
            model.entries[at].child = child;
            model.entries[at].entry = entry;
        }
        MUST(txn.err == OK);
    }
    check_model(&txn, &model);
    uint8_t root[MERKLE_HASH_SIZE];
    merkle_root(&applied, root);
    store_put_applied(&txn, &applied, &from);
    store_get_identity(&txn, &identity_read);
    rows_check_pepper(&txn);
    store_scrub(&txn, NULL);
    MUST(txn.err == OK && identity_read.epoch == 3);
    struct store_state before = txn.state, after;
    txn.write = false;
    store_get_state(&txn, &after);
    MUST(txn.err == OK && after.keys == before.keys && after.entries == before.entries);
    MUST(after.applied.size == applied.size && memcmp(after.sum, before.sum, sizeof after.sum) == 0);
    end(&txn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    struct store_txn txn;
    use_failed();
    if (reader_u8(&input) % 2 == 0) {
        begin(&txn);
        for (size_t i = 0; i < 16 && input.left > 0; i++) {
            put_row(&input, &txn);
        }
        end(&txn);
        read_rows();
    } else {
        run_model(&input);
    }
    for (size_t i = 0; i < table.count; i++) {
        buf_free(&table.rows[i].key);
        buf_free(&table.rows[i].value);
    }
    memset(&table, 0, sizeof table);
    return 0;
}
