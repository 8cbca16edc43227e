// SPDX-License-Identifier: Apache-2.0
#include "indexd/store.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "indexd/faults.h"
#include "indexd/store_txn.h"
#include "tests/base/refusal.h"
#include "tests/indexd/files.h"

#define MAP_SIZE (16 * 1024 * 1024)

static char folder[PATH_SIZE];
static char lmdb[PATH_SIZE + 8];
static struct pepper *pepper;
static struct store *store;

static struct pepper *new_pepper(const char *name) {
    char path[PATH_SIZE + 32];
    struct pepper *made = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_ok(pepper_create(path));
    assert_ok(pepper_load(path, &made));
    return made;
}

static void start(void) {
    assert_ok(secret_start());
    folder_make(folder);
    (void)snprintf(lmdb, sizeof lmdb, "%s/lmdb", folder);
    pepper = new_pepper("pepper");
    assert_ok(store_create(lmdb, MAP_SIZE, pepper));
    assert_ok(store_open(lmdb, MAP_SIZE, pepper, &store));
}

static void end(void) {
    store_close(store);
    pepper_free(pepper);
    folder_remove(folder);
}

static const struct journal_place beginning;

TestSuite(store, .init = start, .fini = end);

static struct store_txn *begin(bool write) {
    struct store_txn *txn = NULL;
    assert_ok(store_begin(store, write, &txn));
    return txn;
}

static struct entry entry_of(unsigned agency, unsigned record) {
    struct entry entry = {.state = ENTRY_CURRENT, .until = 8108};
    memcpy(entry.agency, &agency, sizeof agency);
    memcpy(entry.record, &record, sizeof record);
    return entry;
}

static void put_rows(uint64_t first, uint64_t count) {
    struct store_txn *txn = begin(true);
    struct merkle applied = {0};
    for (uint64_t child = first; child < first + count; child++) {
        const struct entry entry = entry_of(1, (unsigned)child);
        store_put(txn, child * 0x9e3779b97f4a7c15, &entry);
    }
    store_put_applied(txn, &applied, &beginning);
    assert_ok(store_end(txn, true));
}

static struct store_state state_now(void) {
    struct store_state state;
    struct store_txn *txn = begin(false);
    store_get_state(txn, &state);
    assert_ok(store_end(txn, false));
    return state;
}

static err_t scrub(void) {
    struct store_txn *txn = begin(false);
    store_scrub(txn, NULL);
    return store_end(txn, false);
}

Test(store, keeps_entries_and_counts_them) {
    struct merkle applied = {0};
    const uint8_t leaf[MERKLE_HASH_SIZE] = {7};
    merkle_append(&applied, leaf);
    const struct entry one = entry_of(1, 1);
    const struct entry two = entry_of(2, 2);
    struct store_txn *txn = begin(true);
    store_put(txn, 5, &one);
    store_put(txn, 5, &two);
    store_put(txn, 5, &one);
    store_put(txn, UINT64_MAX, &one);
    cr_assert_eq(store_get(txn, 5).count, 2); // seen inside the transaction
    store_put_applied(txn, &applied, &beginning);
    assert_ok(store_end(txn, true));
    txn = begin(false);
    const struct entries entries = store_get(txn, 5);
    cr_assert_eq(entries.count, 2);
    struct entry back = entries_at(entries, 0);
    cr_assert_arr_eq(back.record, one.record, RECORD_TAG_SIZE);
    cr_assert_eq(back.until, 8108);
    cr_assert_eq(store_get(txn, 6).count, 0);
    cr_assert_eq(store_get(txn, UINT64_MAX).count, 1);
    assert_ok(store_end(txn, false));
    struct store_state state = state_now();
    cr_assert_eq(state.keys, 2);
    cr_assert_eq(state.entries, 3);
    cr_assert_eq(state.applied.size, 1);
    cr_assert_arr_eq(state.applied.roots[0], leaf, sizeof leaf);
}

