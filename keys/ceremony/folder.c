// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/folder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/seal.h"
#include "base/secret.h"
#include "keys/ceremony/certificate.h"
#include "keys/ceremony/certificate_key.h"
#include "proto/urn.h"

#define AUTHORITY_SUFFIX "-authority"
#define PROMPT "Passphrase of the scheme authority: "

err_t folder_path(const char *dir, char out[PATH_MAX], const char *format, ...) {
    char name[PATH_MAX];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(name, sizeof name, format, args);
    va_end(args);
    if (len >= 0 && len < PATH_MAX) {
        len = snprintf(out, PATH_MAX, "%s/%s", dir, name);
    }
    return len >= 0 && len < PATH_MAX ? OK : err_set(ERR_TOO_LARGE, "the folder's path is too long");
}

void folder_authority_name(const char *scheme, char out[NOTE_NAME_MAX + 1]) {
    (void)snprintf(out, NOTE_NAME_MAX + 1, "%.*s" AUTHORITY_SUFFIX, MAX_ID, scheme);
}

void folder_holder_name(const char *scheme, size_t holder, char out[NOTE_NAME_MAX + 1]) {
    (void)snprintf(out, NOTE_NAME_MAX + 1, "%.*s-holder-%zu", MAX_ID, scheme, holder);
}

err_t folder_scheme_of(const struct note_key *authority, char out[MAX_ID + 1]) {
    char scheme[MAX_ID + 1] = {0};
    size_t len = strlen(authority->name), suffix = strlen(AUTHORITY_SUFFIX);
    if (len > suffix && len - suffix <= MAX_ID && strcmp(authority->name + len - suffix, AUTHORITY_SUFFIX) == 0) {
        memcpy(scheme, authority->name, len - suffix);
    }
    if (!urn_id_valid(scheme)) {
        return err_set(ERR_INPUT, "the authority's key is not named SCHEME" AUTHORITY_SUFFIX);
    }
    memcpy(out, scheme, sizeof scheme);
    return OK;
}

static err_t read_vkey(const char *path, struct note_key *out) {
    struct buf text = {0};
    err_t err = file_read(path, NOTE_VKEY_SIZE, &text);
    if (err == OK) {
        if (text.len > 0 && text.data[text.len - 1] == '\n') {
            text.len--;
        }
        const char *vkey = buf_str(&text);
        err = vkey != NULL ? note_key_parse(vkey, out) : ERR_MEMORY;
        err = err == OK ? OK : err_prefix(err, "%s", path);
    }
    buf_free(&text);
    return err;
}

err_t folder_open(const char *dir, struct folder *out) {
    char path[PATH_MAX];
    struct folder folder = {.dir = dir};
    err_t err = folder_path(dir, path, FOLDER_AUTHORITY_VKEY);
    err = err != OK ? err : read_vkey(path, &folder.authority);
    err = err != OK ? err : folder_scheme_of(&folder.authority, folder.scheme);
    if (err == OK) {
        *out = folder;
    }
    return err;
}

// Opens one of the folder's sealed files; `*out` is locked memory.
static err_t open_sealed(const struct folder *folder, const char *name, const char *kind, const char *passphrase_file,
                         uint8_t **out, size_t *out_len) {
    char path[PATH_MAX];
    uint8_t *passphrase = NULL;
    size_t len = 0;
    err_t err = folder_path(folder->dir, path, "%s", name);
    err = err != OK ? err : seal_passphrase(passphrase_file, PROMPT, false, &passphrase, &len);
    err = err != OK ? err : seal_open(path, kind, bytes_of(passphrase, len), out, out_len);
    secret_free(passphrase);
    return err;
}

err_t folder_open_authority(const struct folder *folder, const char *passphrase_file, uint8_t **out_seed) {
    uint8_t *seed = NULL;
    size_t len = 0;
    struct note_key key;
    err_t err = open_sealed(folder, FOLDER_AUTHORITY_KEY, KIND_AUTHORITY_KEY, passphrase_file, &seed, &len);
    if (err == OK && len != NOTE_SEED_SIZE) {
        err = err_set(ERR_CORRUPT, FOLDER_AUTHORITY_KEY ": not a key's seed");
    }
    err = err != OK ? err : note_key_of_seed(folder->authority.name, seed, &key);
    if (err == OK && memcmp(key.public_key, folder->authority.public_key, sizeof key.public_key) != 0) {
        err = err_set(ERR_CORRUPT, FOLDER_AUTHORITY_KEY " and " FOLDER_AUTHORITY_VKEY " do not belong together");
    }
    if (err != OK) {
        secret_free(seed);
        return err;
    }
    *out_seed = seed;
    return OK;
}

err_t folder_sign(const struct folder *folder, const uint8_t seed[NOTE_SEED_SIZE], struct bytes text, struct buf *out) {
    buf_put(out, text.data, text.len);
    buf_put_str(out, "\n");
    err_t err = note_sign(text, folder->authority.name, seed, out);
    return err != OK ? err : buf_check(out);
}

err_t folder_read_ca(const struct folder *folder, X509 **out) {
    char path[PATH_MAX];
    err_t err = folder_path(folder->dir, path, FOLDER_CA_CERTIFICATE);
    return err != OK ? err : certificate_read(path, out);
}

err_t folder_open_ca(const struct folder *folder, const char *passphrase_file, X509 **out, EVP_PKEY **out_key) {
    uint8_t *pem = NULL;
    size_t len = 0;
    X509 *ca = NULL;
    EVP_PKEY *key = NULL;
    err_t err = folder_read_ca(folder, &ca);
    err = err != OK ? err : open_sealed(folder, FOLDER_CA_KEY, KIND_CA_KEY, passphrase_file, &pem, &len);
    err = err != OK ? err : certificate_key_parse(bytes_of(pem, len), &key);
    if (err == OK && EVP_PKEY_eq(X509_get0_pubkey(ca), key) != 1) {
        err = err_set(ERR_CORRUPT, FOLDER_CA_KEY " and " FOLDER_CA_CERTIFICATE " do not belong together");
    }
    secret_free(pem);
    if (err != OK) {
        X509_free(ca);
        EVP_PKEY_free(key);
        return err;
    }
    *out = ca;
    *out_key = key;
    return OK;
}
