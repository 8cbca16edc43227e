// SPDX-License-Identifier: Apache-2.0
#include "proto/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/secret.h"
#include "proto/tls_words.h"

#define CIPHER_SUITES "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define GROUPS "X25519:P-256"
#define MAX_PEM (64 * 1024)
#define MAX_CHAIN_DEPTH 2
#define MAX_CHAIN_BYTES (16 * 1024) // that a peer may send; ours have one or two kilobytes
#define KEY_DOES_NOT_FIT "the key does not fit the certificate: check that both belong together"

enum side { SERVER, CLIENT };

// The detail of an error that OpenSSL's queue explains; empties the queue.
static err_t tls_err(err_t err, const char *what) {
    unsigned long code = ERR_peek_last_error();
    const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason == NULL ? err_set(err, "%s", what) : err_set(err, "%s: %s", what, reason);
}

// OpenSSL lets a certificate without an extended key usage serve every purpose; here it serves none.
static bool has_purpose(X509 *certificate, uint32_t usage) {
    return (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0 &&
           (X509_get_extended_key_usage(certificate) & usage) != 0;
}

// Called for each certificate of a peer's chain with OpenSSL's own verdict.
static int verify_peer(int ok, X509_STORE_CTX *store) {
    if (ok == 0 || X509_STORE_CTX_get_error_depth(store) != 0) {
        return ok;
    }
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    uint32_t usage = ssl != NULL && SSL_is_server(ssl) == 1 ? XKU_SSL_CLIENT : XKU_SSL_SERVER;
    if (!has_purpose(X509_STORE_CTX_get_current_cert(store), usage)) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE);
        return 0;
    }
    return 1;
}

static err_t set_profile(SSL_CTX *context) {
    bool ok = SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
              SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
              SSL_CTX_set_ciphersuites(context, CIPHER_SUITES) == 1 && SSL_CTX_set1_groups_list(context, GROUPS) == 1 &&
              SSL_CTX_set_num_tickets(context, 0) == 1 && SSL_CTX_set_max_early_data(context, 0) == 1 &&
              SSL_CTX_set_block_padding(context, TLS_RECORD_PADDING) == 1;
    if (!ok) {
        return tls_err(ERR_TLS, "the TLS profile is not supported by this OpenSSL");
    }
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify_peer);
    SSL_CTX_set_verify_depth(context, MAX_CHAIN_DEPTH);
    SSL_CTX_set_max_cert_list(context, MAX_CHAIN_BYTES);
    return OK;
}

// A key with a passphrase is refused instead of being asked for on the terminal.
static int no_passphrase(char *out, int size, int writing, void *ctx) {
    (void)out, (void)size, (void)writing, (void)ctx;
    return -1;
}

err_t tls_key_load(const char *path, EVP_PKEY **out) {
    uint8_t *pem = NULL;
    size_t len = 0;
    err_t err = file_read_secret(path, MAX_PEM, false, &pem, &len);
    if (err != OK) {
        return err;
    }
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    secret_free(pem);
    if (key == NULL) {
        return err_prefix(tls_err(ERR_TLS, "not a private key in PEM without passphrase"), "%s", path);
    }
    *out = key;
    return OK;
}

static err_t load_key(SSL_CTX *context, const char *path) {
    EVP_PKEY *key = NULL;
    err_t err = tls_key_load(path, &key);
    if (err == OK && SSL_CTX_use_PrivateKey(context, key) != 1) {
        err = err_prefix(tls_err(ERR_TLS, KEY_DOES_NOT_FIT), "%s", path);
    }
    EVP_PKEY_free(key);
    return err;
}

static err_t use_given_key(SSL_CTX *context, EVP_PKEY *key) {
    return SSL_CTX_use_PrivateKey(context, key) == 1 ? OK : tls_err(ERR_TLS, KEY_DOES_NOT_FIT);
}

// OpenSSL does not say whether a file was missing or wrong; the files are therefore looked at by base/file.
static err_t check_readable(const char *path) {
    struct buf contents = {0};
    err_t err = file_read(path, MAX_PEM, &contents);
    buf_free(&contents);
    return err;
}

static err_t load_ca(SSL_CTX *context, const char *path) {
    err_t err = check_readable(path);
    if (err == OK && SSL_CTX_load_verify_file(context, path) != 1) {
        err = err_prefix(tls_err(ERR_TLS, "not certificates in PEM"), "%s", path);
    }
    return err;
}

