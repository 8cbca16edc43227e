// SPDX-License-Identifier: Apache-2.0
#include "indexd/log/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "indexd/log/tiles.h"

#define NO_RECORD UINT64_MAX

err_t audit_begin(struct audit *audit, const struct trust *trust, const char *folder) {
    struct note_key own;
    char *log = file_join(folder, LOG_FOLDER);
    err_t err = log == NULL ? err_set(ERR_MEMORY, "out of memory") : log_vkey_load(log, &own);
    free(log);
    if (err != OK) {
        return err;
    }
    for (size_t i = 0; i < trust->log_count; i++) {
        if (strcmp(trust->logs[i].name, own.name) == 0 &&
            memcmp(trust->logs[i].public_key, own.public_key, sizeof own.public_key) == 0) {
            *audit = (struct audit){.trust = trust, .log = trust->logs[i]};
            return OK;
        }
    }
    return err_set(ERR_SIGNATURE, "the trust file does not name the key of this journal, %s", own.name);
}

static int by_time(const void *a, const void *b) {
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

err_t audit_cosignatures(const struct trust *trust, const struct note *note, size_t *out_count, int64_t *out_time_s) {
    int64_t times[MAX_HOLDERS];
    size_t count = 0;
    for (size_t i = 0; i < trust->holder_count; i++) {
        count += cosignature_verify(note, &trust->holders[i], &times[count]) == OK ? 1 : 0;
    }
    qsort(times, count, sizeof times[0], by_time);
    *out_count = count;
    *out_time_s = count < trust->threshold ? 0 : times[trust->threshold - 1];
    return count < trust->threshold
               ? err_set(ERR_SIGNATURE, "cosigned by %zu key holders, and %zu are needed", count, trust->threshold)
               : OK;
}

static err_t push(struct audit *audit, const struct checkpoint *checkpoint, const char *label) {
    if (audit->head_count == AUDIT_HEADS_MAX) {
        return err_set(ERR_TOO_LARGE, "more than %d heads", AUDIT_HEADS_MAX);
    }
    struct audit_head *head = &audit->heads[audit->head_count++];
    head->checkpoint = *checkpoint;
    (void)snprintf(head->label, sizeof head->label, "%s", label);
    return OK;
}

err_t audit_add(struct audit *audit, struct bytes text, const char *label) {
    struct note note;
    struct checkpoint checkpoint;
    size_t count = 0;
    int64_t time_s = 0;
    err_t err = checkpoint_open(text, &audit->log, &note, &checkpoint);
    if (err == OK && audit_cosignatures(audit->trust, &note, &count, &time_s) != OK && count == 0) {
        err = err_set(ERR_SIGNATURE, "no key holder has cosigned it");
    }
    return err == OK ? push(audit, &checkpoint, label) : err_prefix(err, "%s", label);
}

// ---- the heads of the journal itself

static err_t take_cosigned(struct audit *audit, const char *log) {
    struct head head = {0};
    struct note note;
    err_t err = head_load(log, LOG_COSIGNED, &audit->log, &head);
    if (err == ERR_NOT_FOUND) {
        return err_set(err, "the journal has no head that key holders have cosigned");
    }
    if (err == OK) {
        err = note_parse(buf_bytes(&head.note), &note);
    }
    if (err == OK) {
        err = audit_cosignatures(audit->trust, &note, &audit->cosignatures, &audit->cosigned_at);
    }
    if (err == OK) {
        audit->cosigned = head.checkpoint.size;
        err = push(audit, &head.checkpoint, "the cosigned head");
    }
    buf_free(&head.note);
    return err;
}

static err_t take_signed(struct audit *audit, const char *log) {
    struct head head = {0};
    err_t err = head_load(log, LOG_CHECKPOINT, &audit->log, &head);
    if (err == OK) {
        audit->last = head.checkpoint;
        err = push(audit, &head.checkpoint, "the signed head");
    }
    buf_free(&head.note);
    return err;
}

// ---- the records

struct reading {
    struct audit *audit;
    struct merkle tree;
    struct tiles_view tiles;
    uint8_t leaves[TILE_WIDTH][MERKLE_HASH_SIZE]; // that the tiles state, of the tile in hand
    size_t width;
    uint64_t differs; // the first record whose leaf is not the tiles'
};

static void note_difference(struct reading *reading, const uint8_t leaf[MERKLE_HASH_SIZE]) {
    uint64_t index = reading->tree.size;
    size_t at = (size_t)(index % TILE_WIDTH);
    if (reading->differs != NO_RECORD || index >= reading->tiles.size) {
        return;
    }
    if (at == 0 && tiles_leaves(&reading->tiles, index / TILE_WIDTH, reading->leaves, &reading->width) != OK) {
        reading->width = 0;
    }
    if (at >= reading->width || memcmp(reading->leaves[at], leaf, MERKLE_HASH_SIZE) != 0) {
        reading->differs = index + 1;
    }
}

// The tiles tell which record it is, where they are those of the head themselves.
static err_t not_borne_out(struct reading *reading, const struct audit_head *head) {
    uint8_t root[MERKLE_HASH_SIZE];
    const struct checkpoint *checkpoint = &head->checkpoint;
    bool tiles = checkpoint->size <= reading->tiles.size && tiles_root(&reading->tiles, checkpoint->size, root) == OK &&
                 memcmp(root, checkpoint->root, sizeof root) == 0;
    if (tiles && reading->differs != NO_RECORD && reading->differs <= checkpoint->size) {
        return err_set(ERR_CORRUPT,
                       "record %llu is not the one of which %s was made: changed, removed, put in, or out of its place",
                       (unsigned long long)reading->differs, head->label);
    }
    return err_set(ERR_CORRUPT, "the first %llu records are not those of which %s was made",
                   (unsigned long long)checkpoint->size, head->label);
}

static err_t compare(struct reading *reading) {
    uint8_t root[MERKLE_HASH_SIZE];
    bool known = false;
    for (size_t i = 0; i < reading->audit->head_count; i++) {
        const struct audit_head *head = &reading->audit->heads[i];
        if (head->checkpoint.size != reading->tree.size) {
            continue;
        }
        if (!known) {
            merkle_root(&reading->tree, root);
            known = true;
        }
        if (memcmp(root, head->checkpoint.root, sizeof root) != 0) {
            return not_borne_out(reading, head);
        }
    }
    return OK;
}

static err_t take_record(void *ctx, const struct sealed_record *record) {
    struct reading *reading = ctx;
    uint8_t leaf[MERKLE_HASH_SIZE];
    merkle_leaf(record->sealed, leaf);
    note_difference(reading, leaf);
    merkle_append(&reading->tree, leaf);
    return compare(reading);
}

static err_t stop_at_first(void *ctx, const struct sealed_record *record) {
    (void)record;
    *(bool *)ctx = true;
    return OK;
}

static err_t read_records(struct audit *audit, const char *segments, const char *log) {
    static const struct record_place beginning;
    const struct audit_head *last = &audit->heads[0];
    struct record_place end;
    struct reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    for (size_t i = 1; i < audit->head_count; i++) {
        last = audit->heads[i].checkpoint.size > last->checkpoint.size ? &audit->heads[i] : last;
    }
    reading->audit = audit;
    reading->tiles = (struct tiles_view){log, audit->last.size};
    reading->differs = NO_RECORD;
    err_t err = records_each(segments, &beginning, last->checkpoint.size, take_record, reading, &end);
    audit->records = reading->tree.size;
    if (err == OK && reading->tree.size < last->checkpoint.size) {
        err = err_set(ERR_CORRUPT, "the journal ends with record %llu, and %s covers %llu: it was cut back",
                      (unsigned long long)reading->tree.size, last->label, (unsigned long long)last->checkpoint.size);
    }
    if (err == OK && reading->differs != NO_RECORD) {
        err = err_set(ERR_CORRUPT, "the tiles are not those of the journal, from record %llu on",
                      (unsigned long long)reading->differs);
    }
    // What follows may be a write in progress; only whether there is something matters.
    if (err == OK && records_each(segments, &end, end.size + 1, stop_at_first, &audit->more, NULL) != OK) {
        audit->more = true;
    }
    free(reading);
    return err;
}

static err_t check_tiles(const struct audit *audit, const char *log) {
    const struct tiles_view view = {log, audit->last.size};
    uint8_t root[MERKLE_HASH_SIZE];
    err_t err = tiles_root(&view, view.size, root);
    return err == OK && memcmp(root, audit->last.root, sizeof root) != 0
               ? err_set(ERR_CORRUPT, "the tiles are not those of the signed head")
               : err;
}

err_t audit_run(struct audit *audit, const char *folder) {
    char *segments = file_join(folder, "journal");
    char *log = file_join(folder, LOG_FOLDER);
    err_t err = segments == NULL || log == NULL ? err_set(ERR_MEMORY, "out of memory") : take_cosigned(audit, log);
    if (err == OK) {
        err = take_signed(audit, log);
    }
    if (err == OK) {
        err = read_records(audit, segments, log);
    }
    if (err == OK) {
        err = check_tiles(audit, log);
    }
    free(segments);
    free(log);
    return err;
}
