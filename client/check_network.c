// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/batch.h"
#include "client/check.h"
#include "client/questions.h"
#include "client/session.h"
#include "keys/threshold.h"
#include "proto/routes.h"
#include "proto/status.h"

#define CLOCK_TOLERANCE_S 30
#define RENEW_SOON_DAYS 28 // a vetting takes its time

enum { KEY, WHOAMI, EVALUATIONS, REQUESTS }; // to each holder

struct daemon_facts {
    char what[32]; // "holder 2", "index"
    bool known;    // it said as whom it knows us
    struct whoami whoami;
    struct key_reply key; // of a holder
    bool moved_on;        // to a newer one than this machine knows
};

struct network {
    struct session *session;
    const struct descriptor *descriptor;
    const struct wall_clock *clock;
    struct check_report *report;
    int64_t before_s, after_s; // around the requests
    struct derive_value values[MAX_SLOTS];
    struct batch batch; // the canaries' values, blinded
    uint8_t public_keys[MAX_HOLDERS][ELEMENT_SIZE];
    struct http_exchange exchanges[MAX_HOLDERS * REQUESTS + 1]; // the last is the index's whoami
    struct daemon_facts daemons[MAX_HOLDERS + 1];               // the last is the index
};

static err_t blind_canaries(struct network *network) {
    const struct descriptor *descriptor = network->descriptor;
    struct batch *batch = &network->batch;
    for (size_t i = 0; i < descriptor->slot_count; i++) {
        network->values[i] =
            (struct derive_value){.slot = descriptor->slots[i].name, .value = descriptor->slots[i].canary_value};
    }
    batch->descriptor = descriptor;
    batch->values = network->values;
    batch->count = descriptor->slot_count;
    batch->job.batch = batch;
    batch_blind(&batch->job.pool);
    return batch->job.err == OK ? OK : err_set(batch->job.err, "%s", batch->job.detail);
}

static void request_all(struct network *network) {
    const struct descriptor *descriptor = network->descriptor;
    for (size_t i = 0; i < descriptor->holder_count; i++) {
        struct http_exchange *exchange = &network->exchanges[i * REQUESTS];
        const char *base = descriptor->holders[i];
        exchange[KEY] = (struct http_exchange){.base = base, .path = ROUTE_KEY};
        exchange[WHOAMI] = (struct http_exchange){.base = base, .path = ROUTE_WHOAMI};
        exchange[EVALUATIONS] =
            (struct http_exchange){.base = base, .path = ROUTE_EVALUATIONS, .body = buf_bytes(&network->batch.body)};
    }
    size_t count = descriptor->holder_count * REQUESTS;
    network->exchanges[count] =
        (struct http_exchange){.base = descriptor->indexes[network->session->index], .path = ROUTE_WHOAMI};
    network->before_s = clock_now_s(network->clock);
    network->session->transport.run(network->session->transport.ctx, network->exchanges, count + 1);
    network->after_s = clock_now_s(network->clock);
}

static err_t take_whoami(const struct http_exchange *exchange, struct daemon_facts *facts) {
    if (exchange->err != OK) {
        return err_set(exchange->err, "%s", exchange->detail);
    }
    err_t err = whoami_read(buf_bytes(&exchange->reply), &facts->whoami);
    facts->known = err == OK;
    return err;
}

static bool is_newer(const struct key_reply *key, const struct descriptor *descriptor) {
    return key->epoch > descriptor->epoch ||
           (key->epoch == descriptor->epoch && key->generation > descriptor->generation);
}

static err_t another_key(const struct key_reply *key, const struct descriptor *descriptor) {
    return err_set(ERR_STALE, "epoch %llu, generation %llu; the descriptor has %u and %u",
                   (unsigned long long)key->epoch, (unsigned long long)key->generation, descriptor->epoch,
                   descriptor->generation);
}

