// SPDX-License-Identifier: Apache-2.0
// What parties bring to a ceremony: inboxes and contributions as signed notes, certificate requests, certificates. The
// first byte chooses; a document may be signed here as its party would.
//
// Covers: keys/ceremony/contribution.c keys/ceremony/inbox.c keys/ceremony/signed_json.c
// keys/ceremony/certificate_key.c Covers: keys/ceremony/pem.c
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "keys/ceremony/certificate.h"
#include "keys/ceremony/certificate_key.h"
#include "keys/ceremony/contribution.h"
#include "keys/ceremony/pem.h"
#include "keys/ceremony/signed_json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/people.h"

static struct trust trust;
static uint8_t seeds[3][NOTE_SEED_SIZE]; // of the authority and two holders
static struct note_key keys[3];

static void make_trust(void) {
    static const char *const names[] = {"demo-authority", "demo-holder-1", "demo-holder-2"};
    for (size_t i = 0; i < 3; i++) {
        seeds[i][0] = (uint8_t)(i + 1);
        MUST(note_key_of_seed(names[i], seeds[i], &keys[i]) == OK);
    }
    trust = (struct trust){.threshold = 2, .holder_count = 2, .authority = keys[0], .holders = {keys[1], keys[2]}};
}

// The text as a note: as it is, or signed by one of the three.
static const char *note_file(struct bytes text, size_t signer) {
    static struct buf note;
    buf_reset(&note);
    buf_put(&note, text.data, text.len);
    buf_put_str(&note, "\n");
    if (signer < 3 && note_sign(text, keys[signer].name, seeds[signer], &note) != OK) {
        buf_reset(&note);
    }
    return fuzz_file(signer < 3 ? buf_bytes(&note) : text);
}

static void try_inbox(struct bytes text, size_t signer) {
    struct inbox inbox, again, all[MAX_HOLDERS];
    struct buf note = {0};
    const char *path = note_file(text, signer);
    const char *twice[] = {path, path};
    if (inbox_load(path, &trust, &inbox) == OK) {
        MUST(inbox.holder == signer && signer < 3);
        MUST(inbox_load_all(twice, 2, &trust, &inbox, all) == ERR_INPUT); // one holder's, two times
        again = inbox;
        again.generation++;
        MUST(inbox_load_all(twice, 2, &trust, &again, all) == ERR_STALE);
        MUST(inbox_write(&inbox, &keys[signer], seeds[signer], &note) == OK);
        MUST(inbox_load(fuzz_file(buf_bytes(&note)), &trust, &again) == OK);
        MUST(strcmp(again.scheme, inbox.scheme) == 0 && again.holder == inbox.holder);
    }
    MUST(inbox_load_all(twice, 1, &trust, &inbox, all) == ERR_INPUT);
    buf_free(&note);
}

static void try_contribution(struct bytes text, size_t signer) {
    static struct contribution contribution, again;
    const uint8_t secret[INBOX_SECRET_SIZE] = {9};
    uint8_t value[OPRF_SCALAR_SIZE];
    struct buf note = {0};
    if (contribution_load(note_file(text, signer), &trust, &contribution) == OK) {
        MUST(contribution.holder == signer && signer < 3);
        MUST(contribution.box_count <= MAX_HOLDERS && contribution.commitment_count <= MAX_HOLDERS);
        for (size_t holder = 1; holder <= 3; holder++) {
            MUST(contribution_unseal(&contribution, holder, secret, value) == ERR_DENIED);
        }
        MUST(contribution_write(&contribution, &keys[signer], seeds[signer], &note) == OK);
        MUST(contribution_load(fuzz_file(buf_bytes(&note)), &trust, &again) == OK);
        MUST(again.box_count == contribution.box_count && again.commitment_count == contribution.commitment_count);
    }
    buf_free(&note);
}

