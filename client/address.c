// SPDX-License-Identifier: Apache-2.0
#include "client/address.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/fold.h"

// A segment of the address that ends in one of these holds the street.
static const char *const street_words[] = {
    "street", "st",      "road",    "rd",   "avenue", "ave",  "lane",    "ln",   "close",
    "cl",     "drive",   "dr",      "way",  "place",  "pl",   "court",   "ct",   "crescent",
    "cres",   "terrace", "gardens", "gdns", "grove",  "walk", "hill",    "mews", "square",
    "sq",     "row",     "view",    "rise", "green",  "park", "circuit",
};
// These and the word after them name a dwelling in a building.
static const char *const dwelling_words[] = {"flat", "apartment", "apt", "unit", "room", "suite", "floor", "block"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_one_of(const char *word, size_t len, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (word[0] == list[i][0] && strncmp(word, list[i], len) == 0 && list[i][len] == '\0') {
            return true;
        }
    }
    return false;
}

static bool fits(const char *text, const char *shape) {
    for (; *shape != '\0'; shape++, text++) {
        bool good = *shape == '9'   ? isdigit((unsigned char)*text) != 0
                    : *shape == 'a' ? islower((unsigned char)*text) != 0
                                    : isalnum((unsigned char)*text) != 0;
        if (!good) {
            return false;
        }
    }
    return *text == '\0';
}

static bool is_british(const char *code) {
    static const char *const shapes[] = {"a99aa", "a999aa", "aa99aa", "aa999aa", "a9a9aa", "aa9a9aa"};
    for (size_t i = 0; i < COUNT(shapes); i++) {
        if (fits(code, shapes[i])) {
            return true;
        }
    }
    return false;
}

void postcode_parse(const char *text, char outward[OUTWARD_SIZE], char postcode[POSTCODE_SIZE]) {
    char code[POSTCODE_SIZE] = "";
    size_t len = 0;
    outward[0] = '\0';
    postcode[0] = '\0';
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (isspace(c) || c == '-') {
            continue;
        }
        if (c > 0x7F || !isalnum(c) || len == POSTCODE_SIZE - 1) {
            return;
        }
        code[len++] = (char)tolower(c);
    }
    code[len] = '\0';
    bool british = is_british(code);
    if ((british && strncmp(code, "zz99", 4) == 0) || len < 3 || strpbrk(code, "0123456789") == NULL) {
        return;
    }
    memcpy(postcode, code, len + 1);
    size_t outward_len = british ? len - 3 : (len + 1) / 2;
    memcpy(outward, code, outward_len);
    outward[outward_len] = '\0';
}

// One comma-separated segment, as words; what is measured of it.
struct segment {
    char words[256];
    bool numbered, street;
};

static const char *next_word(const char *at, size_t *len) {
    at += strspn(at, " ");
    *len = strcspn(at, " ");
    return *len > 0 ? at : NULL;
}

static bool is_number(const char *word) {
    return isdigit((unsigned char)word[0]) != 0;
}

static err_t segment_read(const char *text, size_t len, struct segment *out) {
    char raw[256];
    if (len >= sizeof(raw)) {
        return err_set(ERR_INPUT, "too long");
    }
    memcpy(raw, text, len);
    raw[len] = '\0';
    err_t err = fold_words(raw, FOLD_LETTERS_AND_DIGITS, out->words, sizeof(out->words));
    if (err != OK) {
        return err_set(ERR_INPUT, "%s", err == ERR_TOO_LARGE ? "too long" : "not UTF-8 text");
    }
    out->numbered = out->street = false;
    size_t word_len = 0;
    for (const char *word = out->words; (word = next_word(word, &word_len)) != NULL; word += word_len) {
        out->numbered |= is_number(word);
        out->street = is_one_of(word, word_len, street_words, COUNT(street_words));
    }
    return OK;
}

// Letters of the words, without dwellings ("flat 2") and what stands before the last house number.
static void street_letters(const struct segment *segment, char *out, size_t size) {
    size_t len = 0;
    size_t word_len = 0;
    bool skip = false;
    for (const char *word = segment->words; (word = next_word(word, &word_len)) != NULL; word += word_len) {
        bool dwelling = is_one_of(word, word_len, dwelling_words, COUNT(dwelling_words));
        if (is_number(word)) {
            len = 0;
        } else if (!skip && !dwelling && word_len > 1 && len + word_len < size) {
            memcpy(out + len, word, word_len);
            len += word_len;
        }
        skip = dwelling;
    }
    out[len] = '\0';
}

// The first segment that ends like a street, else the first with a house number and a name, else the first with a name.
err_t street_parse(const char *text, char *out, size_t size) {
    int best = 0;
    out[0] = '\0';
    while (*text != '\0') {
        struct segment segment;
        size_t len = strcspn(text, ",;\r\n");
        err_t err = segment_read(text, len, &segment);
        if (err != OK) {
            return err;
        }
        char letters[64];
        street_letters(&segment, letters, sizeof(letters) < size ? sizeof(letters) : size);
        int rank = letters[0] == '\0' ? 0 : segment.street ? 3 : segment.numbered ? 2 : 1;
        if (rank > best) {
            best = rank;
            memcpy(out, letters, strlen(letters) + 1);
        }
        text += len + (text[len] == '\0' ? 0 : 1);
    }
    return OK;
}

void address_describe(struct buf *out) {
    for (size_t i = 0; i < COUNT(street_words); i++) {
        buf_printf(out, "street word %s\n", street_words[i]);
    }
    for (size_t i = 0; i < COUNT(dwelling_words); i++) {
        buf_printf(out, "dwelling word %s\n", dwelling_words[i]);
    }
}