Test(store, forgets_what_is_removed_and_nothing_else) {
    const struct merkle applied = {0};
    const struct entry one = entry_of(1, 1);
    const struct entry two = entry_of(2, 2);
    struct store_txn *txn = begin(true);
    store_put(txn, 5, &one);
    store_put(txn, 5, &two);
    store_put(txn, 6, &one);
    store_remove(txn, 5, one.agency, one.record);
    store_remove(txn, 5, one.agency, two.record); // no such entry
    store_remove(txn, 6, one.agency, one.record);
    store_remove(txn, 7, one.agency, one.record); // no such row
    cr_assert_eq(store_get(txn, 5).count, 1);
    cr_assert_eq(store_get(txn, 6).count, 0);
    store_put_applied(txn, &applied, &beginning);
    assert_ok(store_end(txn, true));
    struct store_state state = state_now();
    cr_assert_eq(state.keys, 1);
    cr_assert_eq(state.entries, 1);
    assert_ok(scrub());
}

Test(store, returns_to_the_same_sum_when_everything_is_undone) {
    struct store_state before = state_now();
    const struct merkle applied = {0};
    put_rows(1, 50);
    cr_assert_arr_neq(state_now().sum, before.sum, STORE_SUM_SIZE);
    struct store_txn *txn = begin(true);
    for (uint64_t child = 1; child <= 50; child++) {
        const struct entry entry = entry_of(1, (unsigned)child);
        store_remove(txn, child * 0x9e3779b97f4a7c15, entry.agency, entry.record);
    }
    store_put_applied(txn, &applied, &beginning);
    assert_ok(store_end(txn, true));
    cr_assert_arr_eq(state_now().sum, before.sum, STORE_SUM_SIZE);
}

Test(store, forgets_a_transaction_that_is_not_committed) {
    const struct entry one = entry_of(1, 1);
    struct store_txn *txn = begin(true);
    store_put(txn, 5, &one);
    assert_ok(store_end(txn, false));
    txn = begin(false);
    cr_assert_eq(store_get(txn, 5).count, 0);
    assert_ok(store_end(txn, false));
}

Test(store, remembers_the_first_error_and_commits_nothing_after_it) {
    const struct entry one = entry_of(1, 1);
    struct store_txn *txn = begin(true);
    store_put(txn, 5, &one);
    store_fail(txn, err_set(ERR_INPUT, "first"));
    store_fail(txn, ERR_IO);
    store_put(txn, 6, &one);
    cr_assert_eq(store_get(txn, 5).count, 0);
    cr_assert_eq(store_end(txn, true), ERR_INPUT);
    cr_assert_str_eq(err_detail(), "first");
    cr_assert_eq(state_now().keys, 0);
    cr_assert_eq(store_error(NULL), ERR_MEMORY);
    cr_assert_eq(store_end(NULL, true), ERR_MEMORY);
}

Test(store, keeps_the_latest_day_of_each_agency) {
    struct store_txn *txn = begin(true);
    cr_assert_eq(store_get_fed(txn, "north").day, 0);
    store_put_fed(txn, "north", &(struct store_fed){.day = 100, .moved = 2});
    store_put_fed(txn, "north", &(struct store_fed){.day = 99});
    store_put_fed(txn, "south", &(struct store_fed){.day = 5, .moved = 1});
    store_put_fed(txn, "west", &(struct store_fed){0}); // by hand alone
    assert_ok(store_end(txn, true));
    txn = begin(false);
    cr_assert_eq(store_get_fed(txn, "north").day, 100);
    cr_assert_eq(store_get_fed(txn, "north").moved, 2);
    cr_assert_eq(store_get_fed(txn, "south").day, 5);
    cr_assert_eq(store_get_fed(txn, "east").day, 0);
    cr_assert_eq(store_count_unmoved(txn, 1), 1, "west");
    cr_assert_eq(store_count_unmoved(txn, 2), 2, "west and south");
    cr_assert_eq(store_count_unmoved(txn, 3), 3);
    assert_ok(store_end(txn, false));
}

Test(store, keeps_its_identity_and_has_none_at_first) {
    const struct store_identity identity = {.epoch = 7, .store_id = {1, 2, 3}, .scheme = "demo"};
    struct store_identity back;
    struct store_txn *txn = begin(false);
    store_get_identity(txn, &back);
    assert_refused(store_end(txn, false), ERR_CORRUPT, "not completed");
    txn = begin(true);
    store_put_identity(txn, &identity);
    assert_ok(store_end(txn, true));
    txn = begin(false);
    store_get_identity(txn, &back);
    assert_ok(store_end(txn, false));
    cr_assert_eq(back.epoch, 7);
    cr_assert_str_eq(back.scheme, "demo");
    cr_assert_arr_eq(back.store_id, identity.store_id, STORE_ID_SIZE);
}

