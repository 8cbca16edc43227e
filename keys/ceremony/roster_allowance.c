// SPDX-License-Identifier: Apache-2.0
// `ceremony roster allowance`: carries out an act of two administrators that gives an agency more for the time of a
// first load. The act is kept in the authority's folder under its nonce, and so is carried out once.
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "keys/ceremony/roster_action.h"
#include "proto/act.h"
#include "proto/allowance_act.h"

#define SIGNERS 2

static err_t check_signer(const struct change *change, const struct tls_peer *signer) {
    const struct roster_entry *entry = NULL;
    err_t err = roster_find(change->roster, signer->key, &signer->identity, change->now_s, &entry);
    if (err == OK && (entry->roles & ROLE_ADMINISTRATOR) == 0) {
        err = err_set(ERR_DENIED, "not an administrator");
    }
    return err;
}

static err_t check_act(const struct change *change, const struct act *act) {
    static const uint8_t nowhere[STORE_ID_SIZE];
    if (strcmp(act->name, ALLOWANCE_ACT) != 0) {
        return err_set(ERR_INPUT, "an act \"%s\", not \"" ALLOWANCE_ACT "\"", act->name);
    }
    if (strcmp(act->scheme, change->folder.scheme) != 0 || memcmp(act->store_id, nowhere, sizeof nowhere) != 0) {
        return err_set(ERR_INPUT, "the act was not signed for the roster of this scheme");
    }
    if (act->signer_count != SIGNERS) {
        return err_set(ERR_DENIED, "the act takes %d administrators, and %zu signed", SIGNERS, act->signer_count);
    }
    for (size_t i = 0; i < act->signer_count; i++) {
        err_t err = check_signer(change, &act->signers[i]);
        if (err != OK) {
            return err_prefix(err, "signature %zu", i + 1);
        }
    }
    return OK;
}

static err_t read_allowance(const struct change *change, const struct act *act, struct bytes document,
                            struct urn *agency, struct allowance *out) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    err_t err = allowance_act_read(act->arguments, agency, out);
    if (err == OK && EVP_Digest(document.data, document.len, digest, NULL, EVP_sha256(), NULL) != 1) {
        err = err_set(ERR_CRYPTO, "SHA-256");
    }
    if (err == OK && out->until <= change->now_s) {
        err = err_set(ERR_INPUT, "the allowance has ended already");
    }
    if (err == OK) {
        memcpy(out->act, digest, sizeof out->act);
        for (size_t i = 0; i < SIGNERS; i++) {
            memcpy(out->signers[i], act->signers[i].identity.id, sizeof out->signers[i]);
        }
        err = allowance_check(out);
    }
    return err;
}

// Kept before the roster is written: a crash between the two spends the act, and never carries it out twice.
static err_t spend(struct change *change, const struct act *act, struct bytes document) {
    char nonce[2 * ACT_NONCE_SIZE + 1];
    hex_encode(act->nonce, sizeof act->nonce, nonce);
    err_t err = folder_path(change->folder.dir, change->spent, "allowance-%s.act", nonce);
    err = err != OK ? err : file_create(change->spent, 0644, document);
    if (err != OK) {
        change->spent[0] = '\0'; // not ours to take back
    }
    return err == ERR_EXISTS ? err_set(err, "the act was carried out already") : err;
}

static void tell(const struct act *act, const struct urn *agency, const struct allowance *allowance) {
    char who[MAX_URN + 1], from[CLOCK_TEXT_SIZE], until[CLOCK_TEXT_SIZE];
    urn_format(agency, who);
    clock_format(allowance->from, from);
    clock_format(allowance->until, until);
    printf("%s: %u elements a day", who, allowance->elements_day);
    if (allowance->children_day > 0) {
        printf(" and %u children a day", allowance->children_day);
    }
    printf(" from %s until %s,\nsigned by %s and %s: %s\n", from, until, allowance->signers[0], allowance->signers[1],
           act->reason);
}

err_t roster_action_allowance(struct change *change) {
    char ca[PATH_MAX];
    struct buf document = {0};
    struct act act = {0};
    struct urn agency;
    struct allowance allowance = {0};
    err_t err = folder_path(change->folder.dir, ca, FOLDER_CA_CERTIFICATE);
    err = err != OK ? err : file_read(change->items[0], JWS_MAX, &document);
    err = err != OK ? err : act_open(buf_bytes(&document), ca, change->now_s, &act);
    err = err != OK ? err : check_act(change, &act);
    err = err != OK ? err : read_allowance(change, &act, buf_bytes(&document), &agency, &allowance);
    err = err != OK ? err : roster_allow(change->roster, &agency, &allowance);
    err = err != OK ? err : spend(change, &act, buf_bytes(&document));
    if (err == OK) {
        tell(&act, &agency, &allowance);
    }
    act_free(&act);
    buf_free(&document);
    return err == OK ? OK : err_prefix(err, "%s", change->items[0]);
}
