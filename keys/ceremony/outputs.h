// SPDX-License-Identifier: Apache-2.0
// The files that one act of the ceremony makes: all of them, or none. Nothing that is there already is ever
// overwritten.
#ifndef KEYS_CEREMONY_OUTPUTS_H
#define KEYS_CEREMONY_OUTPUTS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/err.h"

#define OUTPUTS_MAX 64

struct outputs { // zero-initialise
    char *paths[OUTPUTS_MAX];
    size_t count;
};

// ERR_EXISTS when something is there: told before the work begins.
err_t outputs_absent(const char *path);
// Creates a file and remembers it. ERR_EXISTS and file_create's errors.
err_t outputs_create(struct outputs *outputs, const char *path, mode_t mode, struct bytes contents);
// Remembers a file that the caller has created; removes it at once when there is no memory.
err_t outputs_add(struct outputs *outputs, const char *path);
// Forgets the names. Unless `err` is OK the files are removed first. Returns `err`.
err_t outputs_end(struct outputs *outputs, err_t err);

#endif
