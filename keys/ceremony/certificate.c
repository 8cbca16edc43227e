// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "keys/ceremony/pem.h"

// Extensions. Each builder answers whether it worked; the callers need no finer reason than "no memory or a bug".

static bool add(X509 *certificate, int nid, void *value, bool critical) {
    return value != NULL && X509_add1_ext_i2d(certificate, nid, value, critical ? 1 : 0, X509V3_ADD_DEFAULT) == 1;
}

static bool add_basic_constraints(X509 *certificate, bool ca) {
    BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
    bool done = constraints != NULL;
    if (done && ca) {
        constraints->ca = 0xff;
        constraints->pathlen = ASN1_INTEGER_new();
        done = constraints->pathlen != NULL && ASN1_INTEGER_set(constraints->pathlen, 0) == 1;
    }
    done = done && add(certificate, NID_basic_constraints, constraints, true);
    BASIC_CONSTRAINTS_free(constraints);
    return done;
}

#define USAGE_DIGITAL_SIGNATURE 0 // RFC 5280, 4.2.1.3: numbers of bits
#define USAGE_CERT_SIGN 5

static bool add_key_usage(X509 *certificate, int usage) {
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    bool done =
        bits != NULL && ASN1_BIT_STRING_set_bit(bits, usage, 1) == 1 && add(certificate, NID_key_usage, bits, true);
    ASN1_BIT_STRING_free(bits);
    return done;
}

static bool add_extended_usage(X509 *certificate, bool server, bool client) {
    EXTENDED_KEY_USAGE *usage = sk_ASN1_OBJECT_new_null();
    bool done = usage != NULL && (!server || sk_ASN1_OBJECT_push(usage, OBJ_nid2obj(NID_server_auth)) > 0) &&
                (!client || sk_ASN1_OBJECT_push(usage, OBJ_nid2obj(NID_client_auth)) > 0) &&
                add(certificate, NID_ext_key_usage, usage, false);
    sk_ASN1_OBJECT_free(usage); // the objects are OpenSSL's own
    return done;
}

// RFC 7093, 2, method 1: the leftmost 160 bits of SHA-256 over the public key.
static bool add_subject_key_id(X509 *certificate) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    bool done = id != NULL && X509_pubkey_digest(certificate, EVP_sha256(), digest, &len) == 1 &&
                ASN1_OCTET_STRING_set(id, digest, 20) == 1 && add(certificate, NID_subject_key_identifier, id, false);
    ASN1_OCTET_STRING_free(id);
    return done;
}

static bool add_authority_key_id(X509 *certificate, X509 *ca) {
    AUTHORITY_KEYID *id = AUTHORITY_KEYID_new();
    const ASN1_OCTET_STRING *of_ca = X509_get0_subject_key_id(ca);
    bool done = id != NULL && of_ca != NULL && (id->keyid = ASN1_OCTET_STRING_dup(of_ca)) != NULL &&
                add(certificate, NID_authority_key_identifier, id, false);
    AUTHORITY_KEYID_free(id);
    return done;
}

static bool push_name(GENERAL_NAMES *names, int type, ASN1_STRING *value) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    if (name == NULL || value == NULL) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(value);
        return false;
    }
    GENERAL_NAME_set0_value(name, type, value);
    if (sk_GENERAL_NAME_push(names, name) > 0) {
        return true;
    }
    GENERAL_NAME_free(name);
    return false;
}

static ASN1_STRING *ia5_of(const char *text) {
    ASN1_STRING *value = ASN1_IA5STRING_new();
    if (value != NULL && ASN1_STRING_set(value, text, -1) != 1) {
        ASN1_STRING_free(value);
        return NULL;
    }
    return value;
}

static bool push_host(GENERAL_NAMES *names, const char *host) {
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);
    ERR_clear_error(); // a name is not an address, and that is no error
    return address != NULL ? push_name(names, GEN_IPADD, address) : push_name(names, GEN_DNS, ia5_of(host));
}

static bool add_names(X509 *certificate, const struct certificate_plan *plan) {
    char uri[MAX_URN + 1];
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    urn_format(&plan->identity, uri);
    bool done = names != NULL && push_name(names, GEN_URI, ia5_of(uri));
    for (size_t i = 0; done && i < plan->host_count; i++) {
        done = push_host(names, plan->hosts[i]);
    }
    done = done && add(certificate, NID_subject_alt_name, names, false);
    GENERAL_NAMES_free(names);
    return done;
}

// Certificates.

