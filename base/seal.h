// SPDX-License-Identifier: Apache-2.0
// Files sealed under a passphrase: Argon2id (RFC 9106) and XChaCha20-Poly1305, both by libsodium.
// Layout: "signpost sealed 1\n", kind and "\n", then opslimit u32, memlimit u64, salt 16, nonce 24, ciphertext. The
// whole head is the associated data, so that kind and cost cannot be altered.
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

enum seal_cost { SEAL_INTERACTIVE, SEAL_MODERATE, SEAL_SENSITIVE }; // 64 MiB, 256 MiB, 1 GiB

// "interactive", "moderate" or "sensitive". ERR_INPUT.
err_t seal_cost_parse(const char *text, enum seal_cost *out);

// Creates `path` 0600. ERR_EXISTS when it is there; ERR_TOO_LARGE for a secret above 4096 bytes; ERR_INPUT for an empty
// passphrase, here and in seal_open.
err_t seal_create(const char *path, const char *kind, enum seal_cost cost, struct bytes passphrase,
                  struct bytes secret);
// `*out` is locked memory: secret_free it. ERR_DENIED for a wrong passphrase or an altered file, ERR_CORRUPT for a file
// of another kind or format, ERR_NOT_FOUND.
err_t seal_open(const char *path, const char *kind, struct bytes passphrase, uint8_t **out, size_t *out_len);

// A passphrase from the credential of this name in the folder that systemd made for the service and names in
// CREDENTIALS_DIRECTORY: nobody else reaches into it, whatever the file's mode is. Locked memory: secret_free it.
// ERR_NOT_FOUND, also outside a service; ERR_INPUT: not a name.
err_t seal_passphrase_credential(const char *name, uint8_t **out, size_t *out_len);

// A passphrase from `file` (must not be readable by others), or, when file is NULL, from the terminal without echo:
// asked twice when `confirm`. Locked memory: secret_free it. ERR_UNAVAILABLE where there is no terminal.
err_t seal_passphrase(const char *file, const char *prompt, bool confirm, uint8_t **out, size_t *out_len);

#endif