// ---- files

Test(store, is_private_and_never_made_over_another) {
    char path[PATH_SIZE + 32];
    struct stat about;
    (void)snprintf(path, sizeof path, "%s/data.mdb", lmdb);
    cr_assert_eq(stat(path, &about), 0);
    cr_assert_eq(about.st_mode & 0777, 0600);
    cr_assert_eq(store_create(lmdb, MAP_SIZE, pepper), ERR_EXISTS);
}

Test(store, is_never_made_by_opening) {
    char path[PATH_SIZE + 32];
    struct store *none = NULL;
    (void)snprintf(path, sizeof path, "%s/data.mdb", lmdb);
    store_close(store);
    store = NULL;
    file_put(path, "", 0);
    assert_refused(store_open(lmdb, MAP_SIZE, pepper, &none), ERR_CORRUPT, "is empty");
    cr_assert_eq(file_size(path), 0);
    cr_assert_eq(unlink(path), 0);
    assert_refused(store_open(lmdb, MAP_SIZE, pepper, &none), ERR_CORRUPT, "No such file");
    cr_assert_neq(access(path, F_OK), 0);
    folder_remove(lmdb);
    assert_refused(store_open(lmdb, MAP_SIZE, pepper, &none), ERR_CORRUPT, "No such file");
    cr_assert_neq(access(lmdb, F_OK), 0);
}

Test(store, is_not_opened_with_another_pepper) {
    struct store *none = NULL;
    struct pepper *other = new_pepper("other");
    store_close(store);
    store = NULL;
    assert_refused(store_open(lmdb, MAP_SIZE, other, &none), ERR_CORRUPT, "pepper");
    pepper_free(other);
}

Test(store, is_not_opened_when_it_is_some_other_file) {
    char path[PATH_SIZE + 32];
    struct store *none = NULL;
    uint8_t other[16384] = {1, 2, 3};
    (void)snprintf(path, sizeof path, "%s/data.mdb", lmdb);
    store_close(store);
    store = NULL;
    file_put(path, other, sizeof other);
    cr_assert_eq(store_open(lmdb, MAP_SIZE, pepper, &none), ERR_CORRUPT);
}

// ---- damage

Test(store, takes_no_damaged_value_for_an_absent_one) {
    const uint64_t child = 5;
    const struct bytes key = bytes_of(&child, sizeof child);
    const struct entry one = entry_of(1, 1);
    struct bytes value;
    uint8_t sealed[PEPPER_SEAL_SIZE + ENTRY_SIZE];
    struct store_txn *txn = begin(true);
    store_put(txn, child, &one);
    cr_assert(store_raw_get(txn, STORE_CHILDREN, key, &value));
    cr_assert_eq(value.len, sizeof sealed);
    memcpy(sealed, value.data, sizeof sealed);
    assert_ok(store_end(txn, true));
    for (size_t bit = 0; bit < sizeof sealed * 8; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        txn = begin(true);
        store_raw_put(txn, STORE_CHILDREN, key, bytes_of(sealed, sizeof sealed));
        assert_ok(store_error(txn));
        cr_assert_eq(store_get(txn, child).count, 0);
        assert_refused(store_end(txn, true), ERR_CORRUPT, "seal");
        sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t len = 0; len < sizeof sealed; len++) {
        txn = begin(true);
        store_raw_put(txn, STORE_CHILDREN, key, bytes_of(sealed, len));
        cr_assert_eq(store_get(txn, child).count, 0);
        assert_refused(store_end(txn, true), ERR_CORRUPT, "length");
    }
}

Test(store, takes_no_row_under_another_key) {
    const uint64_t child = 5;
    const uint64_t other = 6;
    const struct entry one = entry_of(1, 1);
    struct bytes value;
    uint8_t sealed[PEPPER_SEAL_SIZE + ENTRY_SIZE];
    struct store_txn *txn = begin(true);
    store_put(txn, child, &one);
    cr_assert(store_raw_get(txn, STORE_CHILDREN, bytes_of(&child, sizeof child), &value));
    memcpy(sealed, value.data, sizeof sealed);
    store_raw_put(txn, STORE_CHILDREN, bytes_of(&other, sizeof other), bytes_of(sealed, sizeof sealed));
    cr_assert_eq(store_get(txn, other).count, 0);
    assert_refused(store_end(txn, false), ERR_CORRUPT, "seal");
}

