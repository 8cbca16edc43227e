// SPDX-License-Identifier: Apache-2.0
// People of the scheme "demo" and its CA, as fuzzers of signed documents need them: made once a process, valid at
// FUZZ_NOW_S.
#ifndef TESTS_FUZZ_PEOPLE_H
#define TESTS_FUZZ_PEOPLE_H

#include <openssl/x509.h>
#include <stdint.h>

#include "base/bytes.h"

#define FUZZ_NOW_S INT64_C(1795430220)

enum { PERSON_ANN, PERSON_BEN, PERSON_OFFICER, PERSON_NONE, PERSON_COUNT }; // NONE: a holder's certificate

struct person {
    EVP_PKEY *key;
    X509 *certificate;
    struct buf pem; // certificate and key
};

const struct person *fuzz_person(size_t which);
struct bytes fuzz_ca(void); // in PEM

#endif