static err_t load_certificate(SSL_CTX *context, const struct tls_files *files) {
    if (files->own_certificate != NULL) {
        bool used = SSL_CTX_use_certificate(context, files->own_certificate) == 1;
        return used ? OK : tls_err(ERR_TLS, "the certificate cannot be used");
    }
    err_t err = check_readable(files->certificate);
    if (err == OK && SSL_CTX_use_certificate_chain_file(context, files->certificate) != 1) {
        err = err_prefix(tls_err(ERR_TLS, "not a certificate in PEM"), "%s", files->certificate);
    }
    return err;
}

static err_t load_files(SSL_CTX *context, const struct tls_files *files) {
    err_t err = load_ca(context, files->ca);
    if (err == OK) {
        err = load_certificate(context, files);
    }
    if (err != OK) {
        return err;
    }
    return files->own_key != NULL ? use_given_key(context, files->own_key) : load_key(context, files->key);
}

static err_t verify_error(int code, int depth) {
    err_t err = code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID ? ERR_EXPIRED : ERR_TLS;
    return err_set(err, "own certificate: %s", tls_own_verdict(code, depth > 0));
}

// What the other side would refuse is refused here first, with a clear word: at start-up and at reload.
static err_t check_own(SSL_CTX *context, enum side side) {
    X509 *leaf = SSL_CTX_get0_certificate(context);
    STACK_OF(X509) *chain = NULL;
    X509_STORE_CTX *store = X509_STORE_CTX_new();
    err_t err = OK;
    if (store == NULL || SSL_CTX_get0_chain_certs(context, &chain) != 1 ||
        X509_STORE_CTX_init(store, SSL_CTX_get_cert_store(context), leaf, chain) != 1 ||
        X509_STORE_CTX_set_purpose(store, side == SERVER ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT) != 1) {
        err = tls_err(ERR_MEMORY, "own certificate");
    } else if (X509_verify_cert(store) != 1) {
        err = verify_error(X509_STORE_CTX_get_error(store), X509_STORE_CTX_get_error_depth(store));
    } else if (!has_purpose(leaf, side == SERVER ? XKU_SSL_SERVER : XKU_SSL_CLIENT)) {
        err = verify_error(X509_V_ERR_INVALID_PURPOSE, 0);
    }
    X509_STORE_CTX_free(store);
    ERR_clear_error();
    return err;
}

static err_t context_new(const struct tls_files *files, enum side side, SSL_CTX **out) {
    SSL_CTX *context = SSL_CTX_new(side == SERVER ? TLS_server_method() : TLS_client_method());
    if (context == NULL) {
        return tls_err(ERR_MEMORY, "TLS context");
    }
    err_t err = set_profile(context);
    if (err == OK) {
        err = load_files(context, files);
    }
    if (err == OK) {
        err = check_own(context, side);
        if (err != OK) {
            err = err_prefix(err, "%s", files->certificate);
        }
    }
    if (err != OK) {
        SSL_CTX_free(context);
        return err;
    }
    *out = context;
    return OK;
}

err_t tls_server_context(const struct tls_files *files, SSL_CTX **out) {
    SSL_CTX *context = NULL;
    err_t err = context_new(files, SERVER, &context);
    if (err != OK) {
        return err;
    }
    // Names the CA to clients, so that a smartcard with several certificates offers the right one.
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(files->ca);
    if (names == NULL) {
        SSL_CTX_free(context);
        return err_prefix(tls_err(ERR_TLS, "no CA name"), "%s", files->ca);
    }
    SSL_CTX_set_client_CA_list(context, names);
    // Idle connections give their buffers back; one read fetches a whole record.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    *out = context;
    return OK;
}

err_t tls_client_context(const struct tls_files *files, SSL_CTX **out) {
    return context_new(files, CLIENT, out);
}

err_t tls_client_apply(SSL_CTX *model, SSL_CTX *target) {
    err_t err = set_profile(target);
    if (err != OK) {
        return err;
    }
    STACK_OF(X509) *chain = NULL;
    if (SSL_CTX_get0_chain_certs(model, &chain) != 1 ||
        SSL_CTX_use_cert_and_key(target, SSL_CTX_get0_certificate(model), SSL_CTX_get0_privatekey(model), chain, 1) !=
            1) {
        return tls_err(ERR_TLS, "own certificate");
    }
    SSL_CTX_set1_cert_store(target, SSL_CTX_get_cert_store(model));
    return OK;
}

