// SPDX-License-Identifier: Apache-2.0
#include "indexd/segment.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/noise.h"
#include "base/secret.h"
#include "base/sha256.h"

#define MAGIC "signpost journal" // 16 characters, written without the zero
#define VERSION 1
#define DAY_MS 86400000
#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define AD_SIZE (sizeof "signpost journal 1" - 1 + SEGMENT_NAME_SIZE - 1 + 8)

_Static_assert(SEAL_OVERHEAD ==
                   crypto_aead_xchacha20poly1305_ietf_NPUBBYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "XChaCha20-Poly1305");
_Static_assert(SEGMENT_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "XChaCha20-Poly1305");

void segment_name(int64_t time_ms, char out[SEGMENT_NAME_SIZE]) {
    int year = 0;
    int month = 0;
    int day = 0;
    int64_t days = time_ms < 0 ? 0 : time_ms / DAY_MS;
    clock_date(days, &year, &month, &day);
    (void)snprintf(out, SEGMENT_NAME_SIZE, "%04u-%02u", (unsigned)year % 10000, (unsigned)month % 100);
}

bool segment_name_valid(const char *text) {
    static const char digits[] = "0123456789";
    return strlen(text) == SEGMENT_NAME_SIZE - 1 && strspn(text, digits) == 4 && text[4] == '-' &&
           strspn(text + 5, digits) == 2;
}

