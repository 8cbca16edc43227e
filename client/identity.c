// SPDX-License-Identifier: Apache-2.0
#include "client/identity.h"

#include <assert.h>
#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "client/fold.h"
#include "client/identifiers.h"

static const char *const field_texts[IDENTITY_FIELD_COUNT] = {
    [IDENTITY_FORENAMES] = "forenames",   [IDENTITY_SURNAME] = "surname", [IDENTITY_DATE_OF_BIRTH] = "date_of_birth",
    [IDENTITY_NHS_NUMBER] = "nhs_number", [IDENTITY_UPN] = "upn",         [IDENTITY_POSTCODE] = "postcode",
    [IDENTITY_ADDRESS] = "address",
};

const char *identity_field_text(enum identity_field field) {
    assert((size_t)field < IDENTITY_FIELD_COUNT);
    return field_texts[field];
}

static bool is_utf8(const char *text) {
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    while (*at != 0) {
        utf8proc_int32_t code = 0;
        utf8proc_ssize_t len = utf8proc_iterate(at, -1, &code);
        if (len <= 0) {
            return false;
        }
        at += len;
    }
    return true;
}

err_t identity_set(struct identity *identity, enum identity_field field, const char *text) {
    text += strspn(text, " \t\r\n");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL) {
        len--;
    }
    if (len > IDENTITY_TEXT_MAX) {
        return err_set(ERR_INPUT, "%s: longer than %d bytes", identity_field_text(field), IDENTITY_TEXT_MAX);
    }
    if (!is_utf8(text)) {
        return err_set(ERR_INPUT, "%s: not UTF-8 text", identity_field_text(field));
    }
    memcpy(identity->text[field], text, len);
    identity->text[field][len] = '\0';
    return OK;
}

// Words that are typed where an identifier or a date is not known. A name's own placeholders are in names.c.
static bool is_missing(const char *text) {
    static const char *const words[] = {"", "unknown", "not known", "n/k", "nk", "n/a", "none", "null", "nil", "tbc"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(text, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

// 1 January 1900 and 1901 are what systems store for "not known".
static bool is_placeholder_date(int year, int month, int day) {
    return (year == 1900 || year == 1901) && month == 1 && day == 1;
}

static err_t set_forenames(const char *text, struct normal_identity *out) {
    return names_split(text, NAME_FORENAMES, &out->forenames);
}

static err_t set_surname(const char *text, struct normal_identity *out) {
    return names_split(text, NAME_SURNAME, &out->surname);
}

static err_t set_date(const char *text, struct normal_identity *out) {
    if (is_missing(text)) {
        return OK;
    }
    int year = 0, month = 0, day = 0;
    err_t err = date_parse(text, &year, &month, &day);
    if (err == OK && !is_placeholder_date(year, month, day)) {
        out->year = year;
        out->month = month;
        out->day = day;
    }
    return err;
}

static err_t set_nhs_number(const char *text, struct normal_identity *out) {
    return is_missing(text) ? OK : nhs_number_parse(text, out->nhs_number);
}

static err_t set_upn(const char *text, struct normal_identity *out) {
    return is_missing(text) ? OK : upn_parse(text, out->upn);
}

static err_t set_postcode(const char *text, struct normal_identity *out) {
    postcode_parse(text, out->outward, out->postcode);
    return OK;
}

static err_t set_address(const char *text, struct normal_identity *out) {
    return street_parse(text, out->street, sizeof(out->street));
}

static err_t (*const setters[IDENTITY_FIELD_COUNT])(const char *, struct normal_identity *) = {
    [IDENTITY_FORENAMES] = set_forenames,   [IDENTITY_SURNAME] = set_surname, [IDENTITY_DATE_OF_BIRTH] = set_date,
    [IDENTITY_NHS_NUMBER] = set_nhs_number, [IDENTITY_UPN] = set_upn,         [IDENTITY_POSTCODE] = set_postcode,
    [IDENTITY_ADDRESS] = set_address,
};

err_t identity_normalise_field(enum identity_field field, const char *text, struct normal_identity *out) {
    assert((size_t)field < IDENTITY_FIELD_COUNT);
    return setters[field](text, out);
}

err_t identity_check(enum identity_field field, const char *text) {
    struct normal_identity ignored = {0};
    return identity_normalise_field(field, text, &ignored);
}

void identity_settle(struct normal_identity *identity) {
    // "Baby Smith" of the family Smith has no forename yet.
    if (identity->forenames.after_birth_word && names_equal(&identity->forenames, &identity->surname)) {
        identity->forenames = (struct name_parts){0};
    }
}

err_t identity_normalise(const struct identity *identity, struct normal_identity *out) {
    struct normal_identity normal = {0};
    for (size_t i = 0; i < IDENTITY_FIELD_COUNT; i++) {
        err_t err = identity_normalise_field((enum identity_field)i, identity->text[i], &normal);
        if (err != OK) {
            return err_prefix(err, "%s", identity_field_text((enum identity_field)i));
        }
    }
    identity_settle(&normal);
    *out = normal;
    return OK;
}
