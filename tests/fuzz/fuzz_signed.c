// SPDX-License-Identifier: Apache-2.0
// Signed documents of people and key holders: administrative acts (JWS) and receipts of destroyed shares (signed
// notes). The first byte chooses: a text as it comes, or a payload that is signed here and must come back as it was.
//
// Covers: proto/jws.c proto/act.c proto/receipt.c
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "proto/act.h"
#include "proto/jws.h"
#include "proto/receipt.h"
#include "tests/fuzz/fuzz.h"

#define URI "URI:urn:signpost:demo:administrator:ann"

struct signer {
    EVP_PKEY *key;
    X509 *certificate;
};

static struct signer make_signer(EVP_PKEY *key, const EVP_MD *digest) {
    struct signer signer = {.key = key, .certificate = X509_new()};
    MUST(key != NULL && signer.certificate != NULL && X509_set_version(signer.certificate, 2) == 1);
    MUST(ASN1_TIME_set(X509_getm_notBefore(signer.certificate), 0) != NULL);
    MUST(ASN1_TIME_set(X509_getm_notAfter(signer.certificate), 4000000000) != NULL);
    MUST(X509_set_pubkey(signer.certificate, key) == 1);
    X509_EXTENSION *uri = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, URI);
    MUST(uri != NULL && X509_add_ext(signer.certificate, uri, -1) == 1);
    X509_EXTENSION_free(uri);
    MUST(X509_sign(signer.certificate, key, digest) > 0);
    return signer;
}

static const struct signer *signers(void) {
    static struct signer made[2];
    if (made[0].key == NULL) {
        static const uint8_t seed[32] = {1};
        made[0] = make_signer(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed), NULL);
        made[1] = make_signer(EVP_EC_gen("P-256"), EVP_sha256());
    }
    return made;
}

static void try_text(struct bytes text) {
    struct jws jws = {0};
    struct act act = {0};
    struct receipt receipt;
    if (jws_open(text, ACT_TYPE, &jws) == OK) {
        MUST(jws.count <= JWS_SIGNERS_MAX);
    }
    jws_free(&jws);
    (void)act_open(text, fuzz_file(text), 1795430220, &act); // the text is no CA either
    act_free(&act);
    act = (struct act){0};
    if (act_peek(text, &act) == OK) {
        MUST(act.name[0] != '\0' && act.signer_count <= JWS_SIGNERS_MAX);
    }
    act_free(&act);
    (void)receipt_open(text, NULL, 0, &receipt);
    ERR_clear_error();
}

// Our signers are no people of a scheme: with their own certificate as the CA the act is judged and refused.
static void check_act(struct bytes text) {
    struct act act = {0};
    char *pem = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    MUST(bio != NULL && PEM_write_bio_X509(bio, signers()[0].certificate) == 1);
    long len = BIO_get_mem_data(bio, &pem);
    MUST(act_open(text, fuzz_file(bytes_of(pem, (size_t)len)), 1795430220, &act) != OK || act.signer_count == 0);
    act_free(&act);
    BIO_free(bio);
}

static void try_payload(struct bytes payload, uint8_t which) {
    struct buf text = {0};
    struct jws jws = {0};
    struct act act = {0};
    size_t count = which % 3;
    if (jws_new(payload, &text) == OK) {
        for (size_t i = 0; i < count; i++) {
            const struct signer *signer = &signers()[i];
            MUST(jws_sign(&text, ACT_TYPE, signer->certificate, signer->key) == OK);
            MUST(jws_sign(&text, ACT_TYPE, signer->certificate, signer->key) == ERR_EXISTS);
        }
        MUST(jws_open(buf_bytes(&text), ACT_TYPE, &jws) == OK && jws.count == count);
        MUST(bytes_equal(buf_bytes(&jws.payload), payload));
        check_act(buf_bytes(&text));
        (void)act_peek(buf_bytes(&text), &act);
        act_free(&act);
        jws_free(&jws);
        jws = (struct jws){0};
        MUST(count == 0 || jws_open(buf_bytes(&text), "other", &jws) != OK);
        jws_free(&jws);
    }
    buf_free(&text);
    ERR_clear_error();
}

// A signed act of which bytes are altered: it opens with its payload, or not at all.
static void try_altered(struct reader *input) {
    static const char payload[] = "{\"act\": \"deny\"}";
    struct buf text = {0};
    struct jws jws = {0};
    MUST(jws_new(bytes_str(payload), &text) == OK);
    MUST(jws_sign(&text, ACT_TYPE, signers()[0].certificate, signers()[0].key) == OK);
    while (input->left >= 3) {
        size_t at = reader_u16(input) % text.len;
        text.data[at] = reader_u8(input);
    }
    if (jws_open(buf_bytes(&text), ACT_TYPE, &jws) == OK && jws.count > 0) {
        MUST(bytes_equal(buf_bytes(&jws.payload), bytes_str(payload)));
    }
    jws_free(&jws);
    buf_free(&text);
    ERR_clear_error();
}

static void try_receipt(struct bytes text) {
    static const uint8_t seed[NOTE_SEED_SIZE] = {4};
    static struct receipt receipt, again;
    struct note_key holders[MAX_HOLDERS];
    struct buf note = {0}, second = {0};
    for (size_t i = 0; i < MAX_HOLDERS; i++) {
        MUST(note_key_of_seed("holder", seed, &holders[i]) == OK);
    }
    if (receipt_read(text, &receipt) == OK) {
        MUST(receipt_write(&receipt, &note) == OK && receipt_holders(&receipt, 1, receipt.shares[0].epoch) == 1);
        struct buf body = {0};
        buf_put(&body, note.data, note.len);
        buf_put_str(&note, "\n");
        MUST(note_sign(buf_bytes(&body), "holder", seed, &note) == OK);
        MUST(receipt_load(fuzz_file(buf_bytes(&note)), holders, MAX_HOLDERS, &again) == OK);
        MUST(receipt_write(&again, &second) == OK && bytes_equal(buf_bytes(&body), buf_bytes(&second)));
        MUST(receipt_open(buf_bytes(&note), holders, receipt.holder - 1, &again) == ERR_SIGNATURE);
        buf_free(&body);
    }
    buf_free(&note);
    buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    uint8_t which = reader_u8(&input);
    switch (which % 4) {
    case 0:
        try_text(fuzz_rest(&input));
        break;
    case 1:
        try_payload(fuzz_rest(&input), which / 4);
        break;
    case 2:
        try_altered(&input);
        break;
    default:
        try_receipt(fuzz_rest(&input));
        break;
    }
    return 0;
}