// 128 random bits: RFC 5280, 4.1.2.2 wants a serial number unique, positive and of at most 20 bytes.
static bool set_serial(X509 *certificate) {
    BIGNUM *number = BN_new();
    bool done = number != NULL && BN_rand(number, 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
                BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return done;
}

static bool add_to_name(X509_NAME *name, const char *field, const char *text) {
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0) == 1;
}

// For people who look at a certificate; the programs read the SAN URI alone.
static bool set_subject(X509 *certificate, const char *scheme, const char *unit, const char *common) {
    X509_NAME *name = X509_NAME_new();
    bool done = name != NULL && add_to_name(name, "O", scheme) && add_to_name(name, "OU", unit) &&
                add_to_name(name, "CN", common) && X509_set_subject_name(certificate, name) == 1;
    X509_NAME_free(name);
    return done;
}

static bool set_validity(X509 *certificate, int64_t from, int64_t until) {
    return ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)from) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)until) != NULL;
}

static bool sign(X509 *certificate, EVP_PKEY *key) {
    return X509_sign(certificate, key, EVP_PKEY_is_a(key, "EC") ? EVP_sha256() : NULL) > 0;
}

err_t certificate_make_ca(const char *scheme, EVP_PKEY *key, int64_t now_s, X509 **out) {
    X509 *ca = X509_new();
    int64_t from = now_s - CERTIFICATE_BACKDATED_S;
    bool done = ca != NULL && X509_set_version(ca, X509_VERSION_3) == 1 && set_serial(ca) &&
                set_subject(ca, scheme, "authority", "Signpost CA") &&
                X509_set_issuer_name(ca, X509_get_subject_name(ca)) == 1 &&
                set_validity(ca, from, from + CERTIFICATE_CA_DAYS * INT64_C(86400)) && X509_set_pubkey(ca, key) == 1 &&
                add_basic_constraints(ca, true) && add_key_usage(ca, USAGE_CERT_SIGN) && add_subject_key_id(ca) &&
                sign(ca, key);
    if (!done) {
        X509_free(ca);
        return pem_error(ERR_CRYPTO, "no CA certificate was made");
    }
    *out = ca;
    return OK;
}

static const struct use {
    bool server, client;
    const char *unit;
} uses[] = {
    [URN_AGENCY] = {false, true, "agency"},
    [URN_PERSON] = {false, true, NULL}, // the agency's id
    [URN_ADMINISTRATOR] = {false, true, "administrator"},
    [URN_HOLDER] = {true, false, "holder"},
    [URN_INDEX] = {true, true, "index"}, // it has its tree heads witnessed by the holders
};

// A DNS name in lower case whose last label is not a number, which would be an address misspelt.
static bool dns_name_valid(const char *host) {
    size_t label = 0;
    bool letter = false;
    for (const char *at = host;; at++) {
        if (*at == '.' || *at == '\0') {
            if (label == 0 || label > 63 || at[-1] == '-') {
                return false;
            }
            if (*at == '\0') {
                return letter && at - host <= 253;
            }
            label = 0;
            letter = false;
        } else if ((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || (*at == '-' && label > 0)) {
            letter = letter || *at < '0' || *at > '9';
            label++;
        } else {
            return false;
        }
    }
}

static err_t check_plan(const struct certificate_plan *plan, const X509 *ca) {
    int64_t ca_from = 0, ca_until = 0;
    bool server = uses[plan->identity.kind].server;
    if (server != (plan->host_count > 0)) {
        return err_set(ERR_INPUT, server ? "a holder or an index needs --host, the name or address that others use"
                                         : "--host is for holders and indexes alone");
    }
    for (size_t i = 0; i < plan->host_count; i++) {
        ASN1_OCTET_STRING *address = a2i_IPADDRESS(plan->hosts[i]);
        bool valid = address != NULL || dns_name_valid(plan->hosts[i]);
        ASN1_OCTET_STRING_free(address);
        ERR_clear_error();
        if (!valid) {
            return err_set(ERR_INPUT, "host %zu is neither a DNS name in lower case nor an IP address", i + 1);
        }
    }
    err_t err = certificate_validity(ca, &ca_from, &ca_until);
    if (err == OK && plan->until > ca_until) {
        return err_set(ERR_INPUT, "the certificate would outlive the CA's own");
    }
    return err;
}

err_t certificate_issue(const struct certificate_plan *plan, EVP_PKEY *subject_key, X509 *ca, EVP_PKEY *ca_key,
                        X509 **out) {
    const struct urn *who = &plan->identity;
    const struct use *use = &uses[who->kind];
    err_t err = check_plan(plan, ca);
    if (err != OK) {
        return err;
    }
    X509 *made = X509_new();
    bool done = made != NULL && X509_set_version(made, X509_VERSION_3) == 1 && set_serial(made) &&
                set_subject(made, who->scheme, use->unit != NULL ? use->unit : who->id,
                            who->kind == URN_PERSON ? who->person : who->id) &&
                X509_set_issuer_name(made, X509_get_subject_name(ca)) == 1 &&
                set_validity(made, plan->from, plan->until) && X509_set_pubkey(made, subject_key) == 1 &&
                add_basic_constraints(made, false) && add_key_usage(made, USAGE_DIGITAL_SIGNATURE) &&
                add_extended_usage(made, use->server, use->client) && add_names(made, plan) &&
                add_subject_key_id(made) && add_authority_key_id(made, ca) && sign(made, ca_key);
    if (!done) {
        X509_free(made);
        return pem_error(ERR_CRYPTO, "no certificate was made");
    }
    *out = made;
    return OK;
}

err_t certificate_write(const X509 *certificate, struct buf *out) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (bio == NULL || PEM_write_bio_X509(bio, certificate) != 1) {
        BIO_free(bio);
        return pem_error(ERR_MEMORY, "a certificate was not written");
    }
    long len = BIO_get_mem_data(bio, &text);
    buf_put(out, text, (size_t)len);
    BIO_free(bio);
    return buf_check(out);
}