err_t tls_key_hash(const X509 *certificate, uint8_t out[KEY_HASH_SIZE]) {
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (len <= 0) {
        return tls_err(ERR_CRYPTO, "public key of a certificate");
    }
    unsigned char hash[KEY_HASH_SIZE];
    int ok = EVP_Digest(der, (size_t)len, hash, NULL, EVP_sha256(), NULL);
    OPENSSL_free(der);
    if (ok != 1) {
        return tls_err(ERR_CRYPTO, "SHA-256");
    }
    memcpy(out, hash, sizeof hash);
    return OK;
}

// The one URI among the names; other kinds of name are not looked at. NULL where there is none, more than one, or one
// that hides a zero byte.
static const char *only_uri(const GENERAL_NAMES *names) {
    const char *uri = NULL;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_URI) {
            continue;
        }
        const ASN1_IA5STRING *text = name->d.uniformResourceIdentifier;
        const char *data = (const char *)ASN1_STRING_get0_data(text);
        if (uri != NULL || strlen(data) != (size_t)ASN1_STRING_length(text)) {
            return NULL;
        }
        uri = data;
    }
    return uri;
}

// A second subjectAltName extension makes X509_get_ext_d2i give nothing, as it should.
static err_t identity_of(const X509 *certificate, struct urn *out) {
    errno = 0;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    const char *uri = names == NULL ? NULL : only_uri(names);
    err_t err = ERR_DENIED;
    if (names == NULL && errno == ENOMEM) {
        err = err_set(ERR_MEMORY, "no memory for the certificate's identity");
    } else if (uri == NULL) {
        err = err_set(ERR_DENIED, "the certificate does not carry exactly one identity");
    } else if (urn_parse(uri, out) != OK) {
        err = err_set(ERR_DENIED, "the certificate's identity is not one of this kind of scheme");
    } else {
        err = OK;
    }
    GENERAL_NAMES_free(names);
    ERR_clear_error();
    return err;
}

err_t tls_peer_of_certificate(const X509 *certificate, struct tls_peer *out) {
    struct tls_peer peer = {0};
    struct tm expires = {0};
    err_t err = identity_of(certificate, &peer.identity);
    if (err == OK) {
        err = tls_key_hash(certificate, peer.key);
    }
    if (err != OK) {
        return err;
    }
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &expires) != 1) {
        return tls_err(ERR_DENIED, "the certificate's end of validity");
    }
    peer.certificate_expires = timegm(&expires);
    *out = peer;
    return OK;
}

err_t tls_peer_of(const SSL *ssl, struct tls_peer *out) {
    const X509 *certificate = ssl == NULL ? NULL : SSL_get0_peer_certificate(ssl);
    if (certificate == NULL) {
        return err_set(ERR_DENIED, "no certificate was shown");
    }
    long verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK) {
        return err_set(ERR_DENIED, "certificate: %s", X509_verify_cert_error_string(verdict));
    }
    return tls_peer_of_certificate(certificate, out);
}

err_t tls_certificate_read(const char *path, X509 **out) {
    struct buf pem = {0};
    err_t err = file_read(path, MAX_PEM, &pem);
    BIO *bio = err == OK ? BIO_new_mem_buf(pem.data, (int)pem.len) : NULL;
    X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    buf_free(&pem);
    if (err != OK) {
        return err;
    }
    if (certificate == NULL) {
        return err_prefix(tls_err(ERR_TLS, "not a certificate in PEM"), "%s", path);
    }
    *out = certificate;
    return OK;
}

err_t tls_peer_of_file(const char *path, struct tls_peer *out) {
    X509 *certificate = NULL;
    err_t err = tls_certificate_read(path, &certificate);
    if (err == OK) {
        err = tls_peer_of_certificate(certificate, out) == OK ? OK : err_prefix(ERR_TLS, "%s", path);
    }
    X509_free(certificate);
    return err;
}

err_t tls_expiry_of_file(const char *path, int64_t *out_s) {
    struct tm expires = {0};
    X509 *certificate = NULL;
    err_t err = tls_certificate_read(path, &certificate);
    if (err != OK) {
        return err;
    }
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &expires) != 1) {
        err = err_prefix(tls_err(ERR_TLS, "the certificate's end of validity"), "%s", path);
    } else {
        *out_s = timegm(&expires);
    }
    X509_free(certificate);
    return err;
}
