// SPDX-License-Identifier: Apache-2.0
// A certificate request (PKCS#10) for the client's own key, in a file or on a smartcard, for `ceremony issue --csr`. It
// names nobody: the authority takes the public key from it, and decides for itself whose it is.
#ifndef CLIENT_REQUEST_H
#define CLIENT_REQUEST_H

#include "base/bytes.h"
#include "base/err.h"
#include "proto/card.h"

// Appends the PEM. `key` as the configuration has it: a path, or "pkcs11:...". Errors of tls_key_load and card_open;
// ERR_CRYPTO.
err_t request_make(const char *key, struct card_pin pin, struct buf *out);

#endif
