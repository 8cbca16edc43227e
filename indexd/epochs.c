// SPDX-License-Identifier: Apache-2.0
#include "indexd/epochs.h"

#include <string.h>

#include "base/log.h"
#include "indexd/belonging.h"
#include "indexd/engine.h"
#include "indexd/shield.h"

struct token_epochs epochs_of_store(const struct store_identity *identity) {
    return (struct token_epochs){.count = identity->previous == 0 ? 1 : 2,
                                 .numbers = {identity->epoch, identity->previous}};
}

static uint32_t previous_of(const struct descriptor *descriptor) {
    return descriptor_rotates(descriptor) ? descriptor->previous.epoch : 0;
}

// The store stands before the descriptor's epoch: it begins.
static bool begins(const struct store_identity *identity, const struct descriptor *descriptor) {
    return identity->previous == 0 && identity->epoch == previous_of(descriptor);
}

err_t epochs_fit(const struct store_identity *identity, const struct descriptor *descriptor) {
    uint32_t previous = previous_of(descriptor);
    bool fits =
        begins(identity, descriptor) || (identity->epoch == descriptor->epoch &&
                                         (identity->previous == 0 || previous == 0 || identity->previous == previous));
    return fits ? OK
                : err_set(ERR_STALE, "this store is of epoch %u, and the descriptor of %u", identity->epoch,
                          descriptor->epoch);
}

bool epochs_differ(const struct store_identity *identity, const struct descriptor *descriptor) {
    return identity->epoch != descriptor->epoch || identity->previous != previous_of(descriptor);
}

static void put_epochs(struct job *job, const struct descriptor *descriptor) {
    struct record record = {
        .kind = RECORD_EPOCH, .epoch = descriptor->epoch, .previous_epoch = previous_of(descriptor)};
    job_put(job, &record);
}

static void put_canaries(struct job *job, const struct descriptor *descriptor) {
    struct record_change changes[MAX_SLOTS];
    struct record record = {
        .kind = RECORD_CHANGES, .agency = AGENCY_CANARY, .count = descriptor->slot_count, .changes = changes};
    for (size_t slot = 0; slot < descriptor->slot_count && store_error(job->txn) == OK; slot++) {
        belonging_canary(store_pepper(job->txn), descriptor, slot, &changes[slot]);
    }
    if (store_error(job->txn) == OK) {
        job_put(job, &record);
    }
}

static void check_moved(struct job *job, const struct store_identity *identity) {
    size_t unmoved = store_count_unmoved(job->txn, identity->epoch);
    if (store_error(job->txn) == OK && unmoved > 0) {
        store_fail(job->txn,
                   err_set(ERR_STALE,
                           "epoch %u cannot be dropped: %zu agencies have not moved to epoch %u, and what they hold "
                           "would be found no more",
                           identity->previous, unmoved, identity->epoch));
    }
}

struct older_shields {
    uint64_t began;
    size_t count;
};

static void count_older(void *ctx, const struct shield_count *shield) {
    struct older_shields *older = ctx;
    older->count += shield->numbers > 0 && shield->shield.number < older->began ? 1 : 0;
}

// A shield under the older key's tokens alone would hide nothing that is fed later.
static void check_shields(struct job *job, const struct store_identity *identity) {
    struct older_shields older = {.began = identity->began};
    shield_each(job->txn, count_older, &older);
    if (store_error(job->txn) == OK && older.count > 0) {
        store_fail(job->txn,
                   err_set(ERR_STALE,
                           "epoch %u cannot be dropped: %zu shields stand under its tokens alone; add each again, with "
                           "the tokens of both epochs, and lift the older one",
                           identity->previous, older.count));
    }
}

void epochs_follow(struct job *job, void *ctx) {
    const struct descriptor *descriptor = ctx;
    struct descriptor before;
    struct store_identity identity = {0};
    store_get_identity(job->txn, &identity);
    if (store_error(job->txn) == OK) {
        store_fail(job->txn, epochs_fit(&identity, descriptor));
    }
    if (store_error(job->txn) != OK || !epochs_differ(&identity, descriptor)) {
        return;
    }
    if (identity.previous != 0) {
        check_moved(job, &identity);
        if (store_error(job->txn) == OK) {
            check_shields(job, &identity);
        }
    } else if (begins(&identity, descriptor)) {
        put_canaries(job, descriptor);
    } else { // a new store, made while two epochs are in use
        descriptor_with_key(descriptor, &descriptor->previous, &before);
        put_canaries(job, &before);
    }
    if (store_error(job->txn) == OK) {
        put_epochs(job, descriptor);
        log_line(LOG_NOTICE, "the store takes tokens of epoch %u%s", descriptor->epoch,
                 descriptor_rotates(descriptor) ? " and of the one before" : " alone");
    }
}
