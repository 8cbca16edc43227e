// SPDX-License-Identifier: Apache-2.0
#include "proto/urn.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "urn:signpost:"

// A person's identity begins as an agency's does, and goes on with ":person:ID".
static const char *const kind_words[] = {
    [URN_AGENCY] = "agency", [URN_PERSON] = "agency", [URN_ADMINISTRATOR] = "administrator",
    [URN_HOLDER] = "holder", [URN_INDEX] = "index",
};

static bool id_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool urn_id_valid(const char *id) {
    size_t len = 0;
    while (len <= MAX_ID && id_char(id[len])) {
        len++;
    }
    return len >= 1 && len <= MAX_ID && id[len] == '\0' && id[0] != '-';
}

// Takes the text up to the next colon or the end, and the colon. False when it is no id.
static bool take_id(const char **at, char out[MAX_ID + 1]) {
    size_t len = strcspn(*at, ":");
    if (len < 1 || len > MAX_ID) {
        return false;
    }
    memset(out, 0, MAX_ID + 1);
    memcpy(out, *at, len);
    *at += len;
    if (**at == ':') {
        (*at)++;
        if (**at == '\0') {
            return false; // nothing after the last colon
        }
    }
    return urn_id_valid(out);
}

static bool kind_of(const char *word, enum urn_kind *out) {
    static const enum urn_kind kinds[] = {URN_AGENCY, URN_ADMINISTRATOR, URN_HOLDER, URN_INDEX};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(word, kind_words[kinds[i]]) == 0) {
            *out = kinds[i];
            return true;
        }
    }
    return false;
}

static bool holder_valid(const char *id) {
    char canonical[MAX_ID + 1];
    long number = strtol(id, NULL, 10);
    (void)snprintf(canonical, sizeof canonical, "%ld", number);
    return number >= 1 && number <= MAX_HOLDERS && strcmp(id, canonical) == 0;
}

err_t urn_parse(const char *text, struct urn *out) {
    struct urn urn = {0};
    char word[MAX_ID + 1];
    const char *at = text;
    if (strncmp(at, PREFIX, sizeof PREFIX - 1) != 0) {
        return err_set(ERR_INPUT, "not an identity: must begin with " PREFIX);
    }
    at += sizeof PREFIX - 1;
    if (!take_id(&at, urn.scheme)) {
        return err_set(ERR_INPUT, "not an identity: the scheme is not an id");
    }
    if (!take_id(&at, word) || !kind_of(word, &urn.kind)) {
        return err_set(ERR_INPUT, "not an identity: must be of an agency, administrator, holder or index");
    }
    if (!take_id(&at, urn.id) || (urn.kind == URN_HOLDER && !holder_valid(urn.id))) {
        return err_set(ERR_INPUT, "not an identity: not the id of an agency, administrator, holder or index");
    }
    if (*at != '\0' && urn.kind == URN_AGENCY) {
        urn.kind = URN_PERSON;
        if (!take_id(&at, word) || strcmp(word, "person") != 0 || !take_id(&at, urn.person)) {
            return err_set(ERR_INPUT, "not an identity: after the agency may follow a person's id alone");
        }
    }
    if (*at != '\0') {
        return err_set(ERR_INPUT, "not an identity: something follows the id");
    }
    *out = urn;
    return OK;
}

void urn_format(const struct urn *urn, char out[MAX_URN + 1]) {
    int len = snprintf(out, MAX_URN + 1, PREFIX "%s:%s:%s%s%s", urn->scheme, kind_words[urn->kind], urn->id,
                       urn->kind == URN_PERSON ? ":person:" : "", urn->kind == URN_PERSON ? urn->person : "");
    assert(len > 0 && len <= MAX_URN);
    (void)len;
}

bool urn_equal(const struct urn *a, const struct urn *b) {
    return a->kind == b->kind && strcmp(a->scheme, b->scheme) == 0 && strcmp(a->id, b->id) == 0 &&
           strcmp(a->person, b->person) == 0;
}
