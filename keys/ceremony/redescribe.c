// SPDX-License-Identifier: Apache-2.0
// `ceremony redescribe`: the next version of the descriptor, with other addresses or a later end, signed by the
// authority alone. It is valid once the holders have cosigned it.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/descriptor_file.h"
#include "keys/ceremony/folder.h"
#include "keys/ceremony/show.h"
#include "keys/descriptor.h"

struct redescribe_options {
    const char *dir, *passphrase_file;
    int64_t days;
    struct option_list holders, indexes;
    bool end_overlap, end_rotation;
};

// The epoch before becomes a retired one. The index refuses this descriptor while a feed has not moved.
static err_t end_rotation(struct descriptor *next) {
    if (!descriptor_rotates(next)) {
        return err_set(ERR_INPUT, "--end-rotation: one epoch alone is in use already");
    }
    size_t kept = next->retired_count < MAX_RETIRED ? next->retired_count : MAX_RETIRED - 1;
    memmove(next->retired + 1, next->retired, kept * sizeof next->retired[0]);
    next->retired[0] = (struct descriptor_key){.epoch = next->previous.epoch, .generation = next->previous.generation};
    memcpy(next->retired[0].commitments, next->previous.commitments, sizeof next->previous.commitments);
    next->retired_count = kept + 1;
    next->has_previous = false;
    return OK;
}

static err_t plan_next(const struct redescribe_options *given, const struct descriptor *present, int64_t now_s,
                       struct descriptor *next) {
    *next = *present;
    next->version++;
    next->issued = now_s;
    next->expires = now_s + given->days * DAY_S;
    bool overlaps = next->has_previous && !descriptor_rotates(next);
    if (given->end_overlap && !overlaps) {
        return err_set(ERR_INPUT, "--end-overlap: one generation alone is served already");
    }
    if (overlaps && (given->end_overlap || now_s >= next->previous.until)) {
        next->has_previous = false;
    }
    err_t err = given->end_rotation ? end_rotation(next) : OK;
    if (err != OK) {
        return err;
    }
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

static err_t redescribe_act(const void *options, const struct operands *operands) {
    (void)operands;
    const struct redescribe_options *given = options;
    struct folder folder;
    struct descriptor present, next;
    struct buf whole = {0};
    char path[PATH_MAX];
    uint8_t *seed = NULL;
    int64_t now_s = clock_now_s(&clock_system);
    err_t err = command_need("dir", given->dir);
    err = err != OK ? err : folder_open(given->dir, &folder);
    err = err != OK ? err : folder_path(given->dir, path, FOLDER_DESCRIPTOR);
    err = err != OK ? err : descriptor_file_read(path, &folder.authority, &whole, &present);
    err = err != OK ? err : plan_next(given, &present, now_s, &next);
    err = err != OK ? err : folder_open_authority(&folder, given->passphrase_file, &seed);
    err = err != OK ? err : descriptor_file_write_next(&folder, seed, &next, &present, &whole);
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
        {"end-overlap", NULL, OPTION_FLAG, &options.end_overlap, 0, 0,
         "after a refresh: the generation before is served no longer, its shares are destroyed"},
        {"end-rotation", NULL, OPTION_FLAG, &options.end_rotation, 0, 0,
         "when every feed has moved: the older epoch is in use no longer, its key is retired"},
        {"days", "NUMBER", OPTION_NUMBER, &options.days, 1, COMMAND_DAYS_MAX, "validity from now (default 366)"},
        {"passphrase-file", "FILE", OPTION_TEXT, &options.passphrase_file, 0, 0,
         "the authority's passphrase (0600); without it, the terminal asks"},
    };
    const struct command command = {
        .usage = {"ceremony redescribe",
                  "--dir DIR [--holder URL]... [--index URL]... [--end-overlap] [--end-rotation] [--days NUMBER]",
                  "Signs the next version of the descriptor: other addresses, a later end, everything else as it was.",
                  CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .act = redescribe_act,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
