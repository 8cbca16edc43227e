// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/keyring.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/secret.h"
#include "keys/keyholderd/evaluate.h"
#include "keys/share_files.h"

enum { OLDER, NEXT, SHARES }; // SHARE and SHARE.next

struct served {
    struct evaluator evaluator;
    int64_t until; // 0: as long as the descriptor names it
};

struct retired {
    struct share *share; // locked memory
    int held;
};

struct keyring {
    struct share_files files;
    struct share *shares[SHARES]; // locked memory; NULL: none
    int held[SHARES];             // their files; -1: none
    size_t retired_count;
    struct retired retired[SHARE_FILES_MAX];
    char scheme[MAX_ID + 1];
    unsigned holder;
    uint8_t *note_seed; // locked memory
    struct lock lock;   // over what follows, and the end of a share
    size_t served_count;
    struct served served[SHARES]; // the present key's first
    size_t old_count;
    struct evaluator old[MAX_RETIRED]; // of retired keys
};

// Opening.

// Two shares of one holder have one signing key; anything else is a mix-up of files.
static err_t take_names(struct keyring *keyring, const struct share *share, const char *path) {
    if (keyring->note_seed == NULL) {
        keyring->note_seed = secret_new(NOTE_SEED_SIZE);
        if (keyring->note_seed == NULL) {
            return err_set(ERR_MEMORY, "no memory could be locked for the share");
        }
        memcpy(keyring->scheme, share->scheme, sizeof keyring->scheme);
        keyring->holder = share->holder;
        memcpy(keyring->note_seed, share->note_seed, NOTE_SEED_SIZE);
        return OK;
    }
    if (strcmp(keyring->scheme, share->scheme) != 0 || keyring->holder != share->holder ||
        !secret_equal(keyring->note_seed, share->note_seed, NOTE_SEED_SIZE)) {
        return err_set(ERR_INPUT, "%s: of another scheme or holder than the share beside it", path);
    }
    return OK;
}

static void let_go(int held) {
    if (held >= 0) {
        (void)close(held);
    }
}

static err_t open_shares(struct keyring *keyring, struct bytes passphrase) {
    const char *const paths[SHARES] = {keyring->files.share, keyring->files.next};
    err_t err = OK;
    for (size_t i = 0; err == OK && i < SHARES; i++) {
        err = share_files_hold(paths[i], false, &keyring->held[i]);
        err = err != OK ? err : share_open(paths[i], passphrase, &keyring->shares[i]);
        if (err == ERR_NOT_FOUND && i == NEXT) {
            return OK;
        }
        err = err != OK ? err : take_names(keyring, keyring->shares[i], paths[i]);
    }
    return err;
}

static err_t open_one_retired(struct keyring *keyring, const char *path, struct bytes passphrase) {
    struct retired retired = {.held = -1};
    err_t err = share_files_hold(path, false, &retired.held);
    err = err != OK ? err : share_open(path, passphrase, &retired.share);
    err = err != OK ? err : take_names(keyring, retired.share, path);
    if (err != OK) {
        secret_free(retired.share);
        let_go(retired.held);
        return err;
    }
    retired.share->retired = true;
    keyring->retired[keyring->retired_count++] = retired;
    return OK;
}

static void open_retired(struct keyring *keyring, struct bytes passphrase) {
    struct share_list *list = calloc(1, sizeof *list);
    err_t err =
        list == NULL ? err_set(ERR_MEMORY, "no memory for a list") : share_files_retired_list(&keyring->files, list);
    for (size_t i = 0; err == OK && i < list->count; i++) {
        err_t failed = open_one_retired(keyring, list->paths[i], passphrase);
        if (failed != OK) {
            log_err(failed, "a retired share is left aside");
        }
    }
    if (err != OK) {
        log_err(err, "the retired shares are left aside");
    }
    free(list);
}