// Of a key newer than the descriptor's nothing can be checked: the evaluation shows whether the descriptor's is served
// beside it.
static err_t check_key(struct network *network, size_t holder, const struct http_exchange *exchange) {
    const struct descriptor *descriptor = network->descriptor;
    struct daemon_facts *facts = &network->daemons[holder - 1];
    struct key_reply *key = &facts->key;
    if (exchange->err != OK) {
        return err_set(exchange->err, "%s", exchange->detail);
    }
    err_t err = key_reply_read(buf_bytes(&exchange->reply), key);
    if (err != OK) {
        return err;
    }
    if (strcmp(key->scheme, descriptor->scheme) != 0 || key->holder != holder) {
        return err_set(ERR_PROOF, "it is another holder, or one of another scheme");
    }
    if (is_newer(key, descriptor)) {
        facts->moved_on = true;
        return OK;
    }
    if (key->epoch != descriptor->epoch || key->generation != descriptor->generation) {
        return another_key(key, descriptor);
    }
    if (memcmp(key->public_key, network->public_keys[holder - 1], ELEMENT_SIZE) != 0) {
        return err_set(ERR_PROOF, "its public key is not the one that follows from the descriptor");
    }
    return OK;
}

static err_t check_evaluation(struct network *network, size_t holder, struct http_exchange *exchange) {
    if (exchange->err != OK) {
        return err_set(exchange->err, "%s", exchange->detail);
    }
    struct batch_reply *reply = &network->batch.replies[holder - 1];
    reply->job.batch = &network->batch;
    reply->holder = holder;
    reply->public_key = network->public_keys[holder - 1];
    reply->body = exchange->reply;
    exchange->reply = (struct buf){0};
    batch_check(&reply->job.pool);
    if (reply->job.err != OK) {
        return err_set(reply->job.err, "%s", reply->job.detail);
    }
    network->batch.valid++;
    return OK;
}

static void check_holder(struct network *network, size_t holder) {
    struct daemon_facts *facts = &network->daemons[holder - 1];
    struct http_exchange *exchange = &network->exchanges[(holder - 1) * REQUESTS];
    struct threshold_commitments commitments = {.t = network->descriptor->threshold};
    memcpy(commitments.points, network->descriptor->commitments, commitments.t * ELEMENT_SIZE);
    snprintf(facts->what, sizeof facts->what, "holder %zu", holder);
    err_t err = threshold_public_key(&commitments, holder, network->public_keys[holder - 1]);
    if (err == OK) {
        err = take_whoami(&exchange[WHOAMI], facts);
    }
    if (err == OK) {
        err = check_key(network, holder, &exchange[KEY]);
    }
    if (err == OK) {
        err = check_evaluation(network, holder, &exchange[EVALUATIONS]);
    }
    if (err == ERR_STALE && facts->moved_on) {
        err = another_key(&facts->key, network->descriptor);
    }
    if (err != OK) {
        report_daemon_err(network->report, facts->what, err, err_detail());
        return;
    }
    report_well(network->report, facts->what, "reached, knows you, epoch %u, generation %u%s, proof valid",
                network->descriptor->epoch, network->descriptor->generation,
                facts->moved_on ? " beside a newer key" : "");
}

static void check_index(struct network *network, err_t opened, const char *detail) {
    size_t count = network->descriptor->holder_count;
    struct daemon_facts *facts = &network->daemons[count];
    snprintf(facts->what, sizeof facts->what, "index");
    err_t err =
        opened != OK ? err_set(opened, "%s", detail) : take_whoami(&network->exchanges[count * REQUESTS], facts);
    if (err != OK) {
        report_daemon_err(network->report, facts->what, err, err_detail());
        return;
    }
    const struct scheme_status *scheme = &network->session->scheme;
    report_well(network->report, facts->what, "reached, knows you, serves; %llu of %llu feeds up to date",
                (unsigned long long)scheme->feeds_fresh, (unsigned long long)scheme->feeds_total);
}

// How far a server's clock is from the time that its request took; positive when this machine is behind.
static int64_t clock_distance(const struct network *network, int64_t server_s) {
    if (server_s < network->before_s) {
        return server_s - network->before_s;
    }
    return server_s > network->after_s ? server_s - network->after_s : 0;
}

