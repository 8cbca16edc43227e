// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/matching_model.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/forenames.h"

static const char *const latin1[64] = {
    "a", "a", "a", "a", "a", "a", "ae", "c", "e",  "e",  "e", "e", "i", "i", "i", "i", "d",  "n", "o",  "o", "o", "o",
    "o", " ", "o", "u", "u", "u", "u",  "y", "th", "ss", "a", "a", "a", "a", "a", "a", "ae", "c", "e",  "e", "e", "e",
    "i", "i", "i", "i", "d", "n", "o",  "o", "o",  "o",  "o", " ", "o", "u", "u", "u", "u",  "y", "th", "y",
};

static bool map_letters(const char *text, char out[MODEL_TEXT]) {
    size_t len = 0;
    out[0] = '\0';
    for (const unsigned char *at = (const unsigned char *)text; *at != 0; at++) {
        char one[2] = {0};
        const char *letters = one;
        if (*at == 0xc3 && at[1] >= 0x80) {
            letters = latin1[*++at - 0x80];
        } else if (*at >= 0x80) {
            return false;
        } else if (isalpha(*at)) {
            one[0] = (char)tolower(*at);
        } else if (strchr("'.`", *at) == NULL) {
            one[0] = ' ';
        }
        if (len + 3 > MODEL_TEXT) {
            return false;
        }
        len += (size_t)sprintf(out + len, "%s", letters);
    }
    return true;
}