err_t keyring_open(const char *path, struct bytes passphrase, struct keyring **out) {
    struct keyring *keyring = calloc(1, sizeof *keyring);
    if (keyring == NULL) {
        return err_set(ERR_MEMORY, "no memory for the shares");
    }
    keyring->held[OLDER] = keyring->held[NEXT] = -1;
    err_t err = lock_init(&keyring->lock);
    if (err != OK) {
        free(keyring);
        return err;
    }
    err = share_files_of(path, &keyring->files);
    err = err != OK ? err : share_files_settle(&keyring->files);
    err = err != OK ? err : open_shares(keyring, passphrase);
    if (err != OK) {
        keyring_free(keyring);
        return err;
    }
    open_retired(keyring, passphrase);
    *out = keyring;
    return OK;
}

void keyring_free(struct keyring *keyring) {
    if (keyring == NULL) {
        return;
    }
    for (size_t i = 0; i < SHARES; i++) {
        secret_free(keyring->shares[i]);
        let_go(keyring->held[i]);
    }
    for (size_t i = 0; i < keyring->retired_count; i++) {
        secret_free(keyring->retired[i].share);
        let_go(keyring->retired[i].held);
    }
    secret_free(keyring->note_seed);
    lock_destroy(&keyring->lock);
    free(keyring);
}

// Serving.

static const struct share *share_of(const struct keyring *keyring, uint32_t epoch, uint32_t generation) {
    for (size_t i = 0; i < SHARES; i++) {
        const struct share *share = keyring->shares[i];
        if (share != NULL && share->epoch == epoch && share->generation == generation) {
            return share;
        }
    }
    return NULL;
}

static err_t no_share(const struct keyring *keyring, const struct descriptor *descriptor) {
    const struct share *last = keyring->shares[NEXT] != NULL ? keyring->shares[NEXT] : keyring->shares[OLDER];
    return err_set(ERR_STALE,
                   "no share of epoch %u, generation %u is here, the newest is of epoch %u, generation %u: after "
                   "`ceremony accept` restart this daemon",
                   descriptor->epoch, descriptor->generation, last->epoch, last->generation);
}

static err_t serve_present(const struct keyring *keyring, const struct descriptor *descriptor, struct served *out) {
    const struct share *share = share_of(keyring, descriptor->epoch, descriptor->generation);
    *out = (struct served){0};
    return share == NULL ? no_share(keyring, descriptor) : evaluator_init(share, descriptor, &out->evaluator);
}

// The key before: a holder that never had a share of it serves without.
static err_t serve_previous(const struct keyring *keyring, const struct descriptor *descriptor, struct served *out,
                            size_t *count) {
    const struct descriptor_key *key = &descriptor->previous;
    const struct share *share = descriptor->has_previous ? share_of(keyring, key->epoch, key->generation) : NULL;
    if (share == NULL) {
        return OK;
    }
    struct descriptor before;
    descriptor_with_key(descriptor, key, &before);
    *out = (struct served){.until = key->until};
    *count += 1;
    return evaluator_init(share, &before, &out->evaluator);
}

static bool serve_old(const struct keyring *keyring, const struct descriptor *descriptor,
                      const struct descriptor_key *key, struct evaluator *out) {
    struct descriptor then;
    descriptor_with_key(descriptor, key, &then);
    for (size_t i = 0; i < keyring->retired_count; i++) {
        const struct share *share = keyring->retired[i].share;
        if (share->epoch == key->epoch && share->generation == key->generation) {
            err_t err = evaluator_init(share, &then, out);
            if (err != OK) {
                log_err(err, "the retired share of epoch %u is left aside", key->epoch);
            }
            return err == OK;
        }
    }
    return false;
}

err_t keyring_serve(struct keyring *keyring, const struct descriptor *descriptor) {
    struct served served[SHARES];
    struct evaluator old[MAX_RETIRED];
    size_t old_count = 0;
    size_t count = 1;
    err_t err = serve_present(keyring, descriptor, &served[0]);
    err = err != OK ? err : serve_previous(keyring, descriptor, &served[1], &count);
    if (err != OK) {
        return err;
    }
    for (size_t i = 0; i < descriptor->retired_count; i++) {
        old_count += serve_old(keyring, descriptor, &descriptor->retired[i], &old[old_count]) ? 1 : 0;
    }
    lock_write(&keyring->lock);
    memcpy(keyring->served, served, count * sizeof *served);
    keyring->served_count = count;
    memcpy(keyring->old, old, old_count * sizeof *old);
    keyring->old_count = old_count;
    lock_release(&keyring->lock);
    return OK;
}

