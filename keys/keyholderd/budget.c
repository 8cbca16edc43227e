// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/budget.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "proto/account.h"
#include "proto/count_line.h"

#define FILE_MAX_BYTES ((size_t)256 * 1024 * 1024)
#define BLOCK_LEAST 32
#define BLOCK_UNLIMITED 8192
#define SECONDS_A_DAY 86400

struct holder_budget {
    pthread_mutex_t lock;
    struct accounts *accounts;
    int fd;       // appended to
    off_t end;    // of the last whole line
    bool cut_off; // a failed write may have left half a line behind it
};

// ---- lines

static err_t line_take(struct holder_budget *budget, const struct count_line *line) {
    struct account *account = NULL;
    const int64_t time_s = line->hour * 3600;
    const bool late =
        accounts_now(budget->accounts, time_s) > time_s; // written after the clock was set back: not by us
    err_t err = accounts_get(budget->accounts, line->name, &account);
    if (err == OK && !late) {
        account->used.of[LIMIT_ELEMENTS_DAY] = (uint32_t)line->used_day;
        account->used.of[LIMIT_ELEMENTS_HOUR] = (uint32_t)line->used_hour;
        account->saved = (uint32_t)line->used_day;
    }
    return err;
}

// Takes all whole lines, and keeps those of the last days in `kept`.
static err_t lines_take(struct holder_budget *budget, char *text, struct buf *kept) {
    int64_t latest = 0;
    for (int pass = 0; pass < 2; pass++) {
        size_t number = 0;
        for (char *at = text, *end = NULL; (end = strchr(at, '\n')) != NULL; at = end + 1) {
            char copy[ACCOUNT_NAME_SIZE + 64];
            struct count_line line;
            const size_t len = (size_t)(end - at);
            number++;
            (void)snprintf(copy, sizeof copy, "%.*s", (int)len, at);
            err_t err =
                len < sizeof copy ? count_line_parse(copy, &line) : err_set(ERR_CORRUPT, "not a line of counts");
            if (err != OK) {
                return err_prefix(err, "line %zu", number);
            }
            if (pass == 0) {
                latest = line.day > latest ? line.day : latest;
                err = line_take(budget, &line);
            } else if (line.day > latest - BUDGET_KEEP_DAYS) {
                buf_put(kept, at, len + 1);
            }
            if (err != OK) {
                return err;
            }
        }
    }
    return buf_check(kept);
}

// ---- the file

static err_t file_begin(struct holder_budget *budget, const char *path) {
    struct buf text = {0}, kept = {0};
    err_t err = file_read(path, FILE_MAX_BYTES, &text);
    err = err == ERR_NOT_FOUND ? OK : err;
    const char *lines = buf_str(&text);
    if (err == OK && (lines == NULL || strlen(lines) != text.len)) {
        err = err_set(ERR_CORRUPT, "%s: not a text", path);
    }
    if (err == OK) {
        err = lines_take(budget, (char *)text.data, &kept);
        err = err == OK ? file_replace(path, 0600, buf_bytes(&kept)) : err_prefix(err, "%s", path);
    }
    if (err == OK) {
        budget->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
        budget->end = (off_t)kept.len;
        err = budget->fd >= 0 ? OK : err_set(ERR_IO, "%s: %s", path, strerror(errno));
    }
    buf_free(&text);
    buf_free(&kept);
    return err;
}

static err_t counts_error(void) {
    return err_set(errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERR_FULL : ERR_IO, "the counts: %s",
                   strerror(errno));
}

static err_t write_lines(const struct holder_budget *budget, const struct buf *lines) {
    for (size_t at = 0; at < lines->len;) {
        const ssize_t put = write(budget->fd, lines->data + at, lines->len - at);
        if (put < 0 && errno != EINTR) {
            return counts_error();
        }
        at += put > 0 ? (size_t)put : 0;
    }
    return fdatasync(budget->fd) == 0 ? OK : counts_error();
}

// Half a line in front of another would be damage to the next start.
static err_t cut_back(struct holder_budget *budget) {
    budget->cut_off = budget->cut_off && ftruncate(budget->fd, budget->end) != 0;
    return budget->cut_off ? counts_error() : OK;
}

static err_t append(struct holder_budget *budget, const struct buf *lines) {
    err_t err = cut_back(budget);
    if (err != OK) {
        return err;
    }
    err = write_lines(budget, lines);
    if (err == OK) {
        budget->end += (off_t)lines->len;
    } else {
        budget->cut_off = true; // what was written of it counts where a kill comes first: never too little
    }
    return err;
}

err_t holder_budget_open(const char *folder, struct holder_budget **out) {
    struct holder_budget *budget = calloc(1, sizeof *budget);
    char *path = file_join(folder, "counts");
    if (budget == NULL || path == NULL) {
        free(budget);
        free(path);
        return err_set(ERR_MEMORY, "no memory for the budgets");
    }
    budget->fd = -1;
    (void)pthread_mutex_init(&budget->lock, NULL);
    err_t err = accounts_new(&budget->accounts);
    if (err == OK) {
        err = file_begin(budget, path);
    }
    free(path);
    if (err != OK) {
        holder_budget_close(budget);
        return err;
    }
    *out = budget;
    return OK;
}

struct exact {
    int64_t since; // days
    struct buf lines;
};

