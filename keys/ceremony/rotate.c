// SPDX-License-Identifier: Apache-2.0
// `ceremony rotate`: a new key, a new epoch. The authority makes it, seals each holder's share to that holder's inbox,
// and signs the descriptor under which both keys are in use. As when the first key was dealt, this machine knows the
// new key for a moment; it never sees the old one.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/contribution.h"
#include "keys/ceremony/dealing.h"
#include "keys/ceremony/descriptor_file.h"
#include "keys/ceremony/folder.h"
#include "keys/ceremony/show.h"

#define FOLDER_SHARES "shares-%" PRIu32 // of an epoch, sealed to the holders' inboxes

struct rotate_options {
    const char *dir, *passphrase_file;
    int64_t days;
};

struct rotate {
    const struct rotate_options *given;
    int64_t now_s;
    struct folder folder;
    struct trust trust;
    struct buf whole; // the present descriptor's file
    struct descriptor present, next;
    struct inbox inboxes[MAX_HOLDERS];
    struct dealing *dealing; // locked memory
    struct contribution shares;
    char path[PATH_MAX];
};

static err_t read_present(struct rotate *rotate) {
    char path[PATH_MAX];
    err_t err = folder_open(rotate->given->dir, &rotate->folder);
    err = err != OK ? err : folder_path(rotate->folder.dir, path, FOLDER_TRUST);
    err = err != OK ? err : trust_load(path, &rotate->trust);
    err = err != OK ? err : folder_path(rotate->folder.dir, path, FOLDER_DESCRIPTOR);
    return err != OK ? err : descriptor_file_read(path, &rotate->folder.authority, &rotate->whole, &rotate->present);
}

// One change of keys at a time.
static err_t check_settled(const struct rotate *rotate) {
    const struct descriptor *present = &rotate->present;
    if (descriptor_rotates(present)) {
        return err_set(ERR_STALE, "epoch %u is still in use beside epoch %u: end that rotation first",
                       present->previous.epoch, present->epoch);
    }
    if (present->has_previous && rotate->now_s < present->previous.until) {
        return err_set(ERR_STALE,
                       "generation %u is still served: let the overlap end, or end it by `ceremony "
                       "redescribe --end-overlap`",
                       present->previous.generation);
    }
    return OK;
}

static err_t read_inboxes(struct rotate *rotate, const struct operands *operands) {
    struct inbox expected = {.epoch = rotate->present.epoch, .generation = rotate->present.generation};
    memcpy(expected.scheme, rotate->present.scheme, sizeof expected.scheme);
    return inbox_load_all(operands->items, operands->count, &rotate->trust, &expected, rotate->inboxes);
}

static void plan(struct rotate *rotate) {
    const struct descriptor *present = &rotate->present;
    struct descriptor *next = &rotate->next;
    *next = *present;
    next->version++;
    next->issued = rotate->now_s;
    next->expires = rotate->now_s + rotate->given->days * DAY_S;
    next->epoch++;
    next->generation = 1;
    next->has_previous = true;
    next->previous = (struct descriptor_key){.epoch = present->epoch, .generation = present->generation};
    memcpy(next->previous.commitments, present->commitments, sizeof next->previous.commitments);
    for (size_t i = 0; i < present->slot_count; i++) {
        memcpy(next->previous.canary_tokens[i], present->slots[i].canary_token, TOKEN_SIZE);
    }
}

// Fills the next descriptor's commitments and canaries, and seals the shares.
static err_t deal(struct rotate *rotate) {
    const struct descriptor *next = &rotate->next;
    struct contribution *shares = &rotate->shares;
    err_t err = dealing_make(&rotate->next, &rotate->dealing);
    if (err != OK) {
        return err;
    }
    memcpy(shares->scheme, next->scheme, sizeof shares->scheme);
    shares->epoch = next->epoch;
    shares->generation = next->generation;
    return contribution_seal(rotate->inboxes, (const uint8_t(*)[OPRF_SCALAR_SIZE])rotate->dealing->shares,
                             next->holder_count, shares);
}

// The shares first: a descriptor without them would be of no use. Those of an attempt that was cut off are replaced, as
// nobody can have accepted them without its descriptor.
static err_t write_all(struct rotate *rotate, const uint8_t *seed) {
    struct buf note = {0};
    err_t err = descriptor_follows(&rotate->next, &rotate->present);
    err = err != OK ? err : folder_path(rotate->folder.dir, rotate->path, FOLDER_SHARES, rotate->next.epoch);
    err = err != OK ? err : contribution_write(&rotate->shares, &rotate->folder.authority, seed, &note);
    err = err != OK ? err : file_replace(rotate->path, 0644, buf_bytes(&note));
    err = err != OK
              ? err
              : descriptor_file_write_next(&rotate->folder, seed, &rotate->next, &rotate->present, &rotate->whole);
    buf_free(&note);
    return err;
}

static err_t rotate_run(const void *options, const struct operands *operands) {
    struct rotate rotate = {.given = options, .now_s = clock_now_s(&clock_system)};
    uint8_t *seed = NULL;
    err_t err = command_need("dir", rotate.given->dir);
    err = err != OK ? err : read_present(&rotate);
    err = err != OK ? err : check_settled(&rotate);
    err = err != OK ? err : read_inboxes(&rotate, operands);
    err = err != OK ? err : folder_open_authority(&rotate.folder, rotate.given->passphrase_file, &seed);
    if (err == OK) {
        plan(&rotate);
        err = deal(&rotate);
    }
    err = err != OK ? err : write_all(&rotate, seed);
    if (err == OK) {
        printf("A new key was made, dealt to %zu holders and destroyed. The authority has signed %s/" FOLDER_DESCRIPTOR
               ":\n",
               rotate.next.holder_count, rotate.given->dir);
        show_descriptor(stdout, &rotate.next, rotate.now_s);
        printf(
            "  %s   the new shares, each sealed to its holder's inbox\n\nNext: every holder runs `ceremony accept` "
            "with "
            "this descriptor and these shares. Then all holders\nrestart keyholderd, then the index, then all clients "
            "get the descriptor. The feeds move by themselves.\n",
            rotate.path);
    }
    secret_free(rotate.dealing);
    secret_free(seed);
    buf_free(&rotate.whole);
    return err;
}

int ceremony_rotate(int argc, char **argv) {
    struct rotate_options options = {.days = 366};
    const struct option_row rows[] = {
        {"dir", "DIR", OPTION_TEXT, &options.dir, 0, 0, "the authority's folder"},
        {"days", "NUMBER", OPTION_NUMBER, &options.days, 1, COMMAND_DAYS_MAX, "validity from now (default 366)"},
        {"passphrase-file", "FILE", OPTION_TEXT, &options.passphrase_file, 0, 0,
         "the authority's passphrase (0600); without it, the terminal asks"},
    };
    const struct command command = {
        .usage =
            {"ceremony rotate", "--dir DIR [--days NUMBER] [--passphrase-file FILE] INBOX...",
             "Makes a new key, a new epoch, with the inboxes of all holders. Until every feed has moved everything is "
             "asked\nand registered under both keys.",
             CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .min = 1,
        .max = MAX_HOLDERS,
        .act = rotate_run,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
