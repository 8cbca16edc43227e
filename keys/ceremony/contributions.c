// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/contributions.h"

#include <string.h>

#include "keys/refresh.h"

static err_t check_one(const struct contribution *one, const struct descriptor *present) {
    if (one->holder == 0) {
        return err_set(ERR_INPUT, "of the authority, which gives nothing to a refresh");
    }
    if (strcmp(one->scheme, present->scheme) != 0 || one->epoch != present->epoch ||
        one->generation != (uint64_t)present->generation + 1) {
        return err_set(ERR_STALE, "not for generation %u of epoch %u, which comes next", present->generation + 1,
                       present->epoch);
    }
    if (one->commitment_count != present->threshold - 1 || one->box_count != present->holder_count) {
        return err_set(ERR_INPUT, "not for %zu of %zu holders", present->threshold, present->holder_count);
    }
    return OK;
}

// A holder whose inbox differs between contributions could not make its share of all of them.
static err_t check_beside(const struct contribution *one, const struct contributions *before) {
    for (size_t i = 0; i < before->count; i++) {
        if (before->items[i].holder == one->holder) {
            return err_set(ERR_INPUT, "a second one of holder %u", (unsigned)one->holder);
        }
        if (memcmp(before->items[i].inboxes, one->inboxes, sizeof one->inboxes) != 0) {
            return err_set(ERR_INPUT, "sealed to other inboxes than the others");
        }
    }
    return OK;
}

err_t contributions_load(const char *const *paths, size_t count, const struct trust *trust,
                         const struct descriptor *present, struct contributions *out) {
    out->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct contribution *one = &out->items[out->count];
        err_t err = contribution_load(paths[i], trust, one);
        if (err == OK) {
            err = check_one(one, present);
            err = err != OK ? err : check_beside(one, out);
            err = err == OK ? OK : err_prefix(err, "%s", paths[i]);
        }
        if (err != OK) {
            return err;
        }
        out->count++;
    }
    if (count < present->threshold) {
        return err_set(ERR_INPUT,
                       "%zu contributions: %zu are needed, so that one at least is of a holder that colludes with no "
                       "other",
                       count, present->threshold);
    }
    return OK;
}

err_t contributions_commit(const struct contributions *contributions, const struct descriptor *present,
                           struct threshold_commitments *out) {
    struct threshold_commitments sum = {.t = present->threshold};
    memcpy(sum.points, present->commitments, sizeof sum.points);
    err_t err = OK;
    for (size_t i = 0; err == OK && i < contributions->count; i++) {
        const struct contribution *one = &contributions->items[i];
        err = refresh_commit(&sum, (const uint8_t(*)[OPRF_ELEMENT_SIZE])one->commitments);
        err = err == OK ? OK : err_prefix(err, "the contribution of holder %u", (unsigned)one->holder);
    }
    for (size_t i = 1; err == OK && i <= present->holder_count; i++) {
        uint8_t public_key[OPRF_ELEMENT_SIZE];
        err = threshold_public_key(&sum, i, public_key);
    }
    if (err == OK) {
        *out = sum;
    }
    return err;
}
