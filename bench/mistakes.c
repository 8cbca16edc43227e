// SPDX-License-Identifier: Apache-2.0
#include "bench/mistakes.h"

#include <stdio.h>
#include <string.h>

#include "client/fold.h"
#include "client/forenames.h"

static bool nothing(struct person *person, const struct name_model *names, struct random *random) {
    (void)person;
    (void)names;
    (void)random;
    return true;
}

// The `index`-th form of a family: its canonical form, then its variants.
static bool variant(const struct forename_family *family, size_t index, char out[MODEL_NAME_SIZE]) {
    const char *at = index == 0 ? family->canonical : family->variants;
    for (size_t i = 1; i < index; i++) {
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    snprintf(out, MODEL_NAME_SIZE, "%.*s", (int)strcspn(at, " "), at);
    return out[0] != '\0';
}

static size_t count_forms(const struct forename_family *family) {
    size_t count = 2;
    for (const char *at = family->variants; *at != '\0'; at++) {
        count += *at == ' ';
    }
    return count;
}

// Another form of the forename's family: a nickname, or another spelling.
static bool nickname(struct person *person, const struct name_model *names, struct random *random) {
    (void)names;
    char folded[MODEL_NAME_SIZE];
    if (fold_words(person->name.first, FOLD_LETTERS, folded, sizeof(folded)) != OK) {
        return false;
    }
    const char *canonical = forename_canonical(folded);
    for (size_t i = 0; i < forename_family_count; i++) {
        if (strcmp(forename_families[i].canonical, canonical) == 0) {
            char other[MODEL_NAME_SIZE];
            bool found = variant(&forename_families[i],
                                 random_below(random, (uint32_t)count_forms(&forename_families[i])), other);
            bool changed = found && strcmp(other, folded) != 0;
            snprintf(person->name.first, sizeof(person->name.first), "%s", changed ? other : folded);
            return changed;
        }
    }
    return false;
}

// Letters are mistyped where they are one byte each; a name in other letters is left alone.
static bool can_be_mistyped(const char *text) {
    return strlen(text) > 2 && fold_is_ascii(text);
}

static void insert(char *text, size_t at, char letter) {
    size_t len = strlen(text);
    if (len + 2 < MODEL_NAME_SIZE) {
        memmove(text + at + 1, text + at, len - at + 1);
        text[at] = letter;
    }
}

// One letter replaced, left out, doubled by another, or put in: anywhere but at the very beginning, where people look.
static bool mistype(char *text, struct random *random) {
    if (!can_be_mistyped(text)) {
        return false;
    }
    size_t at = 0;
    do {
        at = 1 + random_below(random, (uint32_t)strlen(text) - 1);
    } while (text[at] == '-');
    char letter = (char)('a' + random_below(random, 26));
    switch (random_below(random, 3)) {
    case 0:
        letter = letter == text[at] ? (char)('a' + (letter - 'a' + 1) % 26) : letter;
        text[at] = letter;
        break;
    case 1:
        memmove(text + at, text + at + 1, strlen(text + at));
        break;
    default:
        insert(text, at, letter);
        break;
    }
    return true;
}

static bool mistyped_forename(struct person *person, const struct name_model *names, struct random *random) {
    (void)names;
    return mistype(person->name.first, random);
}

static bool mistyped_surname(struct person *person, const struct name_model *names, struct random *random) {
    (void)names;
    return mistype(person->name.surname, random);
}

static bool swapped_letters(struct person *person, const struct name_model *names, struct random *random) {
    (void)names;
    char *text = random_below(random, 2) == 0 ? person->name.first : person->name.surname;
    if (!can_be_mistyped(text)) {
        return false;
    }
    size_t at = random_below(random, (uint32_t)strlen(text) - 1);
    char letter = text[at];
    text[at] = text[at + 1];
    text[at + 1] = letter;
    return text[at] != letter && text[at] != '-' && letter != '-';
}

static bool swapped_date(struct person *person, const struct name_model *names, struct random *random) {
    (void)names;
    (void)random;
    int month = person->month;
    if (person->day > 12 || person->day == month) {
        return false;
    }
    person->month = person->day;
    person->day = month;
    return true;
}

static bool swapped_names(struct person *person, const struct name_model *names, struct random *random) {
    (void)names;
    (void)random;
    char first[MODEL_NAME_SIZE];
    memcpy(first, person->name.first, sizeof(first));
    memcpy(person->name.first, person->name.surname, sizeof(first));
    memcpy(person->name.surname, first, sizeof(first));
    return true;
}

static bool dropped_second(struct person *person, const struct name_model *names, struct random *random) {
    (void)names;
    (void)random;
    bool had = person->name.second[0] != '\0';
    person->name.second[0] = '\0';
    return had;
}

static bool dropped_second_and_swapped(struct person *person, const struct name_model *names, struct random *random) {
    return dropped_second(person, names, random) && swapped_date(person, names, random);
}

// The first forename left out where it is one of several, as records do with Mohammed.
static bool dropped_first(struct person *person, const struct name_model *names, struct random *random) {
    (void)names;
    (void)random;
    bool religious = strcmp(forename_canonical(person->name.first), "mohammed") == 0 && person->name.second[0] != '\0';
    if (religious) {
        memcpy(person->name.first, person->name.second, sizeof(person->name.first));
        person->name.second[0] = '\0';
    }
    return religious;
}

static bool put_before(char *name, const char *part) {
    char both[2 * MODEL_NAME_SIZE];
    snprintf(both, sizeof(both), "%s %s", part, name);
    bool fits = strcmp(part, name) != 0 && strlen(both) < MODEL_NAME_SIZE;
    memcpy(name, fits ? both : name, fits ? strlen(both) + 1 : 0);
    return fits;
}

// "Sandhu" written "Singh Sandhu", "Akhtar" written "Begum Akhtar", "Ali" written "Syed Ali": an honorific in front of
// a family's name or of a forename.
static bool added_honorific(struct person *person, const struct name_model *names, struct random *random) {
    (void)names;
    static const char *const muslim[] = {"begum", "bibi", "khan"};
    static const char *const sikh[] = {"singh", "kaur"};
    if (person->community == COMMUNITY_SIKH) {
        return put_before(person->name.surname, sikh[random_below(random, 2)]);
    }
    if (person->community != COMMUNITY_SOUTH_MUSLIM) {
        return false;
    }
    bool title = random_below(random, 3) == 0;
    return title ? put_before(person->name.first, "syed")
                 : put_before(person->name.surname, muslim[random_below(random, 3)]);
}

static bool dropped_half(struct person *person, const struct name_model *names, struct random *random) {
    (void)names;
    char *hyphen = strchr(person->name.surname, '-');
    if (hyphen == NULL) {
        return false;
    }
    bool first_stays = hyphen - person->name.surname > 2 && random_below(random, 2) == 0; // never "al" of "al-hassan"
    if (first_stays) {
        *hyphen = '\0';
    } else {
        memmove(person->name.surname, hyphen + 1, strlen(hyphen));
    }
    return true;
}

struct spelling {
    const char *from, *to;
};

// Replaces the first `from` in the text.
static bool respell(char *text, const struct spelling *spelling) {
    char *at = strstr(text, spelling->from);
    size_t from_len = strlen(spelling->from);
    size_t to_len = strlen(spelling->to);
    if (at == NULL || strlen(text) + to_len >= MODEL_NAME_SIZE) {
        return false;
    }
    memmove(at + to_len, at + from_len, strlen(at + from_len) + 1);
    memcpy(at, spelling->to, to_len);
    return true;
}

// One of the ways in which a clerk writes down what is heard.
static bool spelt_by_ear(struct person *person, const struct name_model *names, struct random *random) {
    (void)names;
    static const struct spelling spellings[] = {
        {"ph", "f"},  {"ck", "k"},  {"ll", "l"},  {"tt", "t"},  {"nn", "n"},  {"ee", "ea"}, {"ai", "ay"}, {"ie", "y"},
        {"ou", "oo"}, {"ei", "ie"}, {"ca", "ka"}, {"co", "ko"}, {"ki", "ky"}, {"iy", "ie"}, {"th", "t"},  {"y", "i"},
        {"z", "s"},   {"k", "c"},   {"o", "ou"},  {"e", "ee"},  {"a", "ah"},  {"i", "y"},   {"u", "oo"}};
    const size_t count = sizeof(spellings) / sizeof(spellings[0]);
    char *text = random_below(random, 2) == 0 ? person->name.first : person->name.surname;
    size_t start = random_below(random, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        if (respell(text, &spellings[(start + i) % count])) {
            return true;
        }
    }
    return false;
}

// What an old system keeps of a name: the letters without their marks, by a table of its own.
static bool lost_marks(struct person *person, const struct name_model *names, struct random *random) {
    (void)names;
    (void)random;
    static const struct spelling plain[] = {{"ł", "l"}, {"ś", "s"}, {"ń", "n"}, {"ż", "z"}, {"ź", "z"}, {"ą", "a"},
                                            {"ę", "e"}, {"ó", "o"}, {"ć", "c"}, {"ș", "s"}, {"ț", "t"}, {"ă", "a"},
                                            {"ë", "e"}, {"é", "e"}, {"á", "a"}, {"ú", "u"}, {"ṣ", "s"}, {"ọ", "o"},
                                            {"ē", "e"}, {"ī", "i"}, {"ņ", "n"}, {"š", "s"}, {"ž", "z"}, {"í", "i"}};
    bool had = false;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        while (respell(person->name.first, &plain[i]) || respell(person->name.surname, &plain[i])) {
            had = true;
        }
    }
    return had;
}

static bool new_surname(struct person *person, const struct name_model *names, struct random *random) {
    char before[MODEL_NAME_SIZE];
    memcpy(before, person->name.surname, sizeof(before));
    name_model_surname(names, person->community, random, person->name.surname);
    return strcmp(before, person->name.surname) != 0;
}

const struct mistake mistakes[] = {
    {"NHS number missing", nothing, true},
    {"nickname, other spelling", nickname, false},
    {"forename mistyped", mistyped_forename, true},
    {"surname mistyped", mistyped_surname, true},
    {"spelt by ear", spelt_by_ear, false},
    {"two letters swapped", swapped_letters, true},
    {"day and month swapped", swapped_date, true},
    {"forename, surname swapped", swapped_names, true},
    {"second forename dropped", dropped_second, true},
    {"... and date swapped", dropped_second_and_swapped, false},
    {"Mohammed dropped", dropped_first, false},
    {"honorific added", added_honorific, false},
    {"half a surname dropped", dropped_half, false},
    {"diacritics lost", lost_marks, false},
    {"new surname", new_surname, true},
};
const size_t mistake_count = sizeof(mistakes) / sizeof(mistakes[0]);
