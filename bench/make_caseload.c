// SPDX-License-Identifier: Apache-2.0
// Makes two agencies' caseloads for the demo and the tests: England-like children who do not exist (NHS numbers
// beginning 999), some of them known to both agencies, and there written down with deliberate errors. The `entity`
// column tells the truth. The same seed gives the same files.
//
//   make_caseload --children 2000 --seed 1 A.csv B.csv
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/options.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define SHARED_PERCENT 60 // of the second agency's children are known to the first
#define ERROR_PERCENT 35  // of the shared children are written down differently

static const char *const girls[] = {
    "Olivia",   "Amelia",     "Isla",   "Ava",          "Ivy",       "Freya",     "Lily",   "Florence", "Mia",
    "Willow",   "Rosie",      "Sophia", "Isabella",     "Grace",     "Daisy",     "Sienna", "Poppy",    "Elsie",
    "Emily",    "Ella",       "Evelyn", "Phoebe",       "Evie",      "Charlotte", "Harper", "Millie",   "Matilda",
    "Maya",     "Sophie",     "Alice",  "Emilia",       "Isabelle",  "Ruby",      "Luna",   "Maisie",   "Aria",
    "Penelope", "Mila",       "Bonnie", "Eva",          "Katherine", "Elizabeth", "Zofia",  "Julia",    "Fatima",
    "Aisha",    "Maryam",     "Zainab", "Priya",        "Ananya",    "Mei",       "Xinyi",  "Adaeze",   "Chiamaka",
    "Zo\u00eb", "Chlo\u00eb", "Niamh",  "Siobh\u00e1n", "Anaïs",     "Jessica"};
static const char *const boys[] = {
    "Noah",      "Muhammad",  "George",   "Oliver",  "Leo",       "Arthur",   "Oscar",  "Theodore",    "Freddie",
    "Henry",     "Archie",    "Jack",     "Charlie", "Alfie",     "Harry",    "Luca",   "Roman",       "Joshua",
    "Thomas",    "Jacob",     "William",  "James",   "Edward",    "Finley",   "Teddy",  "Max",         "Lucas",
    "Alexander", "Daniel",    "Benjamin", "Samuel",  "Joseph",    "Mohammed", "Ethan",  "Reuben",      "Elijah",
    "Adam",      "Isaac",     "Toby",     "Louie",   "Jakub",     "Kacper",   "Andrei", "\u0141ukasz", "Omar",
    "Yusuf",     "Ibrahim",   "Arjun",    "Rohan",   "Gurpreet",  "Wei",      "Haoran", "Chukwuemeka", "Oluwaseun",
    "Kofi",      "Se\u00e1n", "Cian",     "Dylan",   "Ren\u00e9", "Michael"};
static const char *const surnames[] = {"Smith",
                                       "Jones",
                                       "Taylor",
                                       "Brown",
                                       "Williams",
                                       "Wilson",
                                       "Johnson",
                                       "Davies",
                                       "Patel",
                                       "Robinson",
                                       "Wright",
                                       "Thompson",
                                       "Evans",
                                       "Walker",
                                       "White",
                                       "Roberts",
                                       "Green",
                                       "Hall",
                                       "Wood",
                                       "Jackson",
                                       "Clarke",
                                       "Khan",
                                       "Harris",
                                       "Lewis",
                                       "Ali",
                                       "Turner",
                                       "Hill",
                                       "Cooper",
                                       "Ward",
                                       "Morris",
                                       "Moore",
                                       "Clark",
                                       "Lee",
                                       "King",
                                       "Baker",
                                       "Harrison",
                                       "Morgan",
                                       "Allen",
                                       "Scott",
                                       "Hussain",
                                       "Ahmed",
                                       "Begum",
                                       "Singh",
                                       "Kaur",
                                       "Shah",
                                       "Chowdhury",
                                       "Kowalski",
                                       "Nowak",
                                       "Wi\u015bniewska",
                                       "Popescu",
                                       "Ionescu",
                                       "Okafor",
                                       "Adeyemi",
                                       "Mensah",
                                       "Boateng",
                                       "Chen",
                                       "Wang",
                                       "Li",
                                       "O'Brien",
                                       "O'Connor",
                                       "McCarthy",
                                       "Murphy",
                                       "Campbell",
                                       "Stewart",
                                       "Hughes",
                                       "Edwards",
                                       "Phillips",
                                       "Parker",
                                       "Cook",
                                       "Bailey",
                                       "Bennett",
                                       "Shaw",
                                       "Carter",
                                       "Griffiths",
                                       "Mitchell",
                                       "Watson",
                                       "Foster",
                                       "Marshall",
                                       "Palmer",
                                       "Webb",
                                       "Hargreaves-Lowe",
                                       "Smith-Jones",
                                       "Bradshaw",
                                       "Entwistle",
                                       "Ramsbottom",
                                       "Featherstone",
                                       "Longbottom",
                                       "Crossley",
                                       "Sutcliffe",
                                       "Ackroyd",
                                       "Hamid",
                                       "Mahmood",
                                       "Iqbal",
                                       "Osei",
                                       "Nwosu",
                                       "Balogun",
                                       "Zhang",
                                       "Nguyen",
                                       "Szyma\u0144ski",
                                       "W\u00f3jcik"};
