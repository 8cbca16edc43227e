// SPDX-License-Identifier: Apache-2.0
#include "proto/act.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"

#define FILE_MAX (64 * 1024)
#define SKEW_S 300 // clocks of the scheme's machines differ by seconds, not by more than this

static bool is_name(const char *text) {
    size_t len = strlen(text);
    return len > 0 && len <= ACT_NAME_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "no memory for an act");
}

// ---- making

err_t act_new(const struct act *plan, int64_t now_s, struct buf *out) {
    uint8_t nonce[ACT_NONCE_SIZE];
    if (!is_name(plan->name) || plan->reason[0] == '\0' || !json_is_object(plan->arguments)) {
        return err_set(ERR_INPUT, "an act has a name, a reason and arguments");
    }
    if (RAND_bytes(nonce, sizeof nonce) != 1) {
        return err_set(ERR_CRYPTO, "no random bytes");
    }
    json_t *json = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:O}", "act", plan->name, "scheme", plan->scheme, //
                             "store_id", json_hex(plan->store_id, sizeof plan->store_id),                           //
                             "nonce", json_hex(nonce, sizeof nonce), "issued", json_time(now_s),                    //
                             "expires", json_time(now_s + ACT_VALID_S), "reason", plan->reason,                     //
                             "arguments", plan->arguments);
    struct buf text = {0};
    err_t err = json == NULL ? err_set(ERR_INPUT, "the reason is not text") : json_write(json, false, &text);
    if (err == OK) {
        err = jws_new(buf_bytes(&text), out);
    }
    json_decref(json);
    buf_free(&text);
    return err;
}

static err_t load_certificate(const char *path, X509 **out) {
    struct buf pem = {0};
    err_t err = file_read(path, FILE_MAX, &pem);
    if (err == OK) {
        BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
        X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
        BIO_free(bio);
        err = certificate != NULL ? OK : err_set(ERR_TLS, "%s: not a certificate in PEM", path);
        if (err == OK) {
            *out = certificate;
        }
        ERR_clear_error();
    }
    buf_free(&pem);
    return err;
}

err_t act_sign(struct buf *text, const char *certificate, const char *key) {
    return act_sign_as(text, ACT_TYPE, certificate, key);
}

err_t act_sign_as(struct buf *text, const char *type, const char *certificate, const char *key) {
    X509 *signer = NULL;
    EVP_PKEY *secret = NULL;
    err_t err = load_certificate(certificate, &signer);
    if (err == OK) {
        err = tls_key_load(key, &secret);
    }
    if (err == OK) {
        err = jws_sign(text, type, signer, secret);
    }
    EVP_PKEY_free(secret);
    X509_free(signer);
    return err;
}

// ---- opening

static err_t read_payload(struct bytes text, struct act *out) {
    const char *name = NULL;
    const char *scheme = NULL;
    const char *reason = NULL;
    json_t *arguments = NULL;
    json_t *json = NULL;
    const struct json_field fields[] = {
        {"act", JSON_FIELD_TEXT, true, ACT_NAME_MAX, &name},
        {"scheme", JSON_FIELD_TEXT, true, MAX_ID, &scheme},
        {"store_id", JSON_FIELD_HEX, true, STORE_ID_SIZE, out->store_id},
        {"nonce", JSON_FIELD_HEX, true, ACT_NONCE_SIZE, out->nonce},
        {"issued", JSON_FIELD_TIME, true, 0, &out->issued},
        {"expires", JSON_FIELD_TIME, true, 0, &out->expires},
        {"reason", JSON_FIELD_TEXT, true, ACT_REASON_MAX, &reason},
        {"arguments", JSON_FIELD_OBJECT, true, 0, &arguments},
    };
    err_t err = json_parse(text, &json);
    if (err == OK) {
        err = json_read(json, fields, sizeof fields / sizeof fields[0]);
    }
    if (err == OK && (!is_name(name) || reason[0] == '\0')) {
        err = err_set(ERR_INPUT, "an act has a name and a reason");
    }
    if (err == OK) {
        (void)snprintf(out->name, sizeof out->name, "%s", name);
        (void)snprintf(out->scheme, sizeof out->scheme, "%s", scheme);
        (void)snprintf(out->reason, sizeof out->reason, "%s", reason);
        out->arguments = json_incref(arguments);
    }
    json_decref(json);
    return err;
}

