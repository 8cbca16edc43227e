// SPDX-License-Identifier: Apache-2.0
// The identity in a certificate. The first byte chooses: a whole certificate in DER, or one of ours whose
// subjectAltName has the given contents - once, or twice.
//
// Covers: proto/urn.c
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "proto/tls.h"
#include "tests/fuzz/fuzz.h"

static EVP_PKEY *fixed_key(void) {
    static EVP_PKEY *key;
    static const uint8_t seed[32] = {1};
    if (key == NULL) {
        key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
        MUST(key != NULL);
    }
    return key;
}

static void add_names(X509 *certificate, struct bytes names) {
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    MUST(value != NULL && ASN1_OCTET_STRING_set(value, names.data, (int)names.len) == 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, value);
    MUST(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
}

static X509 *with_names(struct bytes names, bool twice) {
    X509 *certificate = X509_new();
    MUST(certificate != NULL && X509_set_version(certificate, 2) == 1);
    MUST(ASN1_TIME_set(X509_getm_notBefore(certificate), 0) != NULL);
    MUST(ASN1_TIME_set(X509_getm_notAfter(certificate), 1) != NULL);
    MUST(X509_set_pubkey(certificate, fixed_key()) == 1);
    add_names(certificate, names);
    if (twice) {
        add_names(certificate, names);
    }
    MUST(X509_sign(certificate, fixed_key(), NULL) > 0);
    return certificate;
}

static void check_urn(const struct urn *urn) {
    char text[MAX_URN + 1];
    struct urn again;
    urn_format(urn, text);
    MUST(urn_parse(text, &again) == OK && urn_equal(urn, &again));
}

static void try_certificate(X509 *certificate, bool twice) {
    BIO *pem = BIO_new(BIO_s_mem());
    char *data = NULL;
    MUST(pem != NULL);
    if (PEM_write_bio_X509(pem, certificate) == 1) {
        long len = BIO_get_mem_data(pem, &data);
        struct tls_peer peer;
        if (tls_peer_of_file(fuzz_file(bytes_of(data, (size_t)len)), &peer) == OK) {
            MUST(!twice);
            check_urn(&peer.identity);
        }
    }
    BIO_free(pem);
    ERR_clear_error();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    uint8_t which = reader_u8(&input) % 4;
    struct bytes rest = fuzz_rest(&input);
    X509 *certificate = NULL;
    struct urn urn;
    if (which == 0) {
        const unsigned char *at = rest.data;
        certificate = d2i_X509(NULL, &at, (long)rest.len);
    } else if (which == 1) {
        char *text = fuzz_text(rest);
        if (urn_parse(text, &urn) == OK) {
            check_urn(&urn);
            char formatted[MAX_URN + 1];
            urn_format(&urn, formatted);
            MUST(strcmp(formatted, text) == 0); // there is one way to write an identity
        }
        free(text);
    } else {
        certificate = with_names(rest, which == 3);
    }
    if (certificate != NULL) {
        try_certificate(certificate, which == 3);
    }
    X509_free(certificate);
    ERR_clear_error();
    return 0;
}