static const char *const streets[] = {"High Street",   "Station Road", "Church Lane",   "Mill Lane",
                                      "Victoria Road", "Park Avenue",  "Queen Street",  "Albert Road",
                                      "The Green",     "Kingsway",     "Chapel Street", "Moor View"};
// Areas that the postcode system does not use for addresses.
static const char *const areas[] = {"QX1", "QX2", "QX3", "QV4", "QV5", "QJ6"};
static const struct {
    const char *name, *nickname;
} nicknames[] = {{"Katherine", "Katie"},   {"Elizabeth", "Lizzie"}, {"Thomas", "Tom"},     {"William", "Billy"},
                 {"Joshua", "Josh"},       {"Edward", "Ted"},       {"Daniel", "Danny"},   {"Benjamin", "Ben"},
                 {"Samuel", "Sam"},        {"Joseph", "Joe"},       {"Alexander", "Alex"}, {"Michael", "Mike"},
                 {"James", "Jim"},         {"Jessica", "Jess"},     {"Matilda", "Tilly"},  {"Isabella", "Bella"},
                 {"Muhammad", "Mohammed"}, {"Mohammed", "Mohamed"}};

static uint64_t state; // xorshift64*: reproducible everywhere, and nothing here is secret

static uint64_t pick(uint64_t below) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545F4914F6CDD1DULL >> 33) % below;
}

// Low indices are commoner, as the head of a list of names is.
static size_t pick_common(size_t below) {
    size_t a = pick(below), b = pick(below);
    return a < b ? a : b;
}

struct child {
    unsigned entity;
    char forename[32], second[32], surname[48], nhs[11], postcode[10], street[48];
    int year, month, day;
};

// The number is its own for every serial up to half a million: of two neighbours, which differ by 2 in their sum, at
// most one has no check digit. The first ones are the scheme's canaries.
static void nhs_number(unsigned serial, char out[11]) {
    for (unsigned try = 2 * (serial + 8);; try++) {
        snprintf(out, 11, "999%06u", try % 1000000);
        int sum = 0;
        for (int i = 0; i < 9; i++) {
            sum += (out[i] - '0') * (10 - i);
        }
        int check = (11 - sum % 11) % 11;
        if (check < 10) {
            out[9] = (char)('0' + check);
            out[10] = '\0';
            return;
        }
    }
}

static struct child make_child(unsigned entity) {
    struct child child = {.entity = entity};
    bool girl = pick(2);
    const char *const *names = girl ? girls : boys;
    size_t count = girl ? COUNT(girls) : COUNT(boys);
    snprintf(child.forename, sizeof child.forename, "%s", names[pick_common(count)]);
    if (pick(100) < 70) {
        snprintf(child.second, sizeof child.second, "%s", names[pick_common(count)]);
    }
    snprintf(child.surname, sizeof child.surname, "%s", surnames[pick_common(COUNT(surnames))]);
    child.year = 2009 + (int)pick(17);
    child.month = 1 + (int)pick(12);
    child.day = 1 + (int)pick(28);
    nhs_number(entity, child.nhs);
    snprintf(child.postcode, sizeof child.postcode, "%s %u%c%c", areas[pick(COUNT(areas))], (unsigned)pick(10),
             (int)('A' + pick(20)), (int)('A' + pick(20)));
    snprintf(child.street, sizeof child.street, "%u %s", (unsigned)pick(180) + 1, streets[pick(COUNT(streets))]);
    return child;
}

static void use_nickname(struct child *child) {
    for (size_t i = 0; i < COUNT(nicknames); i++) {
        if (strcmp(child->forename, nicknames[i].name) == 0) {
            snprintf(child->forename, sizeof child->forename, "%s", nicknames[i].nickname);
            return;
        }
    }
    child->second[0] = '\0';
}

