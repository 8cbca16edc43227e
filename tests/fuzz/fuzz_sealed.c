// SPDX-License-Identifier: Apache-2.0
// Sealed files, and the share in one. The first byte chooses: a whole file, or the plaintext of a share, sealed here.
// Argon2 is wrapped by a quick hash (the build says so): it would take 64 MiB for each input.
//
// Covers: base/seal.c keys/share.c
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/seal.h"
#include "base/secret.h"
#include "keys/share.h"
#include "tests/fuzz/fuzz.h"

int __wrap_crypto_pwhash_argon2id(unsigned char *out, unsigned long long out_len, const char *password,
                                  unsigned long long password_len, const unsigned char *salt,
                                  unsigned long long opslimit, size_t memlimit, int algorithm);
int __wrap_crypto_pwhash_argon2id(unsigned char *out, unsigned long long out_len, const char *password,
                                  unsigned long long password_len, const unsigned char *salt,
                                  unsigned long long opslimit, size_t memlimit, int algorithm) {
    uint8_t costs[2] = {(uint8_t)opslimit, (uint8_t)(memlimit >> 26)};
    crypto_generichash_state state;
    MUST(algorithm == crypto_pwhash_argon2id_ALG_ARGON2ID13);
    crypto_generichash_init(&state, salt, crypto_pwhash_argon2id_SALTBYTES, (size_t)out_len);
    crypto_generichash_update(&state, costs, sizeof costs);
    crypto_generichash_update(&state, (const unsigned char *)password, password_len);
    crypto_generichash_final(&state, out, (size_t)out_len);
    return 0;
}

static const struct bytes passphrase = {(const uint8_t *)"correct horse", 13};
static const struct bytes wrong = {(const uint8_t *)"correct house", 13};

// A name in memory for what is created once.
static const char *fresh_path(void) {
    static char path[64];
    (void)snprintf(path, sizeof path, "/dev/shm/signpost-fuzz-%d", (int)getpid());
    (void)unlink(path);
    return path;
}

// A share belongs to the descriptor whose commitments give it, and to no other.
static void check_belongs(const struct share *share) {
    static struct descriptor descriptor;
    uint8_t sharing[32];
    memset(&descriptor, 0, sizeof descriptor);
    memcpy(descriptor.scheme, share->scheme, sizeof descriptor.scheme);
    descriptor.epoch = share->epoch;
    descriptor.generation = share->generation;
    descriptor.threshold = 1;
    descriptor.holder_count = share->holder;
    MUST(crypto_scalarmult_ristretto255_base(descriptor.commitments[0], share->scalar) == 0);
    MUST(share_belongs(share, &descriptor) == OK);
    share_sharing(&descriptor, sharing);
    descriptor.holder_count--;
    MUST(share_belongs(share, &descriptor) == ERR_INPUT);
    descriptor.generation++;
    MUST(share_belongs(share, &descriptor) == ERR_STALE);
    descriptor.scheme[0] = '?';
    MUST(share_belongs(share, &descriptor) == ERR_INPUT);
}

static void check_share(const char *path, struct bytes plain) {
    struct share *share = NULL;
    uint8_t *again = NULL;
    size_t len = 0;
    if (share_open(path, passphrase, &share) != OK) {
        return;
    }
    MUST(share->holder >= 1 && share->holder <= MAX_HOLDERS && oprf_check_scalar(share->scalar) == OK);
    check_belongs(share);
    const char *copy = fresh_path();
    MUST(share_seal(copy, share, SEAL_INTERACTIVE, passphrase) == OK);
    MUST(seal_open(copy, "share", passphrase, &again, &len) == OK && bytes_equal(bytes_of(again, len), plain));
    secret_free(again);
    share->holder = 0;
    MUST(share_seal(copy, share, SEAL_INTERACTIVE, passphrase) == ERR_INPUT);
    secret_free(share);
    (void)unlink(copy);
}

static void try_plain(struct bytes plain, uint8_t which) {
    static const char *const kinds[] = {"share", "authority"};
    const char *kind = kinds[which / 4 % 2];
    enum seal_cost cost = (enum seal_cost)(which / 8 % 3);
    uint8_t *secret = NULL;
    size_t len = 0;
    const char *path = fresh_path();
    if (seal_create(path, kind, cost, passphrase, plain) != OK) {
        MUST(plain.len > 4096);
        return;
    }
    MUST(seal_open(path, kind, passphrase, &secret, &len) == OK && bytes_equal(bytes_of(secret, len), plain));
    secret_free(secret);
    MUST(seal_open(path, kind, wrong, &secret, &len) == ERR_DENIED);
    MUST(seal_open(path, which / 4 % 2 == 0 ? "authority" : "share", passphrase, &secret, &len) == ERR_CORRUPT);
    MUST(seal_create(path, kind, cost, passphrase, plain) == ERR_EXISTS);
    MUST(seal_create(path, kind, cost, bytes_of(plain.data, 0), plain) == ERR_INPUT);
    char *sealed = strdup(path); // the path's memory is used again
    MUST(sealed != NULL);
    check_share(sealed, plain);
    (void)unlink(sealed);
    free(sealed);
}

static void try_text(struct bytes text) {
    char *name = fuzz_text(text);
    enum seal_cost cost;
    uint8_t *secret = NULL;
    size_t len = 0;
    (void)seal_cost_parse(name, &cost);
    const char *file = fuzz_file(text);
    uint8_t *credential = NULL;
    size_t credential_len = 0;
    MUST(setenv("CREDENTIALS_DIRECTORY", "/proc/self/fd", 1) == 0);
    err_t err = seal_passphrase(file, "", false, &secret, &len);
    MUST(seal_passphrase_credential(strrchr(file, '/') + 1, &credential, &credential_len) == err);
    if (err == OK) {
        MUST(len > 0 && len <= text.len);
        MUST(bytes_equal(bytes_of(secret, len), bytes_of(credential, credential_len)));
        secret_free(secret);
        secret_free(credential);
    }
    free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    uint8_t which = reader_u8(&input);
    struct bytes rest = fuzz_rest(&input);
    uint8_t *secret = NULL;
    struct share *share = NULL;
    size_t len = 0;
    switch (which % 4) {
    case 0:
        MUST(seal_open(fuzz_file(rest), "share", passphrase, &secret, &len) != OK); // nobody can make one by chance
        MUST(share_open(fuzz_file(rest), passphrase, &share) != OK);
        break;
    case 1:
        try_text(rest);
        break;
    default:
        try_plain(rest, which);
        break;
    }
    return 0;
}
