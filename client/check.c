// SPDX-License-Identifier: Apache-2.0
#include "client/check.h"

#include <string.h>

#include "client/session.h"
#include "proto/card.h"
#include "proto/tls.h"

// Own certificate and key, as the daemons will look at them: chain, validity, identity, and that they belong together.
static err_t inspect_certificate(const struct client_config *config, struct http_client **out, struct tls_peer *peer) {
    err_t err = session_http_client(config, out);
    return err == OK ? tls_peer_of_certificate(http_client_certificate(*out), peer) : err;
}

static bool check_certificate(const struct client_config *config, int64_t now_s, struct http_client **out,
                              struct tls_peer *peer, struct check_report *report) {
    err_t err = inspect_certificate(config, out, peer);
    if (err != OK) {
        report_problem(report, err == ERR_CARD ? "smartcard" : "certificate", "%s", err_detail());
        return false;
    }
    char identity[MAX_URN + 1];
    urn_format(&peer->identity, identity);
    long long days = (long long)days_until(peer->certificate_expires, now_s);
    if (days < EXPIRES_SOON_DAYS) {
        report_problem(report, "certificate", "%s expires in %lld days: ask the scheme authority for a new one",
                       identity, days);
    } else {
        report_well(report, "certificate", "%s, issued by the scheme's CA, fits its key%s, %lld days left", identity,
                    card_is_named(config->key) ? " on the smartcard" : "", days);
    }
    return true;
}

static bool check_descriptor(const struct client_config *config, int64_t now_s, struct descriptor *descriptor,
                             struct check_report *report) {
    err_t err = session_load_descriptor(config, now_s, descriptor);
    if (err == OK) {
        err = session_remember_descriptor(config, descriptor);
    }
    if (err != OK) {
        report_problem(report, "descriptor", "%s: get the present one from the scheme authority", err_detail());
        return false;
    }
    long long days = (long long)days_until(descriptor->expires, now_s);
    if (days < EXPIRES_SOON_DAYS) {
        report_problem(report, "descriptor",
                       "version %llu expires in %lld days: get a new one from the scheme authority",
                       (unsigned long long)descriptor->version, days);
    } else {
        report_well(report, "descriptor",
                    "scheme %s, version %llu, signed by the authority and the holders, %lld days left",
                    descriptor->scheme, (unsigned long long)descriptor->version, days);
    }
    return true;
}

static void check_own_scheme(const struct tls_peer *peer, const struct descriptor *descriptor,
                             struct check_report *report) {
    if (strcmp(peer->identity.scheme, descriptor->scheme) != 0) {
        report_problem(report, "scheme",
                       "the certificate is of scheme %s, the descriptor of %s: correct the configuration",
                       peer->identity.scheme, descriptor->scheme);
    }
}

static bool check_matching(const struct descriptor *descriptor, struct check_report *report) {
    const struct match_set *set = NULL;
    err_t err = session_check_matching(descriptor, &set);
    if (err != OK) {
        report_problem(report, "matching", "%s: install the version of this program that the scheme uses",
                       err_detail());
        return false;
    }
    report_well(report, "matching", "key set %s, the same rules as the scheme's", set->name);
    return true;
}

void check_run(const struct client_config *config, const struct wall_clock *clock, struct check_report *report) {
    int64_t now_s = clock_now_s(clock);
    struct tls_peer peer;
    struct descriptor descriptor;
    struct http_client *http = NULL;
    bool certificate = check_certificate(config, now_s, &http, &peer, report);
    bool usable = check_descriptor(config, now_s, &descriptor, report);
    if (certificate && usable) {
        check_own_scheme(&peer, &descriptor, report);
    }
    usable = usable && check_matching(&descriptor, report);
    if (certificate && usable) {
        check_network(&descriptor, session_transport(http), clock, report);
    } else {
        report_problem(report, "network", "not looked at: put the above right first");
    }
    http_client_free(http);
}