static err_t check_times(const struct act *act, int64_t now_s) {
    if (act->issued > now_s + SKEW_S) {
        return err_set(ERR_EXPIRED, "the act is dated in the future");
    }
    if (now_s >= act->expires) {
        return err_set(ERR_EXPIRED, "the act has expired");
    }
    if (act->expires - act->issued > ACT_VALID_MAX_S) {
        return err_set(ERR_INPUT, "an act is valid for at most %d days", ACT_VALID_MAX_S / 86400);
    }
    return OK;
}

// The certificate is one that the CA issued for a client, and is valid now.
static err_t check_certificate(X509 *certificate, X509_STORE *authorities, int64_t now_s) {
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    err_t err = OK;
    if (check == NULL || X509_STORE_CTX_init(check, authorities, certificate, NULL) != 1) {
        err = no_memory();
    } else {
        X509_STORE_CTX_set_time(check, 0, (time_t)now_s);
        X509_STORE_CTX_set_flags(check, X509_V_FLAG_X509_STRICT);
        // OpenSSL lets a certificate without an extended key usage serve every purpose; here it serves none.
        bool for_client = (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0 &&
                          (X509_get_extended_key_usage(certificate) & XKU_SSL_CLIENT) != 0;
        if (X509_STORE_CTX_set_purpose(check, X509_PURPOSE_SSL_CLIENT) != 1 || X509_verify_cert(check) != 1) {
            err = err_set(ERR_DENIED, "not a person's certificate of this scheme: %s",
                          X509_verify_cert_error_string(X509_STORE_CTX_get_error(check)));
        } else if (!for_client) {
            err = err_set(ERR_DENIED, "not a person's certificate of this scheme");
        }
    }
    ERR_clear_error();
    X509_STORE_CTX_free(check);
    return err;
}

// Two signatures of one person, or with one key, count for nothing.
static err_t add_signer(struct act *act, const X509 *certificate) {
    struct tls_peer peer;
    err_t err = tls_peer_of_certificate(certificate, &peer);
    for (size_t i = 0; err == OK && i < act->signer_count; i++) {
        if (urn_equal(&act->signers[i].identity, &peer.identity) ||
            memcmp(act->signers[i].key, peer.key, sizeof peer.key) == 0) {
            err = err_set(ERR_DENIED, "one person has signed twice");
        }
    }
    if (err == OK) {
        act->signers[act->signer_count++] = peer;
    }
    return err;
}

// `authorities` NULL: certificates and times are taken as they come.
static err_t open_act(struct bytes text, X509_STORE *authorities, int64_t now_s, struct act *out) {
    struct jws jws = {0};
    struct act act = {0};
    err_t err = jws_open(text, ACT_TYPE, &jws);
    if (err == OK) {
        err = read_payload(buf_bytes(&jws.payload), &act);
    }
    if (err == OK && authorities != NULL) {
        err = check_times(&act, now_s);
    }
    for (size_t i = 0; err == OK && i < jws.count; i++) {
        if (authorities != NULL) {
            err = check_certificate(jws.signers[i], authorities, now_s);
        }
        if (err == OK) {
            err = add_signer(&act, jws.signers[i]);
        }
        err = err == OK ? OK : err_prefix(err, "signature %zu", i + 1);
    }
    jws_free(&jws);
    if (err != OK) {
        act_free(&act);
        return err;
    }
    *out = act;
    return OK;
}

err_t act_peek(struct bytes text, struct act *out) {
    return open_act(text, NULL, 0, out);
}

err_t act_open(struct bytes text, const char *ca, int64_t now_s, struct act *out) {
    X509_STORE *authorities = X509_STORE_new();
    struct act act = {0};
    err_t err = OK;
    if (authorities == NULL || X509_STORE_load_file(authorities, ca) != 1) {
        err = err_set(ERR_TLS, "%s: not certificates in PEM", ca);
    } else {
        err = open_act(text, authorities, now_s, &act);
    }
    ERR_clear_error();
    X509_STORE_free(authorities);
    if (err == OK) {
        *out = act;
    }
    return err;
}

void act_free(struct act *act) {
    json_decref(act->arguments);
    *act = (struct act){0};
}
