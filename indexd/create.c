// SPDX-License-Identifier: Apache-2.0
// Making a store: from nothing, or from its journal.
#include "indexd/engine.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "indexd/database.h"
#include "indexd/folder.h"
#include "indexd/journal.h"
#include "indexd/log/head.h"
#include "indexd/store.h"

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "out of memory");
}

static err_t fill_new(const struct engine_settings *settings, const struct descriptor *descriptor) {
    char *folder = file_join(settings->store, STORE_FOLDER);
    err_t err = folder == NULL ? no_memory() : folder_new_pepper(settings->store);
    if (err == OK) {
        err = journal_create(settings->store);
    }
    if (err == OK) {
        err = log_create(settings->store, descriptor->scheme);
    }
    if (err == OK) {
        err = database_make(settings, descriptor, folder, true);
    }
    free(folder);
    return err == OK ? OK : err_prefix(err, "the store was not completed; remove what is in its folder and try again");
}

err_t engine_init(const struct engine_settings *settings, const struct descriptor *descriptor) {
    int lock = -1;
    err_t err = file_make_dir(settings->store);
    if (err == OK) {
        err = folder_lock(settings->store, &lock);
    }
    if (err != OK) {
        return err;
    }
    err = folder_require_empty(settings->store);
    if (err == OK) {
        err = fill_new(settings, descriptor);
    }
    (void)close(lock);
    return err;
}

err_t engine_rebuild(const struct engine_settings *settings, const struct descriptor *descriptor) {
    int lock = -1;
    err_t err = folder_lock(settings->store, &lock);
    if (err == OK) {
        err = database_renew(settings, descriptor, true);
        (void)close(lock);
    }
    return err;
}

err_t engine_repack(const struct engine_settings *settings) {
    int lock = -1;
    err_t err = folder_lock(settings->store, &lock);
    if (err == OK) {
        err = database_repack(settings);
        (void)close(lock);
    }
    return err;
}
