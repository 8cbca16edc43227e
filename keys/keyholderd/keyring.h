// SPDX-License-Identifier: Apache-2.0
// The shares that a key holder has, and which of them it serves: that of the descriptor's present key; after a refresh
// that of the generation before, until its time is over; during a rotation that of the epoch before. Its own lock lets
// evaluations go on while a descriptor is exchanged; those of other shares never mix, since a request names its own.
//
// In files, beside the path that is configured:
//   SHARE        the share in use, or the older of two
//   SHARE.next   the one that follows it (`ceremony accept`)
//   SHARE.old    one whose time is over, on its way out
//   SHARE.retired-EPOCH  that of an epoch that is over: evaluates for a subject access alone, as long as the descriptor
//                names it as retired
// When the older one's time is over it is wiped in memory and its file destroyed, and SHARE.next becomes SHARE; a crash
// at any point of that is taken up at the next start.
#ifndef KEYS_KEYHOLDERD_KEYRING_H
#define KEYS_KEYHOLDERD_KEYRING_H

#include "base/bytes.h"
#include "base/err.h"
#include "keys/descriptor.h"
#include "keys/share.h"
#include "proto/evaluation.h"

struct keyring;

// Opens what is there; all of one scheme, holder and signing key. A retired share that cannot be opened is left aside,
// and logged: it must not keep the others from serving. ERR_NOT_FOUND, ERR_DENIED, ERR_CORRUPT, ERR_IO.
err_t keyring_open(const char *path, struct bytes passphrase, struct keyring **out);
void keyring_free(struct keyring *keyring); // wipes; NULL is harmless

// From now on serves the keys of this descriptor. Refuses one to whose present key it has no share, or that names a
// generation of which it has another share, and goes on as before: ERR_STALE, ERR_PROOF, ERR_INPUT.
err_t keyring_serve(struct keyring *keyring, const struct descriptor *descriptor);

// ERR_STALE for an epoch and generation that are not served now; a request for a subject access names a retired key,
// and no other request does. Who may make one is the caller's to judge. ERR_PROOF for an element that is the identity
// or not canonical. Any thread.
err_t keyring_evaluate(struct keyring *keyring, const struct evaluation_request *request, int64_t now_s,
                       struct evaluation_reply *out);
// What GET /v1/key says: of the descriptor's present key. Any thread.
void keyring_describe(struct keyring *keyring, const struct descriptor *descriptor, struct key_reply *out);

// Once a minute: ends what is over. Serving has ended at its second in any case; an error says that a file could not be
// destroyed, and the next call tries again.
err_t keyring_end_overlap(struct keyring *keyring, int64_t now_s);

// Whose shares these are, and the seed of the signing key.
const char *keyring_scheme(const struct keyring *keyring);
unsigned keyring_holder(const struct keyring *keyring);
const uint8_t *keyring_note_seed(const struct keyring *keyring);

#endif
