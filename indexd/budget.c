// SPDX-License-Identifier: Apache-2.0
#include "indexd/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "indexd/blocks.h"
#include "indexd/counts.h"

#define SECONDS_AN_HOUR 3600
#define HOURS_A_DAY 24

struct touched { // in the slice in hand
    struct account *account;
    struct account before;
};

struct budget {
    struct accounts *accounts;
    _Atomic int64_t latest_s; // of the records that counted for somebody
    struct journal_place day_from;
    struct account **unsaved; // `saved` is 1
    size_t unsaved_count, unsaved_cap;
    // The slice in hand.
    int64_t now_s;
    bool placed;                // it has records ...
    struct journal_place place; // ... from here on
    struct touched *touched;    // in order
    size_t touched_count, touched_cap, unsaved_before;
};

static err_t budget_new(struct budget **out) {
    struct budget *budget = calloc(1, sizeof *budget);
    if (budget == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    err_t err = accounts_new(&budget->accounts);
    if (err != OK) {
        budget_free(budget);
        return err;
    }
    *out = budget;
    return OK;
}

void budget_free(struct budget *budget) {
    if (budget != NULL) {
        accounts_free(budget->accounts);
        free(budget->unsaved);
        free(budget->touched);
        free(budget);
    }
}

// Room for one more.
static err_t grow(void **items, size_t count, size_t *cap, size_t size) {
    if (count < *cap) {
        return OK;
    }
    const size_t more = *cap == 0 ? 64 : *cap * 2;
    void *grown = reallocarray(*items, more, size);
    if (grown == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    *items = grown;
    *cap = more;
    return OK;
}

int64_t budget_counts_at(const struct budget *budget) {
    return budget->latest_s;
}

// ---- slices

static int64_t hour_of(int64_t time_s) {
    return time_s / SECONDS_AN_HOUR;
}

static int64_t day_of(int64_t time_s) {
    return hour_of(time_s) / HOURS_A_DAY;
}

// What counts nothing moves no time: at a time at which nobody is let in, a clock that is wrong takes no day away.
static bool counts(const struct budget *budget) {
    return budget->placed && budget->touched_count > 0;
}

static bool begins_day(const struct budget *budget) {
    return counts(budget) && day_of(budget->now_s) > day_of(budget->latest_s);
}

void budget_begin(struct budget *budget, int64_t now_ms) {
    const int64_t now_s = now_ms / 1000;
    budget->now_s = now_s > budget->latest_s ? now_s : budget->latest_s;
    budget->placed = false;
    budget->touched_count = 0;
    budget->unsaved_before = budget->unsaved_count;
}

void budget_note_batch(struct budget *budget, const struct journal_place *place) {
    budget->placed = true;
    budget->place = *place;
}

// What was not saved of an earlier day need not be.
static void begin_day(struct budget *budget) {
    const int64_t day = day_of(budget->now_s);
    size_t count = 0;
    for (size_t i = 0; i < budget->unsaved_count; i++) {
        struct account *account = budget->unsaved[i];
        account->saved = account->day == day ? 1 : 0;
        if (account->saved == 1) {
            budget->unsaved[count++] = account;
        }
    }
    budget->unsaved_count = count;
    budget->day_from = budget->place;
    accounts_drop_old(budget->accounts, day);
}

void budget_commit(struct budget *budget) {
    if (begins_day(budget)) {
        begin_day(budget);
    }
    budget->latest_s = counts(budget) ? budget->now_s : budget->latest_s;
    budget->placed = false;
    budget->touched_count = 0;
}

void budget_rollback(struct budget *budget) {
    while (budget->touched_count > 0) {
        const struct touched *touched = &budget->touched[--budget->touched_count];
        *touched->account = touched->before;
    }
    budget->unsaved_count = budget->unsaved_before;
    budget->placed = false;
}

// Rows of an earlier day went, or go now; what is unsaved of it is passed over.
void budget_save(const struct budget *budget, struct store_txn *txn) {
    const int64_t now_s = counts(budget) ? budget->now_s : budget->latest_s;
    struct store_state state = {0};
    store_get_state(txn, &state);
    if (day_of(now_s) > state.hour / HOURS_A_DAY) {
        store_clear_counts(txn);
    }
    for (size_t i = 0; i < budget->unsaved_count; i++) {
        if (budget->unsaved[i]->day == day_of(now_s)) {
            store_put_counts(txn, budget->unsaved[i]);
        }
    }
    store_put_hour(txn, hour_of(now_s), begins_day(budget) ? &budget->place : &budget->day_from);
}

void budget_saved(struct budget *budget) {
    for (size_t i = 0; i < budget->unsaved_count; i++) {
        budget->unsaved[i]->saved = 0;
    }
    budget->unsaved_count = 0;
}

size_t budget_unsaved(const struct budget *budget) {
    return budget->unsaved_count;
}

// An account as it stands now, to be changed by a record of the slice.
static err_t touch(struct budget *budget, const char *name, struct account **out) {
    struct account *account = NULL;
    err_t err = accounts_find(budget->accounts, name, &account);
    if (err == OK) {
        err = grow((void **)&budget->touched, budget->touched_count, &budget->touched_cap, sizeof budget->touched[0]);
    }
    if (err == OK) {
        err = grow((void **)&budget->unsaved, budget->unsaved_count, &budget->unsaved_cap, sizeof(struct account *));
    }
    if (err != OK) {
        return err;
    }
    budget->touched[budget->touched_count++] = (struct touched){account, *account};
    account_turn(account, budget->now_s);
    if (account->saved == 0) {
        account->saved = 1;
        budget->unsaved[budget->unsaved_count++] = account;
    }
    *out = account;
    return OK;
}

// ---- questions

struct asker { // the agency, and the person where one is named, as they stand now
    struct account accounts[2];
    size_t count;
};

// Who only asks changes nothing.
static err_t look_at(const struct budget *budget, const char *agency, const char *person, struct account *out) {
    char name[ACCOUNT_NAME_SIZE];
    struct account *account = NULL;
    account_name(agency, person, name);
    err_t err = accounts_find(budget->accounts, name, &account);
    if (err == OK) {
        *out = *account;
        account_turn(out, budget->now_s);
    }
    return err;
}

static err_t find_asker(const struct budget *budget, const struct engine_actor *actor, struct asker *out) {
    out->count = actor->person[0] == '\0' ? 1 : 2;
    err_t err = look_at(budget, actor->agency, "", &out->accounts[0]);
    return err == OK && out->count == 2 ? look_at(budget, actor->agency, actor->person, &out->accounts[1]) : err;
}

static struct counts counts_of(const struct question_cost *cost) {
    return (struct counts){.of = {[LIMIT_CHILDREN_HOUR] = cost->children,
                                  [LIMIT_CHILDREN_DAY] = cost->children,
                                  [LIMIT_QUESTIONS_DAY] = cost->children > 0 ? 1 : 0,
                                  [LIMIT_NO_DAY] = cost->no,
                                  [LIMIT_UNREGISTERED_DAY] = cost->unregistered,
                                  [LIMIT_RESERVE_DAY] = cost->reserve ? cost->children : 0}};
}

static const struct limits *limits_of(const struct engine_actor *actor, size_t account) {
    return account == 0 ? &actor->agency_limits : &actor->person_limits;
}

// What the limits are called in a refusal, and whether going beyond them blocks.
static const struct {
    const char *words;
    bool blocks;
} limit_words[LIMIT_COUNT] = {
    [LIMIT_CHILDREN_HOUR] = {"children in an hour", false},
    [LIMIT_CHILDREN_DAY] = {"children in a day", false},
    [LIMIT_QUESTIONS_DAY] = {"questions in a day", true},
    [LIMIT_NO_DAY] = {"answers \"no\" in a day", true},
    [LIMIT_UNREGISTERED_DAY] = {"children in a day of whom the agency has no record", true},
    [LIMIT_RESERVE_DAY] = {"children in a day beyond the limits, for section 47", false},
    [LIMIT_ELEMENTS_HOUR] = {"elements in an hour", false},
    [LIMIT_ELEMENTS_DAY] = {"elements in a day", false},
};

static const char *whose(const struct account *account) {
    return strchr(account->name, ':') == NULL ? "agency" : "person";
}

static void refuse_blocked(const struct account *account, struct refusal *out) {
    *out = (struct refusal){0};
    (void)snprintf(out->detail, sizeof out->detail,
                   "this %s was blocked at a daily cap, until an administrator unblocks: only section-47 questions are "
                   "answered, a few a day",
                   whose(account));
}

static void refuse_over(const struct budget *budget, const struct account *account, enum limit over, uint32_t limit,
                        struct refusal *out) {
    const uint32_t used = account->used.of[over];
    if (limit_words[over].blocks && used >= limit) {
        refuse_blocked(account, out);
        (void)snprintf(out->block, sizeof out->block, "%s", account->name);
        (void)snprintf(out->why, sizeof out->why, "cap of %u %s", limit, limit_words[over].words);
        return;
    }
    char when[CLOCK_TEXT_SIZE];
    *out = (struct refusal){.retry_at_s = limit_until(over, budget->now_s)};
    clock_format(out->retry_at_s, when);
    (void)snprintf(out->detail, sizeof out->detail, "this %s's limit is %u %s, and %u are left; come back at %s",
                   whose(account), limit, limit_words[over].words, used < limit ? limit - used : 0, when);
}

// The first account that may not ask, or false.
static bool find_refusal(const struct budget *budget, const struct engine_actor *actor, const struct asker *asker,
                         uint32_t children, struct refusal *out) {
    const struct question_cost all = {.children = children, .no = children, .unregistered = children};
    const struct counts worst = counts_of(&all);
    for (size_t i = 0; i < asker->count; i++) {
        const struct account *account = &asker->accounts[i];
        enum limit over;
        if (account->blocked) {
            refuse_blocked(account, out);
            return true;
        }
        if (account_over(account, limits_of(actor, i), &worst, &over)) {
            refuse_over(budget, account, over, limits_of(actor, i)->of[over], out);
            return true;
        }
    }
    return false;
}

// A child may be in danger now: a few are answered all the same, and each is alerted.
static bool has_reserve(const struct engine_actor *actor, enum purpose purpose, const struct asker *asker,
                        uint32_t children) {
    const struct counts adds = {.of = {[LIMIT_RESERVE_DAY] = children}};
    for (size_t i = 0; i < asker->count; i++) {
        const struct limits *limits = limits_of(actor, i);
        enum limit over;
        if (limits->of[LIMIT_RESERVE_DAY] == 0 || account_over(&asker->accounts[i], limits, &adds, &over)) {
            return false;
        }
    }
    return purpose == PURPOSE_SECTION_47;
}

err_t budget_ask(struct budget *budget, const struct engine_actor *actor, enum purpose purpose, size_t children,
                 bool *out_reserve, struct refusal *out_refusal) {
    struct asker asker;
    struct refusal refusal;
    err_t err = find_asker(budget, actor, &asker);
    if (err != OK) {
        return err;
    }
    const bool refused = children > 0 && find_refusal(budget, actor, &asker, (uint32_t)children, &refusal);
    if (refused && !has_reserve(actor, purpose, &asker, (uint32_t)children)) {
        *out_refusal = refusal;
        return err_set(ERR_BUDGET, "%s", refusal.detail);
    }
    *out_reserve = refused;
    return OK;
}

static err_t charge(struct budget *budget, const char *agency, const char *person, const struct counts *adds) {
    char name[ACCOUNT_NAME_SIZE];
    struct account *account = NULL;
    account_name(agency, person, name);
    err_t err = touch(budget, name, &account);
    if (err == OK) {
        account_add(account, adds);
    }
    return err;
}

err_t budget_charge(struct budget *budget, const char *agency, const char *person, const struct question_cost *cost) {
    const struct counts adds = counts_of(cost);
    err_t err = cost->children == 0 ? OK : charge(budget, agency, "", &adds);
    return err == OK && cost->children > 0 && person[0] != '\0' ? charge(budget, agency, person, &adds) : err;
}

// ---- blocks

// The caps count anew for whom an administrator unblocks: otherwise the next question would block again.
err_t budget_put_block(struct budget *budget, const struct record *record) {
    static const enum limit caps[] = {LIMIT_QUESTIONS_DAY, LIMIT_NO_DAY, LIMIT_UNREGISTERED_DAY};
    struct account *account = NULL;
    err_t err = touch(budget, record->texts[0], &account);
    if (err != OK) {
        return err;
    }
    account->blocked = block_is_set(record);
    for (size_t i = 0; !account->blocked && i < sizeof caps / sizeof caps[0]; i++) {
        account->used.of[caps[i]] = 0;
    }
    return OK;
}

// ---- the start

struct loading {
    struct budget *budget;
    err_t err;
};

static void load_counts(void *ctx, const struct account *account) {
    struct loading *loading = ctx;
    struct account *made = NULL;
    if (loading->err == OK) {
        loading->err = accounts_find(loading->budget->accounts, account->name, &made);
    }
    if (loading->err == OK) {
        *made = *account;
    }
}

static void load_block(const char *name, const struct block_facts *facts, void *ctx) {
    struct loading *loading = ctx;
    struct account *account = NULL;
    (void)facts;
    if (loading->err == OK) {
        loading->err = accounts_find(loading->budget->accounts, name, &account);
    }
    if (loading->err == OK) {
        account->blocked = true;
    }
}

static void load(struct budget *budget, struct store_txn *txn) {
    struct loading loading = {.budget = budget};
    struct store_state state = {0};
    store_get_state(txn, &state);
    budget->latest_s = state.hour * SECONDS_AN_HOUR;
    budget->day_from = state.day_from;
    store_each_counts(txn, load_counts, &loading);
    store_each_block(txn, load_block, &loading);
    if (loading.err != OK) {
        store_fail(txn, loading.err);
    }
}

err_t budget_load(struct store *store, struct budget **out) {
    struct budget *budget = NULL;
    struct store_txn *txn = NULL;
    err_t err = budget_new(&budget);
    if (err == OK) {
        err = store_begin(store, false, &txn);
    }
    if (err == OK) {
        load(budget, txn);
        err = store_end(txn, false);
    }
    if (err != OK) {
        budget_free(budget);
        return err;
    }
    *out = budget;
    return OK;
}

// ---- replaying

static err_t recall_question(struct budget *budget, const struct record *record) {
    struct question_cost cost = {
        .children = record->units, .unregistered = record->unregistered, .reserve = record->reserve};
    for (size_t i = 0; i < record->count; i++) {
        cost.no += record->children[i].answer == ANSWER_NO ? 1 : 0;
    }
    return budget_charge(budget, record->agency, record->person, &cost);
}

err_t budget_recall(struct budget *budget, const struct record *record, const struct journal_place *place) {
    err_t err = OK;
    budget_begin(budget, record->time_ms);
    budget_note_batch(budget, place);
    if (record->kind == RECORD_QUESTION) {
        err = recall_question(budget, record);
    } else if (record->kind == RECORD_BLOCK) {
        err = budget_put_block(budget, record);
    }
    if (err == OK) {
        budget_commit(budget);
    }
    return err;
}
