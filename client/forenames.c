// SPDX-License-Identifier: Apache-2.0
#include "client/forenames.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

// The table turned round for look-up, built once: each name points into the table's own text.
#define NAMES_MAX 4096
#define NAME_TEXT_MAX 24

struct entry {
    char name[NAME_TEXT_MAX];
    const char *canonical;
};

static struct entry entries[NAMES_MAX];
static size_t entry_count;
static once_flag built = ONCE_FLAG_INIT;

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void add(const char *name, size_t len, const char *canonical) {
    assert(entry_count < NAMES_MAX && len < NAME_TEXT_MAX);
    struct entry *entry = &entries[entry_count++];
    memcpy(entry->name, name, len);
    entry->name[len] = '\0';
    entry->canonical = canonical;
}

static void build(void) {
    for (size_t i = 0; i < forename_family_count; i++) {
        const struct forename_family *family = &forename_families[i];
        add(family->canonical, strlen(family->canonical), family->canonical);
        for (const char *at = family->variants; *at != '\0'; at += *at == ' ' ? 1 : 0) {
            size_t len = strcspn(at, " ");
            add(at, len, family->canonical);
            at += len;
        }
    }
    qsort(entries, entry_count, sizeof(entries[0]), by_name);
}

const char *forename_canonical(const char *forename) {
    call_once(&built, build);
    struct entry key = {0};
    size_t len = strlen(forename);
    if (len >= NAME_TEXT_MAX) {
        return forename;
    }
    memcpy(key.name, forename, len);
    const struct entry *found = bsearch(&key, entries, entry_count, sizeof(entries[0]), by_name);
    return found == NULL ? forename : found->canonical;
}

void forenames_describe(struct buf *out) {
    for (size_t i = 0; i < forename_family_count; i++) {
        buf_printf(out, "family %s %s\n", forename_families[i].canonical, forename_families[i].variants);
    }
}
