// SPDX-License-Identifier: Apache-2.0
#include "base/number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// strtoll would take white space and a plus in front, and a number without digits.
err_t number_parse(const char *text, int64_t min, int64_t max, int64_t *out) {
    const char *digits = text[0] == '-' ? text + 1 : text;
    errno = 0;
    long long number = strtoll(text, NULL, 10);
    if (digits[0] == '\0' || strspn(digits, "0123456789") != strlen(digits) || errno != 0 || number < min ||
        number > max) {
        return err_set(ERR_INPUT, "must be a number from %" PRId64 " to %" PRId64, min, max);
    }
    *out = number;
    return OK;
}
