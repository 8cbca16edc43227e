// SPDX-License-Identifier: Apache-2.0
// Byte strings: `struct bytes` borrows, `struct buf` owns and grows, `struct reader` parses without running over.
// Integers are big-endian. A buf and a reader remember their first error, so that callers write a straight line
// and test once.
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct bytes {
    const uint8_t *data;
    size_t len;
};

struct bytes bytes_of(const void *data, size_t len);
struct bytes bytes_str(const char *text); // without the terminating zero
bool bytes_equal(struct bytes a, struct bytes b);

struct buf { // zero-initialise: struct buf out = {0};
    uint8_t *data;
    size_t len;
    size_t cap;
    bool failed; // an append found no memory; what was appended since is missing
};

void buf_free(struct buf *buf); // wipes; harmless on a zeroed buf; leaves it zeroed
void buf_reset(struct buf *buf);
void buf_put(struct buf *buf, const void *data, size_t len);
void buf_put_str(struct buf *buf, const char *text);
void buf_put_u8(struct buf *buf, uint8_t value);
void buf_put_u16(struct buf *buf, uint16_t value);
void buf_put_u32(struct buf *buf, uint32_t value);
void buf_put_u64(struct buf *buf, uint64_t value);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_put_hex(struct buf *buf, const void *data, size_t len);
void buf_put_base64(struct buf *buf, const void *data, size_t len);
// ERR_MEMORY when any append failed.
err_t buf_check(const struct buf *buf);
// The contents as a zero-terminated string, owned by the buf; NULL when an append failed.
const char *buf_str(struct buf *buf);
struct bytes buf_bytes(const struct buf *buf);

struct reader {
    const uint8_t *at;
    size_t left;
    bool failed; // a read ran past the end; reads since have given zeros
};

struct reader reader_of(struct bytes bytes);
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);
void reader_copy(struct reader *reader, void *out, size_t len);
struct bytes reader_take(struct reader *reader, size_t len); // borrows
// OK only when every byte was read and none was missing; otherwise ERR_CORRUPT.
err_t reader_end(const struct reader *reader);

// Exactly `len` bytes from `len * 2` lower-case hex digits. ERR_INPUT otherwise.
err_t hex_decode(const char *text, uint8_t *out, size_t len);
// `out` holds len * 2 + 1 characters.
void hex_encode(const void *data, size_t len, char *out);
// Exactly `len` bytes, at most BASE64_DECODE_MAX, from standard base64 with padding, canonical. ERR_INPUT otherwise.
#define BASE64_DECODE_MAX 128
err_t base64_decode(const char *text, size_t text_len, uint8_t *out, size_t len);
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)
// `out` holds BASE64_SIZE(len) characters, the last a zero.
void base64_encode(const void *data, size_t len, char *out);

#endif
