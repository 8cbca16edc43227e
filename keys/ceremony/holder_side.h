// SPDX-License-Identifier: Apache-2.0
// What the key holder's own steps of the ceremony begin with: its share, and the scheme as it is in force.
#ifndef KEYS_CEREMONY_HOLDER_SIDE_H
#define KEYS_CEREMONY_HOLDER_SIDE_H

#include <limits.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/note.h"
#include "base/seal.h"
#include "keys/descriptor.h"
#include "keys/share.h"

struct holder_options {
    const char *share, *passphrase_file, *trust, *present, *kdf;
};
// The options' rows, for the table of a subcommand.
#define HOLDER_ROWS(options)                                                                                           \
    {"share", "FILE", OPTION_TEXT, &(options).share, 0, 0, "the holder's sealed share"},                               \
        {"passphrase-file",                                                                                            \
         "FILE",                                                                                                       \
         OPTION_TEXT,                                                                                                  \
         &(options).passphrase_file,                                                                                   \
         0,                                                                                                            \
         0,                                                                                                            \
         "the holder's passphrase (0600); without it, the terminal asks"},                                             \
        {"trust", "FILE", OPTION_TEXT, &(options).trust, 0, 0, "the trust file"}, {                                    \
        "present", "FILE", OPTION_TEXT, &(options).present, 0, 0, "the descriptor in force"                            \
    }

struct holder_side { // zero-initialise
    const struct holder_options *given;
    struct trust trust;
    struct descriptor present; // verified; it may have expired
    uint8_t *passphrase;       // locked memory, for what is sealed again
    size_t passphrase_len;
    struct share *share; // locked memory
    struct note_key own; // its signing key, which is the trust file's
};

// Reads the public files; asks for the passphrase and opens the share only when they are good. ERR_STALE, ERR_PROOF,
// ERR_DENIED unless the share is of the descriptor in force and its key the trust file's.
err_t holder_side_open(const struct holder_options *given, struct holder_side *out);
void holder_side_close(struct holder_side *side); // wipes

// A file beside the share: "holder-2.inbox" in its folder, and the share's own path with a suffix. ERR_TOO_LARGE.
err_t holder_side_file(const struct holder_side *side, const char *kind, char out[PATH_MAX]);
err_t holder_side_suffix(const struct holder_side *side, const char *suffix, char out[PATH_MAX]);

// ERR_DENIED unless the share's signing key is the trust file's for this holder; `out` is that key.
err_t holder_side_own_key(const struct share *share, const struct trust *trust, struct note_key *out);

#endif
