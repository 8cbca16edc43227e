// SPDX-License-Identifier: Apache-2.0
// Configuration files (INI without sections, by libinih), described by one table for each program: a row holds key,
// type, bounds, default and the help text, from which --help-config is printed. Unknown and repeated keys are refused.
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum config_type {
    CONFIG_TEXT,        // char *
    CONFIG_PATH,        // char *; a relative path is taken from the configuration file's folder
    CONFIG_PATH_OR_URI, // char *; a path as above, but for what begins with "pkcs11:"
    CONFIG_NUMBER,      // int64_t within [min, max]
    CONFIG_SWITCH,      // bool: yes or no
};

struct config_key {
    const char *name;
    enum config_type type;
    size_t offset;        // of the field in the program's struct
    const char *fallback; // NULL: must be given; "": may be absent (text and path are then NULL)
    int64_t min, max;     // numbers only
    const char *help;     // one sentence, with the unit
};

// Fills `target` (zeroed by the caller). Errors name file and line. ERR_INPUT, ERR_NOT_FOUND, ERR_IO, ERR_MEMORY.
err_t config_load(const char *path, const struct config_key *keys, size_t count, void *target);
// Frees the texts and zeroes the fields.
void config_free(const struct config_key *keys, size_t count, void *target);
void config_help(FILE *out, const struct config_key *keys, size_t count);

#endif
