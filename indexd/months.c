// SPDX-License-Identifier: Apache-2.0
#include "indexd/months.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b) {
    const struct month *left = a;
    const struct month *right = b;
    return strcmp(left->name, right->name);
}

err_t months_append(struct months *months, const char *name, uint64_t first_seq) {
    struct month *items = realloc(months->items, (months->count + 1) * sizeof *items);
    if (items == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    months->items = items;
    struct month *month = &items[months->count++];
    *month = (struct month){.first_seq = first_seq};
    memcpy(month->name, name, SEGMENT_NAME_SIZE);
    return OK;
}

static err_t collect(DIR *dir, const char *suffix, struct months *out) {
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char name[SEGMENT_NAME_SIZE] = {0};
        memcpy(name, entry->d_name, strnlen(entry->d_name, SEGMENT_NAME_SIZE - 1));
        if (segment_name_valid(name) && strcmp(entry->d_name + strlen(name), suffix) == 0) {
            err_t err = months_append(out, name, 0);
            if (err != OK) {
                return err;
            }
        }
    }
    return OK;
}

err_t months_list(const char *folder, const char *suffix, struct months *out) {
    struct months months = {0};
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return err_set(errno == ENOENT ? ERR_CORRUPT : ERR_IO, "%s: %s", folder, strerror(errno));
    }
    err_t err = collect(dir, suffix, &months);
    (void)closedir(dir);
    if (err != OK) {
        months_free(&months);
        return err;
    }
    if (months.count > 0) {
        qsort(months.items, months.count, sizeof months.items[0], by_name);
    }
    *out = months;
    return OK;
}

bool months_has(const struct months *months, const char *name) {
    for (size_t i = 0; i < months->count; i++) {
        if (strcmp(months->items[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

void months_free(struct months *months) {
    free(months->items);
    *months = (struct months){0};
}

char *month_path(const char *folder, const char *name, const char *suffix) {
    char *path = NULL;
    return asprintf(&path, "%s/%s%s", folder, name, suffix) < 0 ? NULL : path;
}
