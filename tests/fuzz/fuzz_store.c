// SPDX-License-Identifier: Apache-2.0
// What stands in the store's rows of children and about itself. LMDB is left out (tests/fuzz/rows_table.h), and the
// input says what stands in each - bytes as they are, or sealed here. No row may be taken for what it is not; and
// entries are put and removed, one by one and gathered, against a slow model.
//
// Covers: indexd/child_rows.c indexd/meta_rows.c indexd/entries.c base/merkle.c
#include <string.h>

#include "indexd/gather.h"
#include "indexd/tags.h"
#include "tests/fuzz/rows_table.h"

#define AGENCY "north"

static const char *const meta_keys[] = {"pepper", "identity", "state", "other", "fed", "purge", "act", "blk"};

// The rows of an agency and of an act have its tag or its nonce behind a word.
static struct bytes meta_key(struct store_txn *txn, size_t which, uint8_t room[32]) {
    const size_t len = strlen(meta_keys[which]);
    memset(room, 0, 32);
    memcpy(room, meta_keys[which], len);
    if (which < 4) {
        return bytes_of(room, len);
    }
    if (which == 6) {
        return bytes_of(room, len + ACT_NONCE_SIZE);
    }
    tag_fed(txn->context, AGENCY, room + len);
    return bytes_of(room, len + FED_TAG_SIZE);
}

// One row from the input: which, how sealed, and its bytes.
static void put_row(struct reader *input, struct store_txn *txn) {
    uint8_t which = reader_u8(input);
    uint64_t child = which / 16;
    uint8_t ad[64] = {0}, room[32];
    bool seal = which / 2 % 4 != 0;
    struct bytes plain = fuzz_take(input);
    if (which % 2 == 0) {
        ad[7] = (uint8_t)child;
        table_put(txn, STORE_CHILDREN, bytes_of(&child, sizeof child), bytes_of(ad, 8), seal, plain);
        return;
    }
    struct bytes key = meta_key(txn, which / 16 % 8, room);
    memcpy(ad, "meta:", 5);
    memcpy(ad + 5, key.data, key.len);
    table_put(txn, STORE_META, key, bytes_of(ad, 5 + key.len), seal, plain);
}

static void see_purge(void *ctx, const char *agency, int64_t since_ms) {
    size_t *seen = ctx;
    MUST(strlen(agency) <= MAX_ID);
    (void)since_ms;
    (*seen)++;
}

static void read_agency(void) {
    static const uint8_t nonce[ACT_NONCE_SIZE];
    struct store_txn txn;
    size_t purges = 0;
    table_begin(&txn);
    (void)store_get_fed(&txn, AGENCY);
    MUST(txn.err == OK || txn.err == ERR_CORRUPT);
    table_end(&txn);
    table_begin(&txn);
    (void)store_get_nonce(&txn, nonce);
    MUST(txn.err == OK || txn.err == ERR_CORRUPT);
    table_end(&txn);
    table_begin(&txn);
    store_each_purge(&txn, see_purge, &purges);
    MUST(purges <= 1 && (txn.err == OK || txn.err == ERR_CORRUPT));
    table_end(&txn);
    table_begin(&txn);
    MUST(store_count_unmoved(&txn, 7) <= 1 && (txn.err == OK || txn.err == ERR_CORRUPT));
    table_end(&txn);
}

