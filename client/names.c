// SPDX-License-Identifier: Apache-2.0
#include "client/names.h"

#include <stddef.h>
#include <string.h>

#include "client/fold.h"

// Before a forename, as long as another part remains.
static const char *const titles[] = {
    "mr",  "mrs",  "miss", "ms",   "mx",   "master", "mstr", "mast",  "dr",    "doctor", "prof",
    "rev", "revd", "sir",  "dame", "lord", "lady",   "syed", "syeda", "sayed", "sayyid", "hafiz",
};
// Religious and honorific parts that records add to a name or leave out. Of a surname they are dropped as long as
// another part remains, of forenames after the first: "Jagdeep Singh Sandhu" is Jagdeep Sandhu, Jagdeep Singh stays as
// he is. docs/matching.md gives the measurement.
static const char *const honorifics[] = {"singh", "kaur", "begum", "bibi", "bi", "khatun", "khatoon", "khan"};
// After a surname, like titles.
static const char *const suffixes[] = {"jr", "jnr", "junior", "sr", "snr", "senior", "ii", "iii", "iv", "esq"};

// A field that is one of these as a whole says nothing.
static const char *const placeholders[] = {
    "unknown",
    "not known",
    "notknown",
    "n k",
    "nk",
    "n a",
    "not applicable",
    "not given",
    "not stated",
    "not recorded",
    "not provided",
    "not available",
    "not disclosed",
    "none",
    "no name",
    "noname",
    "no forename",
    "no surname",
    "no first name",
    "no last name",
    "nil",
    "null",
    "unnamed",
    "un named",
    "anon",
    "anonymous",
    "confidential",
    "withheld",
    "redacted",
    "tbc",
    "tba",
    "tbd",
    "to be confirmed",
    "to be advised",
    "awaiting name",
    "awaited",
    "x",
    "xx",
    "xxx",
    "xxxx",
    "test",
    "zztest",
    "undefined",
    "missing",
    "blank",
    "unspecified",
    "unidentified",
    "name unknown",
    "unk",
    "unborn",
    "unborn child",
    "unborn baby",
    "foetus",
    "fetus",
};
// A forenames field is a placeholder when it is made of these alone, numbers and single letters aside: "Baby Boy 2",
// "Female Infant", "Twin B". Where another name follows ("Baby Amira"), that name counts and these are dropped.
static const char *const birth_words[] = {
    "baby", "babe",    "bby",  "infant", "newborn", "new",   "born", "child", "boy",   "girl", "male",     "female",
    "twin", "triplet", "quad", "first",  "second",  "third", "one",  "two",   "three", "son",  "daughter",
};
// "Baby of Sarah" names the mother.
static const char *const of_words[] = {"of", "bo"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_one_of(const char *word, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (word[0] == list[i][0] && strcmp(word, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void drop(struct name_parts *parts, int at) {
    parts->count--;
    memmove(parts->part[at], parts->part[at + 1], (size_t)(parts->count - at) * sizeof(parts->part[0]));
}

static err_t split(const char *folded, struct name_parts *out) {
    while (*folded != '\0') {
        size_t len = strcspn(folded, " ");
        if (len >= NAME_PART_MAX) {
            return err_set(ERR_INPUT, "a name of more than %d bytes", NAME_PART_MAX - 1);
        }
        if (out->count == NAME_PARTS_MAX) {
            return err_set(ERR_INPUT, "more than %d names", NAME_PARTS_MAX);
        }
        memcpy(out->part[out->count], folded, len);
        out->part[out->count++][len] = '\0';
        folded += len + (folded[len] == ' ' ? 1 : 0);
    }
    return OK;
}

static bool is_birth_word(const char *word) {
    return is_one_of(word, birth_words, COUNT(birth_words));
}

static void drop_birth_words(struct name_parts *parts) {
    if (parts->count == 0 || !is_birth_word(parts->part[0])) {
        return;
    }
    parts->after_birth_word = true;
    while (parts->count > 0 && (is_birth_word(parts->part[0]) || parts->part[0][1] == '\0')) {
        drop(parts, 0);
    }
    if (parts->count > 0 && is_one_of(parts->part[0], of_words, COUNT(of_words))) {
        parts->count = 0;
    }
}

static void drop_titles(struct name_parts *parts) {
    while (parts->count > 1 && is_one_of(parts->part[0], titles, COUNT(titles))) {
        drop(parts, 0);
    }
}

static void drop_suffixes(struct name_parts *parts) {
    while (parts->count > 1 && is_one_of(parts->part[parts->count - 1], suffixes, COUNT(suffixes))) {
        drop(parts, parts->count - 1);
    }
}

static void drop_honorifics(struct name_parts *parts, int from) {
    for (int i = from; i < parts->count && parts->count > 1;) {
        if (is_one_of(parts->part[i], honorifics, COUNT(honorifics))) {
            drop(parts, i);
        } else {
            i++;
        }
    }
}

err_t names_split(const char *text, enum name_kind kind, struct name_parts *out) {
    char folded[NAME_MAX_BYTES + 1];
    err_t err = fold_words(text, FOLD_LETTERS, folded, sizeof(folded));
    if (err != OK) {
        return err_set(ERR_INPUT, "%s", err == ERR_TOO_LARGE ? "too long" : "not UTF-8 text");
    }
    struct name_parts parts = {0};
    err = is_one_of(folded, placeholders, COUNT(placeholders)) ? OK : split(folded, &parts);
    if (err != OK) {
        return err;
    }
    drop_titles(&parts);
    if (kind == NAME_FORENAMES) {
        drop_birth_words(&parts);
        drop_honorifics(&parts, 1);
    } else {
        drop_suffixes(&parts);
        drop_honorifics(&parts, 0);
    }
    *out = parts;
    return OK;
}

bool names_equal(const struct name_parts *a, const struct name_parts *b) {
    if (a->count != b->count) {
        return false;
    }
    for (int i = 0; i < a->count; i++) {
        if (strcmp(a->part[i], b->part[i]) != 0) {
            return false;
        }
    }
    return true;
}

static void describe(struct buf *out, const char *what, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s %s\n", what, list[i]);
    }
}

void names_describe(struct buf *out) {
    describe(out, "title", titles, COUNT(titles));
    describe(out, "honorific", honorifics, COUNT(honorifics));
    describe(out, "suffix", suffixes, COUNT(suffixes));
    describe(out, "placeholder", placeholders, COUNT(placeholders));
    describe(out, "birth word", birth_words, COUNT(birth_words));
    describe(out, "of", of_words, COUNT(of_words));
}
