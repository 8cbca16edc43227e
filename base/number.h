// SPDX-License-Identifier: Apache-2.0
// Whole decimal numbers as people write them in files and on command lines.
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdint.h>

#include "base/err.h"

// Digits, with a minus in front where `min` allows it; nothing before or after them. ERR_INPUT tells the bounds.
err_t number_parse(const char *text, int64_t min, int64_t max, int64_t *out);

#endif
