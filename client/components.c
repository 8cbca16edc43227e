// SPDX-License-Identifier: Apache-2.0
#include "client/components.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "client/fold.h"
#include "client/forenames.h"
#include "client/nysiis.h"

void key_text_put(struct key_text *text, const char *data, size_t len) {
    if (text->full || len >= text->size - text->len) {
        text->full = true;
        return;
    }
    memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
}

static bool put_present(struct key_text *out, const char *text) {
    key_text_put(out, text, strlen(text));
    return text[0] != '\0';
}

// The smaller first, so that forename and surname may stand in each other's field.
static void put_pair(struct key_text *out, const char *a, size_t a_len, const char *b, size_t b_len) {
    size_t common = a_len < b_len ? a_len : b_len;
    int order = memcmp(a, b, common);
    bool swap = order > 0 || (order == 0 && a_len > b_len);
    key_text_put(out, swap ? b : a, swap ? b_len : a_len);
    key_text_put(out, "+", 1);
    key_text_put(out, swap ? a : b, swap ? a_len : b_len);
}

#define HEAD_LETTERS 3
#define FORENAME_START_LETTERS 1
#define SURNAME_START_LETTERS 2
#define END_LETTERS 2
#define BARREL_BYTES_MIN 3
#define SHORT_BYTES_MAX 3

// A boy called Bilal may be written Mohammed Bilal, Bilal or Mohammed. Where a forename follows, Mohammed is passed
// over in one key and kept in the others, in one spelling, so that he is found by either.
static bool is_mohammed(const char *forename) {
    return strcmp(forename_canonical(forename), "mohammed") == 0;
}

static const char *forename_of(const struct normal_identity *identity) {
    const char *forename = identity->forenames.count == 0 ? "" : identity->forenames.part[0];
    return is_mohammed(forename) ? forename_canonical(forename) : forename;
}

static const char *call_name(const struct normal_identity *identity) {
    bool second = identity->forenames.count > 1 && is_mohammed(identity->forenames.part[0]);
    return second ? identity->forenames.part[1] : forename_of(identity);
}

// All parts of the surname, joined.
static void surname_of(const struct normal_identity *identity, char out[NAME_MAX_BYTES + 1]) {
    size_t len = 0;
    for (int i = 0; i < identity->surname.count; i++) {
        size_t part_len = strlen(identity->surname.part[i]);
        memcpy(out + len, identity->surname.part[i], part_len);
        len += part_len;
    }
    out[len] = '\0';
}

// Of "Smith-Jones" the last half, unless it is very short. Other keys hold the first letters of the whole, which are
// those of the first half: either half may be dropped.
static void last_surname(const struct normal_identity *identity, char out[NAME_MAX_BYTES + 1]) {
    const struct name_parts *surname = &identity->surname;
    if (surname->count > 1 && strlen(surname->part[surname->count - 1]) >= BARREL_BYTES_MIN) {
        snprintf(out, NAME_MAX_BYTES + 1, "%s", surname->part[surname->count - 1]);
    } else {
        surname_of(identity, out);
    }
}

static bool put_nhs_number(const struct normal_identity *identity, struct key_text *out) {
    return put_present(out, identity->nhs_number);
}

static bool put_upn(const struct normal_identity *identity, struct key_text *out) {
    return put_present(out, identity->upn);
}

// The letters of all names: how often each of a..z stands there, and the others one by one.
struct letters {
    unsigned latin[26];
    utf8proc_int32_t other[2 * NAME_MAX_BYTES];
    size_t other_count;
};

static void collect_letters(const struct name_parts *parts, struct letters *letters) {
    for (int i = 0; i < parts->count; i++) {
        const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)parts->part[i];
        while (*at != 0) {
            if (*at >= 'a' && *at <= 'z') {
                letters->latin[*at++ - 'a']++;
            } else {
                at += utf8proc_iterate(at, -1, &letters->other[letters->other_count++]);
            }
        }
    }
}

static int by_code(const void *a, const void *b) {
    utf8proc_int32_t x = *(const utf8proc_int32_t *)a;
    utf8proc_int32_t y = *(const utf8proc_int32_t *)b;
    return (x > y) - (x < y);
}

static void put_letters(struct letters *letters, struct key_text *out) {
    for (size_t i = 0; i < sizeof(letters->latin) / sizeof(letters->latin[0]); i++) {
        char letter = (char)('a' + i);
        for (unsigned left = letters->latin[i]; left > 0; left--) {
            key_text_put(out, &letter, 1);
        }
    }
    qsort(letters->other, letters->other_count, sizeof(letters->other[0]), by_code);
    for (size_t i = 0; i < letters->other_count; i++) {
        utf8proc_uint8_t bytes[4];
        key_text_put(out, (const char *)bytes, (size_t)utf8proc_encode_char(letters->other[i], bytes));
    }
}

static bool put_name_letters(const struct normal_identity *identity, struct key_text *out) {
    struct letters letters;
    memset(letters.latin, 0, sizeof(letters.latin));
    letters.other_count = 0;
    collect_letters(&identity->forenames, &letters);
    collect_letters(&identity->surname, &letters);
    put_letters(&letters, out);
    return identity->forenames.count > 0 && identity->surname.count > 0;
}

