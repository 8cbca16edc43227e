// SPDX-License-Identifier: Apache-2.0
#include "proto/jws.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define HEADER_MAX (16 * 1024)
#define CERTIFICATE_MAX (8 * 1024) // DER
#define SIGNATURE_SIZE 64          // of both algorithms
#define URL sodium_base64_VARIANT_URLSAFE_NO_PADDING

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "no memory for a signed document");
}

static err_t crypto_failed(void) {
    ERR_clear_error();
    return err_set(ERR_CRYPTO, "OpenSSL refused to sign or to verify");
}

// ---- base64

static json_t *encode(const void *data, size_t len, int variant) {
    size_t size = sodium_base64_encoded_len(len, variant);
    char *text = malloc(size);
    json_t *value = NULL;
    if (text != NULL) {
        sodium_bin2base64(text, size, data, len, variant);
        value = json_string(text);
    }
    free(text);
    return value;
}

// Appends; what does not encode again to the same text is refused.
static err_t decode(const char *text, int variant, size_t max, struct buf *out) {
    size_t text_len = strlen(text);
    size_t len = 0;
    uint8_t *data = malloc(text_len + 1);
    if (data == NULL) {
        return no_memory();
    }
    err_t err = OK;
    if (sodium_base642bin(data, text_len, text, text_len, NULL, &len, NULL, variant) != 0 || len > max) {
        err = err_set(ERR_INPUT, "not base64, or too long");
    } else {
        buf_put(out, data, len);
        err = buf_check(out);
    }
    free(data);
    return err;
}

// ---- keys

// "ES256" or "EdDSA", by the kind of the key; NULL for another kind.
static const char *algorithm_of(EVP_PKEY *key) {
    char group[32] = "";
    if (EVP_PKEY_is_a(key, "ED25519")) {
        return "EdDSA";
    }
    if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
        strcmp(group, "prime256v1") == 0) {
        return "ES256";
    }
    return NULL;
}

static const EVP_MD *digest_of(const char *algorithm) {
    return strcmp(algorithm, "ES256") == 0 ? EVP_sha256() : NULL;
}

// RFC 7518, section 3.4: R and S, 32 bytes each, in place of their DER.
static bool raw_of_der(const uint8_t *der, size_t len, uint8_t out[SIGNATURE_SIZE]) {
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
    bool ok = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, SIGNATURE_SIZE / 2) > 0 &&
              BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + SIGNATURE_SIZE / 2, SIGNATURE_SIZE / 2) > 0;
    ECDSA_SIG_free(pair);
    return ok;
}

static int der_of_raw(const uint8_t raw[SIGNATURE_SIZE], uint8_t **out) {
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, SIGNATURE_SIZE / 2, NULL);
    BIGNUM *s = BN_bin2bn(raw + SIGNATURE_SIZE / 2, SIGNATURE_SIZE / 2, NULL);
    int len = -1;
    if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = NULL; // the pair's now
        s = NULL;
        len = i2d_ECDSA_SIG(pair, out);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return len;
}

// What is signed: the protected header and the payload, as they stand in the document, with a dot between them.
static err_t signed_text(const char *header, const char *payload, struct buf *out) {
    buf_put_str(out, header);
    buf_put_str(out, ".");
    buf_put_str(out, payload);
    return buf_check(out);
}

static err_t sign(EVP_PKEY *key, const char *algorithm, const struct buf *text, uint8_t out[SIGNATURE_SIZE]) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t made[256];
    size_t len = sizeof made;
    bool ok = context != NULL && EVP_DigestSignInit(context, NULL, digest_of(algorithm), NULL, key) == 1 &&
              EVP_DigestSign(context, made, &len, text->data, text->len) == 1;
    if (ok && digest_of(algorithm) != NULL) {
        ok = raw_of_der(made, len, out);
    } else if (ok) {
        ok = len == SIGNATURE_SIZE;
        memcpy(out, made, SIGNATURE_SIZE);
    }
    EVP_MD_CTX_free(context);
    return ok ? OK : crypto_failed();
}

static err_t verify(EVP_PKEY *key, const char *algorithm, const struct buf *text, const uint8_t raw[SIGNATURE_SIZE]) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t *der = NULL;
    int len = digest_of(algorithm) != NULL ? der_of_raw(raw, &der) : SIGNATURE_SIZE;
    bool good = context != NULL && len > 0 &&
                EVP_DigestVerifyInit(context, NULL, digest_of(algorithm), NULL, key) == 1 &&
                EVP_DigestVerify(context, der != NULL ? der : raw, (size_t)len, text->data, text->len) == 1;
    OPENSSL_free(der);
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good ? OK : err_set(ERR_SIGNATURE, "a signature is wrong");
}