static void put_exact(struct account *account, void *ctx) {
    struct exact *exact = ctx;
    if (account->used.of[LIMIT_ELEMENTS_DAY] > 0 && account->day >= exact->since) {
        count_line_put(account, 0, &exact->lines);
    }
}

// In place of what was written ahead.
static void write_exact(struct holder_budget *budget) {
    struct exact exact = {.since = accounts_now(budget->accounts, 0) / SECONDS_A_DAY};
    accounts_each(budget->accounts, put_exact, &exact);
    err_t err = buf_check(&exact.lines);
    err = err == OK && exact.lines.len > 0 ? append(budget, &exact.lines) : err;
    if (err != OK) {
        log_err(err, "the exact counts were not written: more stands there");
    }
    buf_free(&exact.lines);
}

void holder_budget_close(struct holder_budget *budget) {
    if (budget == NULL) {
        return;
    }
    if (budget->fd >= 0) {
        write_exact(budget);
        (void)close(budget->fd);
    }
    accounts_free(budget->accounts);
    (void)pthread_mutex_destroy(&budget->lock);
    free(budget);
}

// ---- taking

struct taker {
    struct account *account;
    const struct limits *limits;
};

static err_t refuse(const struct taker *taker, enum limit over, uint32_t elements, int64_t until_s) {
    char when[CLOCK_TEXT_SIZE];
    const uint32_t limit = taker->limits->of[over];
    clock_format(until_s, when);
    if (elements > limit) {
        return err_set(ERR_BUDGET, "more elements in one request than the limit of %u", limit);
    }
    return err_set(ERR_BUDGET, "the limit of %u elements in %s is used up; come back at %s", limit,
                   over == LIMIT_ELEMENTS_HOUR ? "an hour" : "a day", when);
}

// What has to be on disk before this is used: a block ahead, unless an earlier one covers it.
static void put_ahead(const struct taker *taker, bool new_hour, struct buf *lines) {
    struct account *account = taker->account;
    const uint32_t limit = taker->limits->of[LIMIT_ELEMENTS_HOUR];
    const uint32_t block = limit == 0 ? BLOCK_UNLIMITED : limit / 32 > BLOCK_LEAST ? limit / 32 : BLOCK_LEAST;
    if (new_hour || account->used.of[LIMIT_ELEMENTS_DAY] > account->saved) {
        count_line_put(account, block, lines);
        const uint32_t used = account->used.of[LIMIT_ELEMENTS_DAY];
        account->saved = used > UINT32_MAX - block ? UINT32_MAX : used + block;
    }
}

static err_t take(struct holder_budget *budget, const struct taker *takers, size_t count, uint32_t elements,
                  int64_t now_s, int64_t *out_retry_s) {
    const struct counts adds = {.of = {[LIMIT_ELEMENTS_HOUR] = elements, [LIMIT_ELEMENTS_DAY] = elements}};
    struct buf lines = {0};
    const int64_t counted_s = accounts_now(budget->accounts, now_s);
    for (size_t i = 0; i < count; i++) {
        enum limit over;
        if (account_over(takers[i].account, takers[i].limits, &adds, &over)) {
            const int64_t until_s = limit_until(over, counted_s);
            *out_retry_s = elements <= takers[i].limits->of[over] ? until_s - now_s : 0; // waiting would not help
            return refuse(&takers[i], over, elements, until_s);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const bool new_hour = takers[i].account->used.of[LIMIT_ELEMENTS_HOUR] == 0;
        account_add(takers[i].account, &adds);
        put_ahead(&takers[i], new_hour, &lines);
    }
    err_t err = buf_check(&lines);
    err = err == OK && lines.len > 0 ? append(budget, &lines) : err;
    for (size_t i = 0; err != OK && i < count; i++) {
        takers[i].account->saved = 0; // the next tries again; what failed stays charged
    }
    buf_free(&lines);
    return err;
}

err_t holder_budget_take(struct holder_budget *budget, const struct urn *who, const struct limits *own,
                         const struct limits *agency, uint32_t elements, int64_t now_s, int64_t *out_retry_s) {
    char name[ACCOUNT_NAME_SIZE];
    struct taker takers[2] = {{NULL, own}, {NULL, agency}};
    const size_t count = who->kind == URN_PERSON ? 2 : 1;
    (void)pthread_mutex_lock(&budget->lock);
    if (now_s / SECONDS_A_DAY > accounts_now(budget->accounts, 0) / SECONDS_A_DAY) {
        write_exact(budget); // of the day that has ended
    }
    const int64_t day = accounts_now(budget->accounts, now_s) / SECONDS_A_DAY;
    account_name(who->id, who->person, name);
    err_t err = accounts_get(budget->accounts, name, &takers[0].account);
    if (err == OK && count == 2) {
        account_name(who->id, "", name);
        err = accounts_get(budget->accounts, name, &takers[1].account);
    }
    for (size_t i = 0; err == OK && i < count; i++) {
        struct account *account = takers[i].account;
        account->saved = account->used.of[LIMIT_ELEMENTS_DAY] == 0 && account->day == day ? 0 : account->saved;
    }
    err = err == OK ? take(budget, takers, count, elements, now_s, out_retry_s) : err;
    (void)pthread_mutex_unlock(&budget->lock);
    return err;
}
