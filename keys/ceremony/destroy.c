// SPDX-License-Identifier: Apache-2.0
// `ceremony destroy`: a key holder ends all its shares and signs a receipt. The receipt is on disk before the first
// share goes and gets its name when the last has gone; what was cut off is taken up by the same command.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/seal.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/destroy_verify.h"
#include "keys/ceremony/folder.h"
#include "keys/ceremony/inbox.h"
#include "keys/ceremony/outputs.h"
#include "keys/share.h"
#include "keys/share_files.h"
#include "proto/receipt.h"

#define PENDING ".pending"

struct destroy_options {
    const char *share, *passphrase_file, *out, *confirm;
    bool verify;
    struct destroy_verify_options check;
};

struct destroy {
    const struct destroy_options *given;
    struct share_files files;
    struct share_list list;
    int held[SHARE_FILES_MAX];
    char pending[PATH_MAX];
    struct note_key own;
    uint8_t *seed; // locked memory
    struct receipt receipt;
};

// The receipt.

static bool says(const struct receipt *receipt, const struct receipt_share *share) {
    for (size_t i = 0; i < receipt->count; i++) {
        if (receipt->shares[i].epoch == share->epoch && receipt->shares[i].generation == share->generation) {
            return true;
        }
    }
    return false;
}

static err_t add_entry(struct receipt *receipt, const struct receipt_share *share) {
    if (says(receipt, share)) {
        return OK;
    }
    if (receipt->count == RECEIPT_SHARES_MAX) {
        return err_set(ERR_TOO_LARGE, "more than %d shares for one receipt", RECEIPT_SHARES_MAX);
    }
    receipt->shares[receipt->count++] = *share;
    return OK;
}

static err_t take_names(struct destroy *destroy, const struct share *share) {
    struct receipt *receipt = &destroy->receipt;
    char name[NOTE_NAME_MAX + 1];
    if (destroy->seed != NULL) {
        bool same = strcmp(receipt->scheme, share->scheme) == 0 && receipt->holder == share->holder &&
                    secret_equal(destroy->seed, share->note_seed, NOTE_SEED_SIZE);
        return same ? OK : err_set(ERR_INPUT, "of another scheme or holder than the share beside it");
    }
    destroy->seed = secret_new(NOTE_SEED_SIZE);
    if (destroy->seed == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    memcpy(destroy->seed, share->note_seed, NOTE_SEED_SIZE);
    memcpy(receipt->scheme, share->scheme, sizeof receipt->scheme);
    receipt->holder = share->holder;
    folder_holder_name(share->scheme, share->holder, name);
    return note_key_of_seed(name, destroy->seed, &destroy->own);
}

static err_t add_share(struct destroy *destroy, const char *path, struct bytes passphrase) {
    struct share *share = NULL;
    err_t err = share_open(path, passphrase, &share);
    if (err != OK) {
        return err;
    }
    struct receipt_share entry = {.epoch = share->epoch, .generation = share->generation};
    memcpy(entry.commitments, share->sharing, sizeof entry.commitments);
    err = take_names(destroy, share);
    err = err != OK ? err : add_entry(&destroy->receipt, &entry);
    secret_free(share);
    return err == OK ? OK : err_prefix(err, "%s", path);
}

// What an attempt that was cut off has destroyed already stands in the receipt that it left.
static err_t add_pending(struct destroy *destroy) {
    struct receipt before;
    struct note_key keys[MAX_HOLDERS] = {0};
    keys[destroy->receipt.holder - 1] = destroy->own;
    err_t err = receipt_load(destroy->pending, keys, destroy->receipt.holder, &before);
    if (err == ERR_NOT_FOUND) {
        return OK;
    }
    for (size_t i = 0; err == OK && i < before.count; i++) {
        err = add_entry(&destroy->receipt, &before.shares[i]);
    }
    return err;
}

static err_t write_pending(const struct destroy *destroy) {
    struct buf text = {0}, note = {0};
    err_t err = receipt_write(&destroy->receipt, &text);
    buf_put(&note, text.data, text.len);
    buf_put_str(&note, "\n");
    err = err != OK ? err : note_sign(buf_bytes(&text), destroy->own.name, destroy->seed, &note);
    err = err != OK ? err : buf_check(&note);
    err = err != OK ? err : file_replace(destroy->pending, 0644, buf_bytes(&note));
    buf_free(&text);
    buf_free(&note);
    return err;
}

// Before.

static err_t plan(struct destroy *destroy) {
    const struct destroy_options *given = destroy->given;
    err_t err = command_need("share", given->share);
    err = err != OK ? err : command_need("out", given->out);
    err = err != OK ? err : outputs_absent(given->out);
    err = err != OK ? err : share_files_of(given->share, &destroy->files);
    err = err != OK ? err : share_files_list(&destroy->files, &destroy->list);
    if (err == OK && snprintf(destroy->pending, PATH_MAX, "%s" PENDING, given->out) >= PATH_MAX) {
        err = err_set(ERR_TOO_LARGE, "the receipt's path is too long");
    }
    return err;
}

static err_t hold_all(struct destroy *destroy) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < destroy->list.count; i++) {
        err = share_files_hold(destroy->list.paths[i], true, &destroy->held[i]);
    }
    return err != ERR_UNAVAILABLE ? err : err_prefix(err, "stop keyholderd first, whose memory has the share too");
}