// ---- the document

struct document {
    json_t *json;
    const char *payload; // borrowed from `json`, as the arrays are
    json_t *signatures;
};

static err_t document_read(struct bytes text, struct document *out) {
    if (text.len > JWS_MAX) {
        return err_set(ERR_TOO_LARGE, "a signed document has at most %d bytes", JWS_MAX);
    }
    err_t err = json_parse(text, &out->json);
    if (err != OK) {
        return err;
    }
    const struct json_field fields[] = {
        {"payload", JSON_FIELD_TEXT, true, JWS_PAYLOAD_MAX * 4 / 3 + 4, &out->payload},
        {"signatures", JSON_FIELD_ARRAY, true, JWS_SIGNERS_MAX, &out->signatures},
    };
    err = json_read(out->json, fields, sizeof fields / sizeof fields[0]);
    if (err != OK) {
        json_decref(out->json);
        out->json = NULL;
    }
    return err;
}

err_t jws_new(struct bytes payload, struct buf *out) {
    if (payload.len > JWS_PAYLOAD_MAX) {
        return err_set(ERR_TOO_LARGE, "what is signed has at most %d bytes", JWS_PAYLOAD_MAX);
    }
    json_t *json = json_pack("{s:o, s:[]}", "payload", encode(payload.data, payload.len, URL), "signatures");
    err_t err = json == NULL ? no_memory() : json_write(json, false, out);
    json_decref(json);
    return err;
}

static err_t encode_certificate(X509 *certificate, json_t **out) {
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    if (len <= 0) {
        return crypto_failed();
    }
    *out = encode(der, (size_t)len, sodium_base64_VARIANT_ORIGINAL);
    OPENSSL_free(der);
    return OK;
}

// The protected header as it stands in the document.
static err_t make_header(const char *algorithm, const char *type, X509 *certificate, json_t **out) {
    struct buf text = {0};
    json_t *encoded = NULL;
    err_t err = encode_certificate(certificate, &encoded);
    if (err != OK) {
        return err;
    }
    json_t *header = json_pack("{s:s, s:s, s:[o]}", "alg", algorithm, "typ", type, "x5c", encoded);
    err = header == NULL ? no_memory() : json_write(header, false, &text);
    if (err == OK) {
        *out = encode(text.data, text.len, URL);
        err = *out == NULL ? no_memory() : OK;
    }
    json_decref(header);
    buf_free(&text);
    return err;
}

static err_t add_signature(struct document *document, const char *type, X509 *certificate, EVP_PKEY *key) {
    const char *algorithm = algorithm_of(key);
    uint8_t signature[SIGNATURE_SIZE];
    struct buf text = {0};
    json_t *header = NULL;
    if (algorithm == NULL) {
        return err_set(ERR_INPUT, "the key is neither on P-256 nor Ed25519");
    }
    err_t err = make_header(algorithm, type, certificate, &header);
    if (err == OK) {
        err = signed_text(json_string_value(header), document->payload, &text);
    }
    if (err == OK) {
        err = sign(key, algorithm, &text, signature);
    }
    if (err == OK) {
        json_t *item =
            json_pack("{s:O, s:o}", "protected", header, "signature", encode(signature, sizeof signature, URL));
        err = item == NULL || json_array_append_new(document->signatures, item) != 0 ? no_memory() : OK;
    }
    json_decref(header);
    buf_free(&text);
    return err;
}

static err_t refuse_second(struct bytes text, const char *type, X509 *certificate) {
    struct jws jws = {0};
    err_t err = jws_open(text, type, &jws);
    for (size_t i = 0; err == OK && i < jws.count; i++) {
        if (X509_cmp(jws.signers[i], certificate) == 0) {
            err = err_set(ERR_EXISTS, "this certificate has signed it already");
        }
    }
    if (err == OK && jws.count == JWS_SIGNERS_MAX) {
        err = err_set(ERR_TOO_LARGE, "a document has at most %d signatures", JWS_SIGNERS_MAX);
    }
    jws_free(&jws);
    return err;
}

err_t jws_sign(struct buf *text, const char *type, X509 *certificate, EVP_PKEY *key) {
    struct document document = {0};
    struct buf next = {0};
    err_t err =
        X509_check_private_key(certificate, key) == 1 ? OK : err_set(ERR_DENIED, "the key is not the certificate's");
    ERR_clear_error();
    if (err == OK) {
        err = refuse_second(buf_bytes(text), type, certificate);
    }
    if (err == OK) {
        err = document_read(buf_bytes(text), &document);
    }
    if (err == OK) {
        err = add_signature(&document, type, certificate, key);
    }
    if (err == OK) {
        err = json_write(document.json, false, &next);
    }
    json_decref(document.json);
    if (err != OK) {
        buf_free(&next);
        return err;
    }
    buf_free(text);
    *text = next;
    return OK;
}

