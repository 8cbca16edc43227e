// SPDX-License-Identifier: Apache-2.0
#include "bench/counted.h"

#include <stddef.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "proto/count_line.h"

#define DAYS_MAX 8

struct tally { // of one account: the last line of each day counts
    int64_t days[DAYS_MAX];
    uint64_t used[DAYS_MAX];
    size_t count;
};

static void tally_take(struct tally *tally, const struct count_line *line) {
    size_t i = 0;
    while (i < tally->count && tally->days[i] != line->day) {
        i++;
    }
    if (i < DAYS_MAX) {
        tally->count += i == tally->count ? 1 : 0;
        tally->days[i] = line->day;
        tally->used[i] = (uint64_t)line->used_day;
    }
}

err_t counted_read(const char *path, const char *account, uint64_t *out, bool *out_torn) {
    struct buf text = {0};
    struct tally tally = {0};
    err_t err = file_read(path, (size_t)64 << 20, &text);
    char *rest = err == OK ? (char *)(uintptr_t)buf_str(&text) : NULL;
    for (char *end = NULL; err == OK && (end = strchr(rest, '\n')) != NULL; rest = end + 1) {
        struct count_line line;
        *end = '\0';
        err = count_line_parse(rest, &line);
        if (err == OK && strcmp(line.name, account) == 0) {
            tally_take(&tally, &line);
        }
    }
    *out_torn = err == OK && rest != NULL && *rest != '\0';
    *out = 0;
    for (size_t day = 0; day < tally.count; day++) {
        *out += tally.used[day];
    }
    buf_free(&text);
    return err;
}