// A box opens with its inbox's secret, and not when a byte of it was turned.
static void try_boxes(struct bytes text) {
    static struct contribution made;
    struct inbox inboxes[2] = {0};
    uint8_t values[2][OPRF_SCALAR_SIZE] = {{1}, {2}}, secrets[2][INBOX_SECRET_SIZE], value[OPRF_SCALAR_SIZE];
    memset(&made, 0, sizeof made);
    for (size_t i = 0; i < 2; i++) {
        MUST(crypto_box_keypair(inboxes[i].key, secrets[i]) == 0);
    }
    MUST(contribution_seal(inboxes, (const uint8_t(*)[OPRF_SCALAR_SIZE])values, 2, &made) == OK);
    MUST(contribution_unseal(&made, 2, secrets[1], value) == OK && memcmp(value, values[1], sizeof value) == 0);
    MUST(contribution_unseal(&made, 1, secrets[1], value) == ERR_DENIED);
    for (size_t i = 0; i < text.len && i < CONTRIBUTION_BOX_SIZE; i++) {
        made.boxes[1][i] ^= text.data[i];
    }
    bool turned =
        text.len > 0 && !sodium_is_zero(text.data, text.len < CONTRIBUTION_BOX_SIZE ? text.len : CONTRIBUTION_BOX_SIZE);
    MUST(!turned || contribution_unseal(&made, 2, secrets[1], value) == ERR_DENIED);
}

static void try_request(struct bytes pem) {
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    struct urn identity;
    int64_t from = 0, until = 0;
    if (certificate_request_key(pem, &key) == OK) {
        MUST(EVP_PKEY_is_a(key, "EC") || EVP_PKEY_is_a(key, "ED25519"));
        EVP_PKEY_free(key);
    }
    if (certificate_key_parse(pem, &key) == OK) {
        EVP_PKEY_free(key);
    }
    if (certificate_parse(pem, &certificate) == OK) {
        (void)certificate_identity(certificate, &identity);
        (void)certificate_validity(certificate, &from, &until);
        X509_free(certificate);
    }
    ERR_clear_error();
}

// A request that is signed here and then altered by the input.
static void try_own_request(struct reader *input) {
    static const char *const groups[] = {"P-256", "P-384"};
    uint8_t kind = reader_u8(input) % 4;
    EVP_PKEY *key = kind < 2 ? EVP_EC_gen(groups[kind]) : NULL, *found = NULL;
    struct buf pem = {0};
    char *text = NULL;
    enum certificate_key_type type = CERTIFICATE_P256;
    MUST(certificate_key_type_parse("ed25519", &type) == OK && certificate_key_type_parse("rsa", &type) == ERR_INPUT);
    MUST(key != NULL || certificate_key_new(type, &key) == OK);
    X509_REQ *request = X509_REQ_new();
    MUST(request != NULL && X509_REQ_set_pubkey(request, key) == 1);
    MUST(X509_REQ_sign(request, key, kind < 2 ? EVP_sha256() : NULL) > 0);
    if (kind == 3) { // signed by another
        MUST(X509_REQ_set_pubkey(request, fuzz_person(PERSON_ANN)->key) == 1);
    }
    BIO *bio = BIO_new(BIO_s_mem());
    MUST(bio != NULL && PEM_write_bio_X509_REQ(bio, request) == 1);
    long len = BIO_get_mem_data(bio, &text);
    buf_put(&pem, text, (size_t)len);
    err_t err = certificate_request_key(buf_bytes(&pem), &found);
    MUST(err == (kind == 1 ? ERR_DENIED : kind == 3 ? ERR_SIGNATURE : OK));
    EVP_PKEY_free(err == OK ? found : NULL);
    while (input->left >= 3) {
        size_t at = reader_u16(input) % pem.len;
        pem.data[at] = reader_u8(input);
    }
    try_request(buf_bytes(&pem));
    uint8_t *written = NULL;
    size_t written_len = 0;
    MUST(certificate_key_write(key, &written, &written_len) == OK);
    MUST(certificate_key_parse(bytes_of(written, written_len), &found) == OK && EVP_PKEY_eq(found, key) == 1);
    EVP_PKEY_free(found);
    secret_free(written);
    EVP_PKEY_free(key);
    X509_REQ_free(request);
    BIO_free(bio);
    buf_free(&pem);
    ERR_clear_error();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    uint8_t which = reader_u8(&input);
    if (trust.holder_count == 0) {
        make_trust();
    }
    switch (which % 5) {
    case 0:
        try_inbox(fuzz_rest(&input), which / 5 % 4);
        break;
    case 1:
        try_contribution(fuzz_rest(&input), which / 5 % 4);
        break;
    case 2:
        try_boxes(fuzz_rest(&input));
        break;
    case 3:
        try_request(fuzz_rest(&input));
        break;
    default:
        try_own_request(&input);
        break;
    }
    return 0;
}
