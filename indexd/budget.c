// SPDX-License-Identifier: Apache-2.0
#include "indexd/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "indexd/blocks.h"

#define SECONDS_A_DAY 86400

struct charge {
    struct account *account;
    struct counts adds;
};

struct block { // put in the slice in hand
    struct account *account;
    bool blocked;
};

struct budget {
    struct accounts *accounts;
    int64_t now_s;
    int64_t day; // of the records that are counted
    struct journal_place day_from;
    struct charge *charges; // of the slice in hand
    size_t charge_count, charge_cap;
    struct block *blocks; // likewise
    size_t block_count, block_cap;
};

err_t budget_new(struct budget **out) {
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
        free(budget->charges);
        free(budget->blocks);
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

// ---- slices

static void begin_day(struct budget *budget, int64_t day, const struct journal_place *place) {
    if (day > budget->day) {
        budget->day = day;
        budget->day_from = *place;
        accounts_drop_old(budget->accounts);
    }
}

void budget_begin(struct budget *budget, int64_t now_ms) {
    budget->now_s = accounts_now(budget->accounts, now_ms / 1000);
    budget->charge_count = 0;
    budget->block_count = 0;
}

void budget_note_batch(struct budget *budget, const struct journal_place *place) {
    begin_day(budget, budget->now_s / SECONDS_A_DAY, place);
}

// The caps count anew for whom an administrator unblocks: otherwise the next question would block again.
static void set_blocked(struct account *account, bool blocked) {
    static const enum limit caps[] = {LIMIT_QUESTIONS_DAY, LIMIT_NO_DAY, LIMIT_UNREGISTERED_DAY};
    account->blocked = blocked;
    for (size_t i = 0; !blocked && i < sizeof caps / sizeof caps[0]; i++) {
        account->used.of[caps[i]] = 0;
    }
}

void budget_commit(struct budget *budget) {
    for (size_t i = 0; i < budget->block_count; i++) {
        set_blocked(budget->blocks[i].account, budget->blocks[i].blocked);
    }
    budget->charge_count = 0;
    budget->block_count = 0;
}

void budget_rollback(struct budget *budget) {
    for (size_t i = 0; i < budget->charge_count; i++) {
        account_take_back(budget->charges[i].account, &budget->charges[i].adds);
    }
    budget->charge_count = 0;
    budget->block_count = 0;
}

void budget_put_day(const struct budget *budget, struct store_txn *txn) {
    store_put_day(txn, budget->day, &budget->day_from);
}

static err_t charge(struct budget *budget, struct account *account, const struct counts *adds) {
    err_t err = grow((void **)&budget->charges, budget->charge_count, &budget->charge_cap, sizeof budget->charges[0]);
    if (err == OK) {
        budget->charges[budget->charge_count++] = (struct charge){account, *adds};
        account_add(account, adds);
    }
    return err;
}

// ---- questions

struct asker { // the agency, and the person where one is named
    struct account *accounts[2];
    size_t count;
};

static err_t find_asker(struct budget *budget, const char *agency, const char *person, struct asker *out) {
    char name[ACCOUNT_NAME_SIZE];
    *out = (struct asker){0};
    account_name(agency, "", name);
    err_t err = accounts_get(budget->accounts, name, &out->accounts[0]);
    out->count = 1;
    if (err == OK && person[0] != '\0') {
        account_name(agency, person, name);
        err = accounts_get(budget->accounts, name, &out->accounts[1]);
        out->count = 2;
    }
    return err;
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
        const struct account *account = asker->accounts[i];
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
        if (limits->of[LIMIT_RESERVE_DAY] == 0 || account_over(asker->accounts[i], limits, &adds, &over)) {
            return false;
        }
    }
    return purpose == PURPOSE_SECTION_47;
}

err_t budget_ask(struct budget *budget, const struct engine_actor *actor, enum purpose purpose, size_t children,
                 bool *out_reserve, struct refusal *out_refusal) {
    struct asker asker;
    struct refusal refusal;
    err_t err = find_asker(budget, actor->agency, actor->person, &asker);
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

err_t budget_charge(struct budget *budget, const char *agency, const char *person, const struct question_cost *cost) {
    const struct counts adds = counts_of(cost);
    struct asker asker;
    err_t err = cost->children == 0 ? OK : find_asker(budget, agency, person, &asker);
    for (size_t i = 0; err == OK && cost->children > 0 && i < asker.count; i++) {
        err = charge(budget, asker.accounts[i], &adds);
    }
    return err;
}

// ---- blocks

err_t budget_put_block(struct budget *budget, const struct record *record) {
    struct account *account = NULL;
    err_t err = accounts_get(budget->accounts, record->texts[0], &account);
    err = err != OK ? err
                    : grow((void **)&budget->blocks, budget->block_count, &budget->block_cap, sizeof budget->blocks[0]);
    if (err == OK) {
        budget->blocks[budget->block_count++] = (struct block){account, block_is_set(record)};
    }
    return err;
}

// ---- the start

static void load_block(const char *name, const struct block_facts *facts, void *ctx) {
    struct budget *budget = ctx;
    struct account *account = NULL;
    (void)facts;
    if (accounts_get(budget->accounts, name, &account) == OK) {
        account->blocked = true;
    }
}

void budget_load_blocks(struct budget *budget, struct store_txn *txn) {
    store_each_block(txn, load_block, budget);
}

static err_t recall_question(struct budget *budget, const struct record *record) {
    struct question_cost cost = {
        .children = record->units, .unregistered = record->unregistered, .reserve = record->reserve};
    for (size_t i = 0; i < record->count; i++) {
        cost.no += record->children[i].answer == ANSWER_NO ? 1 : 0;
    }
    err_t err = budget_charge(budget, record->agency, record->person, &cost);
    budget->charge_count = 0; // it stands
    return err;
}

static err_t recall_block(struct budget *budget, const struct record *record) {
    struct account *account = NULL;
    err_t err = accounts_get(budget->accounts, record->texts[0], &account);
    if (err == OK) {
        set_blocked(account, block_is_set(record));
    }
    return err;
}

err_t budget_recall(struct budget *budget, const struct record *record, const struct journal_place *place) {
    budget->now_s = accounts_now(budget->accounts, record->time_ms / 1000);
    begin_day(budget, budget->now_s / SECONDS_A_DAY, place);
    if (record->kind == RECORD_QUESTION) {
        return recall_question(budget, record);
    }
    return record->kind == RECORD_BLOCK ? recall_block(budget, record) : OK;
}
