// SPDX-License-Identifier: Apache-2.0
#include "proto/count_line.h"

#include <string.h>

#include "base/number.h"

#define NUMBER_MAX UINT32_MAX

static unsigned long long reached(uint32_t used, uint32_t ahead) {
    const uint64_t sum = (uint64_t)used + ahead;
    return sum > NUMBER_MAX ? NUMBER_MAX : sum;
}

void count_line_put(const struct account *account, uint32_t ahead, struct buf *out) {
    buf_printf(out, "%lld %lld %s %llu %llu\n", (long long)account->day, (long long)account->hour, account->name,
               reached(account->used.of[LIMIT_ELEMENTS_DAY], ahead),
               reached(account->used.of[LIMIT_ELEMENTS_HOUR], ahead));
}

err_t count_line_parse(char *text, struct count_line *out) {
    char *words[5] = {NULL};
    for (size_t i = 0; i < 5; i++) {
        words[i] = strsep(&text, " ");
    }
    int64_t *const numbers[5] = {&out->day, &out->hour, NULL, &out->used_day, &out->used_hour};
    for (size_t i = 0; i < 5; i++) {
        if (words[i] == NULL || (numbers[i] != NULL && number_parse(words[i], 0, NUMBER_MAX, numbers[i]) != OK)) {
            return err_set(ERR_CORRUPT, "not a line of counts");
        }
    }
    out->name = words[2];
    if (text != NULL || strlen(out->name) >= ACCOUNT_NAME_SIZE || out->name[0] == '\0' || out->hour / 24 != out->day) {
        return err_set(ERR_CORRUPT, "not a line of counts");
    }
    return OK;
}
