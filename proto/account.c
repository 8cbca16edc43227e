// SPDX-License-Identifier: Apache-2.0
#include "proto/account.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_AN_HOUR 3600
#define SECONDS_A_DAY 86400

struct accounts {
    void *tree; // of tsearch, by name
    size_t count;
    int64_t now_s; // the latest
};

static const bool counted_by_hour[LIMIT_COUNT] = {[LIMIT_CHILDREN_HOUR] = true, [LIMIT_ELEMENTS_HOUR] = true};

static int compare(const void *a, const void *b) {
    const struct account *left = a;
    const struct account *right = b;
    return strcmp(left->name, right->name);
}

err_t accounts_new(struct accounts **out) {
    struct accounts *accounts = calloc(1, sizeof *accounts);
    if (accounts == NULL) {
        return err_set(ERR_MEMORY, "no memory for the accounts");
    }
    *out = accounts;
    return OK;
}

void accounts_free(struct accounts *accounts) {
    if (accounts != NULL) {
        tdestroy(accounts->tree, free);
        free(accounts);
    }
}

void account_name(const char *agency, const char *person, char out[ACCOUNT_NAME_SIZE]) {
    (void)snprintf(out, ACCOUNT_NAME_SIZE, "%.*s%s%.*s", MAX_ID, agency, person[0] == '\0' ? "" : ":", MAX_ID, person);
}

void account_urn(const char *name, const char *scheme, struct urn *out) {
    const char *colon = strchr(name, ':');
    const size_t len = colon == NULL ? strlen(name) : (size_t)(colon - name);
    *out = (struct urn){.kind = colon == NULL ? URN_AGENCY : URN_PERSON};
    (void)snprintf(out->scheme, sizeof out->scheme, "%s", scheme);
    (void)snprintf(out->id, sizeof out->id, "%.*s", (int)len, name);
    (void)snprintf(out->person, sizeof out->person, "%s", colon == NULL ? "" : colon + 1);
}

int64_t accounts_now(struct accounts *accounts, int64_t now_s) {
    accounts->now_s = now_s > accounts->now_s ? now_s : accounts->now_s;
    return accounts->now_s;
}

void account_turn(struct account *account, int64_t now_s) {
    const int64_t hour = now_s / SECONDS_AN_HOUR;
    const int64_t day = now_s / SECONDS_A_DAY;
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        if (counted_by_hour[i] ? hour > account->hour : day > account->day) {
            account->used.of[i] = 0;
        }
    }
    account->hour = hour;
    account->day = day;
}

err_t accounts_find(struct accounts *accounts, const char *name, struct account **out) {
    struct account wanted;
    (void)snprintf(wanted.name, sizeof wanted.name, "%s", name);
    struct account **found = (struct account **)tfind(&wanted, &accounts->tree, compare);
    if (found == NULL) {
        struct account *made = calloc(1, sizeof *made);
        if (made != NULL) {
            memcpy(made->name, wanted.name, sizeof made->name);
            found = (struct account **)tsearch(made, &accounts->tree, compare);
        }
        if (found == NULL) {
            free(made);
            return err_set(ERR_MEMORY, "no memory for an account");
        }
        accounts->count++;
    }
    *out = *found;
    return OK;
}

err_t accounts_get(struct accounts *accounts, const char *name, struct account **out) {
    err_t err = accounts_find(accounts, name, out);
    if (err == OK) {
        account_turn(*out, accounts->now_s);
    }
    return err;
}

bool account_over(const struct account *account, const struct limits *limits, const struct counts *adds,
                  enum limit *out) {
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        const uint64_t used = (uint64_t)account->used.of[i] + adds->of[i];
        if (limits->of[i] != 0 && adds->of[i] != 0 && used > limits->of[i]) {
            *out = (enum limit)i;
            return true;
        }
    }
    return false;
}

void account_add(struct account *account, const struct counts *adds) {
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        const uint64_t used = (uint64_t)account->used.of[i] + adds->of[i];
        account->used.of[i] = used > UINT32_MAX ? UINT32_MAX : (uint32_t)used;
    }
}

int64_t limit_until(enum limit limit, int64_t now_s) {
    const int64_t length = counted_by_hour[limit] ? SECONDS_AN_HOUR : SECONDS_A_DAY;
    return (now_s / length + 1) * length;
}

struct walk {
    void (*each)(struct account *account, void *ctx);
    void *ctx;
};

static void visit(const void *node, VISIT which, void *closure) {
    const struct walk *walk = closure;
    if (which == postorder || which == leaf) {
        walk->each(*(struct account *const *)node, walk->ctx);
    }
}

void accounts_each(struct accounts *accounts, void (*each)(struct account *account, void *ctx), void *ctx) {
    struct walk walk = {each, ctx};
    twalk_r(accounts->tree, visit, &walk);
}

struct old {
    struct account **items;
    size_t count;
    int64_t day;
};

static void note_old(struct account *account, void *ctx) {
    struct old *old = ctx;
    if (account->day < old->day && !account->blocked) {
        old->items[old->count++] = account;
    }
}

void accounts_drop_old(struct accounts *accounts, int64_t day) {
    struct old old = {.items = calloc(accounts->count + 1, sizeof(struct account *)), .day = day};
    if (old.items == NULL) {
        return; // they stay until the next time
    }
    accounts_each(accounts, note_old, &old);
    for (size_t i = 0; i < old.count; i++) {
        (void)tdelete(old.items[i], &accounts->tree, compare);
        free(old.items[i]);
        accounts->count--;
    }
    free(old.items);
}
