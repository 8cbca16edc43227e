// SPDX-License-Identifier: Apache-2.0
#include "proto/tls_words.h"

#include <openssl/x509_vfy.h>
#include <stddef.h>
#include <string.h>

struct verdict {
    int code;
    const char *own, *server;
};

#define OTHER_CA "it is not from the scheme's CA"
#define OWN_OTHER_CA OTHER_CA ": check that `certificate` and `ca` are of the same scheme"
#define SERVER_OTHER_CA                                                                                                \
    OTHER_CA ": check that `ca` is of this scheme, and have its servers excepted where your network opens secure "     \
             "connections for inspection"
#define OWN_DAMAGED "its signature is wrong: get the file anew from the scheme authority"
#define SERVER_DAMAGED "its signature is wrong: tell the scheme authority"
#define OTHER_HOST                                                                                                     \
    "it is for another name than the address that was asked: check `connect_to`, and tell the scheme authority "       \
    "otherwise"
#define OWN_PURPOSE                                                                                                    \
    "it is not for this purpose (servers and clients have different ones): check the file that `certificate` names"

static const struct verdict verdicts[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED,
     "it has expired: ask the scheme authority for a new one; where it should be valid still, check this machine's "
     "clock",
     "it has expired: tell the server's operator; where it should be valid still, check this machine's clock"},
    {X509_V_ERR_CERT_NOT_YET_VALID,
     "it is not valid yet: check this machine's clock, and where that is right wait for its first day",
     "it is not valid yet: check this machine's clock, and where that is right tell the server's operator"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, OWN_OTHER_CA, SERVER_OTHER_CA},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, OWN_OTHER_CA, SERVER_OTHER_CA},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, OWN_OTHER_CA, SERVER_OTHER_CA},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, OWN_OTHER_CA, SERVER_OTHER_CA},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, OWN_OTHER_CA, SERVER_OTHER_CA},
    {X509_V_ERR_CERT_UNTRUSTED, OWN_OTHER_CA, SERVER_OTHER_CA},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, OWN_DAMAGED, SERVER_DAMAGED},
    {X509_V_ERR_INVALID_PURPOSE, OWN_PURPOSE, "it is not for this purpose, of a server: tell the server's operator"},
    {X509_V_ERR_HOSTNAME_MISMATCH, OWN_PURPOSE, OTHER_HOST},
    {X509_V_ERR_IP_ADDRESS_MISMATCH, OWN_PURPOSE, OTHER_HOST},
    {TLS_VERDICT_OTHER_HOST, OWN_PURPOSE, OTHER_HOST},
};

static const struct verdict *find(int code) {
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        if (verdicts[i].code == code) {
            return &verdicts[i];
        }
    }
    return NULL;
}

const char *tls_own_verdict(int code, bool of_ca) {
    if (of_ca && code == X509_V_ERR_CERT_HAS_EXPIRED) {
        return "the scheme's CA certificate has expired: get the present `ca` from the scheme authority";
    }
    const struct verdict *verdict = find(code);
    return verdict != NULL ? verdict->own : X509_verify_cert_error_string(code);
}

const char *tls_server_verdict(int code) {
    const struct verdict *verdict = find(code);
    return verdict != NULL ? verdict->server : X509_verify_cert_error_string(code);
}

const char *tls_alert_on_ours(const char *text) {
    static const struct {
        const char *alert, *meaning;
    } alerts[] = {
        {"alert certificate expired", "it has expired: ask the scheme authority for a new one"},
        {"alert certificate revoked", "it was revoked: ask the scheme authority"},
        {"alert unknown ca", "it is not from the scheme's CA: check the file that `certificate` names"},
        {"alert certificate required", "none was shown: check `certificate`"},
        {"alert unsupported certificate", "it is not for this purpose: check the file that `certificate` names"},
        {"alert bad certificate", "it is not valid, or not yet: check the clocks, and ask the scheme authority"},
        {"alert certificate unknown", "it is not acceptable: ask the scheme authority"},
        {"alert access denied", "access was denied: ask the scheme authority"},
        {"alert decrypt error", "the key does not fit it: check `certificate` and `key`"},
    };
    for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++) {
        if (strcasestr(text, alerts[i].alert) != NULL) {
            return alerts[i].meaning;
        }
    }
    return NULL;
}
