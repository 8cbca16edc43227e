// SPDX-License-Identifier: Apache-2.0
// What people read before they sign or believe: the signed files in words. Everything printed here is public.
#ifndef KEYS_CEREMONY_SHOW_H
#define KEYS_CEREMONY_SHOW_H

#include <openssl/x509.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/err.h"
#include "keys/descriptor.h"

#define SHOW_DIGEST_SIZE 40 // eight groups of four hex digits and a zero: short enough to be read aloud
#define SHOW_UNTIL_SIZE 64
#define SHOW_KEY_HASH_SIZE 65

// The first 16 bytes of the SHA-256, in groups.
void show_digest(struct bytes data, char out[SHOW_DIGEST_SIZE]);
// "2027-11-22T10:37:00Z, 365 days left", "..., 5 hours left" or "..., EXPIRED".
void show_until(int64_t until, int64_t now_s, char out[SHOW_UNTIL_SIZE]);
// The key of a certificate as the roster lists it, in hex.
err_t show_key_hash(const X509 *certificate, char out[SHOW_KEY_HASH_SIZE]);

void show_descriptor(FILE *out, const struct descriptor *descriptor, int64_t now_s);
void show_signers(FILE *out, const struct descriptor_signers *signers, const struct trust *trust);

#endif
