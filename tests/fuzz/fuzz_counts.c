// SPDX-License-Identifier: Apache-2.0
// What a key holder has counted: any file in place of its own. What is taken for counts opens again after more was
// counted, and whatever happened in between nobody gets more than the limit of a day.
//
// Covers: proto/count_line.c keys/keyholderd/budget.c
#include <stdlib.h>
#include <string.h>

#include "keys/keyholderd/budget.h"
#include "proto/account.h"
#include "proto/count_line.h"
#include "tests/fuzz/fuzz.h"

#define LIMIT 1000
#define NOW_S INT64_C(1795430220)

static const struct urn system_of_north = {.kind = URN_AGENCY, .scheme = "demo", .id = "north"};
static const struct urn kim = {.kind = URN_PERSON, .scheme = "demo", .id = "north", .person = "kim"};

// A line that reads is written so that it reads the same, and its account has an identity.
static void try_line(struct bytes text) {
    struct count_line line;
    struct urn urn, again;
    struct buf written = {0};
    char uri[MAX_URN + 1];
    char *copy = fuzz_text(text);
    if (count_line_parse(copy, &line) == OK) {
        struct account account = {.hour = line.hour, .day = line.day};
        MUST(strlen(line.name) < sizeof account.name);
        memcpy(account.name, line.name, strlen(line.name));
        account.used.of[LIMIT_ELEMENTS_DAY] = (uint32_t)line.used_day;
        account.used.of[LIMIT_ELEMENTS_HOUR] = (uint32_t)line.used_hour;
        count_line_put(&account, 0, &written);
        written.data[--written.len] = '\0'; // the newline
        struct count_line again_line;
        MUST(count_line_parse((char *)written.data, &again_line) == OK && strcmp(again_line.name, line.name) == 0);
        MUST(again_line.used_day == line.used_day && again_line.used_hour == line.used_hour);
        account_urn(line.name, "demo", &urn);
        urn_format(&urn, uri);
        (void)urn_parse(uri, &again);
    }
    buf_free(&written);
    free(copy);
}

static void take(struct holder_budget *budget, uint8_t step, int64_t now_s, uint64_t *granted) {
    const struct limits own = {.of = {[LIMIT_ELEMENTS_HOUR] = LIMIT / 2, [LIMIT_ELEMENTS_DAY] = LIMIT}};
    const struct limits none = {0};
    const uint32_t elements = 1 + step / 2U * 5;
    int64_t retry_s = 0;
    const struct urn *who = step % 2 == 0 ? &kim : &system_of_north;
    err_t err = holder_budget_take(budget, who, step % 2 == 0 ? &own : &none, &none, elements, now_s, &retry_s);
    MUST(err == OK || (err == ERR_BUDGET && step % 2 == 0 && retry_s >= 0));
    *granted += err == OK && step % 2 == 0 ? elements : 0;
}

static void try_file(struct reader *input) {
    const char *folder = fuzz_folder();
    struct holder_budget *budget = NULL;
    struct bytes file = fuzz_take(input);
    uint64_t granted = 0;
    fuzz_put(folder, "counts", file);
    if (holder_budget_open(folder, &budget) != OK) {
        holder_budget_close(budget);
        return;
    }
    for (size_t i = 0; input->left > 0 && i < 64; i++) { // a start again reads all of the file
        uint8_t step = reader_u8(input);
        if (step == 0xff) { // starts again
            holder_budget_close(budget);
            budget = NULL;
            MUST(holder_budget_open(folder, &budget) == OK);
        } else {
            take(budget, step, NOW_S + (int64_t)(step % 16) * 1800, &granted);
        }
    }
    MUST(granted <= LIMIT);
    holder_budget_close(budget);
    budget = NULL;
    MUST(holder_budget_open(folder, &budget) == OK);
    holder_budget_close(budget);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    if (reader_u8(&input) % 2 == 0) {
        try_line(fuzz_rest(&input));
    } else {
        try_file(&input);
    }
    return 0;
}
