// SPDX-License-Identifier: Apache-2.0
// What the store and the journal hold in place of tokens, agencies and handles: truncated HMAC-SHA-256 under the
// pepper. "|" below is concatenation; each label is followed by parts of fixed length, or by one part that ends the
// input or stands before a fixed end, so that no two inputs read the same.
#ifndef INDEXD_TAGS_H
#define INDEXD_TAGS_H

#include <stddef.h>
#include <stdint.h>

#include "indexd/pepper.h"
#include "proto/limits.h"

#define CHILD_TAG_SIZE 8
#define AGENCY_TAG_SIZE 6
#define RECORD_TAG_SIZE 8
#define FED_TAG_SIZE 8

// First 8 bytes of HMAC(pepper, "child" | slot u8 | token), read as a big-endian number.
void tag_child(struct pepper_context *context, size_t slot, const uint8_t token[TOKEN_SIZE], uint64_t *out);
// First 6 bytes of HMAC(pepper, "agency" | child tag 8 | agency id): another one under every child tag, so that the
// entries of one agency cannot be gathered from the store.
void tag_agency(struct pepper_context *context, uint64_t child, const char *agency, uint8_t out[AGENCY_TAG_SIZE]);
// First 8 bytes of HMAC(pepper, "record" | agency id | handle).
void tag_record(struct pepper_context *context, const char *agency, const uint8_t handle[HANDLE_SIZE],
                uint8_t out[RECORD_TAG_SIZE]);
// First 8 bytes of HMAC(pepper, "blocked" | account name): the name of a block in the store.
void tag_blocked(struct pepper_context *context, const char *account, uint8_t out[FED_TAG_SIZE]);
// First 8 bytes of HMAC(pepper, "counted" | account name): the name of the account's counts in the store.
void tag_counted(struct pepper_context *context, const char *account, uint8_t out[FED_TAG_SIZE]);
// First 8 bytes of HMAC(pepper, "fed" | agency id): the name of the agency's last-fed day in the store.
void tag_fed(struct pepper_context *context, const char *agency, uint8_t out[FED_TAG_SIZE]);

#endif
