// SPDX-License-Identifier: Apache-2.0
#include "indexd/log/notary.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/rounds.h"
#include "indexd/log/grow.h"
#include "indexd/log/head.h"
#include "indexd/log/witnesses.h"

#define DETAIL_SIZE 256
#define MICROSECONDS 1000000

struct notary {
    struct notary_setup setup;
    char *folder, *segments;
    struct rounds *rounds;
    pthread_mutex_t lock; // over what follows
    pthread_cond_t ended;
    bool stop;
    uint64_t asked, done; // rounds
    err_t err;            // of the last round
    char detail[DETAIL_SIZE];
    struct buf note; // the last head, with its cosignatures
    struct notary_status status;
    // The thread's own.
    struct log_key key;
    bool trusted; // the trust file names this log
    struct witnesses *witnesses;
    struct record_place place;
    struct head head;  // signed last, without cosignatures
    bool heads_known;  // the heads of earlier runs were found in the tree
    int64_t behind_us; // since when; 0: it is not
    int64_t alarmed_us;
};

// ---- a round

// A head that an earlier run signed, or had cosigned, must be of this tree.
static err_t check_earlier(const struct notary *notary, const char *name, const struct tiles_view *view,
                           struct head *out) {
    uint8_t root[MERKLE_HASH_SIZE];
    struct head head = {0};
    err_t err = head_load(notary->folder, name, &notary->key.key, &head);
    if (err == ERR_NOT_FOUND) {
        return OK;
    }
    if (err == OK) {
        err = tiles_root(view, head.checkpoint.size, root);
    }
    if (err == OK && memcmp(root, head.checkpoint.root, sizeof root) != 0) {
        err = err_set(ERR_CORRUPT, "log/%s was signed for other records than the journal holds", name);
    }
    if (err == OK) {
        *out = head;
    } else {
        buf_free(&head.note);
    }
    return err;
}

static err_t look_back(struct notary *notary, const struct tiles_view *view) {
    struct head before = {0};
    struct head cosigned = {0};
    err_t err = check_earlier(notary, LOG_CHECKPOINT, view, &before);
    if (err == OK) {
        err = check_earlier(notary, LOG_COSIGNED, view, &cosigned);
    }
    if (err == OK) {
        notary->heads_known = true;
        (void)pthread_mutex_lock(&notary->lock);
        notary->status.signed_records = before.checkpoint.size;
        notary->status.cosigned_records = cosigned.checkpoint.size;
        (void)pthread_mutex_unlock(&notary->lock);
    }
    buf_free(&before.note);
    buf_free(&cosigned.note);
    return err;
}

static err_t sign(struct notary *notary, const struct merkle *tree) {
    struct head head = {.checkpoint = {.size = tree->size}};
    merkle_root(tree, head.checkpoint.root);
    memcpy(head.checkpoint.origin, notary->key.key.name, sizeof head.checkpoint.origin);
    err_t err = checkpoint_sign(&head.checkpoint, notary->key.seed, &head.note);
    if (err == OK) {
        err = place_store(notary->folder, &notary->place);
    }
    if (err == OK) {
        err = head_store(notary->folder, LOG_CHECKPOINT, buf_bytes(&head.note));
    }
    if (err != OK) {
        buf_free(&head.note);
        return err;
    }
    buf_free(&notary->head.note);
    notary->head = head;
    return OK;
}

static err_t have_cosigned(struct notary *notary, const struct tiles_view *view) {
    struct descriptor descriptor;
    if (!notary->trusted) {
        return OK;
    }
    service_descriptor(notary->setup.service, &descriptor);
    err_t err = witnesses_submit(notary->witnesses, &notary->head, &notary->key.key, view, &descriptor);
    if (err == OK && witnesses_count(notary->witnesses) > 0) {
        struct buf note = {0};
        buf_put(&note, notary->head.note.data, notary->head.note.len);
        witnesses_put_lines(notary->witnesses, &note);
        err = buf_check(&note);
        if (err == OK) {
            err = head_store(notary->folder, LOG_CHECKPOINT, buf_bytes(&note));
        }
        if (err == OK && witnesses_count(notary->witnesses) >= notary->setup.trust->threshold) {
            err = head_store(notary->folder, LOG_COSIGNED, buf_bytes(&note));
        }
        buf_free(&note);
    }
    return err;
}

static err_t publish(struct notary *notary) {
    struct merkle tree;
    engine_head(notary->setup.engine, &tree);
    const struct tiles_view view = {notary->folder, tree.size};
    err_t err = grow_to(notary->segments, notary->folder, &tree, &notary->place);
    if (err == OK && !notary->heads_known) {
        err = look_back(notary, &view);
    }
    if (err == OK && tree.size != notary->head.checkpoint.size) {
        err = sign(notary, &tree);
    }
    if (err == OK) {
        err = have_cosigned(notary, &view);
    }
    if (err == ERR_CORRUPT) {
        engine_refuse(notary->setup.engine, err);
    }
    return err;
}

// ---- what others see of it

static void alarm_if_behind(struct notary *notary, bool behind) {
    const int64_t now_us = clock_monotonic_us();
    const int64_t alarm_us = notary->setup.alarm_s * MICROSECONDS;
    if (!behind) {
        if (notary->alarmed_us != 0) {
            log_line(LOG_NOTICE, "the journal's head is cosigned again");
        }
        notary->behind_us = notary->alarmed_us = 0;
        return;
    }
    notary->behind_us = notary->behind_us == 0 ? now_us : notary->behind_us;
    if (now_us - notary->behind_us >= alarm_us &&
        (notary->alarmed_us == 0 || now_us - notary->alarmed_us >= alarm_us)) {
        log_line(LOG_ERROR, "the journal's head has not been cosigned by enough key holders for %lld seconds",
                 (long long)((now_us - notary->behind_us) / MICROSECONDS));
        notary->alarmed_us = now_us;
    }
}