// Whatever stands there is read as nothing, as an error, or as what was sealed.
static void read_rows(void) {
    for (uint64_t child = 0; child < 16; child++) {
        struct store_txn txn;
        table_begin(&txn);
        struct table_row *row = table_find(STORE_CHILDREN, bytes_of(&child, sizeof child));
        struct entries entries = store_get(&txn, child);
        MUST(entries.count == 0 || (row != NULL && row->sealed_here));
        MUST(row == NULL || entries.count > 0 || txn.err == ERR_CORRUPT);
        table_end(&txn);
    }
    struct store_state state = {0};
    struct store_identity identity;
    struct store_txn txn;
    table_begin(&txn);
    txn.write = false;
    store_get_state(&txn, &state);
    MUST(txn.err == OK || txn.err == ERR_CORRUPT);
    table_end(&txn);
    table_begin(&txn);
    store_get_identity(&txn, &identity);
    MUST(txn.err == ERR_CORRUPT || strlen(identity.scheme) <= MAX_ID);
    table_end(&txn);
    table_begin(&txn);
    rows_check_pepper(&txn);
    table_end(&txn);
    read_agency();
    table_begin(&txn);
    txn.write = false;
    store_scrub(&txn, NULL);
    MUST(txn.err == OK || txn.err == ERR_CORRUPT);
    table_end(&txn);
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
    table_begin(&txn);
    store_fail(&txn, ERR_FULL);
    size_t before = table_count();
    store_put(&txn, 1, &entry);
    store_remove(&txn, 1, tag, tag);
    store_put_applied(&txn, &applied, &from);
    store_put_identity(&txn, &identity);
    store_put_fed(&txn, AGENCY, &(struct store_fed){.day = 1});
    store_put_nonce(&txn, tag, 1);
    store_put_hour(&txn, 1, &from);
    store_put_purge(&txn, AGENCY, 1);
    store_append(&txn);
    store_put_gathered(&txn, &(struct gathered){.child = 1}, 1);
    store_get_state(&txn, &state);
    store_get_identity(&txn, &read);
    MUST(store_get_fed(&txn, AGENCY).day == 0 && store_get_nonce(&txn, tag) == 0 && store_get(&txn, 1).count == 0);
    MUST(txn.err == ERR_FULL && table_count() == before);
    table_end(&txn);
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

static void model_change(struct model *model, uint64_t child, const struct entry *entry, bool removes) {
    size_t at = model_find(model, child, entry);
    if (!removes) {
        model->count += at == model->count ? 1 : 0;
        model->entries[at].child = child;
        model->entries[at].entry = *entry;
    } else if (at < model->count) {
        model->entries[at] = model->entries[--model->count];
    }
}

static err_t hand_over(void *ctx, const struct gathered *rows, size_t count) {
    struct store_txn *txn = ctx;
    store_put_gathered(txn, rows, count);
    return txn->err;
}

// The same change twice by way of what is gathered, and then once more or back.
static void gather_changes(struct store_txn *txn, struct model *model, uint64_t child, const struct entry *entry) {
    struct gather *gather = NULL;
    struct entry other = *entry;
    other.record[0] = 1;
    MUST(gather_new("/dev/shm", &gather) == OK);
    txn->gather = gather;
    store_put(txn, child, entry);
    store_put(txn, child, &other);
    store_remove(txn, child, entry->state % 2 == 0 ? entry->agency : other.agency,
                 entry->state % 2 == 0 ? entry->record : other.record);
    txn->gather = NULL;
    MUST(gather_count(gather) == 3 && gather_hand_over(gather, hand_over, txn) == OK);
    gather_free(gather);
    model_change(model, child, entry, false);
    model_change(model, child, &other, false);
    model_change(model, child, entry->state % 2 == 0 ? entry : &other, true);
}

static void purge_agency(struct store_txn *txn) {
    size_t purges = 0;
    store_put_fed(txn, AGENCY, &(struct store_fed){.day = 3, .moved = 4});
    store_put_purge(txn, AGENCY, 5);
    store_each_purge(txn, see_purge, &purges);
    MUST(txn->err == OK && purges == 1);
    MUST(store_count_unmoved(txn, 5) == 1 && store_count_unmoved(txn, 4) == 0);
    store_put_purge(txn, AGENCY, 0);
    store_each_purge(txn, see_purge, &purges);
    MUST(txn->err == OK && purges == 1 && store_get_fed(txn, AGENCY).day == 0);
}

// A store that is read through while it stops, or that has lost a row or got one that is too long, says so.
static void scrub_badly(void) {
    static const uint8_t zeros[META_MAX + PEPPER_SEAL_SIZE + 1];
    const atomic_bool stop = true;
    struct store_identity identity;
    struct store_txn txn;
    uint64_t child = 0;
    table_begin(&txn);
    txn.write = false;
    while (child < 4 && table_find(STORE_CHILDREN, bytes_of(&child, sizeof child)) == NULL) {
        child++;
    }
    bool any = child < 4;
    store_scrub(&txn, &stop);
    MUST(txn.err == (any ? ERR_UNAVAILABLE : OK));
    table_end(&txn);
    table_begin(&txn);
    store_raw_delete(&txn, STORE_CHILDREN, bytes_of(&child, sizeof child));
    txn.write = false;
    store_scrub(&txn, NULL);
    MUST(txn.err == (any ? ERR_CORRUPT : OK));
    table_end(&txn);
    table_begin(&txn);
    store_raw_put(&txn, STORE_META, bytes_str("identity"), bytes_of(zeros, sizeof zeros));
    store_get_identity(&txn, &identity);
    MUST(txn.err == ERR_CORRUPT);
    table_end(&txn);
}

// Rows in the order of their keys into a store without any.
static void append_rows(const struct entry *entry) {
    struct store_txn txn;
    table_clear();
    table_begin(&txn);
    rows_create(&txn);
    store_append(&txn);
    for (uint64_t child = 0; child < 3; child++) {
        store_put(&txn, child, entry);
    }
    txn.append = false;
    MUST(txn.err == OK && store_get(&txn, 2).count == 1 && txn.state.keys == 3);
    table_end(&txn);
}

static void run_model(struct reader *input) {
    struct store_txn txn;
    struct model model = {0};
    struct store_identity identity = {.epoch = 3, .scheme = "demo"}, identity_read;
    struct merkle applied = {0};
    struct entry last = {.state = ENTRY_CURRENT};
    const struct journal_place from = {.segment = "2026-11", .offset = 36};
    table_begin(&txn);
    rows_create(&txn);
    store_put_identity(&txn, &identity);
    while (input->left > 0 && !input->failed && model.count < MODEL_MAX) {
        uint8_t op = reader_u8(input);
        uint64_t child = op / 4 % 4;
        struct entry entry = {.state = op / 64, .until = reader_u8(input)};
        entry.agency[0] = reader_u8(input) % 4;
        entry.record[7] = reader_u8(input) % 8;
        if (op % 4 == 0) {
            store_remove(&txn, child, entry.agency, entry.record);
            model_change(&model, child, &entry, true);
        } else if (op % 4 == 1) {
            uint8_t leaf[MERKLE_HASH_SIZE];
            merkle_leaf(bytes_of(&entry, 1), leaf);
            merkle_append(&applied, leaf);
            store_put_hour(&txn, (int64_t)applied.size, &from);
            store_put_applied(&txn, &applied, &from);
            store_put_fed(&txn, AGENCY, &(struct store_fed){.day = entry.until});
            MUST(store_get_fed(&txn, AGENCY).day >= entry.until);
            uint8_t nonce[ACT_NONCE_SIZE] = {entry.record[7]};
            store_put_nonce(&txn, nonce, applied.size);
            MUST(store_get_nonce(&txn, nonce) == applied.size);
        } else if (op % 4 == 2 || model.count + 2 >= MODEL_MAX) {
            store_put(&txn, child, &entry);
            model_change(&model, child, &entry, false);
        } else {
            gather_changes(&txn, &model, child, &entry);
        }
        last = entry;
        MUST(txn.err == OK);
    }
    check_model(&txn, &model);
    purge_agency(&txn);
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
    table_end(&txn);
    scrub_badly();
    append_rows(&last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    struct store_txn txn;
    use_failed();
    if (reader_u8(&input) % 2 == 0) {
        table_begin(&txn);
        for (size_t i = 0; i < 16 && input.left > 0; i++) {
            put_row(&input, &txn);
        }
        table_end(&txn);
        read_rows();
    } else {
        run_model(&input);
    }
    table_clear();
    return 0;
}
