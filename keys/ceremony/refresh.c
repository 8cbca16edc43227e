// SPDX-License-Identifier: Apache-2.0
// `ceremony refresh`: the authority puts the holders' contributions together into the next generation's descriptor. It
// adds commitments, which are public: neither the key nor a share comes near its machine.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/contributions.h"
#include "keys/ceremony/descriptor_file.h"
#include "keys/ceremony/folder.h"
#include "keys/ceremony/show.h"

struct refresh_options {
    const char *dir, *passphrase_file;
    int64_t days, overlap_days;
};

struct refresh {
    const struct refresh_options *given;
    int64_t now_s;
    struct folder folder;
    struct trust trust;
    struct buf whole; // the present descriptor's file
    struct descriptor present, next;
    struct contributions contributions;
};

static err_t read_present(struct refresh *refresh) {
    char path[PATH_MAX];
    err_t err = folder_open(refresh->given->dir, &refresh->folder);
    err = err != OK ? err : folder_path(refresh->folder.dir, path, FOLDER_TRUST);
    err = err != OK ? err : trust_load(path, &refresh->trust);
    err = err != OK ? err : folder_path(refresh->folder.dir, path, FOLDER_DESCRIPTOR);
    return err != OK ? err : descriptor_file_read(path, &refresh->folder.authority, &refresh->whole, &refresh->present);
}

// One change of keys at a time: a third sharing would have no place in the descriptor.
static err_t check_settled(const struct refresh *refresh) {
    const struct descriptor *present = &refresh->present;
    if (descriptor_rotates(present)) {
        return err_set(ERR_STALE, "epoch %u is still in use beside epoch %u: end that rotation first",
                       present->previous.epoch, present->epoch);
    }
    if (present->has_previous && refresh->now_s < present->previous.until) {
        char until[SHOW_UNTIL_SIZE];
        show_until(present->previous.until, refresh->now_s, until);
        return err_set(ERR_STALE, "generation %u is served until %s: refresh again after that",
                       present->previous.generation, until);
    }
    return OK;
}

static err_t plan(struct refresh *refresh) {
    const struct descriptor *present = &refresh->present;
    struct descriptor *next = &refresh->next;
    struct threshold_commitments commitments;
    err_t err = contributions_commit(&refresh->contributions, present, &commitments);
    if (err != OK) {
        return err;
    }
    *next = *present;
    next->version++;
    next->issued = refresh->now_s;
    next->expires = refresh->now_s + refresh->given->days * DAY_S;
    next->generation++;
    memcpy(next->commitments, commitments.points, sizeof next->commitments);
    next->has_previous = true;
    next->previous = (struct descriptor_key){.epoch = present->epoch,
                                             .generation = present->generation,
                                             .until = refresh->now_s + refresh->given->overlap_days * DAY_S};
    memcpy(next->previous.commitments, present->commitments, sizeof next->previous.commitments);
    return descriptor_follows(next, present);
}

static void tell(const struct refresh *refresh) {
    const struct descriptor *next = &refresh->next;
    printf("The authority has signed %s/" FOLDER_DESCRIPTOR ":\n", refresh->given->dir);
    show_descriptor(stdout, next, refresh->now_s);
    printf(
        "The former one is kept as " FOLDER_DESCRIPTOR ".%" PRIu64 ".\n\n"
        "Next:\n  every holder runs `ceremony accept` with this descriptor and the same contributions: it makes the\n"
        "  new share and signs. Then all holders restart keyholderd, and all parties get the descriptor.\n",
        refresh->present.version);
}

static err_t refresh_run(const void *options, const struct operands *operands) {
    struct refresh refresh = {.given = options, .now_s = clock_now_s(&clock_system)};
    uint8_t *seed = NULL;
    err_t err = command_need("dir", refresh.given->dir);
    err = err != OK ? err : read_present(&refresh);
    err = err != OK ? err : check_settled(&refresh);
    err = err != OK ? err
                    : contributions_load(operands->items, operands->count, &refresh.trust, &refresh.present,
                                         &refresh.contributions);
    err = err != OK ? err : plan(&refresh);
    err = err != OK ? err : folder_open_authority(&refresh.folder, refresh.given->passphrase_file, &seed);
    err = err != OK
              ? err
              : descriptor_file_write_next(&refresh.folder, seed, &refresh.next, &refresh.present, &refresh.whole);
    if (err == OK) {
        tell(&refresh);
    }
    secret_free(seed);
    buf_free(&refresh.whole);
    return err;
}

int ceremony_refresh(int argc, char **argv) {
    struct refresh_options options = {.days = 366, .overlap_days = 14};
    const struct option_row rows[] = {
        {"dir", "DIR", OPTION_TEXT, &options.dir, 0, 0, "the authority's folder"},
        {"overlap-days", "NUMBER", OPTION_NUMBER, &options.overlap_days, 1, 366,
         "how long the present generation is served as well (default 14)"},
        {"days", "NUMBER", OPTION_NUMBER, &options.days, 1, COMMAND_DAYS_MAX, "validity from now (default 366)"},
        {"passphrase-file", "FILE", OPTION_TEXT, &options.passphrase_file, 0, 0,
         "the authority's passphrase (0600); without it, the terminal asks"},
    };
    const struct command command = {
        .usage = {"ceremony refresh", "--dir DIR [--overlap-days NUMBER] [--days NUMBER] CONTRIBUTION...",
                  "Signs the descriptor of the next generation: new shares of the same key, made of the contributions "
                  "of at\nleast t holders. Tokens stay as they are.",
                  CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .min = 1,
        .max = MAX_HOLDERS,
        .act = refresh_run,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
