// SPDX-License-Identifier: Apache-2.0
// The bytes of one journal segment, the file of one month (docs/journal.md): its header, the frames that hold the
// sealed records, and the segment's key, which lies in another folder.
#ifndef INDEXD_SEGMENT_H
#define INDEXD_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "indexd/journal.h"
#include "indexd/record.h"

#define SEGMENT_HEADER_SIZE 36 // magic 16, version u32, name 8, first seq u64
#define SEGMENT_KEY_SIZE 32
#define SEAL_OVERHEAD (24 + 16) // nonce in front, authenticator behind
#define FRAME_HEADER_SIZE 16
#define FRAME_SEALED_MAX (RECORD_MAX + SEAL_OVERHEAD)
#define BATCH_MAX (16 * 1024 * 1024) // bytes of the frames that are written and synced at once

// A frame: this header, then `length` sealed bytes. `before` and `after` count the bytes of the same batch in front of
// the header and behind the sealed bytes: a batch is written at once and stands whole or not at all.
struct frame_header {
    uint32_t length;
    uint32_t before;
    uint32_t after;
};

// The month of the time, in UTC.
void segment_name(int64_t time_ms, char out[SEGMENT_NAME_SIZE]);
bool segment_name_valid(const char *text);

void segment_header_put(const char *name, uint64_t first_seq, uint8_t out[SEGMENT_HEADER_SIZE]);
// ERR_CORRUPT for another magic, version or name.
err_t segment_header_get(const uint8_t header[SEGMENT_HEADER_SIZE], const char *name, uint64_t *out_first_seq);

// The check that ends the header covers the fields, the segment's name and the header's place in the file.
void frame_header_put(const struct frame_header *header, const char *name, uint64_t offset,
                      uint8_t out[FRAME_HEADER_SIZE]);
// False when these bytes were not written as a frame's header at this place.
bool frame_header_get(const uint8_t bytes[FRAME_HEADER_SIZE], const char *name, uint64_t offset,
                      struct frame_header *out);

// Appends nonce, ciphertext and authenticator. ERR_MEMORY.
err_t segment_seal(const uint8_t key[SEGMENT_KEY_SIZE], const char *name, uint64_t seq, struct bytes record,
                   struct buf *out);
// Appends the record. ERR_CORRUPT.
err_t segment_unseal(const uint8_t key[SEGMENT_KEY_SIZE], const char *name, uint64_t seq, struct bytes sealed,
                     struct buf *out);

// A new random key in a file of mode 0600, replacing one that no record was sealed under yet.
err_t segment_key_create(const char *path);
// Locked memory: secret_free it. ERR_CORRUPT when it is missing or of another length.
err_t segment_key_load(const char *path, uint8_t **out);

#endif
