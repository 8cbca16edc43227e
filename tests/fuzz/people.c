// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/people.h"

#include <openssl/pem.h>
#include <string.h>

#include "keys/ceremony/certificate.h"
#include "tests/fuzz/fuzz.h"

#define DAY_S INT64_C(86400)

static struct person people[PERSON_COUNT];
static struct buf ca_pem;

static EVP_PKEY *ed25519(uint8_t first) {
    const uint8_t seed[32] = {first};
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
}

static void put_pem(struct person *person) {
    char *text = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    MUST(certificate_write(person->certificate, &person->pem) == OK);
    MUST(bio != NULL && PEM_write_bio_PrivateKey(bio, person->key, NULL, NULL, 0, NULL, NULL) == 1);
    long len = BIO_get_mem_data(bio, &text);
    buf_put(&person->pem, text, (size_t)len);
    BIO_free(bio);
}

static void make(void) {
    static const struct {
        enum urn_kind kind;
        const char *id;
        const char *host;
    } who[PERSON_COUNT] = {{URN_ADMINISTRATOR, "ann", NULL},
                           {URN_ADMINISTRATOR, "ben", NULL},
                           {URN_ADMINISTRATOR, "officer", NULL},
                           {URN_HOLDER, "1", "holder.example"}};
    X509 *ca = NULL;
    EVP_PKEY *ca_key = ed25519(100);
    MUST(ca_key != NULL && certificate_make_ca("demo", ca_key, FUZZ_NOW_S, &ca) == OK);
    MUST(certificate_write(ca, &ca_pem) == OK);
    for (size_t i = 0; i < PERSON_COUNT; i++) {
        struct certificate_plan plan = {.from = FUZZ_NOW_S - DAY_S, .until = FUZZ_NOW_S + 300 * DAY_S};
        plan.identity = (struct urn){.kind = who[i].kind, .scheme = "demo"};
        memcpy(plan.identity.id, who[i].id, strlen(who[i].id));
        plan.hosts = &who[i].host;
        plan.host_count = who[i].host == NULL ? 0 : 1;
        people[i].key = i == PERSON_BEN ? EVP_EC_gen("P-256") : ed25519((uint8_t)(i + 1));
        MUST(people[i].key != NULL);
        MUST(certificate_issue(&plan, people[i].key, ca, ca_key, &people[i].certificate) == OK);
        put_pem(&people[i]);
    }
    X509_free(ca);
    EVP_PKEY_free(ca_key);
}

const struct person *fuzz_person(size_t which) {
    if (ca_pem.len == 0) {
        make();
    }
    return &people[which];
}

struct bytes fuzz_ca(void) {
    (void)fuzz_person(0);
    return buf_bytes(&ca_pem);
}