static void check_clock(struct network *network) {
    size_t known = 0;
    int64_t worst = 0;
    const char *whose = "";
    for (size_t i = 0; i <= network->descriptor->holder_count; i++) {
        const struct daemon_facts *facts = &network->daemons[i];
        int64_t distance = facts->known ? clock_distance(network, facts->whoami.time) : 0;
        known += facts->known ? 1 : 0;
        if (llabs(distance) >= llabs(worst) && facts->known) {
            worst = distance;
            whose = facts->what;
        }
    }
    if (known == 0) {
        report_problem(network->report, "clock", "cannot be compared: nobody answered");
    } else if (llabs(worst) > CLOCK_TOLERANCE_S) {
        report_problem(network->report, "clock",
                       "this machine is %lld s %s %s: set its clock (NTP), or tell the other's "
                       "operator",
                       (long long)llabs(worst), worst > 0 ? "behind" : "ahead of", whose);
    } else {
        report_well(network->report, "clock", "within %lld s of %zu servers", (long long)llabs(worst) + 1, known);
    }
}

// The daemons must enforce one roster. Gives the first whose version is not the newest; NULL when all agree.
static const struct daemon_facts *roster_laggard(const struct network *network, const struct daemon_facts **newest) {
    size_t count = network->descriptor->holder_count + 1;
    *newest = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct daemon_facts *facts = &network->daemons[i];
        if (facts->known && (*newest == NULL || facts->whoami.roster_version > (*newest)->whoami.roster_version)) {
            *newest = facts;
        }
    }
    for (size_t i = 0; i < count && *newest != NULL; i++) {
        const struct daemon_facts *facts = &network->daemons[i];
        if (facts->known && facts->whoami.roster_version < (*newest)->whoami.roster_version) {
            return facts;
        }
    }
    return NULL;
}

static void check_roster(struct network *network) {
    const struct daemon_facts *newest = NULL;
    const struct daemon_facts *laggard = roster_laggard(network, &newest);
    if (newest == NULL) {
        report_problem(network->report, "roster", "not known: nobody answered");
        return;
    }
    const struct whoami *whoami = &newest->whoami;
    unsigned long long version = (unsigned long long)whoami->roster_version;
    long long days = (long long)days_until(whoami->roster_expires, network->after_s);
    long long entry_days = (long long)days_until(whoami->entry_expires, network->after_s);
    if (laggard != NULL) {
        report_problem(network->report, "roster", "version %llu at %s, but %llu at %s: tell the operator of the latter",
                       version, newest->what, (unsigned long long)laggard->whoami.roster_version, laggard->what);
    } else if (days < EXPIRES_SOON_DAYS || entry_days < EXPIRES_SOON_DAYS) {
        report_problem(network->report, "roster",
                       "version %llu has %lld days left, your entry %lld: ask the scheme "
                       "authority to renew them",
                       version, days, entry_days);
    } else {
        report_well(network->report, "roster", "version %llu everywhere, %lld days left, your entry %lld", version,
                    days, entry_days);
    }
}

// What the person must have renewed before then. A date that has passed is a refusal, which the daemons' lines name.
static void check_renewals(struct network *network) {
    const struct daemon_facts *newest = NULL;
    (void)roster_laggard(network, &newest);
    if (newest == NULL) {
        return;
    }
    const struct {
        const char *what;
        int64_t expires;
    } rows[] = {{"vetting", newest->whoami.vetting_expires}, {"training", newest->whoami.training_expires}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const long long days = (long long)days_until(rows[i].expires, network->after_s);
        if (rows[i].expires != 0 && days < RENEW_SOON_DAYS) {
            report_problem(network->report, rows[i].what,
                           "ends in %lld days: have it renewed, and the scheme authority told", days);
        } else if (rows[i].expires != 0) {
            report_well(network->report, rows[i].what, "%lld days left", days);
        }
    }
}

static err_t derive_canaries(struct network *network) {
    const struct descriptor *descriptor = network->descriptor;
    struct batch *batch = &network->batch;
    if (batch->valid < descriptor->threshold) {
        return err_set(ERR_UNAVAILABLE, "%zu of the %zu key holders that are needed gave a valid reply", batch->valid,
                       descriptor->threshold);
    }
    batch_finish(&batch->job.pool);
    if (batch->job.err != OK) {
        return err_set(batch->job.err, "%s", batch->job.detail);
    }
    for (size_t i = 0; i < descriptor->slot_count; i++) {
        if (memcmp(batch->tokens[i], descriptor->slots[i].canary_token, TOKEN_SIZE) != 0) {
            return err_set(ERR_PROOF, "the holders' tokens are not those of the descriptor");
        }
    }
    return OK;
}

