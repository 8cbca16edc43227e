// SPDX-License-Identifier: Apache-2.0
// The card's key in OpenSSL's clothes: an EC key of which only the public half is known, and whose signing is done by
// the token. OpenSSL 3 keeps EC_KEY_METHOD, which it calls deprecated, for exactly this; its successor, a provider,
// would have to bring key management of its own.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <assert.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "proto/card_state.h"

static pthread_once_t method_once = PTHREAD_ONCE_INIT;
static EC_KEY_METHOD *method;
static int card_slot = -1; // of an EC_KEY's extra data

static err_t crypto_failed(const char *what) {
    ERR_clear_error();
    return err_set(ERR_CRYPTO, "%s", what);
}

// r and s, 32 bytes each, as the DER that X.509 and TLS write.
static int write_der(const uint8_t raw[CARD_SIGNATURE_SIZE], unsigned char *out) {
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, CARD_SIGNATURE_SIZE / 2, NULL);
    BIGNUM *s = BN_bin2bn(raw + CARD_SIGNATURE_SIZE / 2, CARD_SIGNATURE_SIZE / 2, NULL);
    int len = -1;
    if (signature != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(signature, r, s) == 1) {
        r = s = NULL; // the signature's now
        len = i2d_ECDSA_SIG(signature, &out);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(signature);
    return len;
}

// OpenSSL's own arguments; it gives room for ECDSA_size bytes.
static int sign(int type, const unsigned char *hash, int hash_len, unsigned char *out, unsigned int *out_len,
                const BIGNUM *kinv, const BIGNUM *r, EC_KEY *key) {
    (void)type, (void)kinv, (void)r;
    struct card *card = EC_KEY_get_ex_data(key, card_slot);
    uint8_t raw[CARD_SIGNATURE_SIZE];
    if (card == NULL || hash_len != CARD_HASH_SIZE || card_sign(card, hash, raw) != OK) {
        return 0;
    }
    int len = write_der(raw, out);
    *out_len = len > 0 ? (unsigned int)len : 0;
    return len > 0;
}

static void make_method(void) {
    card_slot = EC_KEY_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    method = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
    if (method != NULL) {
        EC_KEY_METHOD_set_sign(method, sign, NULL, NULL);
    }
}

static EC_KEY *key_of_point(const uint8_t *point, size_t len) {
    EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    if (key != NULL && EC_KEY_oct2key(key, point, len, NULL) == 1) {
        return key;
    }
    EC_KEY_free(key);
    return NULL;
}

static err_t wrap(EC_KEY *key, EVP_PKEY **out) {
    EVP_PKEY *wrapped = key == NULL ? NULL : EVP_PKEY_new();
    bool done = wrapped != NULL && EVP_PKEY_set1_EC_KEY(wrapped, key) == 1;
    EC_KEY_free(key);
    if (!done) {
        EVP_PKEY_free(wrapped);
        return crypto_failed("the card's key cannot be used");
    }
    *out = wrapped;
    return OK;
}

// The uncompressed point of a P-256 key; false for any other.
static bool point_of(EVP_PKEY *key, uint8_t out[CARD_POINT_SIZE]) {
    char group[32] = "";
    unsigned char *point = NULL;
    bool p256 = EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
                strcmp(group, "prime256v1") == 0;
    size_t len = p256 ? EVP_PKEY_get1_encoded_public_key(key, &point) : 0;
    bool whole = len == CARD_POINT_SIZE && point[0] == 4;
    if (whole) {
        memcpy(out, point, len);
    }
    OPENSSL_free(point);
    return whole;
}

static err_t check_signature(EVP_PKEY *public_key, const uint8_t hash[CARD_HASH_SIZE],
                             const uint8_t raw[CARD_SIGNATURE_SIZE]) {
    unsigned char der[CARD_SIGNATURE_SIZE + 16];
    int len = write_der(raw, der);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, public_key, NULL);
    bool good = len > 0 && context != NULL && EVP_PKEY_verify_init(context) == 1 &&
                EVP_PKEY_verify(context, der, (size_t)len, hash, CARD_HASH_SIZE) == 1;
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return good ? OK : err_set(ERR_TLS, "the key on the card does not belong to the certificate");
}

