// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DETAIL_SIZE 512

static _Thread_local char detail[DETAIL_SIZE];

const char *err_text(err_t err) {
    switch (err) {
    case OK:
        return "no error";
    case ERR_INPUT:
        return "not valid";
    case ERR_TOO_LARGE:
        return "too large";
    case ERR_DENIED:
        return "not allowed";
    case ERR_NOT_FOUND:
        return "not found";
    case ERR_METHOD:
        return "method not allowed";
    case ERR_MEDIA_TYPE:
        return "media type not supported";
    case ERR_STALE:
        return "another epoch, generation or version";
    case ERR_CONFLICT:
        return "another state is known";
    case ERR_INCONSISTENT:
        return "not an extension of what is known";
    case ERR_EXPIRED:
        return "outside its validity";
    case ERR_EXISTS:
        return "already there";
    case ERR_BUDGET:
        return "budget used up";
    case ERR_SIGNATURE:
        return "signature missing or wrong";
    case ERR_PROOF:
        return "proof not valid";
    case ERR_CORRUPT:
        return "stored data damaged";
    case ERR_FULL:
        return "no space left";
    case ERR_IO:
        return "file could not be read or written";
    case ERR_MEMORY:
        return "out of memory";
    case ERR_CRYPTO:
        return "cryptographic library failed";
    case ERR_NETWORK:
        return "could not be reached";
    case ERR_TLS:
        return "secure connection refused";
    case ERR_CARD:
        return "smartcard not usable";
    case ERR_REFUSED:
        return "request refused";
    case ERR_UNAVAILABLE:
        return "not available now";
    }
    return "unknown error";
}

void err_note(const char *format, ...) {
    const int reason = errno;
    // The arguments may point into the present detail, which is why the text is made beside it.
    char text[DETAIL_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    memcpy(detail, text, sizeof text);
    errno = reason;
}

const char *err_detail(void) {
    return detail;
}

err_t(err_prefix)(err_t err, const char *format, ...) {
    char prefix[DETAIL_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    if (detail[0] == '\0') {
        return err_set(err, "%s", prefix);
    }
    return err_set(err, "%s: %s", prefix, detail);
}
