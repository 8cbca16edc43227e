// SPDX-License-Identifier: Apache-2.0
#include "indexd/log/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "indexd/log/grow.h"
#include "indexd/log/head.h"
#include "indexd/log/tiles.h"
#include "indexd/months.h"

#define PIECE (256 * 1024)
#define TO_THE_END UINT64_MAX

struct folders {
    char *segments, *log; // of a store, or of its copy
};

static err_t file_problem(const char *path) {
    return err_set(errno == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", path, strerror(errno));
}

static void folders_free(struct folders *folders) {
    free(folders->segments);
    free(folders->log);
}

static err_t folders_of(const char *folder, struct folders *out) {
    *out = (struct folders){file_join(folder, "journal"), file_join(folder, LOG_FOLDER)};
    return out->segments == NULL || out->log == NULL ? err_set(ERR_MEMORY, "out of memory") : OK;
}

static err_t copy_bytes(int from, int to, const char *path, uint64_t count) {
    uint8_t *piece = malloc(PIECE);
    err_t err = piece == NULL ? err_set(ERR_MEMORY, "out of memory") : OK;
    while (err == OK && count > 0) {
        ssize_t got = read(from, piece, count < PIECE ? (size_t)count : PIECE);
        if (got <= 0) {
            err = got < 0 || count != TO_THE_END ? file_problem(path) : OK;
            break;
        }
        for (ssize_t done = 0; err == OK && done < got;) {
            ssize_t put = write(to, piece + done, (size_t)(got - done));
            err = put <= 0 ? file_problem(path) : OK;
            done += put;
        }
        count -= count == TO_THE_END ? 0 : (uint64_t)got;
    }
    free(piece);
    return err;
}

static err_t copy_file(const char *from, const char *to, uint64_t count) {
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0) {
        return file_problem(from);
    }
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    err_t err = out < 0 ? file_problem(to) : copy_bytes(in, out, to, count);
    if (err == OK && fsync(out) != 0) {
        err = file_problem(to);
    }
    if (out >= 0) {
        (void)close(out);
    }
    (void)close(in);
    return err;
}

static err_t copy_named(const char *from, const char *to, const char *name, uint64_t count) {
    char *source = file_join(from, name);
    char *target = file_join(to, name);
    err_t err =
        source == NULL || target == NULL ? err_set(ERR_MEMORY, "out of memory") : copy_file(source, target, count);
    free(source);
    free(target);
    return err;
}

static err_t pass_over(void *ctx, const struct sealed_record *record) {
    (void)ctx;
    (void)record;
    return OK;
}

// Up to the end of the head's last record.
static err_t copy_segments(const struct folders *from, const struct folders *to, uint64_t size) {
    static const struct record_place beginning;
    struct record_place end;
    struct months months = {0};
    err_t err = records_each(from->segments, &beginning, size, pass_over, NULL, &end);
    if (err == OK && end.size < size) {
        err = err_set(ERR_CORRUPT, "the journal ends with record %llu, before its signed head",
                      (unsigned long long)end.size);
    }
    if (err == OK) {
        err = months_list(from->segments, ".seg", &months);
    }
    for (size_t i = 0; err == OK && i < months.count; i++) {
        char name[SEGMENT_NAME_SIZE + 4];
        int order = strcmp(months.items[i].name, end.segment);
        (void)memcpy(name, months.items[i].name, SEGMENT_NAME_SIZE - 1);
        memcpy(name + SEGMENT_NAME_SIZE - 1, ".seg", 5);
        err = order > 0 ? OK : copy_named(from->segments, to->segments, name, order < 0 ? TO_THE_END : end.offset);
    }
    months_free(&months);
    return err;
}

static err_t make_tiles(const struct folders *to, const struct checkpoint *checkpoint) {
    const struct tiles_view view = {to->log, checkpoint->size};
    struct record_place place = {0};
    uint8_t root[MERKLE_HASH_SIZE];
    err_t err = grow_tiles(to->segments, to->log, checkpoint->size, &place);
    if (err == OK) {
        err = tiles_root(&view, checkpoint->size, root);
    }
    if (err == OK && memcmp(root, checkpoint->root, sizeof root) != 0) {
        err = err_set(ERR_CORRUPT, "the journal's records are not those of its signed head");
    }
    return err;
}

// The heads are taken first, and their texts are what is written: the index may sign the next one meanwhile.
static err_t copy_all(const struct folders *from, const struct folders *to, const char *folder, uint64_t *out_records) {
    struct note_key log;
    struct head head = {0};
    struct head cosigned = {0};
    err_t err = log_vkey_load(from->log, &log);
    if (err == OK) {
        err = head_load(from->log, LOG_COSIGNED, &log, &cosigned);
        err = err == ERR_NOT_FOUND ? OK : err;
    }
    if (err == OK) {
        err = head_load(from->log, LOG_CHECKPOINT, &log, &head);
        err = err == ERR_NOT_FOUND ? err_set(err, "no head of the journal was signed yet: is the index running?") : err;
    }
    if (err == OK && mkdir(folder, 0700) != 0) {
        err = errno == EEXIST ? err_set(ERR_EXISTS, "%s: already there", folder) : file_problem(folder);
    }
    if (err == OK) {
        err = file_make_dir(to->segments);
    }
    if (err == OK) {
        err = file_make_dir(to->log);
    }
    if (err == OK) {
        err = copy_segments(from, to, head.checkpoint.size);
    }
    if (err == OK) {
        err = make_tiles(to, &head.checkpoint);
    }
    if (err == OK) {
        err = copy_named(from->log, to->log, "vkey", TO_THE_END);
    }
    if (err == OK && cosigned.note.len > 0) {
        err = head_store(to->log, LOG_COSIGNED, buf_bytes(&cosigned.note));
    }
    if (err == OK) {
        err = head_store(to->log, LOG_CHECKPOINT, buf_bytes(&head.note));
        *out_records = head.checkpoint.size;
    }
    buf_free(&head.note);
    buf_free(&cosigned.note);
    return err;
}

err_t export_journal(const char *store, const char *folder, uint64_t *out_records) {
    struct folders from = {0};
    struct folders to = {0};
    err_t err = folders_of(store, &from);
    if (err == OK) {
        err = folders_of(folder, &to);
    }
    if (err == OK) {
        err = copy_all(&from, &to, folder, out_records);
    }
    folders_free(&from);
    folders_free(&to);
    return err;
}
