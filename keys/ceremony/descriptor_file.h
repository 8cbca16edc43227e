// SPDX-License-Identifier: Apache-2.0
// The descriptor's file as the ceremony reads it - signed by the authority, and perhaps by nobody else yet - and as it
// writes the next version.
#ifndef KEYS_CEREMONY_DESCRIPTOR_FILE_H
#define KEYS_CEREMONY_DESCRIPTOR_FILE_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/note.h"
#include "keys/ceremony/folder.h"
#include "keys/descriptor.h"

// Needs the authority's signature alone, and reads an expired one as well. `whole` takes the file's bytes.
err_t descriptor_file_read(const char *path, const struct note_key *authority, struct buf *whole,
                           struct descriptor *out);

// Signs `next` as the authority and puts it in the folder; the one that it replaces, `present` in `whole`, is kept
// beside it as descriptor.VERSION with all its signatures. May be repeated after a crash.
err_t descriptor_file_write_next(const struct folder *folder, const uint8_t *seed, const struct descriptor *next,
                                 const struct descriptor *present, const struct buf *whole);

// Adds the signature of `own` to the file, whose bytes are `whole`. The file with it is verified before it replaces the
// old one: a bad line under the holder's own name would go on spoiling it. ERR_SIGNATURE.
err_t descriptor_file_sign(const char *path, struct bytes whole, const struct note_key *own,
                           const uint8_t seed[NOTE_SEED_SIZE]);

#endif