static void end_round(struct notary *notary, uint64_t asked, err_t err) {
    const size_t count = notary->trusted ? witnesses_count(notary->witnesses) : 0;
    const bool enough = err == OK && count >= notary->setup.trust->threshold;
    struct notary_status *status = &notary->status;
    alarm_if_behind(notary, !enough);
    (void)pthread_mutex_lock(&notary->lock);
    notary->done = asked;
    notary->err = err;
    (void)snprintf(notary->detail, sizeof notary->detail, "%s", err == OK ? "" : err_detail());
    status->signed_records = notary->head.checkpoint.size > 0 ? notary->head.checkpoint.size : status->signed_records;
    status->cosignatures = count;
    status->alarm = notary->alarmed_us != 0;
    if (enough) {
        status->cosigned_records = notary->head.checkpoint.size;
        status->cosigned_at = witnesses_time(notary->witnesses);
    }
    buf_reset(&notary->note);
    buf_put(&notary->note, notary->head.note.data, notary->head.note.len);
    if (notary->trusted) {
        witnesses_put_lines(notary->witnesses, &notary->note);
    }
    (void)pthread_cond_broadcast(&notary->ended);
    (void)pthread_mutex_unlock(&notary->lock);
}

static void publish_round(void *ctx, const atomic_bool *stop) {
    struct notary *notary = ctx;
    (void)stop;
    (void)pthread_mutex_lock(&notary->lock);
    const uint64_t asked = notary->asked;
    (void)pthread_mutex_unlock(&notary->lock);
    err_t err = publish(notary);
    if (err != OK) {
        log_err(err, "the journal's head");
    }
    end_round(notary, asked, err);
}

// ---- the outside

static void notary_free(struct notary *notary) {
    witnesses_free(notary->witnesses);
    log_key_free(&notary->key);
    buf_free(&notary->head.note);
    buf_free(&notary->note);
    (void)pthread_cond_destroy(&notary->ended);
    (void)pthread_mutex_destroy(&notary->lock);
    free(notary->folder);
    free(notary->segments);
    free(notary);
}

static bool trust_names(const struct trust *trust, const struct note_key *log) {
    for (size_t i = 0; i < trust->log_count; i++) {
        if (strcmp(trust->logs[i].name, log->name) == 0 &&
            memcmp(trust->logs[i].public_key, log->public_key, sizeof log->public_key) == 0) {
            return true;
        }
    }
    return false;
}

static err_t open_log(struct notary *notary) {
    const struct notary_setup *setup = &notary->setup;
    const struct witnesses_setup witnesses = {.trust = setup->trust,
                                              .ca = setup->ca,
                                              .certificate = setup->certificate,
                                              .key = setup->key,
                                              .connect_to = setup->connect_to};
    notary->folder = file_join(setup->store, LOG_FOLDER);
    notary->segments = file_join(setup->store, "journal");
    err_t err = notary->folder == NULL || notary->segments == NULL ? err_set(ERR_MEMORY, "out of memory")
                                                                   : log_key_load(setup->store, &notary->key);
    if (err != OK) {
        return err;
    }
    place_load(notary->folder, &notary->place);
    notary->trusted = trust_names(setup->trust, &notary->key.key);
    if (!notary->trusted) {
        char vkey[NOTE_VKEY_SIZE];
        note_key_format(&notary->key.key, vkey);
        log_line(LOG_WARNING,
                 "the trust file does not name this journal's key, so that nobody cosigns its heads. The holders' and "
                 "this index's trust files need the line: log %s",
                 vkey);
        return OK;
    }
    return witnesses_new(&witnesses, &notary->witnesses);
}

err_t notary_start(const struct notary_setup *setup, struct notary **out) {
    struct notary *notary = calloc(1, sizeof *notary);
    if (notary == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    notary->setup = *setup;
    notary->status.threshold = setup->trust->threshold;
    (void)pthread_cond_init(&notary->ended, NULL);
    (void)pthread_mutex_init(&notary->lock, NULL);
    err_t err = open_log(notary);
    if (err == OK) {
        const struct rounds_setup rounds = {"notary", setup->interval_s, false, publish_round, notary};
        err = rounds_start(&rounds, &notary->rounds);
    }
    if (err != OK) {
        notary_free(notary);
        return err;
    }
    *out = notary;
    return OK;
}

void notary_stop(struct notary *notary) {
    if (notary == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&notary->lock);
    notary->stop = true;
    (void)pthread_cond_broadcast(&notary->ended);
    (void)pthread_mutex_unlock(&notary->lock);
    rounds_stop(notary->rounds);
    notary_free(notary);
}

err_t notary_publish(struct notary *notary, struct buf *out_note) {
    (void)pthread_mutex_lock(&notary->lock);
    const uint64_t mine = ++notary->asked;
    rounds_wake(notary->rounds);
    while (!notary->stop && notary->done < mine) {
        (void)pthread_cond_wait(&notary->ended, &notary->lock);
    }
    err_t err = notary->done < mine ? err_set(ERR_UNAVAILABLE, "the index stops")
                : notary->err != OK ? err_set(notary->err, "%s", notary->detail)
                                    : OK;
    if (err == OK) {
        buf_put(out_note, notary->note.data, notary->note.len);
        err = buf_check(out_note);
    }
    (void)pthread_mutex_unlock(&notary->lock);
    return err;
}

const char *notary_store(const struct notary *notary) {
    return notary->setup.store;
}

void notary_status(struct notary *notary, struct notary_status *out) {
    (void)pthread_mutex_lock(&notary->lock);
    *out = notary->status;
    (void)pthread_mutex_unlock(&notary->lock);
}
