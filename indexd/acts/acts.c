// SPDX-License-Identifier: Apache-2.0
#include "indexd/acts/acts.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/log.h"

// Who signs: so many different people, each with this role.
struct act_rule {
    const char *name;
    enum role role;
    size_t signers;
    err_t (*run)(struct act_call *call);
};

// Nothing but the act itself, in the journal: a remark of an administrator's, and a way to try out keys and cards.
static err_t run_note(struct act_call *call) {
    err_t err = act_arguments(call, NULL, 0);
    return err ? err : act_carry_out(call, NULL, NULL);
}

static const struct act_rule rules[] = {
    {"note", ROLE_ADMINISTRATOR, 1, run_note},
    {"journal-destroy-key", ROLE_ADMINISTRATOR, 2, act_journal_destroy_key},
    {"agency-purge", ROLE_ADMINISTRATOR, 2, act_agency_purge},
    {"subject-access", ROLE_DATA_PROTECTION_OFFICER, 1, act_subject_access},
    {"decommission", ROLE_ADMINISTRATOR, 2, act_decommission},
    {"shield-add", ROLE_ADMINISTRATOR, 1, act_shield_add},
    {"shield-lift", ROLE_ADMINISTRATOR, 2, act_shield_lift},
    {"unblock", ROLE_ADMINISTRATOR, 1, act_unblock},
};

static const struct act_rule *find_rule(const char *name) {
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].name, name) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}

static err_t check_signers(const struct act_call *call, const struct act_rule *rule, int64_t now_s) {
    const struct act *act = call->act;
    if (act->signer_count < rule->signers) {
        return err_set(ERR_DENIED, "the act \"%s\" takes %zu people with the role %s, and %zu signed", rule->name,
                       rule->signers, role_text(rule->role), act->signer_count);
    }
    for (size_t i = 0; i < act->signer_count; i++) {
        struct access_grant grant;
        err_t err = access_check(call->service->access, &act->signers[i], now_s, rule->role, &grant);
        if (err) {
            return err_prefix(err, "signature %zu", i + 1);
        }
    }
    return OK;
}

static err_t check_place(const struct act_call *call) {
    uint8_t store_id[STORE_ID_SIZE];
    struct scheme_status status;
    engine_store_id(call->service->engine, store_id);
    service_scheme_status(call->service, &status);
    if (strcmp(call->act->scheme, status.scheme) != 0 || memcmp(call->act->store_id, store_id, sizeof store_id) != 0) {
        return err_set(ERR_INPUT, "the act was signed for another index, or for an earlier store of this one");
    }
    return OK;
}

static err_t run(struct act_call *call, int64_t now_s) {
    const struct act_rule *rule = find_rule(call->act->name);
    if (!rule) {
        return err_set(ERR_INPUT, "there is no act \"%s\" here", call->act->name);
    }
    err_t err = check_signers(call, rule, now_s);
    if (!err) {
        err = check_place(call);
    }
    return err ? err : rule->run(call);
}

static void log_act(const struct act *act) {
    for (size_t i = 0; i < act->signer_count; i++) {
        char who[MAX_URN + 1];
        urn_format(&act->signers[i].identity, who);
        log_line(LOG_NOTICE, "act %s carried out for %s", act->name, who);
    }
}

// The first signer is named in the refusal only when the document could be opened: otherwise nobody knows who it was.
static void note_refusal(struct service *service, const struct act *act, err_t err) {
    char who[MAX_URN + 1] = "";
    char what[ACT_NAME_MAX + 8] = "act";
    if (act->signer_count > 0) {
        urn_format(&act->signers[0].identity, who);
    }
    if (act->name[0]) {
        snprintf(what, sizeof what, "act %s", act->name);
    }
    log_err(err, "refused an act");
    engine_note_refusal(service->engine, who, what, err);
}

err_t acts_run(struct service *service, struct bytes document, struct bytes attachment, json_t *reply) {
    int64_t now_s = clock_now_s(service->clock);
    struct act act = {0};
    err_t err = act_open(document, service->ca, now_s, &act);
    struct act_call call = {service, &act, document, attachment, reply};
    if (!err) {
        err = run(&call, now_s);
    }
    if (err) {
        note_refusal(service, &act, err);
    } else {
        log_act(&act);
    }
    act_free(&act);
    return err;
}

// ---- for the acts

err_t act_arguments(const struct act_call *call, const struct json_field *fields, size_t count) {
    err_t err = json_read(call->act->arguments, fields, count);
    return err ? err_prefix(err, "arguments") : OK;
}

err_t act_attachment(const struct act_call *call, const uint8_t digest[32]) {
    uint8_t found[EVP_MAX_MD_SIZE];
    if (EVP_Digest(call->attachment.data, call->attachment.len, found, NULL, EVP_sha256(), NULL) != 1) {
        return err_set(ERR_CRYPTO, "SHA-256");
    }
    if (memcmp(found, digest, 32) != 0) {
        return err_set(ERR_INPUT, "the file that belongs to the act is not beside it, or is another one");
    }
    return OK;
}

err_t act_carry_out(const struct act_call *call, job_run effect, void *ctx) {
    return engine_act(call->service->engine, call->act, call->document, effect, ctx);
}