// ---- opening

static err_t parse_certificate(const char *text, X509 **out) {
    struct buf der = {0};
    err_t err = decode(text, sodium_base64_VARIANT_ORIGINAL, CERTIFICATE_MAX, &der);
    if (err == OK) {
        const unsigned char *at = der.data;
        X509 *certificate = d2i_X509(NULL, &at, (long)der.len);
        if (certificate == NULL || at != der.data + der.len) {
            X509_free(certificate);
            err = err_set(ERR_INPUT, "field \"x5c\": not a certificate");
        } else {
            *out = certificate;
        }
    }
    ERR_clear_error();
    buf_free(&der);
    return err;
}

static err_t read_header(const json_t *header, const char *type, X509 **out) {
    const char *algorithm = NULL;
    const char *typ = NULL;
    const char *encoded = NULL;
    json_t *chain = NULL;
    X509 *certificate = NULL;
    const struct json_field fields[] = {{"alg", JSON_FIELD_TEXT, true, 8, &algorithm},
                                        {"typ", JSON_FIELD_TEXT, true, 64, &typ},
                                        {"x5c", JSON_FIELD_ARRAY, true, 1, &chain}};
    const struct json_field item = {"x5c", JSON_FIELD_TEXT, true, CERTIFICATE_MAX * 4 / 3 + 4, &encoded};
    err_t err = json_read(header, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = json_read_item(chain, 0, &item);
    }
    if (err == OK && strcmp(typ, type) != 0) {
        err = err_set(ERR_INPUT, "field \"typ\": this is not a %s", type);
    }
    if (err == OK) {
        err = parse_certificate(encoded, &certificate);
    }
    if (err != OK) {
        return err;
    }
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    const char *expected = key == NULL ? NULL : algorithm_of(key);
    if (expected == NULL || strcmp(algorithm, expected) != 0) {
        X509_free(certificate);
        return err_set(ERR_INPUT, "field \"alg\": not that of the certificate's key");
    }
    *out = certificate;
    return OK;
}

static err_t open_header(const char *encoded, const char *type, X509 **out) {
    struct buf text = {0};
    json_t *header = NULL;
    err_t err = decode(encoded, URL, HEADER_MAX, &text);
    if (err == OK) {
        err = json_parse(buf_bytes(&text), &header);
    }
    if (err == OK) {
        err = read_header(header, type, out);
    }
    json_decref(header);
    buf_free(&text);
    return err;
}

static err_t open_signature(const struct document *document, size_t i, const char *type, X509 **out) {
    const char *header = NULL;
    const char *encoded = NULL;
    struct buf text = {0};
    struct buf signature = {0};
    const struct json_field fields[] = {
        {"protected", JSON_FIELD_TEXT, true, HEADER_MAX * 4 / 3 + 4, &header},
        {"signature", JSON_FIELD_TEXT, true, 128, &encoded},
    };
    err_t err = json_read(json_array_get(document->signatures, i), fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = open_header(header, type, out);
    }
    if (err == OK) {
        err = decode(encoded, URL, SIGNATURE_SIZE, &signature);
    }
    if (err == OK && signature.len != SIGNATURE_SIZE) {
        err = err_set(ERR_INPUT, "a signature has %d bytes", SIGNATURE_SIZE);
    }
    if (err == OK) {
        err = signed_text(header, document->payload, &text);
    }
    if (err == OK) {
        EVP_PKEY *key = X509_get0_pubkey(*out);
        err = verify(key, algorithm_of(key), &text, signature.data);
    }
    buf_free(&text);
    buf_free(&signature);
    return err;
}

err_t jws_open(struct bytes text, const char *type, struct jws *out) {
    struct document document = {0};
    struct jws jws = {0};
    err_t err = document_read(text, &document);
    if (err == OK) {
        err = decode(document.payload, URL, JWS_PAYLOAD_MAX, &jws.payload);
    }
    for (size_t i = 0; err == OK && i < json_array_size(document.signatures); i++) {
        err = open_signature(&document, i, type, &jws.signers[i]);
        jws.count++;
        err = err == OK ? OK : err_prefix(err, "signature %zu", i + 1);
    }
    json_decref(document.json);
    if (err != OK) {
        jws_free(&jws);
        return err;
    }
    *out = jws;
    return OK;
}

void jws_free(struct jws *jws) {
    for (size_t i = 0; i < JWS_SIGNERS_MAX; i++) {
        X509_free(jws->signers[i]);
    }
    buf_free(&jws->payload);
    *jws = (struct jws){0};
}
