// SPDX-License-Identifier: Apache-2.0
// A holder's inbox: a fresh key pair for one refresh or rotation, to which the others seal what is for this holder
// alone. It is made when the refresh begins and destroyed when it ends: whoever knew the holder's secrets before, or
// learns them later, reads nothing of it. The public half is a note signed by the holder.
#ifndef KEYS_CEREMONY_INBOX_H
#define KEYS_CEREMONY_INBOX_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/note.h"
#include "keys/trust.h"
#include "proto/limits.h"

#define INBOX_KEY_SIZE 32
#define INBOX_SECRET_SIZE 32
#define INBOX_SEAL_SIZE 48        // what a sealed text is longer by
#define INBOX_KIND "inbox"        // of the sealed secret half
#define INBOX_SUFFIX ".inbox"     // the sealed secret half, beside the share
#define SHARE_NEXT_SUFFIX ".next" // the share that follows

struct inbox {
    char scheme[MAX_ID + 1];
    uint64_t holder;
    uint64_t epoch, generation; // of the share that will be followed
    uint8_t key[INBOX_KEY_SIZE];
};

// Appends the note. ERR_MEMORY.
err_t inbox_write(const struct inbox *inbox, const struct note_key *own, const uint8_t seed[NOTE_SEED_SIZE],
                  struct buf *out);
// Reads a note and verifies that the holder it names has signed it. ERR_SIGNATURE, ERR_INPUT.
err_t inbox_load(const char *path, const struct trust *trust, struct inbox *out);
// Reads one of each holder: exactly the trust file's n, in any order; inboxes[i] is holder i + 1's. Each must be for
// this scheme, epoch and generation.
err_t inbox_load_all(const char *const *paths, size_t count, const struct trust *trust, const struct inbox *expected,
                     struct inbox *out);

#endif
