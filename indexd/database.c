// SPDX-License-Identifier: Apache-2.0
#include "indexd/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/file.h"
#include "indexd/apply.h"
#include "indexd/belonging.h"
#include "indexd/folder.h"
#include "indexd/journal.h"
#include "indexd/record.h"
#include "indexd/store.h"

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "out of memory");
}

static err_t stage(struct journal *journal, struct record *record, int64_t now_ms) {
    struct buf bytes = {0};
    record->seq = journal_next(journal);
    record->time_ms = now_ms;
    err_t err = record_encode(record, &bytes);
    if (err == OK) {
        err = journal_stage(journal, buf_bytes(&bytes));
    }
    buf_free(&bytes);
    return err;
}

// A store begins, or begins anew: whoever knew it by its store_id must see that it is not what it was.
static err_t stage_init(struct journal *journal, struct pepper_context *context, const struct descriptor *descriptor,
                        int64_t now_ms) {
    struct record record = {.kind = RECORD_INIT, .epoch = descriptor->epoch};
    memcpy(record.scheme, descriptor->scheme, sizeof record.scheme);
    randombytes_buf(record.store_id, sizeof record.store_id);
    pepper_check(context, record.pepper_check);
    return stage(journal, &record, now_ms);
}

static err_t stage_canaries(struct journal *journal, struct pepper_context *context,
                            const struct descriptor *descriptor, int64_t now_ms) {
    struct record_change changes[MAX_SLOTS];
    struct record record = {.kind = RECORD_CHANGES, .agency = AGENCY_CANARY};
    record.changes = changes;
    record.count = descriptor->slot_count;
    for (size_t slot = 0; slot < descriptor->slot_count; slot++) {
        belonging_canary(context, descriptor, slot, &changes[slot]);
    }
    return stage(journal, &record, now_ms);
}

static err_t write_beginning(struct journal *journal, struct pepper *pepper, const struct descriptor *descriptor,
                             int64_t now_ms) {
    struct pepper_context *context = NULL;
    err_t err = pepper_borrow(pepper, &context);
    if (err == OK) {
        err = journal_begin(journal, now_ms);
    }
    if (err == OK) {
        err = stage_init(journal, context, descriptor, now_ms);
    }
    if (err == OK) {
        err = stage_canaries(journal, context, descriptor, now_ms);
    }
    pepper_return(pepper, context);
    return err == OK ? journal_flush(journal) : err;
}

static err_t sync_folder(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return err_set(ERR_IO, "%s: %s", path, strerror(errno));
    }
    // Some file systems cannot sync a folder, and say EINVAL.
    err_t err = fsync(fd) != 0 && errno != EINVAL ? err_set(ERR_IO, "%s: %s", path, strerror(errno)) : OK;
    (void)close(fd);
    return err;
}

// A journal that has begun already must be of this scheme and epoch before anything is added to it.
static err_t check_begun(struct store *store, const struct journal *journal, const struct descriptor *descriptor) {
    struct store_txn *txn = NULL;
    err_t err = journal_count(journal) == 0 ? OK : store_begin(store, false, &txn);
    if (txn != NULL) {
        belonging_check_identity(txn, descriptor);
        err = store_end(txn, false);
    }
    return err;
}

// Applies the journal as it is; where the store begins anew, adds the records of a beginning, and applies them too.
static err_t fill_database(const struct engine_settings *settings, const struct descriptor *descriptor,
                           struct pepper *pepper, struct journal *journal, struct store *store, bool begins) {
    err_t err = store_sync_later(store);
    if (err == OK) {
        err = apply_journal_gathering(store, journal, settings->store, settings->reading, settings->writing);
    }
    if (err == OK) {
        err = check_begun(store, journal, descriptor);
    }
    if (err == OK && begins) {
        err = write_beginning(journal, pepper, descriptor, clock_now_ms(settings->clock));
    }
    if (err == OK) {
        err = apply_journal(store, journal);
    }
    return err == OK ? store_sync_now(store) : err;
}

err_t database_make(const struct engine_settings *settings, const struct descriptor *descriptor, const char *folder,
                    bool begins) {
    struct pepper *pepper = NULL;
    struct journal *journal = NULL;
    struct store *store = NULL;
    const struct store_state nothing = {0};
    err_t err = folder_pepper(settings->store, &pepper);
    if (err == OK) {
        err = journal_open(settings->store, &nothing.from, &nothing.applied, &journal);
    }
    if (err == OK) {
        err = store_create(folder, settings->map_size, pepper);
    }
    if (err == OK) {
        err = store_open(folder, settings->map_size, pepper, &store);
    }
    if (err == OK) {
        err = fill_database(settings, descriptor, pepper, journal, store, begins);
    }
    store_close(store);
    journal_close(journal);
    pepper_free(pepper);
    return err == OK ? sync_folder(folder) : err;
}

