// SPDX-License-Identifier: Apache-2.0
// What every reader of PEM files by OpenSSL needs.
#ifndef KEYS_CEREMONY_PEM_H
#define KEYS_CEREMONY_PEM_H

#include <openssl/bio.h>

#include "base/bytes.h"
#include "base/err.h"

#define PEM_MAX (64 * 1024) // bytes of a file

// Sets "what: OpenSSL's reason", empties OpenSSL's queue of errors and returns `err`.
err_t pem_error(err_t err, const char *what);
// A pem_password_cb: OpenSSL would ask the terminal for the passphrase of an encrypted file, and ours never are.
int pem_no_password(char *out, int size, int writing, void *ctx);
// Borrows the text; BIO_free it. NULL when it is too long or there is no memory.
BIO *pem_reading(struct bytes text);

#endif
