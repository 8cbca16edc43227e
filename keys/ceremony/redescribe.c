// SPDX-License-Identifier: Apache-2.0
// `ceremony redescribe`: the next version of the descriptor, with other addresses or a later end, signed by the
// authority alone. It is valid once the holders have cosigned it.
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/folder.h"
#include "keys/ceremony/outputs.h"
#include "keys/ceremony/show.h"
#include "keys/descriptor.h"

struct redescribe_options {
    const char *dir, *passphrase_file;
    int64_t days;
    struct option_list holders, indexes;
};

// The present descriptor as it lies in the folder: the authority's own signature makes it ours. It may have expired,
// or still lack the holders' signatures.
static err_t read_present(const struct folder *folder, struct buf *whole, struct descriptor *out) {
    char path[PATH_MAX];
    struct note note;
    err_t err = folder_path(folder->dir, path, FOLDER_DESCRIPTOR);
    err = err != OK ? err : file_read(path, MAX_DESCRIPTOR, whole);
    if (err != OK) {
        return err;
    }
    err = note_parse(buf_bytes(whole), &note);
    err = err != OK ? err : note_verify(&note, &folder->authority);
    err = err != OK ? err : descriptor_parse(note.text, out);
    return err == OK ? OK : err_prefix(err, "%s", path);
}

static err_t plan_next(const struct redescribe_options *given, const struct descriptor *present, int64_t now_s,
                       struct descriptor *next) {
    *next = *present;
    next->version++;
    next->issued = now_s;
    next->expires = now_s + given->days * DAY_S;
    err_t err = OK;
    if (given->holders.count > 0 && given->holders.count != present->holder_count) {
        return err_set(ERR_INPUT, "--holder is given %zu times for %zu holders", given->holders.count,
                       present->holder_count);
    }
    if (given->holders.count > 0) {
        err = command_addresses("holder", &given->holders, MAX_HOLDERS, next->holders, &next->holder_count);
    }
    if (err == OK && given->indexes.count > 0) {
        err = command_addresses("index", &given->indexes, MAX_INDEXES, next->indexes, &next->index_count);
    }
    return err != OK ? err : descriptor_follows(next, present);
}

// The descriptor that is replaced stays in the folder under its version, with all its signatures.
static err_t keep_present(const struct folder *folder, uint64_t version, const struct buf *whole,
                          struct outputs *outputs) {
    char path[PATH_MAX];
    err_t err = folder_path(folder->dir, path, FOLDER_DESCRIPTOR ".%" PRIu64, version);
    return err != OK ? err : outputs_create(outputs, path, 0644, buf_bytes(whole));
}

static err_t write_next(const struct folder *folder, const struct descriptor *next, const uint8_t *seed,
                        const struct descriptor *present, const struct buf *whole) {
    char path[PATH_MAX];
    struct buf text = {0}, note = {0};
    struct outputs outputs = {0};
    err_t err = folder_path(folder->dir, path, FOLDER_DESCRIPTOR);
    err = err != OK ? err : descriptor_write(next, &text);
    err = err != OK ? err : folder_sign(folder, seed, buf_bytes(&text), &note);
    err = err != OK ? err : keep_present(folder, present->version, whole, &outputs);
    err = err != OK ? err : file_replace(path, 0644, buf_bytes(&note));
    err = outputs_end(&outputs, err);
    buf_free(&text);
    buf_free(&note);
    return err;
}

static err_t redescribe_act(const void *options, const struct operands *operands) {
    (void)operands;
    const struct redescribe_options *given = options;
    struct folder folder;
    struct descriptor present, next;
    struct buf whole = {0};
    uint8_t *seed = NULL;
    int64_t now_s = clock_now_s(&clock_system);
    err_t err = command_need("dir", given->dir);
    err = err != OK ? err : folder_open(given->dir, &folder);
    err = err != OK ? err : read_present(&folder, &whole, &present);
    err = err != OK ? err : plan_next(given, &present, now_s, &next);
    err = err != OK ? err : folder_open_authority(&folder, given->passphrase_file, &seed);
    err = err != OK ? err : write_next(&folder, &next, seed, &present, &whole);
    if (err == OK) {
        printf("The authority has signed %s/" FOLDER_DESCRIPTOR ":\n", given->dir);
        show_descriptor(stdout, &next, now_s);
        printf("The former one is kept as " FOLDER_DESCRIPTOR ".%" PRIu64 ".\n\n"
               "Next: at least %zu of the holders add their signatures with `ceremony cosign`; before that no party "
               "accepts\n"
               "it. Then all parties get the file.\n",
               present.version, next.threshold);
    }
    secret_free(seed);
    buf_free(&whole);
    return err;
}

int ceremony_redescribe(int argc, char **argv) {
    struct redescribe_options options = {.days = 366};
    const struct option_row rows[] = {
        {"dir", "DIR", OPTION_TEXT, &options.dir, 0, 0, "the authority's folder"},
        {"holder", "URL", OPTION_LIST, &options.holders, 0, 0,
         "https://host:port of a key holder: none, or all of them in order"},
        {"index", "URL", OPTION_LIST, &options.indexes, 0, 0, "https://host:port of an index: none, or all of them"},
        {"days", "NUMBER", OPTION_NUMBER, &options.days, 1, COMMAND_DAYS_MAX, "validity from now (default 366)"},
        {"passphrase-file", "FILE", OPTION_TEXT, &options.passphrase_file, 0, 0,
         "the authority's passphrase (0600); without it, the terminal asks"},
    };
    const struct command command = {
        .usage = {"ceremony redescribe", "--dir DIR [--holder URL]... [--index URL]... [--days NUMBER]",
                  "Signs the next version of the descriptor: other addresses, a later end, everything else as it was.",
                  CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .act = redescribe_act,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