static err_t remove_file(const char *folder, const char *name) {
    char *path = file_join(folder, name);
    if (path == NULL) {
        return no_memory();
    }
    err_t err = unlink(path) == 0 || errno == ENOENT ? OK : err_set(ERR_IO, "%s: %s", path, strerror(errno));
    free(path);
    return err;
}

static err_t remove_database(const char *folder) {
    err_t err = remove_file(folder, "data.mdb");
    if (err == OK) {
        err = remove_file(folder, "lock.mdb");
    }
    if (err == OK && rmdir(folder) != 0 && errno != ENOENT) {
        err = err_set(ERR_IO, "%s: %s", folder, strerror(errno));
    }
    return err;
}

// One rename: the old database stands until the new one does.
static err_t put_in_place(const char *made, const char *folder) {
    char *from = file_join(made, "data.mdb");
    char *to = file_join(folder, "data.mdb");
    err_t err = from == NULL || to == NULL ? no_memory() : file_make_dir(folder);
    if (err == OK && rename(from, to) != 0) {
        err = err_set(ERR_IO, "%s: %s", to, strerror(errno));
    }
    free(from);
    free(to);
    return err == OK ? sync_folder(folder) : err;
}

static err_t end_made(const char *store, const char *made) {
    char *folder = file_join(store, STORE_FOLDER);
    err_t err = folder == NULL ? no_memory() : put_in_place(made, folder);
    free(folder);
    return err == OK ? remove_database(made) : err;
}

err_t database_renew(const struct engine_settings *settings, const struct descriptor *descriptor, bool begins) {
    char *made = file_join(settings->store, STORE_FOLDER ".new");
    err_t err = made == NULL ? no_memory() : remove_database(made);
    if (err == OK) {
        err = database_make(settings, descriptor, made, begins);
    }
    if (err == OK) {
        err = end_made(settings->store, made);
    }
    free(made);
    return err;
}

// A damaged store is not repacked: what is lost would not be missed afterwards.
static err_t scrub(struct store *store) {
    struct store_txn *txn = NULL;
    err_t err = store_begin(store, false, &txn);
    if (err != OK) {
        return err;
    }
    store_scrub(txn, NULL);
    return store_end(txn, false);
}

static err_t repack_to(const struct engine_settings *settings, struct pepper *pepper, const char *made) {
    struct store *store = NULL;
    char *folder = file_join(settings->store, STORE_FOLDER);
    err_t err = folder == NULL ? no_memory() : store_open(folder, settings->map_size, pepper, &store);
    if (err == OK) {
        err = scrub(store);
    }
    if (err == OK) {
        err = store_repack(store, made, settings->writing);
    }
    store_close(store);
    store = NULL;
    if (err == OK) {
        err = store_open(made, settings->map_size, pepper, &store);
    }
    if (err == OK) {
        err = scrub(store);
    }
    store_close(store);
    free(folder);
    return err == OK ? sync_folder(made) : err;
}

err_t database_repack(const struct engine_settings *settings) {
    struct pepper *pepper = NULL;
    char *made = file_join(settings->store, STORE_FOLDER ".new");
    err_t err = made == NULL ? no_memory() : remove_database(made);
    if (err == OK) {
        err = folder_pepper(settings->store, &pepper);
    }
    if (err == OK) {
        err = repack_to(settings, pepper, made);
    }
    if (err == OK) {
        err = end_made(settings->store, made);
    }
    pepper_free(pepper);
    free(made);
    return err;
}

static err_t bring_up(const struct engine_settings *settings, const struct descriptor *descriptor,
                      struct pepper *pepper, struct store *store) {
    struct journal *journal = NULL;
    struct store_state state;
    err_t err = scrub(store);
    if (err == OK) {
        err = apply_reached(store, &state);
    }
    if (err == OK) {
        static const struct journal_place beginning;
        err = journal_open(settings->store, &beginning, &state.applied, &journal);
    }
    if (err == OK) {
        err = apply_journal(store, journal);
    }
    if (err == OK) {
        err = check_begun(store, journal, descriptor);
    }
    if (err == OK) {
        err = write_beginning(journal, pepper, descriptor, clock_now_ms(settings->clock));
    }
    if (err == OK) {
        err = apply_journal(store, journal);
    }
    journal_close(journal);
    return err;
}

err_t database_adopt(const struct engine_settings *settings, const struct descriptor *descriptor) {
    struct pepper *pepper = NULL;
    struct store *store = NULL;
    char *made = file_join(settings->store, STORE_FOLDER ".new");
    err_t err = made == NULL ? no_memory() : folder_pepper(settings->store, &pepper);
    if (err == OK) {
        err = store_open(made, settings->map_size, pepper, &store);
    }
    if (err == OK) {
        err = bring_up(settings, descriptor, pepper, store);
    }
    store_close(store);
    if (err == OK) {
        err = end_made(settings->store, made);
    }
    pepper_free(pepper);
    free(made);
    return err;
}
