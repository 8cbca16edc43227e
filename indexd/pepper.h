// SPDX-License-Identifier: Apache-2.0
// The index's own key: 32 random bytes in a file of mode 0600. It makes the tags (indexd/tags.h) by HMAC-SHA-256 and
// seals what stands in the store by AES-256-SIV (indexd/siv.h), whose key is derived from it.
//
// A struct pepper serves any thread; the contexts it lends serve one thread at a time. All copies of the key, and what
// is derived from it, lie in locked memory and are wiped.
#ifndef INDEXD_PEPPER_H
#define INDEXD_PEPPER_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define PEPPER_MAC_SIZE 32
#define PEPPER_CHECK_SIZE 16
#define PEPPER_SEAL_SIZE 16 // sealing adds as much, in front

struct pepper;
struct pepper_context;

// A new random pepper in a new file. ERR_EXISTS.
err_t pepper_create(const char *path);
// ERR_NOT_FOUND; ERR_DENIED when others may read it; ERR_CORRUPT for another length.
err_t pepper_load(const char *path, struct pepper **out);
// Every context must have been returned. NULL is harmless.
void pepper_free(struct pepper *pepper);

err_t pepper_borrow(struct pepper *pepper, struct pepper_context **out);
void pepper_return(struct pepper *pepper, struct pepper_context *context);

// HMAC-SHA-256 of the parts, one after the other.
void pepper_mac(struct pepper_context *context, const struct bytes *parts, size_t count, uint8_t out[PEPPER_MAC_SIZE]);
// A value that tells one pepper from another: the first bytes of HMAC-SHA-256(pepper, "check").
void pepper_check(struct pepper_context *context, uint8_t out[PEPPER_CHECK_SIZE]);

// out = SIV 16 || ciphertext, plain.len + PEPPER_SEAL_SIZE bytes. Neither `ad` nor `plain` may be empty.
void pepper_seal(struct pepper_context *context, struct bytes ad, struct bytes plain, uint8_t *out);
// out = sealed.len - PEPPER_SEAL_SIZE bytes. ERR_CORRUPT when the bytes or `ad` are not those that were sealed.
err_t pepper_unseal(struct pepper_context *context, struct bytes ad, struct bytes sealed, uint8_t *out);

#endif
