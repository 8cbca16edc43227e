// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/witness.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

struct witnessed { // a log, and the last head that was cosigned
    const struct note_key *log;
    char *path, *refused_path;
    struct checkpoint head; // size 0: none yet
    int64_t time_s;         // of the last cosignature
    struct buf note;        // the head as it was cosigned
};

struct witness {
    struct witness_setup setup;
    const struct note_key *own;
    pthread_mutex_t lock; // over the logs, also while a head is written
    struct witnessed logs[MAX_INDEXES];
    size_t count;
};

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "out of memory");
}

static char *log_path(const char *folder, const struct note_key *log, const char *suffix) {
    char name[64];
    char id[2 * NOTE_KEY_ID_SIZE + 1];
    hex_encode(log->hash, sizeof log->hash, id);
    (void)snprintf(name, sizeof name, "witness-%s.%s", id, suffix);
    return file_join(folder, name);
}

// A file that does not read is never taken for "nothing cosigned yet": that would let the log go back.
static err_t load_head(const struct witness *witness, struct witnessed *one) {
    struct note note;
    err_t err = file_read(one->path, CHECKPOINT_MAX, &one->note);
    if (err == ERR_NOT_FOUND) {
        log_line(LOG_NOTICE, "no head of the log %s was cosigned yet: the first one will be taken as it is",
                 one->log->name);
        return OK;
    }
    if (err == OK) {
        err = checkpoint_open(buf_bytes(&one->note), one->log, &note, &one->head);
    }
    if (err == OK) {
        err = cosignature_verify(&note, witness->own, &one->time_s);
    }
    return err == OK || err == ERR_IO ? err : err_prefix(ERR_CORRUPT, "%s", one->path);
}

static err_t open_logs(struct witness *witness) {
    const struct trust *trust = witness->setup.trust;
    err_t err = OK;
    for (size_t i = 0; err == OK && i < trust->log_count; i++) {
        struct witnessed *one = &witness->logs[witness->count++];
        one->log = &trust->logs[i];
        one->path = log_path(witness->setup.folder, one->log, "checkpoint");
        one->refused_path = log_path(witness->setup.folder, one->log, "refused");
        err = one->path == NULL || one->refused_path == NULL ? no_memory() : load_head(witness, one);
    }
    return err;
}

err_t witness_open(const struct witness_setup *setup, struct witness **out) {
    if (access(setup->folder, R_OK | W_OK | X_OK) != 0) {
        return err_set(ERR_NOT_FOUND, "%s: no such folder, or it may not be written to", setup->folder);
    }
    struct witness *witness = calloc(1, sizeof *witness);
    if (witness == NULL) {
        return no_memory();
    }
    witness->setup = *setup;
    witness->own = &setup->trust->holders[setup->holder - 1];
    if (pthread_mutex_init(&witness->lock, NULL) != 0) {
        free(witness);
        return no_memory();
    }
    err_t err = open_logs(witness);
    if (err != OK) {
        witness_free(witness);
        return err;
    }
    *out = witness;
    return OK;
}

void witness_free(struct witness *witness) {
    if (witness == NULL) {
        return;
    }
    for (size_t i = 0; i < witness->count; i++) {
        free(witness->logs[i].path);
        free(witness->logs[i].refused_path);
        buf_free(&witness->logs[i].note);
    }
    (void)pthread_mutex_destroy(&witness->lock);
    free(witness);
}

// NULL where this holder witnesses no log of the text's origin.
static struct witnessed *find_log(struct witness *witness, const struct checkpoint *checkpoint) {
    for (size_t i = 0; i < witness->count; i++) {
        if (strcmp(witness->logs[i].log->name, checkpoint->origin) == 0) {
            return &witness->logs[i];
        }
    }
    return NULL;
}

// Two heads that the log has signed, of which one does not extend the other, convict the log or whoever has its key.
static void keep_evidence(const struct witnessed *one, struct bytes note, err_t err) {
    log_err(err, "refused a head that log %s has signed, kept in %s", one->log->name, one->refused_path);
    if (file_replace(one->refused_path, 0600, note) != OK) {
        log_line(LOG_ERROR, "it could not be kept: %s", err_detail());
    }
}

