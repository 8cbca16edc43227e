// SPDX-License-Identifier: Apache-2.0
#include "indexd/space.h"

static err_t check_disk(const struct journal *journal) {
    uint64_t left = 0;
    err_t err = journal_free_space(journal, &left);
    if (err == OK && left < SPACE_DISK_FLOOR) {
        err = err_set(ERR_FULL, "less than %llu MiB are free on the journal's disk: changes are refused",
                      (unsigned long long)(SPACE_DISK_FLOOR / 1024 / 1024));
    }
    return err;
}

err_t space_check(struct store *store, const struct journal *journal) {
    struct store_space space;
    err_t err = check_disk(journal);
    if (err == OK) {
        err = store_space(store, &space);
    }
    if (err == OK && space.used > space.size / 100 * SPACE_MAP_PERCENT) {
        err = err_set(ERR_FULL, "the store's map is over %d%% full: changes are refused until map_size_gib is raised",
                      SPACE_MAP_PERCENT);
    }
    return err;
}