// A name in a script without a transliteration sounds like itself.
static void sound_of(const char *name, char out[NYSIIS_INPUT_MAX + 2]) {
    if (fold_is_ascii(name)) {
        nysiis(name, out, NYSIIS_INPUT_MAX + 2);
    } else {
        snprintf(out, NYSIIS_INPUT_MAX + 2, "%s", name);
    }
}

static bool put_sounds(const struct normal_identity *identity, struct key_text *out) {
    char surname[NAME_MAX_BYTES + 1];
    char a[NYSIIS_INPUT_MAX + 2];
    char b[NYSIIS_INPUT_MAX + 2];
    last_surname(identity, surname);
    sound_of(forename_canonical(call_name(identity)), a);
    sound_of(surname, b);
    if (strlen(surname) <= SHORT_BYTES_MAX) { // any other letter of "Ng" is another sound: its first alone counts
        b[fold_prefix(b, 1)] = '\0';
    }
    put_pair(out, a, strlen(a), b, strlen(b));
    return a[0] != '\0' && b[0] != '\0';
}

static bool put_heads(const struct normal_identity *identity, struct key_text *out) {
    char surname[NAME_MAX_BYTES + 1];
    const char *forename = forename_of(identity);
    surname_of(identity, surname);
    put_pair(out, forename, fold_prefix(forename, HEAD_LETTERS), surname, fold_prefix(surname, HEAD_LETTERS));
    return forename[0] != '\0' && surname[0] != '\0';
}

static bool put_forename_head(const struct normal_identity *identity, struct key_text *out) {
    const char *forename = forename_of(identity);
    key_text_put(out, forename, fold_prefix(forename, HEAD_LETTERS));
    return forename[0] != '\0';
}

// A name's first letters and its last: what a typing error in the middle leaves alone.
static size_t ends_of(const char *name, size_t first, size_t last, char out[NAME_MAX_BYTES + 1]) {
    size_t head = fold_prefix(name, first);
    size_t tail = head;
    while (fold_prefix(name + tail, last + 1) > fold_prefix(name + tail, last)) {
        tail += fold_prefix(name + tail, 1);
    }
    memcpy(out, name, head);
    memcpy(out + head, name + tail, strlen(name + tail) + 1);
    return strlen(out);
}

static bool put_ends(const struct normal_identity *identity, struct key_text *out) {
    char surname[NAME_MAX_BYTES + 1];
    char a[NAME_MAX_BYTES + 1];
    char b[NAME_MAX_BYTES + 1];
    surname_of(identity, surname);
    size_t a_len = ends_of(forename_of(identity), FORENAME_START_LETTERS, END_LETTERS, a);
    size_t b_len = ends_of(surname, SURNAME_START_LETTERS, END_LETTERS, b);
    put_pair(out, a, a_len, b, b_len);
    return a_len > 0 && b_len > 0;
}

static bool put_date_parts(const struct normal_identity *identity, int first, int second, struct key_text *out) {
    char text[32];
    snprintf(text, sizeof(text), "%04d%02d%02d", identity->year, first, second);
    key_text_put(out, text, 8);
    return identity->year != 0;
}

static bool put_date(const struct normal_identity *identity, struct key_text *out) {
    return put_date_parts(identity, identity->month, identity->day, out);
}

static bool put_date_swappable(const struct normal_identity *identity, struct key_text *out) {
    bool swap = identity->month > identity->day;
    return put_date_parts(identity, swap ? identity->day : identity->month, swap ? identity->month : identity->day,
                          out);
}

static int by_char(const void *a, const void *b) {
    return *(const char *)a - *(const char *)b;
}

static bool put_outward(const struct normal_identity *identity, struct key_text *out) {
    return put_present(out, identity->outward);
}

static bool put_postcode_sorted(const struct normal_identity *identity, struct key_text *out) {
    char sorted[POSTCODE_SIZE];
    memcpy(sorted, identity->postcode, sizeof(sorted));
    qsort(sorted, strlen(sorted), 1, by_char);
    return put_present(out, sorted);
}

static bool put_street(const struct normal_identity *identity, struct key_text *out) {
    key_text_put(out, identity->street, fold_prefix(identity->street, HEAD_LETTERS));
    return identity->street[0] != '\0';
}

const struct component component_nhs_number = {"nhs number", put_nhs_number};
const struct component component_upn = {"upn", put_upn};
const struct component component_name_letters = {"sorted letters of all names", put_name_letters};
const struct component component_sounds = {"sorted NYSIIS 1970 of canonical call name and of last surname", put_sounds};
const struct component component_heads = {"sorted first 3 letters of forename and of surname", put_heads};
const struct component component_ends = {"sorted first letter and last 2 of forename and first 2 and last 2 of surname",
                                         put_ends};
const struct component component_forename_head = {"first 3 letters of forename", put_forename_head};
const struct component component_date = {"date", put_date};
const struct component component_date_swappable = {"year, sorted day and month", put_date_swappable};
const struct component component_outward = {"outward code", put_outward};
const struct component component_postcode_sorted = {"sorted characters of postcode", put_postcode_sorted};
const struct component component_street = {"first 3 letters of street", put_street};
