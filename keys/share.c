// SPDX-License-Identifier: Apache-2.0
#include "keys/share.h"

#include <sodium.h>
#include <string.h>

#include "base/secret.h"
#include "keys/threshold.h"
#include "proto/urn.h"

#define SHARE_KIND "share"
#define SHARE_FORMAT 2
#define SHARE_FILE_SIZE (2 + 64 + 4 + 4 + 1 + OPRF_SCALAR_SIZE + NOTE_SEED_SIZE + 32)

static err_t check_share(const struct share *share) {
    if (memchr(share->scheme, 0, sizeof(share->scheme)) == NULL || !urn_id_valid(share->scheme)) {
        return err_set(ERR_INPUT, "a share's scheme is not a scheme's name");
    }
    if (share->holder < 1 || share->holder > MAX_HOLDERS) {
        return err_set(ERR_INPUT, "a share's holder is not 1 to %d", MAX_HOLDERS);
    }
    return oprf_check_scalar(share->scalar);
}

static err_t check_names(const struct share *share, const struct descriptor *descriptor) {
    if (strcmp(share->scheme, descriptor->scheme) != 0) {
        return err_set(ERR_INPUT, "the share is of the scheme %s, the descriptor of %s", share->scheme,
                       descriptor->scheme);
    }
    if (share->epoch != descriptor->epoch || share->generation != descriptor->generation) {
        return err_set(ERR_STALE, "the share is of epoch %u, generation %u, the descriptor of epoch %u, generation %u",
                       share->epoch, share->generation, descriptor->epoch, descriptor->generation);
    }
    if (share->holder < 1 || share->holder > descriptor->holder_count) {
        return err_set(ERR_INPUT, "the share is holder %u's, and the descriptor has %zu holders", share->holder,
                       descriptor->holder_count);
    }
    return OK;
}

err_t share_belongs(const struct share *share, const struct descriptor *descriptor) {
    struct threshold_commitments commitments = {.t = descriptor->threshold};
    memcpy(commitments.points, descriptor->commitments, sizeof(commitments.points));
    err_t err = check_names(share, descriptor);
    return err == OK ? threshold_check_share(&commitments, share->holder, share->scalar) : err;
}

void share_sharing(const struct descriptor *descriptor, uint8_t out[32]) {
    (void)crypto_hash_sha256(out, descriptor->commitments[0], descriptor->threshold * ELEMENT_SIZE);
}

static uint8_t *put(uint8_t *at, const void *data, size_t len) {
    memcpy(at, data, len);
    return at + len;
}

static uint8_t *put_u8(uint8_t *at, uint8_t value) {
    *at = value;
    return at + 1;
}

static uint8_t *put_u32(uint8_t *at, uint32_t value) {
    const uint8_t big_endian[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                                   (uint8_t)value};
    return put(at, big_endian, sizeof(big_endian));
}

static void share_encode(const struct share *share, uint8_t out[SHARE_FILE_SIZE]) {
    uint8_t *at = put_u8(put_u8(out, SHARE_FORMAT), share->retired ? 1 : 0);
    memset(at, 0, sizeof(share->scheme));
    memcpy(at, share->scheme, strlen(share->scheme));
    at = put_u32(at + sizeof(share->scheme), share->epoch);
    at = put_u32(at, share->generation);
    at = put_u8(at, share->holder);
    at = put(at, share->scalar, sizeof(share->scalar));
    at = put(at, share->note_seed, sizeof(share->note_seed));
    put(at, share->sharing, sizeof(share->sharing));
}

static err_t share_decode(struct bytes plain, struct share *out) {
    struct reader reader = reader_of(plain);
    const uint8_t format = reader_u8(&reader);
    const uint8_t purpose = reader_u8(&reader);
    reader_copy(&reader, out->scheme, sizeof(out->scheme));
    out->epoch = reader_u32(&reader);
    out->generation = reader_u32(&reader);
    out->holder = reader_u8(&reader);
    reader_copy(&reader, out->scalar, sizeof(out->scalar));
    reader_copy(&reader, out->note_seed, sizeof(out->note_seed));
    reader_copy(&reader, out->sharing, sizeof(out->sharing));
    out->retired = purpose == 1;
    err_t err = reader_end(&reader);
    if (err != OK || format != SHARE_FORMAT || purpose > 1) {
        return err_set(ERR_CORRUPT, "not a share of format %d", SHARE_FORMAT);
    }
    if (check_share(out) != OK) {
        return err_prefix(ERR_CORRUPT, "not a share");
    }
    size_t len = strlen(out->scheme);
    if (!sodium_is_zero((const unsigned char *)out->scheme + len, sizeof(out->scheme) - len)) {
        return err_set(ERR_CORRUPT, "not a share: bytes follow the scheme's name");
    }
    return OK;
}

err_t share_seal(const char *path, const struct share *share, enum seal_cost cost, struct bytes passphrase) {
    err_t err = check_share(share);
    if (err != OK) {
        return err;
    }
    uint8_t *plain = secret_new(SHARE_FILE_SIZE);
    if (plain == NULL) {
        return err_set(ERR_MEMORY, "no memory could be locked for the share");
    }
    share_encode(share, plain);
    err = seal_create(path, SHARE_KIND, cost, passphrase, bytes_of(plain, SHARE_FILE_SIZE));
    secret_free(plain);
    return err;
}

err_t share_open(const char *path, struct bytes passphrase, struct share **out) {
    uint8_t *plain = NULL;
    size_t len = 0;
    struct share *share = NULL;
    err_t err = seal_open(path, SHARE_KIND, passphrase, &plain, &len);
    if (err != OK) {
        return err;
    }
    share = secret_new(sizeof(*share));
    if (share == NULL) {
        err = err_set(ERR_MEMORY, "no memory could be locked for the share");
        goto out;
    }
    err = share_decode(bytes_of(plain, len), share);
    if (err != OK) {
        err = err_prefix(err, "%s", path);
        goto out;
    }
    *out = share;
    share = NULL;
out:
    secret_free(share);
    secret_free(plain);
    return err;
}
