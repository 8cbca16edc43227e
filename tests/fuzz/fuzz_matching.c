// SPDX-License-Identifier: Apache-2.0
// A child's details to match values, against the second model of matching_model.c. The input is five lines: forenames,
// surname, date of birth, NHS number, UPN; two more, postcode and address, are taken through without a model.
//
// Covers: client/identity.c client/identifiers.c client/fold.c client/names.c client/nysiis.c client/components.c
// Covers: client/match_keys.c client/forenames.c client/address.c
#include <stdlib.h>
#include <string.h>

#include "client/match_keys.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/matching_model.h"

#define FIELDS 7

static void join(const struct name_parts *parts, char out[MODEL_TEXT]) {
    out[0] = '\0';
    for (int i = 0; i < parts->count; i++) {
        strcat(out, i == 0 ? "" : " ");
        strcat(out, parts->part[i]);
    }
}

// Whether the words stand in the text, whole and in this order, with others between them.
static bool stand_in(const char *words, const char *text) {
    for (size_t len = strcspn(words, " "); len > 0; len = strcspn(words, " ")) {
        size_t there = strcspn(text, " ");
        while (there > 0 && (there != len || memcmp(words, text, len) != 0)) {
            text += there + (text[there] == ' ' ? 1 : 0);
            there = strcspn(text, " ");
        }
        if (there == 0) {
            return false;
        }
        text += there + (text[there] == ' ' ? 1 : 0);
        words += len + (words[len] == ' ' ? 1 : 0);
    }
    return true;
}

// Titles, honorifics, suffixes and what stands for a missing name are dropped; nothing else is.
static void check_name(const char *text, const struct name_parts *parts, char words[MODEL_TEXT], bool *known) {
    char folded[MODEL_TEXT];
    join(parts, words);
    *known = *known && model_fold(text, folded);
    if (*known) {
        MUST(stand_in(words, folded));
    }
}

static void check_identifiers(const struct identity *given, const struct normal_identity *normal) {
    char expected[MODEL_TEXT];
    struct model_date date;
    model_nhs(given->text[IDENTITY_NHS_NUMBER], expected);
    MUST(strcmp(expected, normal->nhs_number) == 0);
    model_upn(given->text[IDENTITY_UPN], expected);
    MUST(strcmp(expected, normal->upn) == 0);
    if (normal->year != 0) {
        MUST(model_date(given->text[IDENTITY_DATE_OF_BIRTH], &date));
        MUST(date.year == normal->year && date.month == normal->month && date.day == normal->day);
    } else if (model_date(given->text[IDENTITY_DATE_OF_BIRTH], &date)) {
        MUST((date.year == 1900 || date.year == 1901) && date.month == 1 && date.day == 1);
    }
}

static void check_core(const struct identity *given, const struct normal_identity *normal) {
    char forenames[MODEL_TEXT], surname[MODEL_TEXT], expected[MODEL_TEXT];
    struct match_values values = {0};
    bool known = true;
    check_name(given->text[IDENTITY_FORENAMES], &normal->forenames, forenames, &known);
    check_name(given->text[IDENTITY_SURNAME], &normal->surname, surname, &known);
    err_t err = match_values_of(match_set_find("core"), normal, &values);
    if (err != OK || !known) {
        match_values_free(&values);
        return;
    }
    MUST(strcmp(values.value[0], normal->nhs_number) == 0 && strcmp(values.value[1], normal->upn) == 0);
    const struct model_date date = {normal->year, normal->month, normal->day};
    if (forenames[0] == '\0' || surname[0] == '\0' || date.year == 0) {
        MUST(values.value[2][0] == '\0' && values.value[3][0] == '\0' && values.value[4][0] == '\0' &&
             values.value[5][0] == '\0');
    } else {
        model_names_dob(forenames, surname, &date, expected);
        MUST(strcmp(values.value[2], expected) == 0);
        model_sound_dob(forenames, surname, &date, expected);
        MUST(strcmp(values.value[3], expected) == 0);
        model_head_dob(forenames, surname, &date, expected);
        MUST(strcmp(values.value[4], expected) == 0);
        model_ends_dob(forenames, surname, &date, expected);
        MUST(strcmp(values.value[5], expected) == 0);
    }
    match_values_free(&values);
}

static void check_address(const struct normal_identity *normal) {
    struct match_values first = {0}, second = {0};
    const struct match_set *set = match_set_find("address");
    if (match_values_of(set, normal, &first) == OK) {
        MUST(match_values_of(set, normal, &second) == OK && match_values_equal(&first, &second));
        for (size_t i = 0; i < set->slot_count; i++) {
            MUST(strlen(first.value[i]) <= MATCH_VALUE_MAX);
        }
    }
    match_values_free(&first);
    match_values_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct identity given = {0};
    struct normal_identity normal = {0};
    char *text = fuzz_text(bytes_of(data, size)), *rest = text;
    bool good = true;
    for (size_t i = 0; i < FIELDS && rest != NULL; i++) {
        enum identity_field field = (enum identity_field)i;
        char *line = strsep(&rest, "\n");
        good = good && identity_set(&given, field, line) == OK;
        if (good) {
            MUST((identity_check(field, given.text[field]) == OK) ==
                 (identity_normalise_field(field, given.text[field], &(struct normal_identity){0}) == OK));
        }
    }
    if (good && identity_normalise(&given, &normal) == OK) {
        check_identifiers(&given, &normal);
        check_core(&given, &normal);
        check_address(&normal);
    }
    free(text);
    return 0;
}