Test(store, finds_rows_that_are_lost_added_or_exchanged) {
    const uint64_t victim = 7 * 0x9e3779b97f4a7c15;
    const uint64_t stranger = 99;
    const struct bytes key = bytes_of(&victim, sizeof victim);
    uint8_t value[PEPPER_SEAL_SIZE + ENTRY_SIZE] = {1};
    put_rows(1, 200);
    assert_ok(scrub());
    struct store_txn *txn = begin(true);
    store_raw_delete(txn, STORE_CHILDREN, key);
    assert_ok(store_end(txn, true));
    assert_refused(scrub(), ERR_CORRUPT, "199 keys of 200");
    txn = begin(true);
    store_raw_put(txn, STORE_CHILDREN, bytes_of(&stranger, sizeof stranger), bytes_of(value, sizeof value));
    assert_ok(store_end(txn, true));
    assert_refused(scrub(), ERR_CORRUPT, "200 keys of 200");
}

Test(store, finds_a_shield_that_was_lost_or_moved) {
    const uint8_t lost[9] = {SHIELD_RECORD, 0, 0, 0, 0, 0, 0, 0, 8};
    const uint8_t moved[9] = {SHIELD_NAME, 0, 0, 0, 0, 0, 0, 0, 8};
    const struct merkle applied = {0};
    const struct store_shield shield = {.number = 5, .time_ms = 6, .reference = "M-7"};
    struct bytes value;
    uint8_t sealed[64];
    struct store_txn *txn = begin(true);
    store_put_shield(txn, &shield);
    store_shield_add(txn, SHIELD_IDENTIFIER, 7, 5);
    store_shield_add(txn, SHIELD_RECORD, 8, 5);
    store_put_applied(txn, &applied, &beginning);
    assert_ok(store_end(txn, true));
    assert_ok(scrub());
    txn = begin(true);
    cr_assert(store_raw_get(txn, STORE_SHIELDS, bytes_of(lost, sizeof lost), &value));
    const struct bytes whole = bytes_of(sealed, value.len);
    memcpy(sealed, value.data, value.len);
    store_raw_delete(txn, STORE_SHIELDS, bytes_of(lost, sizeof lost));
    assert_ok(store_end(txn, true));
    assert_refused(scrub(), ERR_CORRUPT, "shields");
    txn = begin(true);
    store_raw_put(txn, STORE_SHIELDS, bytes_of(moved, sizeof moved), whole);
    assert_ok(store_end(txn, true));
    assert_refused(scrub(), ERR_CORRUPT, "seal");
}

Test(store, keeps_the_shields_over_a_tag_in_order_and_forgets_them_one_by_one) {
    uint64_t numbers[4] = {0};
    struct store_state before = state_now();
    const struct merkle applied = {0};
    struct store_txn *txn = begin(true);
    store_shield_add(txn, SHIELD_RECORD, 8, 9);
    store_shield_add(txn, SHIELD_RECORD, 8, 5);
    store_shield_add(txn, SHIELD_RECORD, 8, 9);
    cr_assert_eq(store_shields_of(txn, SHIELD_RECORD, 8, numbers, 4), 2);
    cr_assert_eq(numbers[0], 5);
    cr_assert_eq(numbers[1], 9);
    cr_assert(store_shielded(txn, SHIELD_RECORD, 8));
    cr_assert_not(store_shielded(txn, SHIELD_IDENTIFIER, 8));
    store_shield_drop(txn, SHIELD_RECORD, 8, 5);
    store_shield_drop(txn, SHIELD_RECORD, 8, 77);
    cr_assert(store_shielded(txn, SHIELD_RECORD, 8));
    store_shield_drop(txn, SHIELD_RECORD, 8, 9);
    cr_assert_not(store_shielded(txn, SHIELD_RECORD, 8));
    store_put_applied(txn, &applied, &beginning);
    assert_ok(store_end(txn, true));
    cr_assert_arr_eq(state_now().shield_sum, before.shield_sum, STORE_SUM_SIZE);
    assert_ok(scrub());
}