err_t card_prove(struct card *card) {
    uint8_t hash[CARD_HASH_SIZE], raw[CARD_SIGNATURE_SIZE];
    assert(card->public_key != NULL);
    if (RAND_bytes(hash, sizeof hash) != 1) {
        return crypto_failed("no random numbers");
    }
    err_t err = card_sign(card, hash, raw);
    return err == OK ? check_signature(card->public_key, hash, raw) : err;
}

err_t card_key(struct card *card, EVP_PKEY *public_key, EVP_PKEY **out) {
    uint8_t point[CARD_POINT_SIZE];
    (void)pthread_once(&method_once, make_method);
    if (method == NULL || card_slot < 0) {
        return err_set(ERR_MEMORY, "no memory for a card's key");
    }
    if (!point_of(public_key, point)) {
        return err_set(ERR_TLS, "the certificate is not for a P-256 key, which the key on the card is");
    }
    EVP_PKEY_free(card->public_key);
    card->public_key = public_key;
    (void)EVP_PKEY_up_ref(public_key);
    err_t err = card_prove(card);
    if (err != OK) {
        return err;
    }
    EC_KEY *key = key_of_point(point, sizeof point);
    if (key == NULL || EC_KEY_set_method(key, method) != 1 || EC_KEY_set_ex_data(key, card_slot, card) != 1) {
        EC_KEY_free(key);
        return crypto_failed("the card's key cannot be used");
    }
    return wrap(key, out);
}

// CKA_EC_POINT is the point in a DER octet string; some modules leave the wrapping out.
err_t card_public_key(struct card *card, EVP_PKEY **out) {
    static const uint8_t wrapping[] = {0x04, CARD_POINT_SIZE};
    uint8_t id[256], point[128];
    size_t id_len = 0, len = 0;
    CK_OBJECT_HANDLE object = 0;
    err_t err = card_attribute(card, card->key, CKA_ID, id, sizeof id, &id_len);
    if (err == OK) {
        const CK_ATTRIBUTE wanted = {CKA_ID, id, id_len};
        err = card_find_object(card, CKO_PUBLIC_KEY, NULL, &wanted, &object);
    }
    if (err == OK) {
        err = card_attribute(card, object, CKA_EC_POINT, point, sizeof point, &len);
    }
    if (err != OK) {
        return err;
    }
    bool wrapped = len == CARD_POINT_SIZE + sizeof wrapping && memcmp(point, wrapping, sizeof wrapping) == 0;
    size_t skip = wrapped ? sizeof wrapping : 0;
    return wrap(key_of_point(point + skip, len - skip), out);
}

err_t card_certificate(struct card *card, const char *text, X509 **out) {
    P11KitUri *uri = NULL;
    CK_OBJECT_HANDLE object = 0;
    size_t len = 0;
    uint8_t *der = malloc(CARD_CERTIFICATE_MAX);
    err_t err = der == NULL ? err_set(ERR_MEMORY, "no memory for a certificate") : card_uri_parse(text, &uri);
    if (err == OK && p11_kit_uri_match_token_info(uri, &card->token) != 1) {
        err = err_set(ERR_INPUT, "the certificate's pkcs11: URI names another card than the key's");
    }
    if (err == OK) {
        err = card_find_object(card, CKO_CERTIFICATE, uri, NULL, &object);
    }
    if (err == OK) {
        err = card_attribute(card, object, CKA_VALUE, der, CARD_CERTIFICATE_MAX, &len);
    }
    if (err == OK) {
        const unsigned char *at = der;
        X509 *certificate = d2i_X509(NULL, &at, (long)len);
        err = certificate == NULL ? crypto_failed("the certificate on the card cannot be read") : OK;
        *out = err == OK ? certificate : *out;
    }
    p11_kit_uri_free(uri);
    free(der);
    return err;
}