static bool check_canaries(struct network *network) {
    struct outcome failure;
    err_t err = derive_canaries(network);
    if (err != OK) {
        outcome_of(err == ERR_PROOF ? CAUSE_CANARIES : CAUSE_HOLDERS, err_detail(), &failure);
    } else if (!network->session->index_open) {
        outcome_of(CAUSE_INDEX, "the index was not reached", &failure);
    } else if (questions_canaries(network->session, &failure)) {
        report_well(network->report, "canaries", "derived as the descriptor says, and found by the index");
        return true;
    }
    report_problem(network->report, "canaries", "%s: %s", failure.detail,
                   failure.cause == CAUSE_CANARIES ? "no answer can be believed; tell the scheme authority"
                                                   : "nothing can be answered until the above is put right");
    return false;
}

// The first that has a newer descriptor; NULL: nobody has.
static const struct daemon_facts *newer_descriptor(const struct network *network) {
    for (size_t i = 0; i <= network->descriptor->holder_count; i++) {
        const struct daemon_facts *facts = &network->daemons[i];
        if (facts->known && facts->whoami.descriptor_version > network->descriptor->version) {
            return facts;
        }
    }
    return NULL;
}

// When this machine's descriptor is of no use any more, at the latest: it expires, or a key holder gives its key up.
static int64_t usable_until(const struct network *network) {
    int64_t until_s = network->descriptor->expires;
    for (size_t i = 0; i < network->descriptor->holder_count; i++) {
        const int64_t end_s = network->daemons[i].key.previous_until;
        until_s = end_s != 0 && end_s < until_s ? end_s : until_s;
    }
    return until_s;
}

static void check_versions(const struct network *network, bool works) {
    const struct daemon_facts *facts = newer_descriptor(network);
    if (facts == NULL) {
        return;
    }
    const unsigned long long newer = (unsigned long long)facts->whoami.descriptor_version;
    const unsigned long long own = (unsigned long long)network->descriptor->version;
    char until[CLOCK_TEXT_SIZE];
    clock_format(usable_until(network), until);
    if (works) {
        report_well(network->report, "newer descriptor",
                    "%s has version %llu; version %llu of this machine works until %s at the latest: get the present "
                    "one from the scheme authority before that",
                    facts->what, newer, own, until);
    } else {
        report_problem(network->report, "newer descriptor",
                       "%s has version %llu, this machine %llu: get the present one from the scheme authority",
                       facts->what, newer, own);
    }
}

static void check_all(struct network *network) {
    char detail[256] = "";
    err_t opened = session_need_index(network->session);
    if (opened != OK) {
        snprintf(detail, sizeof detail, "%s", err_detail());
    }
    request_all(network);
    for (size_t i = 1; i <= network->descriptor->holder_count; i++) {
        check_holder(network, i);
    }
    check_index(network, opened, detail);
    check_clock(network);
    check_roster(network);
    check_renewals(network);
    check_versions(network, check_canaries(network));
    for (size_t i = 0; i <= network->descriptor->holder_count * REQUESTS; i++) {
        buf_free(&network->exchanges[i].reply);
    }
}

void check_network(const struct descriptor *descriptor, struct transport transport, const struct wall_clock *clock,
                   struct check_report *report) {
    struct network *network = calloc(1, sizeof *network);
    err_t err = network == NULL ? err_set(ERR_MEMORY, "no memory") : OK;
    if (err == OK) {
        network->descriptor = descriptor;
        network->clock = clock;
        network->report = report;
        err = session_make(descriptor, transport, &network->session);
    }
    if (err == OK) {
        err = blind_canaries(network);
    }
    if (err == OK) {
        check_all(network);
    } else {
        report_problem(report, "network", "%s", err_detail());
    }
    if (network != NULL) {
        session_free(network->session);
        batch_free(&network->batch);
    }
    free(network);
}
