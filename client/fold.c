// SPDX-License-Identifier: Apache-2.0
#include "client/fold.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

struct letter {
    utf8proc_int32_t code;
    const char *latin;
};

// Lower-case Latin letters that have no decomposition. Sorted by code.
static const struct letter letters[] = {
    {0x00E6, "ae"}, {0x00F0, "d"}, {0x00F8, "o"}, {0x00FE, "th"}, {0x0111, "d"}, {0x0127, "h"}, {0x0131, "i"},
    {0x0138, "k"},  {0x0142, "l"}, {0x014B, "n"}, {0x0153, "oe"}, {0x0167, "t"}, {0x0180, "b"}, {0x0183, "b"},
    {0x0185, "b"},  {0x0188, "c"}, {0x018C, "d"}, {0x0192, "f"},  {0x0195, "h"}, {0x0199, "k"}, {0x019A, "l"},
    {0x019E, "n"},  {0x01A5, "p"}, {0x01AD, "t"}, {0x01B4, "y"},  {0x01B6, "z"}, {0x01DD, "e"}, {0x01E5, "g"},
    {0x021D, "y"},  {0x0221, "d"}, {0x0225, "z"}, {0x0234, "l"},  {0x0235, "n"}, {0x0236, "t"}, {0x0237, "j"},
    {0x023C, "c"},  {0x0247, "e"}, {0x0249, "j"}, {0x024B, "q"},  {0x024D, "r"}, {0x024F, "y"}, {0x0250, "a"},
    {0x0251, "a"},  {0x0253, "b"}, {0x0254, "o"}, {0x0256, "d"},  {0x0257, "d"}, {0x0259, "a"}, {0x025B, "e"},
    {0x0260, "g"},  {0x0263, "g"}, {0x0266, "h"}, {0x0268, "i"},  {0x0269, "i"}, {0x026B, "l"}, {0x026F, "u"},
    {0x0272, "n"},  {0x0275, "o"}, {0x0283, "s"}, {0x0288, "t"},  {0x0289, "u"}, {0x028A, "u"}, {0x028B, "v"},
    {0x028C, "v"},  {0x0292, "z"},
};

// Deleted without a trace, so that O'Brien, O’Brien and OBrien are one word: apostrophes and what is typed for them,
// ayn and hamza as modifier letters, dots, the soft hyphen, the Catalan middle dot and the Arabic lengthening stroke.
static const utf8proc_int32_t deleted[] = {
    0x0027, 0x002E, 0x0060, 0x00AD, 0x00B4, 0x00B7, 0x02B9, 0x02BA, 0x02BB, 0x02BC, 0x02BD, 0x02BE, 0x02BF,
    0x02C8, 0x02CB, 0x0640, 0x2018, 0x2019, 0x201B, 0x2024, 0x2032, 0x2035, 0xA78C, 0xFF07, 0xFF0E,
};

enum kind { KIND_LETTER, KIND_DIGIT, KIND_NOTHING, KIND_SEPARATOR };

