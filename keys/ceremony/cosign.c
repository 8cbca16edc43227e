// SPDX-License-Identifier: Apache-2.0
// `ceremony cosign`: a key holder reads a descriptor, checks its share against it and adds its signature.
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/seal.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/descriptor_file.h"
#include "keys/ceremony/folder.h"
#include "keys/ceremony/show.h"
#include "keys/descriptor.h"
#include "keys/share.h"

struct cosign_options {
    const char *share, *passphrase_file, *trust, *present;
};

struct cosign {
    const struct cosign_options *given;
    const char *path;
    int64_t now_s;
    struct buf whole; // the file; `note` borrows from it
    struct note note;
    struct descriptor descriptor;
    struct trust trust; // empty without --trust
    struct share *share;
    struct note_key own;
};

// What can be known of the descriptor without the holder's secrets.
static err_t read_descriptor(struct cosign *cosign) {
    err_t err = file_read(cosign->path, MAX_DESCRIPTOR, &cosign->whole);
    if (err != OK) {
        return err;
    }
    err = note_parse(buf_bytes(&cosign->whole), &cosign->note);
    err = err != OK ? err : descriptor_parse(cosign->note.text, &cosign->descriptor);
    if (err == OK && cosign->now_s >= cosign->descriptor.expires) {
        err = err_set(ERR_EXPIRED, "the descriptor has expired");
    }
    return err == OK ? OK : err_prefix(err, "%s", cosign->path);
}

static err_t check_authority(struct cosign *cosign) {
    struct descriptor_signers signers;
    err_t err = trust_load(cosign->given->trust, &cosign->trust);
    err = err != OK ? err : descriptor_matches_trust(&cosign->descriptor, &cosign->trust);
    if (err != OK) {
        return err;
    }
    descriptor_signers(&cosign->note, &cosign->trust, &signers);
    show_signers(stdout, &signers, &cosign->trust);
    return signers.authority ? OK : err_set(ERR_SIGNATURE, "%s: not signed by the scheme authority", cosign->path);
}

// The descriptor in force may have expired: then the next one is all the more needed.
static err_t check_succession(const struct cosign *cosign) {
    struct descriptor present;
    err_t err = descriptor_load(cosign->given->present, &cosign->trust, 0, &present);
    return err != OK ? err : descriptor_follows(&cosign->descriptor, &present);
}

static err_t show(struct cosign *cosign) {
    printf("The descriptor %s says:\n", cosign->path);
    show_descriptor(stdout, &cosign->descriptor, cosign->now_s);
    if (cosign->given->trust == NULL) {
        printf("  signed by    not checked: no trust file was given (--trust)\n");
        return OK;
    }
    err_t err = check_authority(cosign);
    return err == OK && cosign->given->present != NULL ? check_succession(cosign) : err;
}

static err_t open_share(struct cosign *cosign) {
    uint8_t *passphrase = NULL;
    size_t len = 0;
    if (fflush(stdout) != 0) { // what is signed is read before the passphrase is typed
        return err_set(ERR_IO, "standard output could not be written");
    }
    err_t err = seal_passphrase(cosign->given->passphrase_file, "Your passphrase, to sign this descriptor: ", false,
                                &passphrase, &len);
    err = err != OK ? err : share_open(cosign->given->share, bytes_of(passphrase, len), &cosign->share);
    secret_free(passphrase);
    return err;
}

static err_t check_share(const struct cosign *cosign) {
    err_t err = share_belongs(cosign->share, &cosign->descriptor);
    return err == OK ? OK : err_prefix(err, "the share does not match the descriptor");
}

static err_t check_own_key(struct cosign *cosign) {
    char name[NOTE_NAME_MAX + 1];
    folder_holder_name(cosign->share->scheme, cosign->share->holder, name);
    err_t err = note_key_of_seed(name, cosign->share->note_seed, &cosign->own);
    if (err != OK) {
        return err;
    }
    const struct note_key *listed = &cosign->trust.holders[cosign->share->holder - 1];
    if (cosign->given->trust != NULL &&
        (strcmp(listed->name, cosign->own.name) != 0 || memcmp(listed->public_key, cosign->own.public_key, 32) != 0)) {
        return err_set(ERR_DENIED, "this share's signing key is not holder %u's of the trust file",
                       cosign->share->holder);
    }
    if (note_verify(&cosign->note, &cosign->own) == OK) {
        return err_set(ERR_EXISTS, "%s: signed already by %s", cosign->path, cosign->own.name);
    }
    return OK;
}

static err_t cosign_act(const void *options, const struct operands *operands) {
    struct cosign cosign = {.given = options, .path = operands->items[0], .now_s = clock_now_s(&clock_system)};
    err_t err = command_need("share", cosign.given->share);
    if (err == OK && cosign.given->present != NULL && cosign.given->trust == NULL) {
        err = err_set(ERR_INPUT, "--present needs --trust");
    }
    err = err != OK ? err : read_descriptor(&cosign);
    err = err != OK ? err : show(&cosign);
    err = err != OK ? err : open_share(&cosign);
    err = err != OK ? err : check_share(&cosign);
    err = err != OK ? err : check_own_key(&cosign);
    err = err != OK ? err
                    : descriptor_file_sign(cosign.path, buf_bytes(&cosign.whole), &cosign.own, cosign.share->note_seed);
    if (err == OK) {
        printf("Signed by %s. Next: others of the holders sign, until at least %zu have in all; then\n"
               "all parties get the file.\n",
               cosign.own.name, cosign.descriptor.threshold);
    }
    secret_free(cosign.share);
    buf_free(&cosign.whole);
    return err;
}

int ceremony_cosign(int argc, char **argv) {
    struct cosign_options options = {0};
    const struct option_row rows[] = {
        {"share", "FILE", OPTION_TEXT, &options.share, 0, 0, "the holder's sealed share"},
        {"passphrase-file", "FILE", OPTION_TEXT, &options.passphrase_file, 0, 0,
         "the holder's passphrase (0600); without it, the terminal asks"},
        {"trust", "FILE", OPTION_TEXT, &options.trust, 0, 0,
         "the trust file: refuse what the authority has not signed (recommended)"},
        {"present", "FILE", OPTION_TEXT, &options.present, 0, 0,
         "the descriptor in force: refuse one that may not follow it (recommended; needs --trust)"},
    };
    const struct command command = {
        .usage = {"ceremony cosign", "--share FILE [--trust FILE] [--present FILE] [--passphrase-file FILE] DESCRIPTOR",
                  "Shows what a descriptor says, checks the holder's share against it and adds the holder's signature\n"
                  "to the file.",
                  CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .min = 1,
        .max = 1,
        .act = cosign_act,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