bool model_fold(const char *text, char out[MODEL_TEXT]) {
    char mapped[MODEL_TEXT];
    out[0] = '\0';
    if (!map_letters(text, mapped)) {
        return false;
    }
    char *rest = mapped;
    for (char *word = strtok_r(mapped, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        strcat(out, out[0] == '\0' ? "" : " ");
        strcat(out, word);
    }
    return true;
}

bool model_date(const char *text, struct model_date *out) {
    char day[8], month[8], year[8], first, second, behind;
    int n = sscanf(text, "%4[0-9]%c%2[0-9]%c%4[0-9]%c", day, &first, month, &second, year, &behind);
    if (n != 5 || first != second || strchr("-/. ", first) == NULL) {
        return false;
    }
    if (strlen(day) == 4 && strlen(year) <= 2) {
        char swap[8];
        strcpy(swap, day);
        strcpy(day, year);
        strcpy(year, swap);
    }
    if (strlen(year) != 4 || strlen(day) > 2) {
        return false;
    }
    struct tm given = {.tm_hour = 12};
    sscanf(year, "%d", &given.tm_year);
    sscanf(month, "%d", &given.tm_mon);
    sscanf(day, "%d", &given.tm_mday);
    *out = (struct model_date){given.tm_year, given.tm_mon, given.tm_mday};
    given.tm_year -= 1900;
    given.tm_mon -= 1;
    timegm(&given); // a day that does not exist becomes another one
    return out->year >= 1850 && out->year <= 2150 && given.tm_year + 1900 == out->year &&
           given.tm_mon + 1 == out->month && given.tm_mday == out->day;
}

static bool compact(const char *text, size_t len, char out[MODEL_TEXT]) {
    size_t count = 0;
    for (; *text != '\0' && count < MODEL_TEXT - 1; text++) {
        if (*text != ' ' && *text != '-') {
            out[count++] = (char)toupper((unsigned char)*text);
        }
    }
    out[count] = '\0';
    return count == len;
}

void model_nhs(const char *text, char out[MODEL_TEXT]) {
    char digits[MODEL_TEXT];
    int sum = 0;
    out[0] = '\0';
    if (!compact(text, 10, digits) || strspn(digits, "0123456789") != 10) {
        return;
    }
    for (int i = 0; i < 10; i++) {
        sum += (digits[i] - '0') * (i == 9 ? 1 : 10 - i);
    }
    // Weighted like this the whole number is a multiple of eleven; ten equal digits are nobody's.
    char same[2] = {digits[0], '\0'};
    if (sum % 11 == 0 && strspn(digits, same) < 10) {
        strcpy(out, digits);
    }
}

void model_upn(const char *text, char out[MODEL_TEXT]) {
    static const char letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";
    char upn[MODEL_TEXT];
    out[0] = '\0';
    if (!compact(text, 13, upn) || strspn(upn + 1, "0123456789") < 11) {
        return;
    }
    int sum = 0;
    for (int i = 1; i < 13; i++) {
        const char *letter = strchr(letters, upn[i]);
        if (!isdigit((unsigned char)upn[i]) && letter == NULL) {
            return;
        }
        sum += (i + 1) * (isdigit((unsigned char)upn[i]) ? upn[i] - '0' : (int)(letter - letters));
    }
    if (letters[sum % 23] == upn[0]) {
        strcpy(out, upn);
    }
}

static bool vowel(char c) {
    return c != '\0' && strchr("aeiou", c) != NULL;
}

// If `text` begins with `from`, puts `to` in its place.
static bool begin_with(char *text, const char *from, const char *to) {
    const size_t from_len = strlen(from), to_len = strlen(to);
    if (strncmp(text, from, from_len) != 0) {
        return false;
    }
    memmove(text + to_len, text + from_len, strlen(text + from_len) + 1);
    memcpy(text, to, to_len);
    return true;
}

static void end_with(char *text, const char *from, const char *to) {
    size_t len = strlen(text), from_len = strlen(from);
    if (len >= from_len && strcmp(text + len - from_len, from) == 0) {
        strcpy(text + len - from_len, to);
    }
}

// Taft 1970, step 5: what the next letters become, in view of the one before.
static void translate(char before, char *rest) {
    if (begin_with(rest, "ev", "af") || begin_with(rest, "kn", "n") || begin_with(rest, "sch", "sss") ||
        begin_with(rest, "ph", "ff")) {
        return;
    }
    char *c = rest;
    if (vowel(*c)) {
        *c = 'a';
    } else if (*c == 'q') {
        *c = 'g';
    } else if (*c == 'z') {
        *c = 's';
    } else if (*c == 'm') {
        *c = 'n';
    } else if (*c == 'k') {
        *c = 'c';
    } else if ((*c == 'h' && (!vowel(before) || !vowel(c[1]))) || (*c == 'w' && vowel(before))) {
        *c = before;
    }
}

void model_nysiis(const char *name, char out[MODEL_TEXT]) {
    char rest[MODEL_TEXT];
    size_t len = 0;
    snprintf(rest, sizeof rest, "%s", name);
    (void)(begin_with(rest, "mac", "mcc") || begin_with(rest, "kn", "nn") || begin_with(rest, "k", "c") ||
           begin_with(rest, "ph", "ff") || begin_with(rest, "pf", "ff") || begin_with(rest, "sch", "sss"));
    size_t whole = strlen(rest);
    static const char *const endings[][2] = {{"ee", "y"}, {"ie", "y"}, {"dt", "d"}, {"rt", "d"},
                                             {"rd", "d"}, {"nt", "d"}, {"nd", "d"}};
    for (size_t i = 0; i < 7 && strlen(rest) == whole; i++) {
        end_with(rest, endings[i][0], endings[i][1]);
    }
    out[0] = '\0';
    char before = '\0';
    while (rest[0] != '\0') {
        if (before != '\0') {
            translate(before, rest);
        }
        before = rest[0];
        if (len == 0 || out[len - 1] != before) {
            out[len++] = before;
            out[len] = '\0';
        }
        memmove(rest, rest + 1, strlen(rest));
    }
    if (strlen(out) > 1) {
        end_with(out, "s", "");
    }
    if (strlen(out) > 2) {
        end_with(out, "ay", "y");
    }
    if (strlen(out) > 1) {
        end_with(out, "a", "");
    }
}

static void joined(const char *words, char out[MODEL_TEXT]) {
    size_t len = 0;
    for (; *words != '\0'; words++) {
        if (*words != ' ') {
            out[len++] = *words;
        }
    }
    out[len] = '\0';
}

// A walk through the families, where the client looks up a sorted list.
static const char *canonical(const char *name) {
    char wanted[MODEL_TEXT + 2], variants[MODEL_TEXT];
    snprintf(wanted, sizeof wanted, " %s ", name);
    for (size_t i = 0; i < forename_family_count; i++) {
        snprintf(variants, sizeof variants, " %s %s ", forename_families[i].canonical, forename_families[i].variants);
        if (strstr(variants, wanted) != NULL) {
            return forename_families[i].canonical;
        }
    }
    return name;
}

static bool is_mohammed(const char *name) {
    return strcmp(canonical(name), "mohammed") == 0;
}

// The first word, in one spelling where that is Mohammed.
static void forename_of(const char *forenames, char out[MODEL_TEXT]) {
    snprintf(out, MODEL_TEXT, "%.*s", (int)strcspn(forenames, " "), forenames);
    if (is_mohammed(out)) {
        strcpy(out, "mohammed");
    }
}

// The name that a child goes by: the second where the first is Mohammed.
static void call_name(const char *forenames, char out[MODEL_TEXT]) {
    const char *space = strchr(forenames, ' ');
    forename_of(forenames, out);
    if (space != NULL && is_mohammed(out)) {
        snprintf(out, MODEL_TEXT, "%.*s", (int)strcspn(space + 1, " "), space + 1);
    }
}

static void last_word(const char *words, char out[MODEL_TEXT]) {
    const char *space = strrchr(words, ' ');
    if (space != NULL && strlen(space + 1) >= 3) {
        strcpy(out, space + 1);
    } else {
        joined(words, out);
    }
}

static void swappable(const struct model_date *date, char out[32]) {
    int low = date->month < date->day ? date->month : date->day;
    snprintf(out, 32, "%04d%02d%02d", date->year, low, date->month + date->day - low);
}

static void pair(const char *a, const char *b, const char *date, char out[MODEL_TEXT]) {
    bool swap = strcmp(a, b) > 0;
    int len = snprintf(out, MODEL_TEXT, "%s+%s|%s", swap ? b : a, swap ? a : b, date);
    assert(len > 0 && len < MODEL_TEXT);
}

void model_names_dob(const char *forenames, const char *surname, const struct model_date *date, char out[MODEL_TEXT]) {
    char when[32], letters[MODEL_TEXT];
    swappable(date, when);
    size_t len = 0;
    for (char c = 'a'; c <= 'z'; c++) {
        for (const char *at = forenames; *at != '\0'; at++) {
            letters[len] = c;
            len += *at == c ? 1 : 0;
        }
        for (const char *at = surname; *at != '\0'; at++) {
            letters[len] = c;
            len += *at == c ? 1 : 0;
        }
    }
    snprintf(out, MODEL_TEXT, "%.*s|%s", (int)len, letters, when);
}

void model_sound_dob(const char *forenames, const char *surname, const struct model_date *date, char out[MODEL_TEXT]) {
    char when[32], first[MODEL_TEXT], last[MODEL_TEXT], a[MODEL_TEXT], b[MODEL_TEXT];
    swappable(date, when);
    call_name(forenames, first);
    last_word(surname, last);
    model_nysiis(canonical(first), a);
    model_nysiis(last, b);
    if (strlen(last) <= 3) {
        b[1] = '\0';
    }
    pair(a, b, when, out);
}

static void plain_date(const struct model_date *date, char out[32]) {
    snprintf(out, 32, "%04d%02d%02d", date->year, date->month, date->day);
}

void model_head_dob(const char *forenames, const char *surname, const struct model_date *date, char out[MODEL_TEXT]) {
    char when[32], first[MODEL_TEXT], last[MODEL_TEXT];
    plain_date(date, when);
    forename_of(forenames, first);
    joined(surname, last);
    first[3 < strlen(first) ? 3 : strlen(first)] = '\0';
    last[3 < strlen(last) ? 3 : strlen(last)] = '\0';
    pair(first, last, when, out);
}

// Deletes what stands between the first letters and the last two.
static void cut_middle(char *name, size_t first) {
    size_t len = strlen(name);
    if (len > first + 2) {
        memmove(name + first, name + len - 2, 3);
    }
}

void model_ends_dob(const char *forenames, const char *surname, const struct model_date *date, char out[MODEL_TEXT]) {
    char when[32], first[MODEL_TEXT], last[MODEL_TEXT];
    plain_date(date, when);
    forename_of(forenames, first);
    joined(surname, last);
    cut_middle(first, 1);
    cut_middle(last, 2);
    pair(first, last, when, out);
}
