// SPDX-License-Identifier: Apache-2.0
// The local deny list: who is refused at once, whatever the roster says. A text file with one entry a line - a person's
// or any other identity (urn:signpost:...), an agency's, which denies all its people too, or the 64 hex digits of a
// key's SHA-256. Empty lines and everything from "#" on are ignored.
#ifndef PROTO_DENY_H
#define PROTO_DENY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/limits.h"
#include "proto/roster.h"
#include "proto/urn.h"

struct deny_list { // zero-initialise
    char (*entries)[MAX_URN + 1];
    size_t count;
};

// ERR_INPUT unless `entry` is one that a list may hold. An identity of another scheme would never take effect and is
// refused; `scheme` may be NULL where none is known.
err_t deny_check_entry(const char *entry, const char *scheme);

// ERR_INPUT names the line; ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_IO, ERR_MEMORY.
err_t deny_load(const char *path, const char *scheme, struct deny_list *out);
err_t deny_add(struct deny_list *list, const char *entry); // to the list in memory
// To the file, which is made where it is missing, and durably. An entry that is there is not repeated.
err_t deny_append(const char *path, const char *entry);
void deny_free(struct deny_list *list); // leaves it zeroed

// Whether the list refuses this identity, its agency or this key; says which by err_set. OK, or ERR_DENIED.
err_t deny_check(const struct deny_list *list, const struct urn *identity, const uint8_t key[KEY_HASH_SIZE]);

#endif
