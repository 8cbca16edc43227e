// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/pem.h"

#include <openssl/err.h>

err_t pem_error(err_t err, const char *what) {
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return err_set(err, "%s%s%s", what, reason != NULL ? ": " : "", reason != NULL ? reason : "");
}

int pem_no_password(char *out, int size, int writing, void *ctx) {
    (void)out;
    (void)size;
    (void)writing;
    (void)ctx;
    return -1;
}

BIO *pem_reading(struct bytes text) {
    return text.len <= PEM_MAX ? BIO_new_mem_buf(text.data, (int)text.len) : NULL;
}
