// SPDX-License-Identifier: Apache-2.0
// What was asked stands in the store as the journal says, whatever happened: beside a slow second model that adds up
// the records of a stopped index.
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexd/blocks.h"
#include "indexd/counts.h"
#include "indexd/engine.h"
#include "indexd/faults.h"
#include "indexd/job.h"
#include "indexd/pepper.h"
#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"
#include "tests/indexd/inside.h"

#define HOUR_MS 3600000
#define ACCOUNTS_MAX 16

static struct fixture *fixture;

static void start(void) {
    fixture = fixture_new();
}

static void end(void) {
    fixture_end(fixture);
}

TestSuite(counts, .init = start, .fini = end);

// ---- the model

struct model {
    struct account items[ACCOUNTS_MAX];
    size_t count;
    int64_t latest_ms;
};

static struct account *find(struct model *model, const char *name) {
    for (size_t i = 0; i < model->count; i++) {
        if (strcmp(model->items[i].name, name) == 0) {
            return &model->items[i];
        }
    }
    struct account *made = &model->items[model->count++];
    cr_assert_leq(model->count, ACCOUNTS_MAX);
    *made = (struct account){0};
    (void)snprintf(made->name, sizeof made->name, "%s", name);
    return made;
}

// Counts of hours and days before the record's are gone.
static struct account *turned(struct model *model, const char *name) {
    struct account *account = find(model, name);
    const int64_t hour = model->latest_ms / HOUR_MS;
    if (hour / 24 != account->hour / 24) {
        memset(&account->used, 0, sizeof account->used);
    }
    if (hour != account->hour) {
        account->used.of[LIMIT_CHILDREN_HOUR] = 0;
    }
    account->hour = hour;
    return account;
}

static void add(struct model *model, const char *name, const struct record *record) {
    struct counts *used = &turned(model, name)->used;
    used->of[LIMIT_CHILDREN_HOUR] += record->units;
    used->of[LIMIT_CHILDREN_DAY] += record->units;
    used->of[LIMIT_QUESTIONS_DAY]++;
    used->of[LIMIT_UNREGISTERED_DAY] += record->unregistered;
    used->of[LIMIT_RESERVE_DAY] += record->reserve ? record->units : 0;
    for (size_t i = 0; i < record->count; i++) {
        used->of[LIMIT_NO_DAY] += record->children[i].answer == ANSWER_NO ? 1 : 0;
    }
}

static void take(struct model *model, const struct record *record) {
    char name[ACCOUNT_NAME_SIZE];
    model->latest_ms = record->time_ms > model->latest_ms ? record->time_ms : model->latest_ms;
    if (record->kind == RECORD_QUESTION && record->units > 0) {
        add(model, record->agency, record);
        account_name(record->agency, record->person, name);
        if (record->person[0] != '\0') {
            add(model, name, record);
        }
    } else if (record->kind == RECORD_BLOCK) {
        struct counts *used = &turned(model, record->texts[0])->used;
        if (!block_is_set(record)) {
            used->of[LIMIT_QUESTIONS_DAY] = used->of[LIMIT_NO_DAY] = used->of[LIMIT_UNREGISTERED_DAY] = 0;
        }
    }
}

static struct model model_of_journal(void) {
    struct model model = {0};
    struct records records = inside_records(fixture);
    for (size_t i = 0; i < records.count; i++) {
        take(&model, &records.items[i]);
    }
    inside_records_free(&records);
    return model;
}

// ---- the store

static void compare(void *ctx, const struct account *row) {
    struct model *model = ctx;
    const struct account *account = find(model, row->name);
    cr_expect_eq(row->hour, account->hour, "%s", row->name);
    cr_expect_arr_eq(&row->used, &account->used, sizeof row->used, "%s", row->name);
    find(model, row->name)->saved = 1;
}

static struct store *open_store(struct pepper **out_pepper) {
    struct store *store = NULL;
    assert_ok(pepper_load(fixture_path(fixture, "pepper"), out_pepper));
    assert_ok(store_open(fixture_path(fixture, STORE_FOLDER), fixture->settings.map_size, *out_pepper, &store));
    return store;
}

// The index is stopped.
static void assert_stands_as_recorded(void) {
    struct model model = model_of_journal();
    struct pepper *pepper = NULL;
    struct store *store = open_store(&pepper);
    struct store_txn *txn = NULL;
    const size_t known = model.count;
    assert_ok(store_begin(store, false, &txn));
    store_each_counts(txn, compare, &model);
    assert_ok(store_end(txn, false));
    cr_expect_eq(model.count, known, "a row of somebody who is in no record");
    for (size_t i = 0; i < known; i++) {
        const struct account *account = &model.items[i];
        bool today = account->hour / 24 == model.latest_ms / HOUR_MS / 24;
        cr_expect_eq(account->saved, today ? 1 : 0, "%s", account->name);
    }
    store_close(store);
    pepper_free(pepper);
}

// ---- what happens

static struct engine_actor actors[] = {{.agency = "north"},
                                       {.agency = "north", .person = "jo"},
                                       {.agency = "north", .person = "kim"},
                                       {.agency = "south"}};

static err_t asks(const struct engine_actor *actor, unsigned children) {
    struct token_set asked[4];
    for (unsigned i = 0; i < children; i++) {
        asked[i] = child_of(1 + i, 0, 0);
    }
    return ask_as(fixture->engine, actor, PURPOSE_SECTION_47, asked, children).err;
}

static void put_unblock(struct job *job, void *ctx) {
    struct record record = {.kind = RECORD_BLOCK, .texts = {"north:jo", BLOCK_LIFTED, "somebody"}};
    (void)ctx;
    job_put(job, &record);
}