struct folding {
    char *out;
    size_t len, size;
    enum fold_keep keep;
    bool pending; // a separator was read since the last letter
    bool full;
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_deleted(utf8proc_int32_t code) {
    for (size_t i = 0; i < COUNT(deleted); i++) {
        if (deleted[i] == code) {
            return true;
        }
    }
    return false;
}

static const char *latin_of(utf8proc_int32_t code) {
    size_t low = 0;
    size_t high = COUNT(letters);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (letters[middle].code == code) {
            return letters[middle].latin;
        }
        if (letters[middle].code < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static bool is_mark(utf8proc_category_t category) {
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME;
}

// Accents, and the vowel points of Arabic and Hebrew, have a combining class and are stripped. The vowel signs of the
// Indic scripts have none: they are as much a part of the name as letters, and stay.
static enum kind kind_of(utf8proc_int32_t code) {
    const utf8proc_property_t *property = utf8proc_get_property(code);
    utf8proc_category_t category = (utf8proc_category_t)property->category;
    if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) {
        return KIND_LETTER;
    }
    if (is_mark(category)) {
        return property->combining_class == 0 && category != UTF8PROC_CATEGORY_ME ? KIND_LETTER : KIND_NOTHING;
    }
    return code >= '0' && code <= '9' ? KIND_DIGIT : KIND_SEPARATOR;
}

static void put(struct folding *folding, const void *data, size_t len) {
    size_t gap = folding->pending && folding->len > 0 ? 1 : 0;
    if (folding->full || len + gap >= folding->size - folding->len) {
        folding->full = true;
        return;
    }
    if (gap == 1) {
        folding->out[folding->len++] = ' ';
    }
    folding->pending = false;
    memcpy(folding->out + folding->len, data, len);
    folding->len += len;
}

static void put_code(struct folding *folding, utf8proc_int32_t code) {
    enum kind kind = kind_of(code);
    if (kind == KIND_SEPARATOR || (kind == KIND_DIGIT && folding->keep == FOLD_LETTERS)) {
        folding->pending = true;
        return;
    }
    const char *latin = latin_of(code);
    if (kind == KIND_NOTHING || is_deleted(code)) {
        return;
    }
    if (latin != NULL) {
        put(folding, latin, strlen(latin));
        return;
    }
    utf8proc_uint8_t bytes[4];
    put(folding, bytes, (size_t)utf8proc_encode_char(code, bytes));
}

static void put_decomposed(struct folding *folding, utf8proc_int32_t code) {
    const utf8proc_option_t options = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    utf8proc_int32_t parts[32];
    int boundary = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(code, parts, (utf8proc_ssize_t)COUNT(parts), options, &boundary);
    for (utf8proc_ssize_t i = 0; i < count && i < (utf8proc_ssize_t)COUNT(parts); i++) {
        put_code(folding, parts[i]);
    }
}

// What nearly every letter of a record is needs no table.
static bool put_ascii(struct folding *folding, char c) {
    char lower = c;
    if (c >= 'A' && c <= 'Z') {
        lower = (char)(c + ('a' - 'A'));
    }
    bool plain = lower >= 'a' && lower <= 'z';
    if (plain) {
        put(folding, &lower, 1);
    }
    return plain;
}

err_t fold_words(const char *text, enum fold_keep keep, char *out, size_t size) {
    struct folding folding = {.out = out, .size = size, .keep = keep};
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    while (*at != 0) {
        if (put_ascii(&folding, (char)*at)) {
            at++;
            continue;
        }
        utf8proc_int32_t code = 0;
        utf8proc_ssize_t len = utf8proc_iterate(at, -1, &code);
        if (len <= 0) {
            return err_set(ERR_INPUT, "not UTF-8 text");
        }
        if (!is_deleted(code)) {
            put_decomposed(&folding, code);
        }
        at += len;
    }
    if (folding.full) {
        return err_set(ERR_TOO_LARGE, "too long");
    }
    out[folding.len] = '\0';
    return OK;
}

size_t fold_prefix(const char *folded, size_t letter_count) {
    const utf8proc_uint8_t *start = (const utf8proc_uint8_t *)folded;
    const utf8proc_uint8_t *at = start;
    size_t seen = 0;
    while (*at != 0) {
        utf8proc_int32_t code = 0;
        utf8proc_ssize_t len = utf8proc_iterate(at, -1, &code);
        if (len <= 0) {
            break;
        }
        seen += is_mark((utf8proc_category_t)utf8proc_get_property(code)->category) ? 0 : 1;
        if (seen > letter_count) {
            break;
        }
        at += len;
    }
    return (size_t)(at - start);
}

bool fold_is_ascii(const char *folded) {
    for (; *folded != '\0'; folded++) {
        if ((unsigned char)*folded > 0x7F) {
            return false;
        }
    }
    return true;
}

void fold_describe(struct buf *out) {
    buf_printf(out, "unicode %s\n", utf8proc_unicode_version());
    for (size_t i = 0; i < COUNT(letters); i++) {
        buf_printf(out, "letter %x %s\n", (unsigned)letters[i].code, letters[i].latin);
    }
    for (size_t i = 0; i < COUNT(deleted); i++) {
        buf_printf(out, "deleted %x\n", (unsigned)deleted[i]);
    }
}