// C2SP tlog-witness, in its order.
static err_t check(const struct witnessed *one, const struct witness_request *request,
                   const struct checkpoint *checkpoint) {
    if (request->old_size > checkpoint->size || checkpoint->size == 0) {
        return err_set(ERR_INPUT, "field \"old\": larger than the checkpoint's size, or that is 0");
    }
    if (request->old_size != one->head.size) {
        return err_set(ERR_CONFLICT, "the last head that this witness has cosigned has the size %llu",
                       (unsigned long long)one->head.size);
    }
    if (checkpoint->size == one->head.size && memcmp(checkpoint->root, one->head.root, MERKLE_HASH_SIZE) != 0) {
        return err_set(ERR_CONFLICT, "this witness has cosigned another head of that size");
    }
    return merkle_check_consistency(&request->proof, one->head.size, one->head.root, checkpoint->size,
                                    checkpoint->root) == OK
               ? OK
               : err_set(ERR_INCONSISTENT, "the proof does not show that this head extends the last cosigned one");
}

// A clock that was set back does not take back what was said: the head was the last one then, and still is.
static int64_t time_of(const struct witness *witness, const struct witnessed *one) {
    int64_t now_s = clock_now_s(witness->setup.clock);
    return now_s > one->time_s ? now_s : one->time_s;
}

static err_t cosign(const struct witness *witness, struct witnessed *one, const struct note *note,
                    const struct checkpoint *checkpoint, struct buf *line) {
    struct buf whole = {0};
    int64_t time_s = time_of(witness, one);
    err_t err = cosignature_put(note->text, witness->own->name, witness->setup.seed, time_s, line);
    if (err == OK) {
        err = checkpoint_bare(note, one->log, &whole);
    }
    if (err == OK) {
        buf_put(&whole, line->data, line->len);
        err = buf_check(&whole);
    }
    if (err == OK && checkpoint->size != one->head.size) {
        err = file_replace(one->path, 0600, buf_bytes(&whole));
    }
    if (err != OK) {
        buf_free(&whole);
        return err;
    }
    buf_free(&one->note);
    one->note = whole;
    one->head = *checkpoint;
    one->time_s = time_s;
    return OK;
}

static err_t add(struct witness *witness, struct witnessed *one, const struct witness_request *request,
                 const struct note *note, const struct checkpoint *checkpoint, struct buf *line) {
    err_t err = check(one, request, checkpoint);
    if (err == ERR_INCONSISTENT || (err == ERR_CONFLICT && request->old_size == one->head.size)) {
        keep_evidence(one, buf_bytes(&request->checkpoint), err);
    }
    return err == OK ? cosign(witness, one, note, checkpoint, line) : err;
}

err_t witness_add(struct witness *witness, const struct witness_request *request, uint64_t *out_known,
                  struct buf *out_line) {
    struct note note;
    struct checkpoint checkpoint;
    struct buf line = {0};
    err_t err = note_parse(buf_bytes(&request->checkpoint), &note);
    if (err == OK) {
        err = checkpoint_parse(note.text, &checkpoint);
    }
    if (err != OK) {
        return err;
    }
    struct witnessed *one = find_log(witness, &checkpoint);
    if (one == NULL) {
        return err_set(ERR_NOT_FOUND, "the trust file of this holder names no log of that origin");
    }
    if (note_verify(&note, one->log) != OK) {
        return err_set(ERR_DENIED, "the checkpoint is not signed by the log's key");
    }
    (void)pthread_mutex_lock(&witness->lock);
    err = add(witness, one, request, &note, &checkpoint, &line);
    *out_known = one->head.size;
    (void)pthread_mutex_unlock(&witness->lock);
    if (err == OK) {
        buf_put(out_line, line.data, line.len);
        err = buf_check(out_line);
    }
    buf_free(&line);
    return err;
}

err_t witness_heads(struct witness *witness, struct witness_heads *out) {
    struct witness_heads heads = {0};
    err_t err = OK;
    (void)pthread_mutex_lock(&witness->lock);
    for (size_t i = 0; err == OK && i < witness->count; i++) {
        if (witness->logs[i].head.size > 0) {
            struct buf *note = &heads.notes[heads.count++];
            buf_put(note, witness->logs[i].note.data, witness->logs[i].note.len);
            err = buf_check(note);
        }
    }
    (void)pthread_mutex_unlock(&witness->lock);
    if (err != OK) {
        witness_heads_free(&heads);
        return err;
    }
    *out = heads;
    return OK;
}