// A file that was overwritten in part by an attempt that was cut off no longer opens, and is not asked: SHARE goes
// last.
static err_t open_all(struct destroy *destroy) {
    uint8_t *passphrase = NULL;
    size_t len = 0;
    err_t err =
        seal_passphrase(destroy->given->passphrase_file, "Your passphrase, of the share: ", false, &passphrase, &len);
    for (size_t i = destroy->list.count; err == OK && i-- > 0;) {
        err = add_share(destroy, destroy->list.paths[i], bytes_of(passphrase, len));
        if (err == ERR_CORRUPT && destroy->seed != NULL && access(destroy->pending, F_OK) == 0) {
            err = OK;
        }
    }
    secret_free(passphrase);
    return err != OK ? err : add_pending(destroy);
}

static err_t check_confirmed(const struct destroy *destroy) {
    char name[NOTE_NAME_MAX + 1], words[NOTE_NAME_MAX + 16];
    folder_holder_name(destroy->receipt.scheme, (size_t)destroy->receipt.holder, name);
    (void)snprintf(words, sizeof words, "destroy %s", name);
    if (destroy->given->confirm == NULL || strcmp(destroy->given->confirm, words) != 0) {
        return err_set(ERR_DENIED, "nothing was destroyed: to destroy %zu shares for good, give --confirm \"%s\"",
                       destroy->list.count, words);
    }
    return OK;
}

// The act.

static err_t destroy_if_there(const char *path) {
    err_t err = file_destroy(path);
    return err == ERR_NOT_FOUND ? OK : err;
}

static err_t destroy_inbox(const struct destroy *destroy) {
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%.*s" INBOX_SUFFIX, PATH_MAX - 16, destroy->given->share);
    return destroy_if_there(path);
}

static err_t name_receipt(const struct destroy *destroy) {
    return rename(destroy->pending, destroy->given->out) == 0
               ? OK
               : err_set(ERR_IO, "%s: %s", destroy->pending, strerror(errno));
}

static err_t destroy_all(const struct destroy *destroy) {
    err_t err = write_pending(destroy);
    err = err != OK ? err : destroy_inbox(destroy);
    for (size_t i = 0; err == OK && i < destroy->list.count; i++) {
        err = file_destroy(destroy->list.paths[i]);
    }
    return err != OK ? err : name_receipt(destroy);
}

static err_t read_pending(struct destroy *destroy) {
    struct buf whole = {0};
    struct note note;
    err_t err = file_read(destroy->pending, MAX_RECEIPT, &whole);
    err = err != OK ? err : note_parse(buf_bytes(&whole), &note);
    err = err != OK ? err : receipt_read(note.text, &destroy->receipt);
    buf_free(&whole);
    return err;
}

