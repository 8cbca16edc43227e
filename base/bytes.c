// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 256

struct bytes bytes_of(const void *data, size_t len) {
    return (struct bytes){.data = data, .len = len};
}

struct bytes bytes_str(const char *text) {
    return bytes_of(text, strlen(text));
}

bool bytes_equal(struct bytes a, struct bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

void buf_free(struct buf *buf) {
    if (buf->data != NULL) {
        sodium_memzero(buf->data, buf->cap);
        free(buf->data);
    }
    *buf = (struct buf){0};
}

void buf_reset(struct buf *buf) {
    buf->len = 0;
    buf->failed = false;
}

// Room for `extra` more bytes. A buffer may hold a secret, so that growing copies and wipes where realloc would leave
// the old block as it is.
static bool buf_grow(struct buf *buf, size_t extra) {
    if (buf->failed || extra > SIZE_MAX / 2 - buf->len) {
        buf->failed = true;
        return false;
    }
    size_t need = buf->len + extra;
    if (need <= buf->cap) {
        return true;
    }
    size_t cap = buf->cap == 0 ? FIRST_CAP : buf->cap;
    while (cap < need) {
        cap *= 2;
    }
    uint8_t *data = malloc(cap);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    size_t len = buf->len;
    if (len > 0) {
        memcpy(data, buf->data, len);
    }
    buf_free(buf);
    *buf = (struct buf){.data = data, .len = len, .cap = cap};
    return true;
}

void buf_put(struct buf *buf, const void *data, size_t len) {
    if (len > 0 && buf_grow(buf, len)) {
        memcpy(buf->data + buf->len, data, len);
        buf->len += len;
    }
}

void buf_put_str(struct buf *buf, const char *text) {
    buf_put(buf, text, strlen(text));
}

static void buf_put_integer(struct buf *buf, uint64_t value, size_t size) {
    uint8_t out[8];
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
    buf_put(buf, out, size);
}

void buf_put_u8(struct buf *buf, uint8_t value) {
    buf_put_integer(buf, value, 1);
}

void buf_put_u16(struct buf *buf, uint16_t value) {
    buf_put_integer(buf, value, 2);
}

void buf_put_u32(struct buf *buf, uint32_t value) {
    buf_put_integer(buf, value, 4);
}

void buf_put_u64(struct buf *buf, uint64_t value) {
    buf_put_integer(buf, value, 8);
}

// Written at once where there is room, which is nearly always, and again in more room where there was not. One byte
// more than is kept: vsnprintf ends its text with a zero.
void buf_printf(struct buf *buf, const char *format, ...) {
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    const size_t room = buf->failed ? 0 : buf->cap - buf->len;
    int len = vsnprintf(room == 0 ? NULL : (char *)buf->data + buf->len, room, format, args);
    va_end(args);
    if (len < 0) {
        buf->failed = true;
    } else if ((size_t)len < room) {
        buf->len += (size_t)len;
    } else if (buf_grow(buf, (size_t)len + 1)) {
        (void)vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void buf_put_hex(struct buf *buf, const void *data, size_t len) {
    if (len > SIZE_MAX / 4 || !buf_grow(buf, len * 2 + 1)) {
        buf->failed = true;
        return;
    }
    hex_encode(data, len, (char *)buf->data + buf->len);
    buf->len += len * 2;
}

void buf_put_base64(struct buf *buf, const void *data, size_t len) {
    if (len > SIZE_MAX / 4 || !buf_grow(buf, BASE64_SIZE(len))) {
        buf->failed = true;
        return;
    }
    base64_encode(data, len, (char *)buf->data + buf->len);
    buf->len += BASE64_SIZE(len) - 1;
}

err_t buf_check(const struct buf *buf) {
    return buf->failed ? err_set(ERR_MEMORY, "no memory for a longer text") : OK;
}

const char *buf_str(struct buf *buf) {
    if (!buf_grow(buf, 1)) {
        return NULL;
    }
    buf->data[buf->len] = '\0';
    return (const char *)buf->data;
}

struct bytes buf_bytes(const struct buf *buf) {
    return bytes_of(buf->data, buf->len);
}

struct reader reader_of(struct bytes bytes) {
    return (struct reader){.at = bytes.data, .left = bytes.len};
}

struct bytes reader_take(struct reader *reader, size_t len) {
    if (reader->failed || len > reader->left) {
        reader->failed = true;
        return (struct bytes){0};
    }
    struct bytes taken = bytes_of(reader->at, len);
    if (len > 0) {
        reader->at += len;
        reader->left -= len;
    }
    return taken;
}

static uint64_t reader_integer(struct reader *reader, size_t size) {
    struct bytes taken = reader_take(reader, size);
    uint64_t value = 0;
    for (size_t i = 0; i < taken.len; i++) {
        value = value << 8 | taken.data[i];
    }
    return value;
}

uint8_t reader_u8(struct reader *reader) {
    return (uint8_t)reader_integer(reader, 1);
}

uint16_t reader_u16(struct reader *reader) {
    return (uint16_t)reader_integer(reader, 2);
}

uint32_t reader_u32(struct reader *reader) {
    return (uint32_t)reader_integer(reader, 4);
}

uint64_t reader_u64(struct reader *reader) {
    return reader_integer(reader, 8);
}

void reader_copy(struct reader *reader, void *out, size_t len) {
    struct bytes taken = reader_take(reader, len);
    if (taken.len > 0) {
        memcpy(out, taken.data, len);
    } else if (len > 0) {
        memset(out, 0, len);
    }
}

err_t reader_end(const struct reader *reader) {
    if (reader->failed) {
        return err_set(ERR_CORRUPT, "bytes are missing at the end");
    }
    if (reader->left > 0) {
        return err_set(ERR_CORRUPT, "bytes follow the end");
    }
    return OK;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Digits are checked before anything is written: `out` stays untouched on failure.
err_t hex_decode(const char *text, uint8_t *out, size_t len) {
    size_t digits = 0;
    while (text[digits] != '\0' && hex_digit(text[digits]) >= 0) {
        digits++;
    }
    if (text[digits] != '\0' || digits % 2 != 0 || digits / 2 != len) {
        return err_set(ERR_INPUT, "must be %zu lower-case hexadecimal digits", len * 2);
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
    }
    return OK;
}

void hex_encode(const void *data, size_t len, char *out) {
    (void)sodium_bin2hex(out, len * 2 + 1, data, len);
}

// libsodium refuses stray bits, stray characters and missing padding, but writes as it goes: hence the copy, which
// leaves `out` untouched on failure.
err_t base64_decode(const char *text, size_t text_len, uint8_t *out, size_t len) {
    uint8_t decoded[BASE64_DECODE_MAX];
    size_t got = 0;
    assert(len <= sizeof decoded);
    if (text_len != BASE64_SIZE(len) - 1 ||
        sodium_base642bin(decoded, len, text, text_len, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        got != len) {
        return err_set(ERR_INPUT, "must be %zu bytes in base64", len);
    }
    memcpy(out, decoded, len);
    return OK;
}

void base64_encode(const void *data, size_t len, char *out) {
    (void)sodium_bin2base64(out, BASE64_SIZE(len), data, len, sodium_base64_VARIANT_ORIGINAL);
}