static void put_u32(uint32_t value, uint8_t out[4]) {
    for (size_t i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static void put_u64(uint64_t value, uint8_t out[8]) {
    put_u32((uint32_t)(value >> 32), out);
    put_u32((uint32_t)value, out + 4);
}

void segment_header_put(const char *name, uint64_t first_seq, uint8_t out[SEGMENT_HEADER_SIZE]) {
    assert(strlen(name) == SEGMENT_NAME_SIZE - 1);
    memcpy(out, MAGIC, 16);
    put_u32(VERSION, out + 16);
    memcpy(out + 20, name, SEGMENT_NAME_SIZE);
    put_u64(first_seq, out + 28);
}

err_t segment_header_get(const uint8_t header[SEGMENT_HEADER_SIZE], const char *name, uint64_t *out_first_seq) {
    struct reader reader = reader_of(bytes_of(header + 28, 8));
    uint64_t first_seq = reader_u64(&reader);
    uint8_t expected[SEGMENT_HEADER_SIZE];
    segment_header_put(name, first_seq, expected);
    if (memcmp(header, expected, sizeof expected) != 0) {
        return err_set(ERR_CORRUPT, "the header is not that of a journal segment of this month");
    }
    *out_first_seq = first_seq;
    return OK;
}

// The first bytes of SHA-256(name | offset | fields).
static void frame_check(const uint8_t fields[12], const char *name, uint64_t offset, uint8_t out[4]) {
    uint8_t input[SEGMENT_NAME_SIZE + 8 + 12];
    memcpy(input, name, SEGMENT_NAME_SIZE);
    put_u64(offset, input + SEGMENT_NAME_SIZE);
    memcpy(input + SEGMENT_NAME_SIZE + 8, fields, 12);
    uint8_t hash[SHA256_SIZE];
    const struct bytes whole = bytes_of(input, sizeof input);
    sha256(&whole, 1, hash);
    memcpy(out, hash, 4);
}

void frame_header_put(const struct frame_header *header, const char *name, uint64_t offset,
                      uint8_t out[FRAME_HEADER_SIZE]) {
    put_u32(header->length, out);
    put_u32(header->before, out + 4);
    put_u32(header->after, out + 8);
    frame_check(out, name, offset, out + 12);
}

bool frame_header_get(const uint8_t bytes[FRAME_HEADER_SIZE], const char *name, uint64_t offset,
                      struct frame_header *out) {
    struct reader reader = reader_of(bytes_of(bytes, FRAME_HEADER_SIZE));
    struct frame_header header = {0};
    header.length = reader_u32(&reader);
    header.before = reader_u32(&reader);
    header.after = reader_u32(&reader);
    // The bounds come first: they settle almost every place when a damaged file is searched for headers.
    if (header.length <= SEAL_OVERHEAD || header.length > FRAME_SEALED_MAX || header.before > BATCH_MAX ||
        header.after > BATCH_MAX) {
        return false;
    }
    uint8_t check[4];
    frame_check(bytes, name, offset, check);
    if (memcmp(check, bytes + 12, sizeof check) != 0) {
        return false;
    }
    *out = header;
    return true;
}

// "signpost journal 1" | name | seq u64
static void associated_data(const char *name, uint64_t seq, uint8_t out[AD_SIZE]) {
    memcpy(out, "signpost journal 1", 18);
    memcpy(out + 18, name, SEGMENT_NAME_SIZE - 1);
    put_u64(seq, out + AD_SIZE - 8);
}

err_t segment_seal(const uint8_t key[SEGMENT_KEY_SIZE], const char *name, uint64_t seq, struct bytes record,
                   struct buf *out) {
    assert(record.len <= RECORD_MAX);
    uint8_t ad[AD_SIZE];
    associated_data(name, seq, ad);
    uint8_t nonce[NONCE_SIZE];
    noise_fill(nonce, sizeof nonce);
    static const uint8_t authenticator[SEAL_OVERHEAD - NONCE_SIZE];
    size_t start = out->len;
    buf_put(out, nonce, sizeof nonce);
    buf_put(out, record.data, record.len);
    buf_put(out, authenticator, sizeof authenticator); // room for it
    err_t err = buf_check(out);
    if (err != OK) {
        return err;
    }
    uint8_t *sealed = out->data + start + NONCE_SIZE;
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, NULL, sealed, record.len, ad, sizeof ad, NULL, nonce, key);
    return OK;
}

err_t segment_unseal(const uint8_t key[SEGMENT_KEY_SIZE], const char *name, uint64_t seq, struct bytes sealed,
                     struct buf *out) {
    if (sealed.len <= SEAL_OVERHEAD) {
        return err_set(ERR_CORRUPT, "record %llu is cut off", (unsigned long long)seq);
    }
    uint8_t ad[AD_SIZE];
    associated_data(name, seq, ad);
    size_t start = out->len;
    buf_put(out, sealed.data, sealed.len - SEAL_OVERHEAD); // as much room as the record takes
    err_t err = buf_check(out);
    if (err != OK) {
        return err;
    }
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out->data + start, NULL, NULL, sealed.data + NONCE_SIZE,
                                                   sealed.len - NONCE_SIZE, ad, sizeof ad, sealed.data, key) != 0) {
        out->len = start;
        return err_set(ERR_CORRUPT, "record %llu fails its seal", (unsigned long long)seq);
    }
    return OK;
}

err_t segment_key_create(const char *path) {
    uint8_t *key = secret_new(SEGMENT_KEY_SIZE);
    if (key == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    randombytes_buf(key, SEGMENT_KEY_SIZE);
    err_t err = file_replace(path, 0600, bytes_of(key, SEGMENT_KEY_SIZE));
    secret_free(key);
    return err;
}

err_t segment_key_load(const char *path, uint8_t **out) {
    uint8_t *key = NULL;
    size_t len = 0;
    err_t err = file_read_secret(path, SEGMENT_KEY_SIZE, false, &key, &len);
    if (err == ERR_NOT_FOUND || err == ERR_TOO_LARGE) {
        return err_prefix(ERR_CORRUPT, "the key of a journal segment is missing or damaged");
    }
    if (err == OK && len != SEGMENT_KEY_SIZE) {
        secret_free(key);
        return err_set(ERR_CORRUPT, "%s: a segment's key is %d bytes long", path, SEGMENT_KEY_SIZE);
    }
    if (err == OK) {
        *out = key;
    }
    return err;
}