// Nothing is left but the receipt of an attempt that was cut off in its last steps, and perhaps SHARE, overwritten.
static err_t take_up(struct destroy *destroy) {
    err_t err = read_pending(destroy);
    if (err != OK) {
        return err == ERR_NOT_FOUND ? err_set(err, "%s: no share is here", destroy->given->share) : err;
    }
    err = check_confirmed(destroy);
    err = err != OK ? err : destroy_if_there(destroy->files.share);
    return err != OK ? err : name_receipt(destroy);
}

static void tell(const struct destroy *destroy) {
    for (size_t i = 0; i < destroy->receipt.count; i++) {
        printf("Destroyed: epoch %u, generation %u\n", (unsigned)destroy->receipt.shares[i].epoch,
               (unsigned)destroy->receipt.shares[i].generation);
    }
    printf("  %s   the receipt, for the authority and the index operator\nCopies elsewhere - backups, a safe - are not "
           "known to this program: destroy them too.\n",
           destroy->given->out);
}

static err_t destroy_shares(struct destroy *destroy) {
    err_t err = hold_all(destroy);
    err = err != OK ? err : open_all(destroy);
    if (err == ERR_CORRUPT && destroy->list.count == 1 && access(destroy->pending, F_OK) == 0) {
        return take_up(destroy);
    }
    err = err != OK ? err : check_confirmed(destroy);
    return err != OK ? err : destroy_all(destroy);
}

static err_t destroy_run(const void *options, const struct operands *operands) {
    struct destroy destroy = {.given = options, .receipt.time = clock_now_s(&clock_system)};
    if (destroy.given->verify) {
        return destroy_verify(&destroy.given->check, operands);
    }
    if (operands->count > 0) {
        return err_set(ERR_INPUT, "receipts are given to --verify alone");
    }
    for (size_t i = 0; i < SHARE_FILES_MAX; i++) {
        destroy.held[i] = -1;
    }
    err_t err = plan(&destroy);
    if (err == OK) {
        err = destroy.list.count > 0 ? destroy_shares(&destroy) : take_up(&destroy);
    }
    if (err == OK) {
        tell(&destroy);
    }
    for (size_t i = 0; i < SHARE_FILES_MAX; i++) {
        if (destroy.held[i] >= 0) {
            (void)close(destroy.held[i]);
        }
    }
    secret_free(destroy.seed);
    return err;
}

int ceremony_destroy(int argc, char **argv) {
    struct destroy_options options = {0};
    const struct option_row rows[] = {
        {"share", "FILE", OPTION_TEXT, &options.share, 0, 0,
         "the holder's sealed share; all that lie beside it go too"},
        {"passphrase-file", "FILE", OPTION_TEXT, &options.passphrase_file, 0, 0,
         "the holder's passphrase (0600); without it, the terminal asks"},
        {"out", "FILE", OPTION_TEXT, &options.out, 0, 0, "where the signed receipt is written"},
        {"confirm", "WORDS", OPTION_TEXT, &options.confirm, 0, 0,
         "\"destroy SCHEME-holder-NUMBER\": without it nothing is destroyed"},
        {"verify", NULL, OPTION_FLAG, &options.verify, 0, 0,
         "destroy nothing: verify receipts and count whether n-t+1 holders have destroyed theirs"},
        {"trust", "FILE", OPTION_TEXT, &options.check.trust, 0, 0, "verify: the trust file"},
        {"descriptor", "FILE", OPTION_TEXT, &options.check.descriptor, 0, 0,
         "verify: the last descriptor, whose keys must all be destroyed"},
    };
    const struct command command = {
        .usage =
            {"ceremony destroy",
             "--share FILE --out RECEIPT --confirm WORDS [--passphrase-file FILE] | --verify --trust FILE "
             "[--descriptor FILE] RECEIPT...",
             "Run by a key holder: destroys all its shares - in use, next and retired - and signs a receipt. There "
             "is no way\nback. With n-t+1 receipts the key is gone.",
             CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .max = MAX_HOLDERS,
        .act = destroy_run,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