Test(store, finds_a_changed_key) {
    const uint64_t victim = 7 * 0x9e3779b97f4a7c15;
    const uint64_t changed = victim ^ 1;
    struct bytes value;
    uint8_t sealed[PEPPER_SEAL_SIZE + ENTRY_SIZE];
    put_rows(1, 200);
    struct store_txn *txn = begin(true);
    cr_assert(store_raw_get(txn, STORE_CHILDREN, bytes_of(&victim, sizeof victim), &value));
    memcpy(sealed, value.data, sizeof sealed);
    store_raw_delete(txn, STORE_CHILDREN, bytes_of(&victim, sizeof victim));
    store_raw_put(txn, STORE_CHILDREN, bytes_of(&changed, sizeof changed), bytes_of(sealed, sizeof sealed));
    assert_ok(store_end(txn, true));
    assert_refused(scrub(), ERR_CORRUPT, "rows");
}

Test(store, takes_no_damaged_state_identity_or_day_for_one) {
    static const char *const keys[] = {"state", "identity"};
    const struct store_identity identity = {.epoch = 7, .scheme = "demo"};
    struct store_txn *txn = begin(true);
    store_put_identity(txn, &identity);
    assert_ok(store_end(txn, true));
    for (size_t i = 0; i < 2; i++) {
        struct bytes value;
        uint8_t sealed[4096];
        txn = begin(true);
        cr_assert(store_raw_get(txn, STORE_META, bytes_str(keys[i]), &value));
        const struct bytes whole = bytes_of(sealed, value.len);
        memcpy(sealed, value.data, value.len);
        assert_ok(store_end(txn, false));
        for (size_t bit = 0; bit < whole.len * 8; bit++) {
            struct store_identity back;
            struct store_state state;
            sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
            txn = begin(true);
            store_raw_put(txn, STORE_META, bytes_str(keys[i]), whole);
            assert_ok(store_error(txn));
            txn->write = false; // so that the state is read, and not what the transaction knows
            store_get_state(txn, &state);
            store_get_identity(txn, &back);
            txn->write = true;
            assert_refused(store_end(txn, false), ERR_CORRUPT, "seal");
            sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

// ---- shortage and failure

Test(store, refuses_what_does_not_fit_the_map_and_keeps_the_rest) {
    enum { LARGE = 8 * 1024 * 1024 };
    uint8_t *large = calloc(1, LARGE);
    struct store_space space;
    err_t err = OK;
    uint64_t rows = 0;
    put_rows(1, 200);
    while (err == OK) {
        const struct bytes key = bytes_of(&rows, sizeof rows);
        struct store_txn *txn = begin(true);
        store_raw_put(txn, STORE_META, key, bytes_of(large, LARGE));
        err = store_end(txn, true);
        rows += err == OK ? 1 : 0;
    }
    assert_refused(err, ERR_FULL, "map_size_gib");
    assert_ok(store_space(store, &space));
    cr_assert_eq(space.size, MAP_SIZE);
    cr_assert_gt(space.used, rows * LARGE);
    cr_assert_gt(space.used, space.size); // the reserve too
    cr_assert_eq(state_now().keys, 200);
    assert_ok(scrub());
    assert_ok(store_reopen(store));
    cr_assert_eq(state_now().keys, 200);
    free(large);
}

static int failing_commit(void) {
    return EIO;
}

Test(store, tells_when_a_commit_fails_and_works_again_when_opened_anew) {
    const struct entry one = entry_of(1, 1);
    const struct faults usual = faults;
    faults.commit = failing_commit;
    struct store_txn *txn = begin(true);
    store_put(txn, 5, &one);
    assert_refused(store_end(txn, true), ERR_IO, "commit");
    txn = begin(false); // reading commits nothing, and does not fail
    assert_ok(store_end(txn, true));
    faults = usual;
    assert_ok(store_reopen(store));
    cr_assert_eq(state_now().keys, 0);
    put_rows(1, 1);
    cr_assert_eq(state_now().keys, 1);
}

static void *read_on(void *ctx) {
    for (int i = 0; i < 2000; i++) {
        struct store_txn *txn = begin(false);
        (void)store_get(txn, 7 * 0x9e3779b97f4a7c15).count;
        assert_ok(store_end(txn, false));
    }
    return ctx;
}

Test(store, is_opened_anew_while_others_read) {
    pthread_t thread;
    put_rows(1, 20);
    cr_assert_eq(pthread_create(&thread, NULL, read_on, NULL), 0);
    for (int i = 0; i < 20; i++) {
        assert_ok(store_reopen(store));
    }
    (void)pthread_join(thread, NULL);
    cr_assert_eq(state_now().keys, 20);
}