err_t certificate_parse(struct bytes pem, X509 **out) {
    BIO *bio = pem_reading(pem);
    X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, pem_no_password, NULL) : NULL;
    BIO_free(bio);
    if (certificate == NULL) {
        return pem_error(ERR_INPUT, "not a certificate in PEM");
    }
    *out = certificate;
    return OK;
}

err_t certificate_read(const char *path, X509 **out) {
    struct buf pem = {0};
    err_t err = file_read(path, PEM_MAX, &pem);
    if (err == OK) {
        err = certificate_parse(buf_bytes(&pem), out);
        err = err == OK ? OK : err_prefix(err, "%s", path);
    }
    buf_free(&pem);
    return err;
}

// What a certificate says.

err_t certificate_check_client(X509 *certificate, X509 *ca, int64_t now_s) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    err_t err = OK;
    if (store == NULL || check == NULL || X509_STORE_add_cert(store, ca) != 1 ||
        X509_STORE_CTX_init(check, store, certificate, NULL) != 1) {
        err = pem_error(ERR_MEMORY, "a certificate could not be checked");
        goto out;
    }
    X509_STORE_CTX_set_time(check, 0, (time_t)now_s);
    X509_STORE_CTX_set_flags(check, X509_V_FLAG_X509_STRICT);
    if (X509_STORE_CTX_set_purpose(check, X509_PURPOSE_SSL_CLIENT) != 1 || X509_verify_cert(check) != 1) {
        err = err_set(ERR_DENIED, "not a client's certificate of this CA: %s",
                      X509_verify_cert_error_string(X509_STORE_CTX_get_error(check)));
    }
out:
    ERR_clear_error();
    X509_STORE_CTX_free(check);
    X509_STORE_free(store);
    return err;
}

err_t certificate_identity(const X509 *certificate, struct urn *out) {
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    const ASN1_STRING *uri = NULL;
    int uris = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_URI) {
            uri = name->d.uniformResourceIdentifier;
            uris++;
        }
    }
    err_t err = OK;
    char text[MAX_URN + 1];
    int len = uri != NULL ? ASN1_STRING_length(uri) : 0;
    const void *data = uri != NULL ? ASN1_STRING_get0_data(uri) : NULL;
    if (uris != 1 || len < 1 || len > MAX_URN || memchr(data, '\0', (size_t)len) != NULL) {
        err = err_set(ERR_INPUT, "the certificate has not exactly one identity");
    } else {
        memcpy(text, data, (size_t)len);
        text[len] = '\0';
        err = urn_parse(text, out);
    }
    GENERAL_NAMES_free(names);
    return err;
}

static bool seconds_of(const ASN1_TIME *time, int64_t *out) {
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        return false;
    }
    *out = (int64_t)timegm(&parts);
    return true;
}

err_t certificate_validity(const X509 *certificate, int64_t *out_from, int64_t *out_until) {
    int64_t from = 0, until = 0;
    if (!seconds_of(X509_get0_notBefore(certificate), &from) || !seconds_of(X509_get0_notAfter(certificate), &until)) {
        return pem_error(ERR_INPUT, "the certificate's validity is not readable");
    }
    *out_from = from;
    *out_until = until;
    return OK;
}
