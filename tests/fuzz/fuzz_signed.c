// SPDX-License-Identifier: Apache-2.0
// Signed documents of people and key holders: administrative acts (JWS) and receipts of destroyed shares (signed
// notes). The first byte chooses: a text as it comes, or a payload that is signed here and must come back as it was.
//
// Covers: proto/jws.c proto/act.c proto/receipt.c
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "proto/act.h"
#include "proto/jws.h"
#include "proto/receipt.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/people.h"

static void try_text(struct bytes text) {
    struct jws jws = {0};
    struct act act = {0};
    struct receipt receipt;
    if (jws_open(text, ACT_TYPE, &jws) == OK) {
        MUST(jws.count <= JWS_SIGNERS_MAX);
    }
    jws_free(&jws);
    (void)act_open(text, fuzz_file(text), FUZZ_NOW_S, &act); // the text is no CA either
    act_free(&act);
    act = (struct act){0};
    if (act_peek(text, &act) == OK) {
        MUST(act.name[0] != '\0' && act.signer_count <= JWS_SIGNERS_MAX);
    }
    act_free(&act);
    (void)receipt_open(text, NULL, 0, &receipt);
    ERR_clear_error();
}

// An act that opens is in its time and signed by people of the scheme alone, each once.
static void check_act(struct bytes text, size_t signers, bool person) {
    struct act act = {0}, peeked = {0};
    bool peeks = act_peek(text, &peeked) == OK;
    if (act_open(text, fuzz_file(fuzz_ca()), FUZZ_NOW_S, &act) == OK) {
        MUST(peeks && person && act.signer_count == signers);
        MUST(act.issued <= FUZZ_NOW_S + 300 && FUZZ_NOW_S < act.expires);
        MUST(act.expires - act.issued <= ACT_VALID_MAX_S);
    }
    act_free(&act);
    act_free(&peeked);
}

static void try_payload(struct bytes payload, uint8_t which) {
    struct buf text = {0};
    struct jws jws = {0};
    size_t count = which % 3, first = which / 3 % 2 == 0 ? PERSON_ANN : PERSON_NONE;
    if (jws_new(payload, &text) == OK) {
        for (size_t i = 0; i < count; i++) {
            const struct person *person = fuzz_person(i == 0 ? first : PERSON_BEN);
            const char *file = fuzz_file(buf_bytes(&person->pem));
            MUST(act_sign(&text, file, file) == OK);
            MUST(jws_sign(&text, ACT_TYPE, person->certificate, person->key) == ERR_EXISTS);
        }
        const struct person *third = fuzz_person(PERSON_OFFICER);
        MUST(count < 2 || jws_sign(&text, ACT_TYPE, third->certificate, third->key) == ERR_TOO_LARGE);
        MUST(jws_open(buf_bytes(&text), ACT_TYPE, &jws) == OK && jws.count == count);
        MUST(bytes_equal(buf_bytes(&jws.payload), payload));
        check_act(buf_bytes(&text), count, first == PERSON_ANN || count == 0);
        jws_free(&jws);
        jws = (struct jws){0};
        MUST(count == 0 || jws_open(buf_bytes(&text), "other", &jws) != OK);
        jws_free(&jws);
    }
    buf_free(&text);
    ERR_clear_error();
}

// What no input of a sensible length shows: texts that are too long, and a key on a curve that is not ours.
static void try_limits(void) {
    static uint8_t zeros[JWS_MAX + 1];
    struct buf text = {0};
    struct jws jws = {0};
    EVP_PKEY *key = EVP_EC_gen("P-384");
    X509 *certificate = X509_new();
    MUST(key != NULL && certificate != NULL && X509_set_pubkey(certificate, key) == 1);
    MUST(jws_new(bytes_of(zeros, JWS_PAYLOAD_MAX + 1), &text) == ERR_TOO_LARGE);
    MUST(jws_open(bytes_of(zeros, sizeof zeros), ACT_TYPE, &jws) == ERR_TOO_LARGE);
    MUST(jws_new(bytes_str("{}"), &text) == OK);
    MUST(jws_sign(&text, ACT_TYPE, certificate, key) == ERR_INPUT);
    X509_free(certificate);
    EVP_PKEY_free(key);
    buf_free(&text);
}

// A signed act of which bytes are altered: it opens with its payload, or not at all.
static void try_altered(struct reader *input) {
    static const char payload[] = "{\"act\": \"deny\"}";
    struct buf text = {0};
    struct jws jws = {0};
    const struct person *ann = fuzz_person(PERSON_ANN);
    MUST(jws_new(bytes_str(payload), &text) == OK);
    MUST(jws_sign(&text, ACT_TYPE, ann->certificate, ann->key) == OK);
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
    static const uint8_t seed[NOTE_SEED_SIZE] = {4}, other[NOTE_SEED_SIZE] = {5};
    static struct receipt receipt, again;
    struct note_key holders[MAX_HOLDERS];
    struct buf note = {0}, second = {0};
    for (size_t i = 0; i < MAX_HOLDERS; i++) {
        MUST(note_key_of_seed("holder", seed, &holders[i]) == OK);
    }
    if (receipt_read(text, &receipt) == OK) {
        MUST(receipt_write(&receipt, &note) == OK && receipt_holders(&receipt, 1, receipt.shares[0].epoch) == 1);
        MUST(receipt_holders(&receipt, 1, 0) == 0); // epochs begin at 1
        struct buf body = {0};
        buf_put(&body, note.data, note.len);
        buf_put_str(&note, "\n");
        MUST(note_sign(buf_bytes(&body), "holder", seed, &note) == OK);
        MUST(receipt_load(fuzz_file(buf_bytes(&note)), holders, MAX_HOLDERS, &again) == OK);
        MUST(receipt_write(&again, &second) == OK && bytes_equal(buf_bytes(&body), buf_bytes(&second)));
        MUST(receipt_open(buf_bytes(&note), holders, receipt.holder - 1, &again) == ERR_SIGNATURE);
        MUST(note_key_of_seed("holder", other, &holders[receipt.holder - 1]) == OK);
        MUST(receipt_open(buf_bytes(&note), holders, MAX_HOLDERS, &again) == ERR_SIGNATURE);
        buf_free(&body);
    }
    buf_free(&note);
    buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    uint8_t which = reader_u8(&input);
    if (size == 0) {
        try_limits();
        return 0;
    }
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
