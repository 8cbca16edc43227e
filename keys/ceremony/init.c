// SPDX-License-Identifier: Apache-2.0
// `ceremony init`: the CA and the scheme-signing key, both sealed under the authority's passphrase.
#include <sodium.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/seal.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/certificate.h"
#include "keys/ceremony/certificate_key.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/folder.h"
#include "keys/ceremony/outputs.h"
#include "keys/ceremony/show.h"

struct init_options {
    const char *scheme, *passphrase_file, *kdf, *key_type;
};

struct init {
    const char *dir, *scheme;
    enum seal_cost cost;
    enum certificate_key_type key_type;
    struct bytes passphrase;
    struct outputs outputs;
};

static err_t check_empty(const char *dir) {
    static const char *const names[] = {FOLDER_CA_CERTIFICATE, FOLDER_CA_KEY, FOLDER_AUTHORITY_KEY,
                                        FOLDER_AUTHORITY_VKEY};
    err_t err = OK;
    for (size_t i = 0; err == OK && i < sizeof names / sizeof *names; i++) {
        char path[PATH_MAX];
        err = folder_path(dir, path, "%s", names[i]);
        err = err != OK ? err : outputs_absent(path);
    }
    return err;
}

static err_t write_public(struct init *init, const char *name, const struct buf *text) {
    char path[PATH_MAX];
    err_t err = folder_path(init->dir, path, "%s", name);
    err = err != OK ? err : buf_check(text);
    return err != OK ? err : outputs_create(&init->outputs, path, 0644, buf_bytes(text));
}

static err_t write_sealed(struct init *init, const char *name, const char *kind, struct bytes secret) {
    char path[PATH_MAX];
    err_t err = folder_path(init->dir, path, "%s", name);
    err = err != OK ? err : seal_create(path, kind, init->cost, init->passphrase, secret);
    return err != OK ? err : outputs_add(&init->outputs, path);
}

static err_t make_ca(struct init *init, X509 **out) {
    EVP_PKEY *key = NULL;
    X509 *ca = NULL;
    uint8_t *pem = NULL;
    size_t len = 0;
    struct buf text = {0};
    err_t err = certificate_key_new(init->key_type, &key);
    err = err != OK ? err : certificate_make_ca(init->scheme, key, clock_now_s(&clock_system), &ca);
    err = err != OK ? err : certificate_key_write(key, &pem, &len);
    err = err != OK ? err : certificate_write(ca, &text);
    err = err != OK ? err : write_sealed(init, FOLDER_CA_KEY, KIND_CA_KEY, bytes_of(pem, len));
    err = err != OK ? err : write_public(init, FOLDER_CA_CERTIFICATE, &text);
    buf_free(&text);
    secret_free(pem);
    EVP_PKEY_free(key);
    if (err != OK) {
        X509_free(ca);
        return err;
    }
    *out = ca;
    return OK;
}

static err_t make_authority(struct init *init, struct note_key *out) {
    char name[NOTE_NAME_MAX + 1], vkey[NOTE_VKEY_SIZE];
    struct buf text = {0};
    uint8_t *seed = secret_new(NOTE_SEED_SIZE);
    if (seed == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    randombytes_buf(seed, NOTE_SEED_SIZE);
    folder_authority_name(init->scheme, name);
    err_t err = note_key_of_seed(name, seed, out);
    err =
        err != OK ? err : write_sealed(init, FOLDER_AUTHORITY_KEY, KIND_AUTHORITY_KEY, bytes_of(seed, NOTE_SEED_SIZE));
    if (err == OK) {
        note_key_format(out, vkey);
        buf_printf(&text, "%s\n", vkey);
        err = write_public(init, FOLDER_AUTHORITY_VKEY, &text);
    }
    buf_free(&text);
    secret_free(seed);
    return err;
}

static err_t tell(const struct init *init, const X509 *ca, const struct note_key *authority) {
    char vkey[NOTE_VKEY_SIZE], hash[65];
    err_t err = show_key_hash(ca, hash);
    if (err != OK) {
        return err;
    }
    note_key_format(authority, vkey);
    printf("The scheme \"%s\" has its authority, in %s:\n"
           "  " FOLDER_CA_CERTIFICATE "               the CA, valid for ten years; key %s\n"
           "  " FOLDER_AUTHORITY_VKEY "       %s\n"
           "  " FOLDER_CA_KEY ", " FOLDER_AUTHORITY_KEY "   sealed: they open with the passphrase and never without\n"
           "\n"
           "Next: keep a copy of this folder and of the passphrase, apart from each other and offline.\n"
           "Then `ceremony deal` makes the token key, with all key holders present.\n",
           init->scheme, init->dir, hash, vkey);
    return OK;
}

static err_t init_act(const void *options, const struct operands *operands) {
    const struct init_options *given = options;
    struct init init = {.dir = operands->items[0], .scheme = given->scheme};
    struct note_key authority;
    uint8_t *passphrase = NULL;
    X509 *ca = NULL;
    err_t err = command_need("scheme", given->scheme);
    if (err == OK && !urn_id_valid(given->scheme)) {
        err = err_set(ERR_INPUT, "a scheme's name is 1 to %d of a-z, 0-9 and -, not beginning with -", MAX_ID);
    }
    err = err != OK ? err : seal_cost_parse(given->kdf, &init.cost);
    err = err != OK ? err : certificate_key_type_parse(given->key_type, &init.key_type);
    err = err != OK ? err : file_make_dir(init.dir);
    err = err != OK ? err : check_empty(init.dir);
    err = err != OK ? err
                    : seal_passphrase(given->passphrase_file, "New passphrase of the scheme authority: ", true,
                                      &passphrase, &init.passphrase.len);
    init.passphrase.data = passphrase;
    err = err != OK ? err : make_ca(&init, &ca);
    err = err != OK ? err : make_authority(&init, &authority);
    err = outputs_end(&init.outputs, err);
    err = err != OK ? err : tell(&init, ca, &authority);
    X509_free(ca);
    secret_free(passphrase);
    return err;
}

int ceremony_init(int argc, char **argv) {
    struct init_options options = {.kdf = "moderate", .key_type = "p256"};
    const struct option_row rows[] = {
        {"scheme", "NAME", OPTION_TEXT, &options.scheme, 0, 0, "the scheme's name: a-z, 0-9 and -"},
        {"passphrase-file", "FILE", OPTION_TEXT, &options.passphrase_file, 0, 0,
         "the authority's passphrase (0600); without it, the terminal asks"},
        {"kdf", "COST", OPTION_TEXT, &options.kdf, 0, 0,
         "what a guess at the passphrase costs: interactive (64 MiB), moderate (256 MiB), sensitive (1 GiB); "
         "default moderate"},
        {"key-type", "TYPE", OPTION_TEXT, &options.key_type, 0, 0, "of the CA's key: p256 (default) or ed25519"},
    };
    const struct command command = {
        .usage = {"ceremony init", "--scheme NAME [--passphrase-file FILE] [--kdf COST] [--key-type TYPE] DIR",
                  "Makes the scheme's CA and its signing key in the folder DIR, sealed under a passphrase.",
                  CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .min = 1,
        .max = 1,
        .act = init_act,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