// What a crash leaves: the files as they are while the index runs.
static void crash(void) {
    char command[6 * PATH_SIZE];
    (void)snprintf(command, sizeof command, "cp -a %s %s/copy", fixture->store, fixture->dir);
    cr_assert_eq(system(command), 0);
    fixture_close(fixture);
    (void)snprintf(command, sizeof command, "rm -r %s && mv %s/copy %s", fixture->store, fixture->dir, fixture->store);
    cr_assert_eq(system(command), 0);
    fixture_open(fixture);
}

static unsigned next_random(unsigned *state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

// A day goes by in about forty of these.
static void something_happens(unsigned *seed) {
    const unsigned value = next_random(seed) % 40;
    if (value < 24) {
        err_t err = asks(&actors[value % 4], 1 + value % 3);
        cr_assert(err == OK || err == ERR_BUDGET);
    } else if (value < 30) {
        const struct change change = change_of(ACTION_OPEN, value, child_of(value, 0, 0));
        assert_ok(submit_changes(fixture->engine, "south", &change, 1, value % 2 == 0).err);
    } else if (value < 32) {
        assert_ok(engine_run_job(fixture->engine, put_unblock, NULL));
    } else if (value < 37) {
        atomic_fetch_add(&fixture->now_ms, 5 * HOUR_MS);
    } else {
        atomic_fetch_add(&fixture->now_ms, -2 * HOUR_MS);
    }
}

Test(counts, stand_as_recorded_after_every_kind_of_end) {
    unsigned seed = 7;
    actors[1].person_limits.of[LIMIT_NO_DAY] = 9;
    actors[1].person_limits.of[LIMIT_RESERVE_DAY] = 5;
    actors[1].agency_limits.of[LIMIT_RESERVE_DAY] = 50;
    for (int life = 0; life < 40; life++) {
        for (unsigned i = next_random(&seed) % 12; i > 0; i--) {
            something_happens(&seed);
        }
        if (life % 2 == 0) {
            crash();
        }
        fixture_close(fixture);
        assert_stands_as_recorded();
        struct buf before = inside_rows(fixture);
        if (life % 5 == 0) {
            inside_empty_database(fixture);
            fixture_open(fixture);
            fixture_close(fixture);
            struct buf after = inside_rows(fixture);
            cr_assert(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
            buf_free(&after);
        }
        buf_free(&before);
        fixture_open(fixture);
    }
}

static atomic_int failing;

static ssize_t full_pwrite(int fd, const void *data, size_t len, off_t at) {
    if (atomic_load(&failing) != 0) {
        errno = ENOSPC;
        return -1;
    }
    return pwrite(fd, data, len, at);
}

Test(counts, leave_out_what_could_not_be_recorded) {
    struct engine_actor jo = {.agency = "north", .person = "jo"};
    jo.person_limits.of[LIMIT_CHILDREN_HOUR] = 6;
    assert_ok(asks(&jo, 4));
    faults.pwrite = full_pwrite;
    atomic_store(&failing, 1);
    cr_expect_eq(asks(&jo, 2), ERR_FULL);
    atomic_fetch_add(&fixture->now_ms, HOUR_MS);
    cr_expect_eq(asks(&jo, 2), ERR_FULL);
    atomic_store(&failing, 0);
    atomic_fetch_add(&fixture->now_ms, -HOUR_MS); // no record has seen the next hour
    cr_expect_eq(asks(&jo, 3), ERR_BUDGET);
    assert_ok(asks(&jo, 2));
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET);
    fixture_close(fixture);
    assert_stands_as_recorded();
}

static int broken_commit(void) {
    return atomic_load(&failing) != 0 ? EIO : 0;
}

Test(counts, stand_as_recorded_behind_a_commit_that_failed) {
    assert_ok(asks(&actors[2], 3));
    faults.commit = broken_commit;
    atomic_store(&failing, 1);
    const struct change change = change_of(ACTION_OPEN, 1, child_of(4, 0, 0));
    (void)submit_changes(fixture->engine, "south", &change, 1, true);
    atomic_store(&failing, 0);
    assert_ok(asks(&actors[2], 2));
    open_one(fixture->engine, "south", 2, child_of(5, 0, 0));
    fixture_close(fixture);
    assert_stands_as_recorded();
}

Test(counts, are_known_at_a_start_that_reads_nothing_else_of_the_day) {
    struct engine_actor jo = {.agency = "north", .person = "jo"};
    jo.person_limits.of[LIMIT_CHILDREN_DAY] = 4;
    assert_ok(asks(&jo, 3));
    open_one(fixture->engine, "south", 1, child_of(9, 0, 0));
    fixture_close(fixture);
    file_flip(fixture_path(fixture, "journal/2026-11.seg"), 8 * 100); // in the first record of the day
    fixture->settings.check_first = false;
    fixture_open(fixture);
    cr_expect_eq(asks(&jo, 2), ERR_BUDGET);
    assert_ok(asks(&jo, 1));
    assert_refused(engine_scrub(fixture->engine, NULL), ERR_CORRUPT, "journal");
}

Test(counts, are_refused_where_a_row_is_damaged) {
    struct pepper *pepper = NULL;
    struct store_txn *txn = NULL;
    assert_ok(asks(&actors[0], 3));
    fixture_close(fixture);
    struct store *store = open_store(&pepper);
    const struct account forged = {.name = "", .hour = 1};
    assert_ok(store_begin(store, true, &txn));
    store_put_counts(txn, &forged);
    assert_ok(store_end(txn, true));
    store_close(store);
    pepper_free(pepper);
    fixture_refuses_to_open(fixture, ERR_CORRUPT);
    cr_assert_not_null(strstr(err_detail(), "counts"));
}
