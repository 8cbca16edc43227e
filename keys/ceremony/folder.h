// SPDX-License-Identifier: Apache-2.0
// The scheme authority's folder, on its offline machine: what lies there under which name, and the two secrets in it,
// each sealed under the authority's passphrase.
#ifndef KEYS_CEREMONY_FOLDER_H
#define KEYS_CEREMONY_FOLDER_H

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/note.h"
#include "proto/limits.h"

#define FOLDER_CA_CERTIFICATE "ca.crt"
#define FOLDER_CA_KEY "ca.key.sealed"
#define FOLDER_AUTHORITY_KEY "authority.key.sealed"
#define FOLDER_AUTHORITY_VKEY "authority.vkey"
#define FOLDER_TRUST "trust"
#define FOLDER_DESCRIPTOR "descriptor"
#define FOLDER_ROSTER "roster"
#define FOLDER_HOLDER "holder-%zu"
#define FOLDER_SHARE "share.sealed"

#define KIND_CA_KEY "ca-key"
#define KIND_AUTHORITY_KEY "authority-key"

struct folder {
    const char *dir;           // borrowed
    char scheme[MAX_ID + 1];   // from the name of the authority's key
    struct note_key authority; // believed only as far as the sealed key, once opened, confirms it
};

// ERR_NOT_FOUND where there was no `ceremony init`.
err_t folder_open(const char *dir, struct folder *out);
// "dir/name" made by printf. ERR_TOO_LARGE.
err_t folder_path(const char *dir, char out[PATH_MAX], const char *format, ...) PRINTF_LIKE(3, 4);

// "<scheme>-authority" and "<scheme>-holder-<i>": the names of the scheme's note keys.
void folder_authority_name(const char *scheme, char out[NOTE_NAME_MAX + 1]);
void folder_holder_name(const char *scheme, size_t holder, char out[NOTE_NAME_MAX + 1]);
// The scheme of an authority's key name. ERR_INPUT.
err_t folder_scheme_of(const struct note_key *authority, char out[MAX_ID + 1]);

// The seed of the authority's note key: secret_free it. ERR_DENIED for a wrong passphrase, ERR_CORRUPT when it is not
// the key of authority.vkey. `passphrase_file` NULL: asked on the terminal.
err_t folder_open_authority(const struct folder *folder, const char *passphrase_file, uint8_t **out_seed);
// Appends the note: the text, which ends in a newline, and the authority's signature.
err_t folder_sign(const struct folder *folder, const uint8_t seed[NOTE_SEED_SIZE], struct bytes text, struct buf *out);
err_t folder_read_ca(const struct folder *folder, X509 **out);
// The CA's certificate and private key, which belong together. Errors as above.
err_t folder_open_ca(const struct folder *folder, const char *passphrase_file, X509 **out, EVP_PKEY **out_key);

#endif