static bool is_served(const struct served *served, const struct evaluation_request *request, int64_t now_s) {
    const struct share *share = served->evaluator.share;
    return request->epoch == share->epoch && request->generation == share->generation &&
           (served->until == 0 || now_s < served->until);
}

static err_t evaluate_old(const struct keyring *keyring, const struct evaluation_request *request,
                          struct evaluation_reply *out) {
    for (size_t i = 0; i < keyring->old_count; i++) {
        if (request->epoch == keyring->old[i].share->epoch) {
            return evaluate(&keyring->old[i], request, out);
        }
    }
    return err_set(ERR_STALE, "this holder has no retired share of epoch %llu", (unsigned long long)request->epoch);
}

static err_t evaluate_served(const struct keyring *keyring, const struct evaluation_request *request, int64_t now_s,
                             struct evaluation_reply *out) {
    const struct served *found = &keyring->served[0]; // says what is served when the request names nothing of it
    for (size_t i = 0; i < keyring->served_count; i++) {
        if (is_served(&keyring->served[i], request, now_s)) {
            found = &keyring->served[i];
        }
    }
    return evaluate(&found->evaluator, request, out);
}

err_t keyring_evaluate(struct keyring *keyring, const struct evaluation_request *request, int64_t now_s,
                       struct evaluation_reply *out) {
    lock_read(&keyring->lock);
    err_t err =
        request->subject_access ? evaluate_old(keyring, request, out) : evaluate_served(keyring, request, now_s, out);
    lock_release(&keyring->lock);
    return err;
}

void keyring_describe(struct keyring *keyring, const struct descriptor *descriptor, struct key_reply *out) {
    lock_read(&keyring->lock);
    evaluator_describe(&keyring->served[0].evaluator, descriptor, out);
    out->previous_until = keyring->served_count > 1 ? keyring->served[1].until : 0;
    lock_release(&keyring->lock);
}

// The end of an overlap.

// The older share is not the present key's, nor of any that is still served.
static bool is_over(const struct keyring *keyring, int64_t now_s) {
    const struct share *older = keyring->shares[OLDER], *present = keyring->served[0].evaluator.share;
    if (older == NULL || older == present || older->epoch > present->epoch ||
        (older->epoch == present->epoch && older->generation > present->generation)) {
        return false;
    }
    if (older->epoch != present->epoch) { // a rotation ends when the descriptor no longer names the epoch before
        return keyring->served_count == 1;
    }
    return keyring->served_count == 1 || keyring->served[1].until == 0 || now_s >= keyring->served[1].until;
}

err_t keyring_end_overlap(struct keyring *keyring, int64_t now_s) {
    if (is_over(keyring, now_s)) {
        lock_write(&keyring->lock);
        struct share *older = keyring->shares[OLDER];
        keyring->served_count = 1;
        keyring->shares[OLDER] = keyring->shares[NEXT];
        keyring->shares[NEXT] = NULL;
        let_go(keyring->held[OLDER]);
        keyring->held[OLDER] = keyring->held[NEXT];
        keyring->held[NEXT] = -1;
        bool retires = older->epoch != keyring->served[0].evaluator.share->epoch;
        keyring->files.retires = retires ? older->epoch : 0;
        log_line(LOG_NOTICE, "epoch %u, generation %u is over: its share is wiped from memory%s", older->epoch,
                 older->generation, retires ? " and kept, sealed" : "");
        secret_free(older);
        lock_release(&keyring->lock);
        keyring->files.ends = true;
    }
    return share_files_end(&keyring->files);
}

const char *keyring_scheme(const struct keyring *keyring) {
    return keyring->scheme;
}

unsigned keyring_holder(const struct keyring *keyring) {
    return keyring->holder;
}

const uint8_t *keyring_note_seed(const struct keyring *keyring) {
    return keyring->note_seed;
}
