// SPDX-License-Identifier: Apache-2.0
#include "client/nysiis.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

struct rule {
    const char *from, *to;
};

static const struct rule beginnings[] = {
    {"mac", "mcc"}, {"kn", "nn"}, {"k", "c"}, {"ph", "ff"}, {"pf", "ff"}, {"sch", "sss"},
};
static const struct rule endings[] = {
    {"ee", "y"}, {"ie", "y"}, {"dt", "d"}, {"rt", "d"}, {"rd", "d"}, {"nt", "d"}, {"nd", "d"},
};

// The name while it is being coded: the rules rewrite it in place, and never make it longer.
struct name {
    char text[NYSIIS_INPUT_MAX + 1];
    size_t len;
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_vowel(char c) {
    return c != '\0' && strchr("aeiou", c) != NULL;
}

static bool stands_at(const struct name *name, size_t at, const char *what) {
    return strncmp(name->text + at, what, strlen(what)) == 0;
}

static void replace(struct name *name, size_t at, size_t old_len, const char *new) {
    size_t new_len = strlen(new);
    assert(new_len <= old_len && at + old_len <= name->len);
    memcpy(name->text + at, new, new_len);
    memmove(name->text + at + new_len, name->text + at + old_len, name->len - at - old_len + 1);
    name->len -= old_len - new_len;
}

static void rewrite_beginning(struct name *name) {
    for (size_t i = 0; i < COUNT(beginnings); i++) {
        if (stands_at(name, 0, beginnings[i].from)) {
            replace(name, 0, strlen(beginnings[i].from), beginnings[i].to);
            return;
        }
    }
}

static void rewrite_ending(struct name *name) {
    for (size_t i = 0; i < COUNT(endings); i++) {
        size_t len = strlen(endings[i].from);
        if (name->len >= len && stands_at(name, name->len - len, endings[i].from)) {
            replace(name, name->len - len, len, endings[i].to);
            return;
        }
    }
}

// H beside a consonant, or at the end, takes the letter before it; W after a vowel does.
static void rewrite_h_or_w(struct name *name, size_t at) {
    char before = name->text[at - 1];
    bool silent_h = name->text[at] == 'h' && !(is_vowel(before) && is_vowel(name->text[at + 1]));
    if (silent_h || (name->text[at] == 'w' && is_vowel(before))) {
        name->text[at] = before;
    }
}

static void rewrite_letter(struct name *name, size_t at) {
    static const struct rule rules[] = {
        {"ev", "af"}, {"a", "a"}, {"e", "a"},  {"i", "a"}, {"o", "a"},     {"u", "a"},   {"q", "g"},
        {"z", "s"},   {"m", "n"}, {"kn", "n"}, {"k", "c"}, {"sch", "sss"}, {"ph", "ff"},
    };
    for (size_t i = 0; i < COUNT(rules); i++) {
        if (stands_at(name, at, rules[i].from)) {
            replace(name, at, strlen(rules[i].from), rules[i].to);
            return;
        }
    }
    rewrite_h_or_w(name, at);
}

static size_t drop_endings(char *code, size_t len) {
    if (len > 1 && code[len - 1] == 's') {
        len--;
    }
    if (len > 2 && code[len - 2] == 'a' && code[len - 1] == 'y') {
        code[len - 2] = 'y';
        len--;
    }
    if (len > 1 && code[len - 1] == 'a') {
        len--;
    }
    return len;
}

void nysiis(const char *letters, char *out, size_t size) {
    assert(size >= NYSIIS_INPUT_MAX + 2);
    (void)size;
    struct name name = {.len = strnlen(letters, NYSIIS_INPUT_MAX)};
    memcpy(name.text, letters, name.len);
    rewrite_beginning(&name);
    rewrite_ending(&name);
    size_t len = 0;
    for (size_t at = 0; at < name.len; at++) {
        if (at > 0) {
            rewrite_letter(&name, at);
        }
        if (len == 0 || out[len - 1] != name.text[at]) {
            out[len++] = name.text[at];
        }
    }
    len = drop_endings(out, len);
    out[len] = '\0';
}