static void mistype_surname(struct child *child) {
    size_t len = strlen(child->surname);
    size_t at = len > 4 ? 3 + pick(len - 4) : len - 1;
    if ((unsigned char)child->surname[at] < 0x80 && child->surname[at] != '-') {
        child->surname[at] = (char)('a' + pick(26));
    }
}

static void swap_day_and_month(struct child *child) {
    if (child->day <= 12) {
        int day = child->day;
        child->day = child->month;
        child->month = day;
    }
}

static void swap_names(struct child *child) {
    char forename[sizeof child->forename];
    snprintf(forename, sizeof forename, "%s", child->forename);
    snprintf(child->forename, sizeof child->forename, "%.31s", child->surname);
    snprintf(child->surname, sizeof child->surname, "%s", forename);
}

static void lose_number(struct child *child) {
    child->nhs[0] = '\0';
}

static void change_surname(struct child *child) {
    snprintf(child->surname, sizeof child->surname, "%s", surnames[pick(COUNT(surnames))]);
}

static void move_house(struct child *child) {
    snprintf(child->postcode, sizeof child->postcode, "%s %uZZ", areas[pick(COUNT(areas))], (unsigned)pick(10));
}

static void write_differently(struct child *child) {
    static void (*const errors[])(struct child *) = {use_nickname, mistype_surname, swap_day_and_month, swap_names,
                                                     lose_number,  change_surname,  move_house};
    errors[pick(COUNT(errors))](child);
    if (pick(4) == 0) {
        errors[pick(COUNT(errors))](child);
    }
}

static void write_row(FILE *out, const char *prefix, const struct child *child) {
    char names[72];
    snprintf(names, sizeof names, "%s%s%s", child->forename, child->second[0] ? " " : "", child->second);
    fprintf(out, "%s-%05u,%u,%s,%s,%04d-%02d-%02d,%s,,%s,\"%s, Exampleton\",current,no\n", prefix, child->entity,
            child->entity, names, child->surname, child->year, child->month, child->day, child->nhs, child->postcode,
            child->street);
}

static FILE *create(const char *path) {
    umask(077);
    FILE *out = fopen(path, "wx");
    if (!out) {
        fprintf(stderr, "make_caseload: %s: cannot be created (is it there already?)\n", path);
        return NULL;
    }
    fprintf(out, "ref,entity,forenames,surname,date_of_birth,nhs_number,upn,postcode,address,status,quiet\n");
    return out;
}

static int finish(FILE *out, const char *path) {
    bool bad = ferror(out) != 0;
    if (fclose(out) != 0 || bad) {
        fprintf(stderr, "make_caseload: %s: could not be written\n", path);
        return 2;
    }
    return 0;
}

static int make(const char *const *paths, unsigned children) {
    FILE *first = create(paths[0]);
    FILE *second = first ? create(paths[1]) : NULL;
    if (!second) {
        if (first) {
            fclose(first);
        }
        return 2;
    }
    unsigned shared = children * SHARED_PERCENT / 100;
    for (unsigned i = 0; i < 2 * children - shared; i++) {
        struct child child = make_child(i + 1);
        if (i < children) {
            write_row(first, "N", &child);
        }
        if (i < shared && pick(100) < ERROR_PERCENT) {
            write_differently(&child);
        }
        if (i < shared || i >= children) {
            write_row(second, "S", &child);
        }
    }
    int failed = finish(first, paths[0]);
    return failed | finish(second, paths[1]);
}

int main(int argc, char **argv) {
    int64_t children = 2000, seed = 1;
    int first = 0;
    bool help = false;
    struct option_row rows[] = {
        {"children", "N", OPTION_NUMBER, &children, 1, 350000, "Children in each caseload."},
        {"seed", "N", OPTION_NUMBER, &seed, 1, INT64_MAX, "The same seed gives the same files."},
    };
    struct option_usage usage = {
        "make_caseload", "[--children N] [--seed N] A.csv B.csv",
        "Makes two agencies' caseloads of children who do not exist; 60% of the second are known "
        "to the first, a third of those written down differently.",
        "Exit codes: 0 made, 2 not made."};
    if (options_read(argc, argv, &usage, rows, COUNT(rows), &first, &help) || (!help && argc - first != 2)) {
        fprintf(stderr, "make_caseload: %s\n", err_detail()[0] ? err_detail() : "give two files; see --help");
        return 2;
    }
    if (help) {
        return 0;
    }
    state = (uint64_t)seed * 0x9E3779B97F4A7C15ULL;
    return make((const char *const[]){argv[first], argv[first + 1]}, (unsigned)children);
}
